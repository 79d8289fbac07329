"""
Pages about the site itself.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.portal.site.views.home import event_tiles
from tongban.support.identity.selectors import actor_of


@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """
    Show the accessibility statement. No query.
    """
    return render(request, "site/accessibility.html")


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    """
    Show help and contacts. No query.
    """
    return render(request, "site/help.html")


@require_safe
def show_sitemap(request: HttpRequest) -> HttpResponse:
    """
    Show the map of the site. Two queries.
    """
    actor = actor_of(request)
    counts = catalogue.catalogue_counts(actor=actor)
    events = event_tiles(catalogue.code_list(code="LIFE_EVENT", actor=actor), counts)
    return render(request, "site/sitemap.html", {"events": events})

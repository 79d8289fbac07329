"""
Addresses of the site.
"""

from django.urls import path, register_converter

from tongban.portal.site.views import (
    browsing,
    checking,
    guides,
    home,
    open_data,
    pages,
    phone,
    preferences,
    progress,
    searching,
    verification,
)


class AudienceConverter:
    """
    The two audiences of an address: person, legal.
    """

    regex = "|".join(browsing.AUDIENCES)

    def to_python(self, value: str) -> str:
        """
        Return the word.
        """
        return value

    def to_url(self, value: str) -> str:
        """
        Return the word.
        """
        return value


class OpenFormConverter(AudienceConverter):
    """
    The forms of the document of open data: ttl, jsonld.
    """

    regex = "|".join(form.value for form in open_data.KINDS)


register_converter(AudienceConverter, "audience")
register_converter(OpenFormConverter, "open_form")

app_name = "site"
urlpatterns = [
    path("", home.show, name="home-show"),
    path("search", searching.show, name="search-show"),
    path("search/suggest", searching.suggest, name="suggestion-list"),
    path("browse/", browsing.list_themes, name="theme-list"),
    path("browse/<audience:audience>/", browsing.show_audience, name="audience-show"),
    path("browse/<audience:audience>/<str:theme>/", browsing.show_theme, name="theme-show"),
    path("agencies/", browsing.list_agencies, name="agency-list"),
    path("agencies/<str:code>/", browsing.show_agency, name="agency-show"),
    path("events/", browsing.list_events, name="event-list"),
    path("events/<str:code>/", browsing.show_event, name="event-show"),
    path("regions/", browsing.list_regions, name="region-list"),
    path("open-data/", open_data.show_list, name="open-data-list"),
    path("open-data/catalog.<open_form:form>", open_data.export_catalogue, name="open-data-export"),
    path("open-data/<str:node>/<str:code>/", open_data.show_one, name="open-data-show"),
    path("items/<str:code>/", guides.show, name="item-show"),
    path("items/<str:code>/print", guides.print_out, name="item-print"),
    path("demo/phone", phone.show, name="phone-show"),
    path("progress", progress.show, name="progress-show"),
    path("verify/", verification.ask, name="verification-ask"),
    path("verify/<str:token>", verification.show_token, name="verification-show"),
    path("check/", checking.check, name="code-check"),
    path("check/worker.js", checking.show_worker, name="code-worker"),
    path(".well-known/tongban-presentation-keys.json", checking.show_keys, name="presentation-keys"),
    path("language", preferences.set_language, name="language-set"),
    path("elder", preferences.set_elder, name="elder-set"),
    path("accessibility", pages.show_accessibility, name="accessibility-show"),
    path("help", pages.show_help, name="help-show"),
    path("sitemap", pages.show_sitemap, name="sitemap-show"),
]

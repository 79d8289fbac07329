"""
Forms: what was typed is shown again, with what was wrong about it.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.login import sentence_of, with_waiting_time


def refused(
    request: HttpRequest, name: str, form: forms.PageForm, error: ServiceError, **context: Any
) -> HttpResponse:
    """
    Show the page again with what the service said, everything typed still in it.
    """
    form.is_valid()
    if isinstance(error, InvalidInput) and error.fields:
        form.blame(error.fields)
    else:
        form.add_error(None, sentence_of(error))
    return with_waiting_time(page(request, name, form, status=error.status, **context), error)


def page(
    request: HttpRequest, name: str, form: forms.PageForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """
    Return one page of ours with its form.
    """
    return render(request, f"workspace/{name}.html", {"form": form, **context}, status=status)

"""
Where API v1 hangs.
"""

from django.urls import URLPattern, path

from tongban.config import api_pages
from tongban.config.api import api
from tongban.config.api_requests import guarded

_mounted = api.urls
for _pattern in _mounted[0]:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = guarded(_pattern.callback)

urlpatterns = [
    path("docs", api_pages.show_docs, name="api-docs"),
    path("docs/errors", api_pages.show_errors, name="api-errors"),
    path("", _mounted),
]

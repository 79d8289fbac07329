"""
Where API v1 hangs.
"""

from django.urls import URLPattern, path

from tongban.config.api import api
from tongban.config.api_requests import guarded

_mounted = api.urls
for _pattern in _mounted[0]:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = guarded(_pattern.callback)

urlpatterns = [path("", _mounted)]

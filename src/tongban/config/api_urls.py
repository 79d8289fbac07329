"""
Where API v1 hangs.
"""

from django.urls import URLPattern, path

from tongban.config.api import api
from tongban.config.api_requests import guarded

patterns, app_name, namespace = api.urls
for pattern in patterns:
    if isinstance(pattern, URLPattern):
        pattern.callback = guarded(pattern.callback)

urlpatterns = [path("", (patterns, app_name, namespace))]

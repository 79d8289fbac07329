"""
Where API v1 hangs.
"""

from django.urls import path

from tongban.config.api import api

urlpatterns = [path("", api.urls)]

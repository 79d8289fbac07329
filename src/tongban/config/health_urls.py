"""
Addresses of the health pages.
"""

from django.urls import path

from tongban.config import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.prometheus),
]

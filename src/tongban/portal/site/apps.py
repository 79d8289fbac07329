"""
Wiring of the app.
"""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """
    我要看·我要查.
    """

    name = "tongban.portal.site"
    label = "site"
    default_auto_field = "django.db.models.BigAutoField"

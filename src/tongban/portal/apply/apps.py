"""
Wiring of the app.
"""

from django.apps import AppConfig


class ApplyConfig(AppConfig):
    """
    我要办.
    """

    name = "tongban.portal.apply"
    label = "apply"
    default_auto_field = "django.db.models.BigAutoField"

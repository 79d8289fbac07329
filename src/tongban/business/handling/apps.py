"""
Wiring of the app.
"""

from django.apps import AppConfig


class HandlingConfig(AppConfig):
    """
    业务办理.
    """

    name = "tongban.business.handling"
    label = "handling"
    default_auto_field = "django.db.models.BigAutoField"

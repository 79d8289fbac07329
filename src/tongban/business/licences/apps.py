"""
Wiring of the app.
"""

from django.apps import AppConfig


class LicencesConfig(AppConfig):
    """
    电子证照.
    """

    name = "tongban.business.licences"
    label = "licences"
    default_auto_field = "django.db.models.BigAutoField"

"""
Wiring of the app.
"""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """
    办理台.
    """

    name = "tongban.portal.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

"""
Wiring of the app.
"""

from django.apps import AppConfig


class SealsConfig(AppConfig):
    """
    电子印章.
    """

    name = "tongban.support.seals"
    label = "seals"
    default_auto_field = "django.db.models.BigAutoField"

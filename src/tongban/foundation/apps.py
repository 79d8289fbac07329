"""
Wiring of the foundation.
"""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """
    基础设施层.
    """

    name = "tongban.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

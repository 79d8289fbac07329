"""
Wiring of the app.
"""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """
    我要评.
    """

    name = "tongban.portal.engagement"
    label = "engagement"
    default_auto_field = "django.db.models.BigAutoField"

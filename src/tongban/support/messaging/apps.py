"""
Wiring of the app.
"""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """
    消息.
    """

    name = "tongban.support.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

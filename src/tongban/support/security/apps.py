"""
Wiring of the app.
"""

from django.apps import AppConfig
from django.conf import settings

from tongban.support.security import ports
from tongban.support.security.adapters.webhook import Webhook


class SecurityConfig(AppConfig):
    """
    安全管理.
    """

    name = "tongban.support.security"
    label = "security"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Say where alarms go.
        """
        chosen = settings.TONGBAN_SECURITY
        if chosen.alarm_url is not None:
            ports.use(
                Webhook(url=str(chosen.alarm_url), secret=chosen.alarm_secret.get_secret_value().encode())
            )

"""
Wiring of the app.
"""

from django.apps import AppConfig
from django.conf import settings

from tongban.foundation import holdings
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
        Say where alarms go, and why the mobiles they go to are in no register of personal data.
        """
        holdings.exempt(
            "security.AlarmContact",
            why="The mobile on which a security administrator wants to be told; his to remove.",
        )
        chosen = settings.TONGBAN_SECURITY
        if chosen.alarm_url is not None:
            ports.use(
                Webhook(url=str(chosen.alarm_url), secret=chosen.alarm_secret.get_secret_value().encode())
            )

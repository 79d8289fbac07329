"""
Wiring of the app.
"""

from django.apps import AppConfig
from django.conf import settings

from tongban.foundation import events, holdings
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
        Say where alarms go, why their mobiles are in no register of personal data, and when they are forgotten.
        """
        from tongban.support.identity import events as staff  # noqa: PLC0415 - models are loaded by now
        from tongban.support.security import services  # noqa: PLC0415

        holdings.exempt(
            "security.AlarmContact",
            why="Mobile of a security administrator, for alarms; his to remove, forgotten with his role.",
        )
        for topic in (staff.STAFF_LEFT, staff.STAFF_TRANSFERRED, staff.STAFF_POSTS_CHANGED):
            events.subscribe(
                topic, subscriber="security.forget_alarm_mobile", reaction=services.forget_alarm_mobile
            )
        chosen = settings.TONGBAN_SECURITY
        if chosen.alarm_url is not None:
            ports.use(
                Webhook(url=str(chosen.alarm_url), secret=chosen.alarm_secret.get_secret_value().encode())
            )

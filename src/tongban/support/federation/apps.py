"""
Wiring of one login.
"""

from django.apps import AppConfig


class FederationConfig(AppConfig):
    """
    单点登录与跨域互认.
    """

    name = "tongban.support.federation"
    label = "federation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Wire who tells claims, and hear of logins that end.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.foundation import events  # noqa: PLC0415
        from tongban.support.federation import ports, services  # noqa: PLC0415

        ports.tell_claims_by(services.NodeClaims())
        events.subscribe(
            "identity.session_ended",
            subscriber="federation.end_relying_sessions",
            reaction=services.on_session_ended,
        )

"""
Wiring of trust.
"""

from django.apps import AppConfig
from django.conf import settings


class TrustConfig(AppConfig):
    """
    电子认证.
    """

    name = "tongban.support.trust"
    label = "trust"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Connect the places where keys lie, and the outside time-stamp service where there is one.
        """
        # Imported here because models may be loaded only when all apps are.
        from tongban.foundation import holdings  # noqa: PLC0415
        from tongban.support.trust import ports  # noqa: PLC0415
        from tongban.support.trust.adapters.sealed_keys import SealedKeys  # noqa: PLC0415
        from tongban.support.trust.adapters.signing_service import SigningService  # noqa: PLC0415
        from tongban.support.trust.adapters.timestamp_service import TimestampClient  # noqa: PLC0415

        chosen = settings.TONGBAN_TRUST
        ports.keep_keys_in(ports.SEALED, SealedKeys())
        if chosen.signer_url is not None:
            ports.keep_keys_in(
                ports.SERVICE,
                SigningService(
                    url=str(chosen.signer_url).rstrip("/"),
                    app_id=chosen.signer_app_id,
                    secret=chosen.signer_secret.get_secret_value().encode(),
                    timeout_seconds=chosen.signer_timeout,
                ),
            )
        if chosen.timestamp_url is not None:
            ports.stamp_by(
                TimestampClient(url=str(chosen.timestamp_url), timeout_seconds=chosen.timestamp_timeout)
            )
        holdings.exempt("trust.SealedKey", why="Secret halves of the node's own keys; nothing of a person.")

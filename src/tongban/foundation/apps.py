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

    def ready(self) -> None:
        """
        Say what of its own is about people and in no holding, and which blind indexes lapse by themselves.
        """
        from tongban.foundation import holdings, rotation  # noqa: PLC0415 - after Django has loaded the models

        rotation.index_lapses("foundation.RateWindow", "key_index")
        holdings.exempt(
            "foundation.RateWindow", why="Counts of tries by a keyed digest; deleted within a day."
        )
        holdings.exempt(
            "foundation.AuditEntry",
            why="The log of what was done, kept for six months by 网络安全法-21; names people by account only. "
            "What concerns a person he reads in the ledger of looks.",
        )
        holdings.exempt(
            "foundation.IdempotencyKey",
            why="Receipts of requests, for an answer to a repeated one; deleted after seven days.",
        )

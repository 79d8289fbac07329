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
        Test the algorithms; say what of its own is about people, and which blind indexes lapse by themselves.

        :raises SelfTestFailed: an algorithm computes wrongly, and this process must not go on
        """
        from tongban.foundation import holdings, rotation  # noqa: PLC0415 - after Django has loaded the models
        from tongban.foundation.crypto import selftest  # noqa: PLC0415 - as above

        selftest.require_sound()
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

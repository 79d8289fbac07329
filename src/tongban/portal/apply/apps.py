"""
Wiring of the guided application.
"""

from django.apps import AppConfig


class ApplyConfig(AppConfig):
    """
    我要办.
    """

    name = "tongban.portal.apply"
    label = "apply"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """
        Let files belong to drafts.
        """
        from tongban.portal.apply.selectors import may_touch_draft  # noqa: PLC0415 - models are loaded by now
        from tongban.portal.apply.values import DRAFT_FILES  # noqa: PLC0415
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415

        register_owner(DRAFT_FILES, may_touch_draft)

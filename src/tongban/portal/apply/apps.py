"""
Wiring of the guided application.
"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


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
        from tongban.foundation import holdings  # noqa: PLC0415
        from tongban.foundation.holdings import Holding  # noqa: PLC0415
        from tongban.portal.apply import services  # noqa: PLC0415
        from tongban.portal.apply.selectors import holding as held  # noqa: PLC0415
        from tongban.portal.apply.selectors import may_touch_draft  # noqa: PLC0415 - models are loaded by now
        from tongban.portal.apply.values import DRAFT_FILES  # noqa: PLC0415
        from tongban.support.documents.ports import register_owner  # noqa: PLC0415
        from tongban.support.messaging.ports import register_templates  # noqa: PLC0415

        register_owner(DRAFT_FILES, may_touch_draft)
        register_templates(services.TEMPLATE)
        holdings.hold(
            Holding(
                code="apply.drafts",
                title=_("申请草稿"),
                purpose=_("让您分几次填完一份申请，换设备也能继续。"),
                ground="个人信息保护法-13",
                models=("apply.Draft",),
                term=_("180 天没有修改即删除；提交后 30 天清空"),
                exporter=held.drafts_of,
                counter=held.count_drafts,
                eraser=services.erase_drafts,
                files=held.files_of_drafts,
                order=250,
            )
        )

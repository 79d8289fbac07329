"""
What a person is told about what he asked for.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.support.messaging.values import MessageTemplate

ANSWERED: Final = "privacy.objection_answered"
COPY_READY: Final = "privacy.copy_ready"
CLOSING_BEGUN: Final = "privacy.closing_begun"

TEMPLATES: Final = (
    MessageTemplate(
        code=ANSWERED,
        title=_("异议已答复"),
        body=_("您对 %(day)s 的查看记录（%(thing)s）提出的异议已有答复：%(finding)s。%(answer)s"),
    ),
    MessageTemplate(
        code=COPY_READY,
        title=_("您的信息副本可以下载"),
        body=_("您申请导出的本人信息已准备好，请在 %(until)s 前到“我的数据”下载，过期后文件会删除。"),
    ),
    MessageTemplate(
        code=CLOSING_BEGUN,
        title=_("账号将被注销"),
        body=_("您申请注销账号。%(until)s 前登录后可以在“我的数据”撤回；到期后账号注销，不能恢复。"),
    ),
)

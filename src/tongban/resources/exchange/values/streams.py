"""
States of streams and batches.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FeedTrouble(models.TextChoices):
    """
    传输受阻原因: why a stream does not go on.
    """

    SILENT = "SILENT", _("对方节点没有应答")
    LATER = "LATER", _("对方节点暂时不能接收")
    REFUSED = "REFUSED", _("对方节点拒绝接收")
    FORKED = "FORKED", _("两端的记录不一致")
    AHEAD = "AHEAD", _("对方节点的进度在本节点之前")
    NOT_TRUSTED = "NOT_TRUSTED", _("对方节点不在信任列表中")
    GONE = "GONE", _("对方节点所需的记录已不再保留")


class BatchOutcome(models.TextChoices):
    """
    批次结果.
    """

    SENT = "SENT", _("已发送")
    TAKEN = "TAKEN", _("已接收")
    PARTLY = "PARTLY", _("部分未采纳")
    SILENT = "SILENT", _("没有应答")
    REFUSED = "REFUSED", _("被拒绝")

"""
Exports that are made in the background.
"""

import uuid

from django.db import models

from tongban.foundation.disclosure import Purpose
from tongban.foundation.fields import SealedTextField
from tongban.resources.caselibrary.values import ExportForm, ExportStandard, ExportState

EXPORT_CONTEXT = "caselibrary.export"


class LibraryExport(models.Model):
    """
    导出任务: an export somebody asked for, how far it is, and where its file lies, sealed, until it goes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    standard = models.CharField("导出标准", max_length=8, choices=ExportStandard)
    form = models.CharField("导出格式", max_length=4, choices=ExportForm)
    since = models.DateField("申请时间从")
    until = models.DateField("申请时间到")
    division_code = models.CharField("行政区划代码", max_length=12)
    purpose = models.CharField("导出用途", max_length=16, choices=Purpose)
    asked_by = models.CharField("申请导出人", max_length=64)
    asked_at = models.DateTimeField("申请导出时间")
    state = models.CharField("状态", max_length=8, choices=ExportState, default=ExportState.WAITING)
    total = models.BigIntegerField("应读办件次数", default=0)
    """Cases, once for each table of them."""
    done = models.BigIntegerField("已读办件次数", default=0)
    ended_at = models.DateTimeField("完成时间", null=True)
    expires_at = models.DateTimeField("文件保留至", null=True)
    size = models.BigIntegerField("文件大小", default=0)
    stored_as = models.CharField("存储摘要(SM3)", max_length=64, default="")
    key = SealedTextField("文件密钥（加密）", context=EXPORT_CONTEXT, null=True)

    class Meta:
        db_table = "caselibrary_export"
        constraints = [
            models.UniqueConstraint(
                fields=["asked_by"],
                condition=models.Q(state__in=["WAITING", "RUNNING"]),
                name="caselibrary_export_one_under_way",
            )
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at"], name="caselibrary_export_own"),
            models.Index(fields=["expires_at"], name="caselibrary_export_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.division_code} {self.since} {self.until}"

"""
Files of people and agencies.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.support.documents.values import FileStatus, Purpose

PURPOSES = [
    (Purpose.EVIDENCE, "申请材料"),
    (Purpose.NOTICE, "办理文书"),
    (Purpose.LICENCE, "电子证照"),
    (Purpose.ATTACHMENT, "附件"),
]
STATUSES = [(FileStatus.AVAILABLE, "可用"), (FileStatus.DISCARDED, "已删除")]


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """
    Filters over files.
    """

    def available(self) -> "StoredFileQuerySet":
        """
        Keep files that were not discarded.
        """
        return self.filter(status=FileStatus.AVAILABLE)

    def owned_by(self, *, kind: str, key: str) -> "StoredFileQuerySet":
        """
        Keep the files of one owner.
        """
        return self.filter(owner_kind=kind, owner_key=key)

    def locked(self) -> "StoredFileQuerySet":
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


StoredFileManager = models.Manager.from_queryset(StoredFileQuerySet)


class StoredFile(models.Model):
    """
    电子文件: one file, its content kept sealed in the content-addressed store.

    Each file is sealed with a key of its own, so equal content of two owners looks different on the disk, and a file
    whose row is gone cannot be read any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField("文件摘要(SM3)", max_length=64)
    stored_as = models.CharField("存储名", max_length=64)
    """Name in the store: the digest of what lies there."""
    key = SealedTextField("密钥（加密）", context="documents.file.key", null=True)
    """Hexadecimal; None: the content lies there in clear, from before files were sealed."""
    original_digest = models.CharField("上传时摘要(SM3)", max_length=64)
    size = models.PositiveBigIntegerField("文件大小(字节)")
    media_type = models.CharField("媒体类型", max_length=40)
    # People name files after themselves: 张三身份证.jpg.
    name = SealedTextField("文件名", context="documents.file.name")
    purpose = models.CharField("文件用途", max_length=16, choices=PURPOSES)
    owner_kind = models.CharField("所属对象类别", max_length=40)
    owner_key = models.CharField("所属对象标识", max_length=64)
    uploaded_by_kind = models.CharField("上传主体类别", max_length=16)
    uploaded_by_id = models.CharField("上传主体标识", max_length=64)
    removed = models.JSONField("清除内容", default=list)
    status = models.CharField("文件状态", max_length=16, choices=STATUSES, default=FileStatus.AVAILABLE)
    created_at = models.DateTimeField("创建时间")

    objects = StoredFileManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="stored_file_is_not_empty", condition=Q(size__gt=0)),
        ]
        indexes = [
            models.Index(fields=["owner_kind", "owner_key"], name="stored_file_owner"),
            # The sweep asks whether anybody still refers to a content.
            models.Index(fields=["stored_as"], name="stored_file_stored_as"),
            # Which files still lie there in clear.
            models.Index(fields=["id"], condition=Q(key__isnull=True), name="stored_file_in_clear"),
        ]

    def __str__(self) -> str:
        return str(self.id)

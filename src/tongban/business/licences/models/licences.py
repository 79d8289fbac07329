"""
Licences and their lives.
"""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from tongban.business.licences.values import (
    CURRENT,
    HolderKind,
    LicenceEventKind,
    LicenceStatus,
    TrustGrade,
)
from tongban.foundation.fields import BlindIndexField, SealedJSONField, SealedTextField


class LicenceQuerySet(models.QuerySet["Licence"]):
    """
    Filters over licences.
    """

    def current(self) -> Self:
        """
        Keep those that have not ended.
        """
        return self.filter(status__in=CURRENT)

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


LicenceManager = models.Manager.from_queryset(LicenceQuerySet)


class Licence(models.Model):
    """
    电子证照: one version of one licence; a change makes a new version and leaves the old one as it was.

    Type and issuer are copied: what was issued does not change with the register of types.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    root_id = models.UUIDField("首版标识")
    identifier = models.CharField("证照标识", max_length=100, unique=True)
    number = models.CharField("证照编号", max_length=60)
    serial = models.CharField("流水号", max_length=32)
    version = models.PositiveSmallIntegerField("版本号")
    type_code = models.CharField("证照类型代码", max_length=21)
    type_name = models.CharField("证照类型名称", max_length=200)
    type_name_en = models.CharField("证照类型英文名称", max_length=300, blank=True, default="")
    type_version = models.PositiveIntegerField("证照类型版本")
    is_only = models.BooleanField("一人一证")
    issuer_code = models.CharField("证照颁发机构代码", max_length=32)
    issuer_name = models.CharField("证照颁发机构", max_length=200)
    division_code = models.CharField("管辖属地", max_length=12)
    holder_kind = models.CharField("持证主体类别", max_length=8, choices=HolderKind)
    holder_name = SealedTextField("持证主体", context="licences.licence.holder_name")
    holder_code = SealedTextField("持证主体代码", context="licences.licence.holder_code")
    holder_code_type = models.CharField("持证主体代码类型", max_length=8)
    holder_index = BlindIndexField("持证主体代码索引")
    person_id = models.CharField("持证用户", max_length=64, blank=True, default="")
    face = SealedJSONField("照面信息", context="licences.licence.face")
    face_digest = models.CharField("照面摘要(SM3)", max_length=64)
    status = models.CharField("证照状态", max_length=10, choices=LicenceStatus, default=LicenceStatus.VALID)
    issued_at = models.DateTimeField("签发时间")
    valid_from = models.DateField("有效期起始")
    valid_until = models.DateField("有效期截止(不含)", null=True)
    check_due_date = models.DateField("下次年检截止日期", null=True)
    """None: licences of its type are not checked."""
    reminded_at = models.DateTimeField("到期提醒时间", null=True)
    case_number = models.CharField("办件编号", max_length=50)
    replaces = models.CharField("关联证照标识", max_length=100, blank=True, default="")
    # In the QR code; unguessable, so that only who has seen the licence can ask by it.
    token = models.CharField("核验码", max_length=32, unique=True)
    original_id = models.UUIDField("证照文件(OFD)", null=True)
    original_digest = models.CharField("证照文件摘要(SM3)", max_length=64, blank=True, default="")
    file_id = models.UUIDField("证照文件副本(PDF)", null=True)
    file_digest = models.CharField("证照文件副本摘要(SM3)", max_length=64, blank=True, default="")
    grade = models.CharField("可信等级", max_length=1, choices=TrustGrade, default=TrustGrade.A)
    compared_at = models.DateTimeField("与原件核对时间", null=True)
    compared_by = models.CharField("核对人", max_length=64, blank=True, default="")
    """Account of the member of staff, or who the file says it was."""
    compared_agency = models.CharField("核对机构", max_length=200, blank=True, default="")

    objects = LicenceManager()

    class Meta:
        constraints = [
            # Those that were issued before and taken in from a file have no case.
            models.UniqueConstraint(
                fields=["case_number", "type_code"],
                condition=~Q(case_number=""),
                name="licence_once_per_case",
            ),
            models.UniqueConstraint(fields=["root_id", "version"], name="licence_version_once"),
            models.UniqueConstraint(
                fields=["number", "type_code", "issuer_code", "version"], name="licence_number_once"
            ),
            models.UniqueConstraint(
                fields=["type_code", "holder_index"],
                condition=Q(is_only=True, status__in=["VALID", "SUSPENDED"]),
                name="licence_only_one_current",
            ),
            models.UniqueConstraint(
                fields=["root_id"],
                condition=Q(status__in=["VALID", "SUSPENDED"]),
                name="licence_one_current_version",
            ),
            models.CheckConstraint(
                name="licence_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from")),
            ),
        ]
        indexes = [
            # The wallet.
            models.Index(fields=["person_id", "-issued_at"], name="licence_wallet"),
            # Staff look by the holder's code, by agency and by area, newest first.
            models.Index(fields=["holder_index"], name="licence_holder"),
            models.Index(fields=["issuer_code", "-issued_at", "-id"], name="licence_issuer"),
            models.Index(
                fields=["division_code", "-issued_at", "-id"],
                name="licence_area",
                opclasses=["varchar_pattern_ops", "timestamptz_ops", "uuid_ops"],
            ),
            # A verifier has a file in hand: the original or its copy.
            models.Index(
                fields=["original_digest"], name="licence_original", condition=~Q(original_digest="")
            ),
            models.Index(fields=["file_digest"], name="licence_file", condition=~Q(file_digest="")),
            # Every hour: which still have no document.
            models.Index(
                fields=["issued_at"], name="licence_without_file", condition=Q(file_id__isnull=True)
            ),
            # The nightly job asks which have run out.
            models.Index(
                fields=["valid_until"],
                name="licence_running_out",
                condition=Q(status__in=["VALID", "SUSPENDED"]),
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class LicenceEvent(models.Model):
    """
    证照事件: one thing that happened to a licence. Never changed.
    """

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事件", max_length=10, choices=LicenceEventKind)
    at = models.DateTimeField("时间")
    reason = models.CharField("理由", max_length=2000, blank=True, default="")
    legal_basis = models.CharField("法律依据", max_length=1000, blank=True, default="")
    case_number = models.CharField("办件编号", max_length=50, blank=True, default="")
    actor_kind = models.CharField("主体类别", max_length=16)
    actor_id = models.CharField("主体标识", max_length=64)

    class Meta:
        indexes = [models.Index(fields=["licence", "id"], name="licence_event_order")]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.kind}"

"""
Seals, their lives and the documents of each step.
"""

import uuid
from datetime import datetime
from typing import Final, Self

from django.db import models
from django.db.models import F, Q

from tongban.support.seals.values import (
    ApplicationKind,
    SealAction,
    SealKind,
    SealState,
    SuspensionKind,
)

UNDER_WAY: Final = ("APPLIED", "REVIEWED", "MADE", "FILED", "ISSUED")
CUT: Final = ("ISSUED", "IN_USE", "SUSPENDED", "EXPIRED", "REPLACED")


class SealQuerySet(models.QuerySet["Seal"]):
    """
    Filters over seals.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends: whoever seals and whoever suspends wait for one another.
        """
        return self.select_for_update(no_key=True)

    def in_use(self) -> Self:
        """
        Keep seals that are handed out and not suspended; whether their term runs is asked by whoever seals.
        """
        return self.filter(state=SealState.IN_USE)

    def overdue(self, *, at: datetime) -> Self:
        """
        Keep seals whose term is over and that nobody has marked so.
        """
        return self.filter(state__in=["FILED", "ISSUED", "IN_USE", "SUSPENDED"], valid_until__lte=at)


class Seal(models.Model):
    """
    电子印章: one version of the seal of an agency. A change or a renewal makes the next version.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField("印章编码", max_length=13)
    """Thirteen digits, as on cut seals: six of the division, seven of a serial. esID of the structure."""
    version = models.PositiveSmallIntegerField("版本号", default=1)
    name = models.CharField("印章名称", max_length=200)
    kind = models.PositiveSmallIntegerField("印章类型", choices=SealKind)
    caption = models.CharField("印文附加文字", max_length=20, blank=True, default="")
    agency_code = models.CharField("所属机构编码", max_length=18)
    agency_name = models.CharField("所属机构名称", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    is_demonstration = models.BooleanField("演示印章")
    state = models.CharField("印章状态", max_length=16, choices=SealState, default=SealState.APPLIED)
    state_changed_at = models.DateTimeField("状态变更时间")
    suspension = models.CharField("停用类别", max_length=8, choices=SuspensionKind, blank=True, default="")
    suspended_at = models.DateTimeField("停用时间", null=True)
    application_kind = models.CharField("申请类别", max_length=8, choices=ApplicationKind)
    basis = models.CharField("申请依据", max_length=500)
    replaces = models.ForeignKey(
        "self", verbose_name="换发自", on_delete=models.PROTECT, null=True, related_name="+"
    )
    applied_by = models.CharField("申请人", max_length=64)
    applied_at = models.DateTimeField("申请时间")
    years = models.PositiveSmallIntegerField("申请有效年数")
    valid_from = models.DateTimeField("有效期起始", null=True)
    valid_until = models.DateTimeField("有效期截止(不含)", null=True)
    content = models.BinaryField("电子印章(SESeal)", null=True)
    picture = models.BinaryField("印章图像(PNG)", null=True)
    certificate_id = models.UUIDField("签章者证书", null=True)
    key_id = models.UUIDField("签章密钥", null=True)
    pdf_certificate_id = models.UUIDField("PDF 签名证书", null=True)
    pdf_key_id = models.UUIDField("PDF 签名密钥", null=True)

    objects = SealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="seal_version_once", fields=["code", "version"]),
            # A seal that can be used is never doubled: documents of one name carry one picture.
            models.UniqueConstraint(
                name="seal_of_a_name_once",
                fields=["agency_code", "name"],
                condition=Q(state__in=["IN_USE", "SUSPENDED"]),
            ),
            models.UniqueConstraint(
                name="seal_replaced_once_at_a_time",
                fields=["replaces"],
                condition=Q(state__in=UNDER_WAY),
            ),
            models.CheckConstraint(
                name="seal_is_suspended_since_and_how",
                condition=Q(state="SUSPENDED", suspended_at__isnull=False) & ~Q(suspension="")
                | ~Q(state="SUSPENDED"),
            ),
            models.CheckConstraint(
                name="seal_handed_out_is_whole",
                condition=~Q(state__in=CUT)
                | Q(
                    content__isnull=False,
                    picture__isnull=False,
                    key_id__isnull=False,
                    certificate_id__isnull=False,
                    pdf_key_id__isnull=False,
                    valid_from__isnull=False,
                    valid_until__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="seal_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="seal_new_replaces_nothing",
                condition=Q(application_kind="NEW", replaces__isnull=True, version=1)
                | (~Q(application_kind="NEW") & Q(replaces__isnull=False, version__gt=1)),
            ),
        ]
        indexes = [
            # Every document that is sealed asks for the seal of its agency.
            models.Index(fields=["agency_code", "kind"], name="seal_of_agency"),
            # What waits for its next step, and what is due to expire.
            models.Index(fields=["state", "valid_until"], name="seal_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.code}/{self.version}"

    def sm2_key(self) -> tuple[uuid.UUID, bytes]:
        """
        Return the key and the SESeal that OFD files are signed with.

        :raises ValueError: the seal was not made yet
        """
        if self.key_id is None or self.content is None:
            raise ValueError(f"{self} was not made yet")
        return self.key_id, bytes(self.content)

    def p256_key(self) -> tuple[uuid.UUID, bytes]:
        """
        Return the key that PDF files are signed with, and the picture that is shown there.

        :raises ValueError: the seal was not made yet
        """
        if self.pdf_key_id is None or self.picture is None:
            raise ValueError(f"{self} was not made yet")
        return self.pdf_key_id, bytes(self.picture)


class SealEvent(models.Model):
    """
    印章日志: one step in the life of a seal. Never changed.
    """

    id = models.BigAutoField(primary_key=True)
    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="+")
    action = models.CharField("步骤", max_length=24, choices=SealAction)
    at = models.DateTimeField("时间")
    actor_kind = models.CharField("办理主体类别", max_length=16)
    actor_id = models.CharField("办理主体标识", max_length=64)
    actor_name = models.CharField("办理人", max_length=100)
    note = models.CharField("意见或原因", max_length=500, blank=True, default="")
    facts = models.JSONField("详情", default=dict)

    class Meta:
        indexes = [models.Index(fields=["seal", "id"], name="seal_event_order")]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.action}"


class SealDocument(models.Model):
    """
    印章文书: the document of one step.

    Application form, opinion, filing, letter of authority, notice of loss, proof of destruction.
    """

    event = models.OneToOneField(
        SealEvent, verbose_name="步骤", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=50)
    file_id = models.UUIDField("文件")
    written_at = models.DateTimeField("制作时间")

    def __str__(self) -> str:
        return f"{self.event_id} {self.title}"

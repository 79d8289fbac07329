"""
Sharing licences with agencies, and the log of their use.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.business.licences.models.licences import Licence
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.sharing import ShareAuthority, ShareState, UseKind
from tongban.foundation.fields import SealedTextField


class LicenceShare(models.Model):
    """
    证照共享: an agency uses somebody's licence for one case, by the holder's consent or by law, for a term.

    Agency and service are copied from the case: what the holder agreed to does not change with them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    person_id = models.CharField("持证用户", max_length=64, blank=True, default="")
    case_number = models.CharField("办件编号", max_length=50)
    material_code = models.CharField("代替的材料", max_length=100, blank=True, default="")
    offering_code = models.CharField("清单编号", max_length=100)
    service_name = models.CharField("事项名称", max_length=1000)
    service_name_en = models.CharField("事项英文名称", max_length=1000, blank=True, default="")
    agency_code = models.CharField("用证机构代码", max_length=32)
    agency_name = models.CharField("用证机构", max_length=200)
    division_code = models.CharField("区划代码", max_length=12)
    purpose = models.CharField("用途", max_length=200)
    authority = models.CharField("共享依据", max_length=8, choices=ShareAuthority)
    legal_basis = models.CharField("法律依据", max_length=1000, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=ShareState)
    asked_at = models.DateTimeField("请求时间")
    asked_by = models.CharField("请求人", max_length=64)
    answered_at = models.DateTimeField("答复时间", null=True)
    last_day = models.DateField("共享期限截止日")
    words = SealedTextField("持证人说明", context="licences.share.words")
    original_id = models.UUIDField("加注件(OFD)", null=True)
    original_digest = models.CharField("加注件摘要(SM3)", max_length=64, blank=True, default="")
    copy_id = models.UUIDField("加注件副本(PDF)", null=True)

    class Meta:
        constraints = [
            # Asking again while one is asked for or given gives the same one.
            models.UniqueConstraint(
                fields=["licence", "case_number"],
                condition=Q(state__in=["ASKED", "GIVEN"]),
                name="licence_share_once",
            ),
            models.CheckConstraint(
                name="licence_share_by_law_names_it",
                condition=~Q(authority="LAW") | ~Q(legal_basis=""),
            ),
            models.CheckConstraint(
                name="licence_share_given_hands_over",
                condition=~Q(state="GIVEN") | Q(original_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "-asked_at"], name="licence_share_holder"),
            models.Index(fields=["case_number"], name="licence_share_case"),
            models.Index(fields=["agency_code", "-asked_at"], name="licence_share_agency"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ShareNotice(models.Model):
    """
    用证提醒: a licence that an agency has used was changed, suspended, ended or moved.
    """

    share = models.ForeignKey(LicenceShare, on_delete=models.PROTECT, related_name="+")
    status = models.CharField("证照状态", max_length=10, choices=LicenceStatus)
    at = models.DateTimeField("时间")
    seen_at = models.DateTimeField("知悉时间", null=True)
    seen_by = models.CharField("知悉人", max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["share", "status", "at"], name="licence_share_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.share_id} {self.status}"


class LicenceUse(models.Model):
    """
    用证记录: one use of a licence, for its holder to read. Never changed.
    """

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    share = models.ForeignKey(LicenceShare, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField("用证事项", max_length=10, choices=UseKind)
    at = models.DateTimeField("时间")
    agency_code = models.CharField("机构代码", max_length=32, blank=True, default="")
    who = SealedTextField("用证人", context="licences.use.who")
    posts = models.CharField("岗位", max_length=200, blank=True, default="")
    case_number = models.CharField("办件编号", max_length=50, blank=True, default="")
    purpose = models.CharField("用途", max_length=200, blank=True, default="")
    actor_kind = models.CharField("主体类别", max_length=16)
    actor_id = models.CharField("主体标识", max_length=64)

    class Meta:
        indexes = [models.Index(fields=["licence", "-at", "-id"], name="licence_use_order")]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.kind}"

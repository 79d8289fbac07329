"""
Legal entities, mandates, and the log of what happened to them.

Which of them is in force follows from dates and is asked with every request; nothing here is switched by a job.
"""

import uuid
from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongban.foundation.actors import MandateFunction
from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.support.mandates.values import (
    EndReason,
    EntityKind,
    EntityStatus,
    Evidence,
    LogKind,
    MandateKind,
)

CREDIT_CODE = r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
"""Form of a code of GB 32100; its check character is looked at before it is kept."""
FUNCTIONS = [function.value for function in MandateFunction]


class LegalEntityQuerySet(models.QuerySet["LegalEntity"]):
    """
    Filters over legal entities.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


class LegalEntity(models.Model):
    """
    法人和其他组织: known by its social credit code, registered here by its representative.

    Code and name are public. The representative is a person of this node and always there: without one nobody could
    answer for what is done in its name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=200)
    kind = models.CharField("单位类别", max_length=1, choices=EntityKind)
    status = models.CharField(
        "单位状态", max_length=16, choices=EntityStatus, default=EntityStatus.ACTIVE.value
    )
    address = SealedTextField("住所", context="mandates.entity.address", null=True)
    """Sealed: that of a one-man business is somebody's home."""
    representative = models.ForeignKey(
        "identity.Person", verbose_name="法定代表人", on_delete=models.PROTECT, related_name="+"
    )
    representative_masked = models.CharField("法定代表人（脱敏）", max_length=64)
    representative_lost_at = models.DateTimeField("法定代表人不符时间", null=True)
    """Since when the register names somebody else, whom this node does not know yet."""
    assurance_level = models.PositiveSmallIntegerField("认证等级")
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.CharField("登记人", max_length=64)
    checked_at = models.DateTimeField("核验时间")
    checked_by = models.CharField("核验方式", max_length=64)
    deregistered_at = models.DateTimeField("注销时间", null=True)

    objects = LegalEntityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entity_code_is_well_formed", condition=Q(credit_code__regex=CREDIT_CODE)
            ),
            models.CheckConstraint(
                name="entity_kind_exists", condition=Q(kind__in=[kind.value for kind in EntityKind])
            ),
            models.CheckConstraint(name="entity_level_exists", condition=Q(assurance_level__lte=4)),
            models.CheckConstraint(
                name="entity_ends_with_a_date",
                condition=Q(status=EntityStatus.ACTIVE, deregistered_at__isnull=True)
                | Q(status=EntityStatus.DEREGISTERED, deregistered_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["representative"], name="entity_of_representative"),
            # Every night: whose entry in the register was looked at longest ago.
            models.Index(fields=["checked_at"], name="entity_to_check", condition=Q(status="ACTIVE")),
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.name}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    """
    Filters over mandates.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)

    def open(self) -> Self:
        """
        Keep what was neither declined nor ended.
        """
        return self.filter(declined_at__isnull=True, ended_at__isnull=True)

    def in_force(self, *, on: date) -> Self:
        """
        Keep what lets somebody act on a day.
        """
        return self.open().filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=on), accepted_at__isnull=False, valid_from__lte=on
        )


class Mandate(models.Model):
    """
    授权: lets a person act in the name of another person or of a legal entity.

    Offered to somebody named by number and name, who need not be known here; he becomes the grantee when he accepts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("授权类别", max_length=16, choices=MandateKind)
    grantor_person = models.ForeignKey(
        "identity.Person", verbose_name="授权人", on_delete=models.PROTECT, null=True, related_name="+"
    )
    grantor_entity = models.ForeignKey(
        LegalEntity, verbose_name="授权单位", on_delete=models.PROTECT, null=True, related_name="+"
    )
    grantor_masked = models.CharField("授权人（脱敏）", max_length=200)
    grantee = models.ForeignKey(
        "identity.Person", verbose_name="被授权人", on_delete=models.PROTECT, null=True, related_name="+"
    )
    grantee_name = SealedTextField("被授权人姓名", context="mandates.mandate.grantee_name")
    grantee_number = SealedTextField("被授权人号码", context="mandates.mandate.grantee_number")
    """ID number or mobile as he was named by; kept so that its index can be made anew."""
    grantee_masked = models.CharField("被授权人（脱敏）", max_length=64)
    grantee_number_masked = models.CharField("被授权人号码（脱敏）", max_length=32)
    grantee_index = BlindIndexField("被授权人号码索引")
    grantee_name_index = BlindIndexField("被授权人姓名索引")
    functions = ArrayField(models.CharField(max_length=8), verbose_name="授权事项")
    items = ArrayField(models.CharField(max_length=100), verbose_name="授权范围", null=True)
    """None: everything."""
    valid_from = models.DateField("有效期起始")
    valid_until = models.DateField("有效期截止(不含)", null=True)
    offered_at = models.DateTimeField("提出时间")
    offered_by = models.CharField("提出人", max_length=64)
    offer_ends_on = models.DateField("接受期限(不含)")
    accepted_at = models.DateTimeField("接受时间", null=True)
    declined_at = models.DateTimeField("谢绝时间", null=True)
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_by = models.CharField("终止人", max_length=64, blank=True, default="")
    end_reason = models.CharField("终止原因", max_length=24, choices=EndReason, blank=True, default="")
    end_note = SealedTextField("终止说明", context="mandates.mandate.end_note", null=True)
    evidence = models.CharField("依据", max_length=24, choices=Evidence, blank=True, default="")
    evidence_note = SealedTextField("依据说明", context="mandates.mandate.evidence_note", null=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mandate_has_the_grantor_of_its_kind",
                condition=Q(
                    kind__in=["REPRESENTATIVE", "AGENT"],
                    grantor_entity__isnull=False,
                    grantor_person__isnull=True,
                )
                | Q(
                    kind__in=["RELATIVE", "GUARDIAN"],
                    grantor_entity__isnull=True,
                    grantor_person__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="mandate_is_for_somebody_else",
                condition=Q(grantor_person__isnull=True)
                | Q(grantee__isnull=True)
                | ~Q(grantor_person=F("grantee")),
            ),
            models.CheckConstraint(
                name="mandate_functions_exist",
                condition=Q(functions__len__gt=0, functions__contained_by=FUNCTIONS),
            ),
            # An empty list would mean nothing, and must never come to mean everything.
            models.CheckConstraint(
                name="mandate_items_are_some_or_all", condition=Q(items__isnull=True) | Q(items__len__gt=0)
            ),
            models.CheckConstraint(
                name="mandate_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="mandate_of_ones_own_will_has_a_term",
                condition=Q(kind__in=["REPRESENTATIVE", "GUARDIAN"]) | Q(valid_until__isnull=False),
            ),
            models.CheckConstraint(
                name="mandate_is_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True) | Q(grantee__isnull=False),
            ),
            models.CheckConstraint(
                name="mandate_is_accepted_or_declined",
                condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True),
            ),
            models.CheckConstraint(
                name="mandate_ends_by_somebody_for_a_reason",
                condition=Q(ended_at__isnull=True, ended_by="", end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="") & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="mandate_guardian_has_evidence", condition=~Q(kind="GUARDIAN") | ~Q(evidence="")
            ),
            models.UniqueConstraint(
                name="mandate_one_representative",
                fields=["grantor_entity"],
                condition=Q(kind="REPRESENTATIVE", ended_at__isnull=True),
            ),
        ]
        indexes = [
            # For whom may this person act: the switch in the head of every page.
            models.Index(
                fields=["grantee", "-accepted_at"],
                name="mandate_of_grantee",
                condition=Q(ended_at__isnull=True),
            ),
            # What was offered to whom.
            models.Index(
                fields=["grantee_index"],
                name="mandate_offered_to",
                condition=Q(accepted_at__isnull=True, declined_at__isnull=True, ended_at__isnull=True),
            ),
            models.Index(fields=["grantor_person", "-offered_at"], name="mandate_given_by_person"),
            models.Index(fields=["grantor_entity", "-offered_at"], name="mandate_given_by_entity"),
            models.Index(fields=["grantee", "-offered_at"], name="mandate_received"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class MandateLog(models.Model):
    """
    授权记录: one thing that happened to a mandate or a legal entity. Never changed.
    """

    id = models.BigAutoField(primary_key=True)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, null=True, related_name="+")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField("事件", max_length=24, choices=LogKind)
    at = models.DateTimeField("时间")
    actor_kind = models.CharField("主体类别", max_length=16)
    actor_id = models.CharField("主体标识", max_length=64)
    actor_name = models.CharField("主体（脱敏）", max_length=100)
    reason = models.CharField("原因", max_length=24, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mandate_log_is_about_one_thing",
                condition=Q(mandate__isnull=False, entity__isnull=True)
                | Q(mandate__isnull=True, entity__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["mandate", "id"], name="mandate_log_order"),
            models.Index(fields=["entity", "id"], name="entity_log_order"),
        ]

    def __str__(self) -> str:
        return f"{self.mandate_id or self.entity_id} {self.kind}"

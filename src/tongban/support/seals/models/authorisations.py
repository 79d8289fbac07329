"""
Who may use a seal, and for what.
"""

import uuid
from typing import Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongban.support.seals.models.seals import Seal
from tongban.support.seals.values import (
    AuthorisationKind,
    SealPurpose,
)

CUT: Final = ("IN_USE", "SUSPENDED", "EXPIRED", "REPLACED")


class SealAuthorisationQuerySet(models.QuerySet["SealAuthorisation"]):
    """
    Filters over authorisations.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends: uses are counted one after another.
        """
        return self.select_for_update(no_key=True)

    def open(self) -> Self:
        """
        Keep what nobody has ended.
        """
        return self.filter(ended_at__isnull=True)


class SealAuthorisation(models.Model):
    """
    用印授权: who may use a seal, for what, how often, until when; or what is issued automatically with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("授权类别", max_length=16, choices=AuthorisationKind)
    account_id = models.UUIDField("被授权账号", null=True)
    """Whoever may seal; empty for a standing authorisation."""
    account_name = models.CharField("被授权人", max_length=100, blank=True, default="")
    node_code = models.CharField("被授权平台编码", max_length=12, blank=True, default="")
    """The other node whose jobs may seal; empty: this one."""
    purposes = ArrayField(models.CharField(max_length=16, choices=SealPurpose), verbose_name="用印事由")
    offerings = ArrayField(models.CharField(max_length=100), verbose_name="适用事项", null=True)
    licence_types = ArrayField(models.CharField(max_length=32), verbose_name="适用证照类型", null=True)
    most_fen = models.BigIntegerField("最高金额(分)", null=True)
    from_hour = models.PositiveSmallIntegerField("每日起始时点", null=True)
    until_hour = models.PositiveSmallIntegerField("每日截止时点(不含)", null=True)
    uses_a_day = models.PositiveIntegerField("每日次数", null=True)
    uses_in_all = models.PositiveIntegerField("总次数", null=True)
    valid_from = models.DateTimeField("有效期起始")
    valid_until = models.DateTimeField("有效期截止(不含)")
    given_by = models.CharField("授权人", max_length=64)
    given_at = models.DateTimeField("授权时间")
    ended_at = models.DateTimeField("收回时间", null=True)
    ended_by = models.CharField("收回人", max_length=64, blank=True, default="")
    end_note = models.CharField("收回原因", max_length=500, blank=True, default="")

    objects = SealAuthorisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="seal_authorisation_is_somebodys_or_standing",
                condition=Q(kind="PERSONAL", account_id__isnull=False, node_code="")
                | Q(kind="STANDING", account_id__isnull=True, node_code="")
                | (Q(kind="NODE", account_id__isnull=True) & ~Q(node_code="")),
            ),
            models.CheckConstraint(
                name="seal_authorisation_is_for_something",
                condition=Q(purposes__len__gt=0)
                & (Q(offerings__isnull=True) | Q(offerings__len__gt=0))
                & (Q(licence_types__isnull=True) | Q(licence_types__len__gt=0)),
            ),
            models.CheckConstraint(
                name="seal_authorisation_ends_after_it_begins", condition=Q(valid_until__gt=F("valid_from"))
            ),
            models.CheckConstraint(
                name="seal_authorisation_hours_exist",
                condition=(Q(from_hour__isnull=True) | Q(from_hour__lt=24))
                & (Q(until_hour__isnull=True) | Q(until_hour__range=(1, 24))),
            ),
            models.CheckConstraint(
                name="seal_authorisation_ends_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            ),
        ]
        indexes = [
            # Asked with every document that is sealed.
            models.Index(
                fields=["seal", "kind"],
                name="seal_authorisation_open",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seal_id}"

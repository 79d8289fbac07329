"""
Members of staff, where they have worked, and who stands in for them.
"""

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.support.identity.models.accounts import Account
from tongban.support.identity.values import THREE_ADMINISTRATORS, AssignmentKind, Role

TWO_ADMINISTRATORS_IN_ONE: Final = (
    (Role.OPERATOR, Role.SECURITY_ADMINISTRATOR),
    (Role.OPERATOR, Role.AUDIT_ADMINISTRATOR),
    (Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR),
)


def _at_most_one_administrator() -> Q:
    condition = Q()
    for first, second in TWO_ADMINISTRATORS_IN_ONE:
        condition &= ~Q(roles__contains=[first.value, second.value])
    return condition


class StaffMember(models.Model):
    """
    工作人员: somebody who works for an agency, with the posts and roles held there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="staff_member")
    staff_code = models.CharField("人员编码", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=64)
    duty = models.CharField("职务", max_length=64, blank=True, default="")
    """`staff_duty` of the national exchange (up_uc_gov_staff)."""
    id_number = SealedTextField("证件号码", context="identity.staff.id_number", null=True)
    """Shown nowhere: the index is made anew from it when its key changes."""
    id_number_index = BlindIndexField("证件号码索引", null=True)
    """Of the ID number, where it was recorded: several accounts of one person are known by it."""
    agency_code = models.CharField("机构编码", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    posts = ArrayField(models.CharField(max_length=16), verbose_name="岗位", default=list)
    roles = ArrayField(models.CharField(max_length=24), verbose_name="角色", default=list)
    is_active = models.BooleanField("是否在岗", default=True)

    class Meta:
        indexes = [
            # Who can take a work item of this agency: asked at every hand-over.
            models.Index(fields=["agency_code"], condition=Q(is_active=True), name="staff_of_agency"),
        ]
        constraints = [
            models.CheckConstraint(
                name="staff_division_has_12_digits", condition=Q(division_code__regex=r"^\d{12}$")
            ),
            # GB/T 22239-2019 8.1.4.2: system, security and audit administrators are three people.
            models.CheckConstraint(
                name="staff_is_one_administrator_at_most", condition=_at_most_one_administrator()
            ),
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=Q(
                    id_number_index__isnull=False,
                    is_active=True,
                    roles__overlap=[role.value for role in THREE_ADMINISTRATORS],
                ),
                name="person_is_administrator_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_code} {self.name}"


class StaffAssignment(models.Model):
    """
    任职记录: where a member of staff worked from when to when, with which posts and roles, and who arranged it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField("变动类别", max_length=12, choices=AssignmentKind)
    agency_code = models.CharField("机构编码", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    posts = ArrayField(models.CharField(max_length=16), verbose_name="岗位", default=list)
    roles = ArrayField(models.CharField(max_length=24), verbose_name="角色", default=list)
    valid_from = models.DateTimeField("开始时间")
    valid_until = models.DateTimeField("结束时间", null=True)
    arranged_by = models.CharField("经办人", max_length=64)
    arranged_by_name = models.CharField("经办人姓名", max_length=64, blank=True, default="")
    reason = models.CharField("原因", max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(valid_until__isnull=True), name="staff_works_in_one_place"
            ),
        ]
        indexes = [models.Index(fields=["member", "-valid_from"], name="assignment_history")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.valid_from:%F}"


class Absence(models.Model):
    """
    离岗与代理: a member of staff is away for a term, and somebody of the same agency may stand in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="absences")
    substitute = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    """Holds the absent one's posts in that agency during the term; None: the work waits in the pool."""
    reason = models.CharField("原因", max_length=200, blank=True, default="")
    valid_from = models.DateTimeField("开始时间")
    valid_until = models.DateTimeField("结束时间")
    arranged_by = models.CharField("经办人", max_length=64)
    created_at = models.DateTimeField("登记时间")
    begun_at = models.DateTimeField("生效处理时间", null=True)
    """Moment the work was handed on; None: the term has not begun."""
    closed_at = models.DateTimeField("结束处理时间", null=True)
    """Moment the substitute's work was given back; None: the term runs or is to come."""

    class Meta:
        constraints = [
            models.CheckConstraint(name="absence_has_a_term", condition=Q(valid_until__gt=F("valid_from"))),
            models.CheckConstraint(
                name="nobody_stands_in_for_himself",
                condition=Q(substitute__isnull=True) | ~Q(substitute=F("member")),
            ),
        ]
        indexes = [
            # Whose posts a member of staff holds besides his own: asked with every request of staff.
            models.Index(
                fields=["substitute"], condition=Q(closed_at__isnull=True), name="absence_of_substitute"
            ),
            models.Index(fields=["valid_from"], condition=Q(closed_at__isnull=True), name="absence_to_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.valid_from:%F} - {self.valid_until:%F}"

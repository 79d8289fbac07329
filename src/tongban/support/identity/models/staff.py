"""
Members of staff.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.support.identity.models.accounts import Account


class StaffMember(models.Model):
    """
    工作人员: somebody who works for an agency, with the posts and roles held there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="staff_member")
    staff_code = models.CharField("人员编码", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=64)
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
        ]

    def __str__(self) -> str:
        return f"{self.staff_code} {self.name}"

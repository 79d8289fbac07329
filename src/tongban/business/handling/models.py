"""
Tables of handling: one dossier per case, its work items.
"""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from tongban.business.handling.values import OPEN_ITEMS, DossierState, Outcome, Stage, WorkItemState


class Dossier(models.Model):
    """
    办理卷: a case as the agency's inner procedure holds it. Copied from the announcement, never looked up.
    """

    case_number = models.CharField("办件编号", max_length=50, primary_key=True)
    service_name = models.CharField("事项名称", max_length=1000)
    service_name_en = models.CharField("事项英文名称", max_length=1000, default="", blank=True)
    agency_code = models.CharField("办理机构", max_length=50)
    agency_name = models.CharField("办理机构名称", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    handling_kind = models.CharField("办件类型", max_length=12)
    applicant_masked = models.CharField("申请人（脱敏）", max_length=200)
    state = models.CharField("状态", max_length=12, choices=DossierState)
    is_stopped = models.BooleanField("特别程序中", default=False)
    statutory_due = models.DateField("法定办结日", null=True)
    promised_due = models.DateField("承诺办结日", null=True)
    steps_done = models.PositiveIntegerField("已办步骤数", default=0)
    opened_at = models.DateTimeField("开始时间")
    closed_at = models.DateTimeField("结束时间", null=True)

    def __str__(self) -> str:
        return self.case_number


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """
    Filters over work items.
    """

    def open(self) -> Self:
        """
        Keep what somebody still has to do.
        """
        return self.filter(state__in=OPEN_ITEMS)

    def locked(self, item_id: uuid.UUID) -> "WorkItem":
        """
        Return one item with its dossier, both rows held until the transaction ends.

        :raises WorkItem.DoesNotExist: there is no such item
        """
        return self.select_for_update(no_key=True).select_related("dossier").get(pk=item_id)


class WorkItem(models.Model):
    """
    待办: one stage of one case, for one post of one agency.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, related_name="items", verbose_name="办理卷"
    )
    step = models.PositiveIntegerField("步骤号")
    stage = models.CharField("环节", max_length=12, choices=Stage)
    post = models.CharField("岗位", max_length=12)
    agency_code = models.CharField("办理机构", max_length=50)
    state = models.CharField("状态", max_length=12, choices=WorkItemState)
    due = models.DateField("期限", null=True)
    claimed_by = models.UUIDField("办理人", null=True)
    claimed_name = models.CharField("办理人姓名", max_length=100, blank=True, default="")
    claimed_at = models.DateTimeField("领取时间", null=True)
    created_at = models.DateTimeField("产生时间")
    done_at = models.DateTimeField("办毕时间", null=True)
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True, default="")
    opinion = models.TextField("意见", blank=True, default="")
    conditions = models.TextField("附带条件", blank=True, default="")
    legal_basis = models.JSONField("依据", default=list)
    note = models.TextField("提示", blank=True, default="")

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier", "step"], name="work_item_once_per_step"),
            # A case is in one stage at a time; what follows is born when what went before is done.
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(state__in=["READY", "CLAIMED"]), name="work_item_one_open"
            ),
        ]
        indexes = [
            # The inbox of a post.
            models.Index(
                fields=["agency_code", "post", "due", "id"],
                condition=Q(state__in=["READY", "CLAIMED"]),
                name="work_item_inbox",
            ),
            models.Index(fields=["claimed_by", "-done_at"], name="work_item_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.stage} #{self.step}"

"""
Tables of casework: the log, its projection, notices, counters.

The log (`CaseEvent`) is what counts; a `Case` row can be thrown away and made again from it. The log is
partitioned by month and append-only by trigger (migration 0001), so Django does not manage it.
"""

from django.db import models
from django.db.models import Q

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.life import move_for
from tongban.business.casework.rules.sealing import KEY_CONTEXT
from tongban.business.casework.values import UNDER_WAY, Action, CaseStatus, NoticeKind
from tongban.foundation.fields import BlindIndexField, SealedJSONField, SealedTextField

TO_ARCHIVE = move_for(Action.ARCHIVE).sources
"""States in which a case has ended and is not in the archive."""


class Case(models.Model):
    """
    办件: one application for one service offering, from submission to archive. Projection of its events.

    What the offering promised is copied into `terms` at submission; later changes of the catalogue leave running
    cases alone.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField("办件编号", max_length=50, unique=True)
    query_code = models.CharField("查询码", max_length=9, unique=True)
    version = models.PositiveIntegerField("版本（事件数）")
    last_digest = models.CharField("末条事件摘要", max_length=64)
    status = models.CharField("办件状态", max_length=16, choices=CaseStatus)
    offering_id = models.BigIntegerField("实施清单")
    offering_code = models.CharField("清单编号", max_length=100)
    service_name = models.CharField("事项名称", max_length=1000)
    handling_kind = models.CharField("办件类型", max_length=12)
    agency_code = models.CharField("实施机构编码", max_length=50)
    division_code = models.CharField("行政区划代码", max_length=12)
    channel = models.CharField("提交渠道", max_length=4)
    applicant_id = models.UUIDField("申请人", null=True)
    applicant_index = BlindIndexField("申请人证件索引")
    applicant_masked = models.CharField("申请人（脱敏）", max_length=200)
    applicant_sealed = models.BinaryField("申请人（加密）")
    form_sealed = models.BinaryField("表单（加密）")
    terms = models.JSONField("承诺内容")
    state = models.JSONField("办理状态")
    draft_id = models.UUIDField("草稿", unique=True)
    submitted_at = models.DateTimeField("提交时间")
    accepted_at = models.DateTimeField("受理时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    acceptance_due = models.DateField("受理答复期限", null=True)
    statutory_due = models.DateField("法定办结日", null=True)
    promised_due = models.DateField("承诺办结日", null=True)
    due = models.DateField("下一个期限", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="case_clock_runs_from_acceptance",
                condition=Q(accepted_at__isnull=False)
                | Q(promised_due__isnull=True, statutory_due__isnull=True),
            ),
        ]
        indexes = [
            # Lists of an agency's staff, newest first, by keyset.
            models.Index(fields=["agency_code", "-id"], name="case_agency_newest"),
            # The inbox: what is under way, the nearest date first.
            models.Index(
                fields=["agency_code", "due", "id"],
                condition=Q(status__in=[status.value for status in sorted(UNDER_WAY)]),
                name="case_agency_due",
            ),
            # One-stop counters look into a whole division.
            models.Index(fields=["division_code", "-id"], name="case_division_newest"),
            # My cases.
            models.Index(fields=["applicant_id", "-id"], name="case_applicant"),
            models.Index(fields=["applicant_index", "-id"], name="case_applicant_index"),
            # Sweeps: silence that becomes acceptance, corrections that never came.
            models.Index(
                fields=["due"],
                condition=Q(status__in=["SUBMITTED", "PRE_CHECKED", "CORRECTED", "CORRECTION"]),
                name="case_sweep",
            ),
            # Every night: what has ended and is not archived.
            models.Index(
                fields=["closed_at", "id"],
                condition=Q(status__in=[status.value for status in sorted(TO_ARCHIVE)]),
                name="case_to_archive",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseKey(models.Model):
    """
    办件密钥: what the personal data of one case are sealed with, in its row and in its log.

    The log is never rewritten; sealing this key anew is enough when the node's key changes, and without it nobody
    can read what the log holds of a person. Cases from before there were such keys have none.
    """

    case_number = models.CharField("办件编号", max_length=50, primary_key=True)
    key = SealedTextField("密钥（加密）", context=KEY_CONTEXT)

    def __str__(self) -> str:
        return self.case_number


class CaseEvent(models.Model):
    """
    办件事件: what happened to a case. Numbered per case, each with the digest of the one before.
    """

    pk = models.CompositePrimaryKey("case_number", "seq", "at")
    case_number = models.CharField("办件编号", max_length=50)
    seq = models.PositiveIntegerField("序号")
    at = models.DateTimeField("发生时间")
    kind = models.CharField("事件种类", max_length=24, choices=EventKind)
    actor_kind = models.CharField("行为主体类别", max_length=16)
    actor_id = models.CharField("行为主体", max_length=64)
    actor_name = models.CharField("办理人员", max_length=100)
    agency_code = models.CharField("办理机构", max_length=50)
    data = models.JSONField("内容")
    previous_digest = models.CharField("前一事件摘要", max_length=64)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        managed = False
        db_table = "casework_event"

    def __str__(self) -> str:
        return f"{self.case_number} #{self.seq} {self.kind}"


class Notice(models.Model):
    """
    文书: a notice with its number, made in the transaction of the act; the PDF is rendered afterwards.
    """

    id = models.BigAutoField(primary_key=True)
    case_number = models.CharField("办件编号", max_length=50)
    event_seq = models.PositiveIntegerField("事件序号")
    kind = models.CharField("文书种类", max_length=24, choices=NoticeKind)
    document_number = models.CharField("文书编号", max_length=50, unique=True)
    agency_code = models.CharField("制发机构", max_length=50)
    issued_at = models.DateTimeField("制发时间")
    content = SealedJSONField("内容（加密）", context="casework.notice.content")
    file_id = models.UUIDField("文件", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case_number", "event_seq", "kind"], name="notice_once_per_event"
            ),
        ]

    def __str__(self) -> str:
        return self.document_number


class Counter(models.Model):
    """
    编号计数器: the last serial given under a scope. Counted up in the transaction that uses the number: no gaps.
    """

    scope = models.CharField("范围", max_length=96, primary_key=True)
    last = models.BigIntegerField("末号")

    def __str__(self) -> str:
        return f"{self.scope} {self.last}"

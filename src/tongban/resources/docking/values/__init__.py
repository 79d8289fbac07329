"""
Words of docking, and the one message model that tables, files and interface all speak.

A report is what an agency's own system says of a case that was given to it; the kinds are those of the ten-message
model (审批/电子监察 exchange) that change anything, with the words of the national case tables (C 0110).
"""

from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

TRIAL_PREFIX: Final = "TRIAL-"
"""Case numbers of conformance checks begin so; they belong to no case."""
LONGEST_CODE: Final = 40
SYSTEM_CODE_PATTERN: Final = r"^[a-z][a-z0-9-]{1,14}[a-z0-9]$"
"""What the case library takes as the source of a system's own cases."""


class Way(models.TextChoices):
    """
    对接方式.
    """

    TABLES = "TABLES", _("前置库")
    INTERFACE = "INTERFACE", _("数据接口")
    FILES = "FILES", _("文件交换")


class SystemState(models.TextChoices):
    """
    对接状态.
    """

    DRAFT = "DRAFT", _("登记中")
    TESTING = "TESTING", _("联调中")
    CONFORMANT = "CONFORMANT", _("已通过检测")
    LIVE = "LIVE", _("正式运行")
    SUSPENDED = "SUSPENDED", _("已暂停")


REACHED: Final = frozenset({SystemState.TESTING, SystemState.CONFORMANT, SystemState.LIVE})
"""States in which the node looks for what the system wrote."""


class TakesFrom(models.TextChoices):
    """
    接件环节: from when on a case is the system's.
    """

    SUBMISSION = "SUBMISSION", _("申请提交后")
    ACCEPTANCE = "ACCEPTANCE", _("受理后")


class Direction(models.TextChoices):
    """
    方向.
    """

    IN = "IN", _("系统报来")
    OUT = "OUT", _("交给系统")


class MessageState(models.TextChoices):
    """
    消息状态. Reports end APPLIED, NOTED or REFUSED; what is given ends TAKEN, DECLINED or DEAD.
    """

    APPLIED = "APPLIED", _("已生效")
    NOTED = "NOTED", _("已记录")
    REFUSED = "REFUSED", _("已退回")
    FAILED = "FAILED", _("处理中断，待重试")
    QUEUED = "QUEUED", _("待送出")
    SENT = "SENT", _("已送出，待取走")
    TAKEN = "TAKEN", _("对方已取走")
    DECLINED = "DECLINED", _("对方报错")
    DEAD = "DEAD", _("超期未送达")


SETTLED: Final = frozenset({MessageState.APPLIED, MessageState.NOTED})


class ReportKind(models.TextChoices):
    """
    报文种类.
    """

    ACCEPTED = "ACCEPTED", _("受理")
    NOT_ACCEPTED = "NOT_ACCEPTED", _("不予受理")
    CORRECTION = "CORRECTION", _("补正告知")
    STEP = "STEP", _("办理过程")
    PROCEDURE_BEGINS = "PROCEDURE_BEGINS", _("特别程序开始")
    PROCEDURE_ENDS = "PROCEDURE_ENDS", _("特别程序结束")
    EXTENDED = "EXTENDED", _("延长审批")
    GRANTED = "GRANTED", _("准予")
    REFUSED = "REFUSED", _("不予许可")
    WITHDRAWN = "WITHDRAWN", _("申请人撤回")
    PASSED_ON = "PASSED_ON", _("转报")
    VOIDED = "VOIDED", _("作废")
    DELIVERED = "DELIVERED", _("结果送达")
    MATERIAL = "MATERIAL", _("收取材料")


ITEM: Final = "ITEM"
"""Kind of a message that brings an item instead of reporting about a case."""


class OutKind(models.TextChoices):
    """
    交办种类.
    """

    CASE = "CASE", _("交办办件")
    CHANGED = "CHANGED", _("办件变化")


Short = Annotated[str, msgspec.Meta(max_length=200)]
Long = Annotated[str, msgspec.Meta(max_length=2000)]


class CorrectionAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One thing to be corrected. An empty `material_code` means the form; a name alone is looked up among the materials.
    """

    name: Short
    reason: Long
    material_code: Short = ""


class BegunCaseFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    自办件受理信息: a case that began in the system itself, in words and codes of up_pro_accept (C 0110).
    """

    task_name: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    task_code: Annotated[str, msgspec.Meta(max_length=36)]
    project_type: Annotated[str, msgspec.Meta(max_length=2)]
    """办件类型, code list T6."""
    applyer_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    applyer_type: Annotated[str, msgspec.Meta(max_length=2)]
    """申请人类型, code list T4."""
    applyer_page_type: Annotated[str, msgspec.Meta(max_length=70)]
    """证件类型, code list T20."""
    applyer_page_code: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    apply_date: datetime
    apply_type: Annotated[str, msgspec.Meta(max_length=2)]
    org_code: Annotated[str, msgspec.Meta(max_length=50)]
    """受理机构: the system's agency."""
    org_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    catalog_code: Annotated[str, msgspec.Meta(max_length=50)] = ""
    local_catalog_code: Annotated[str, msgspec.Meta(max_length=50)] = ""
    local_task_code: Annotated[str, msgspec.Meta(max_length=50)] = ""
    task_handle_item: Annotated[str, msgspec.Meta(max_length=50)] = ""
    task_version: int = 1
    project_name: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    legal: Short = ""
    contact_name: Short = ""
    contact_type: Annotated[str, msgspec.Meta(max_length=6)] = ""
    contact_code: Annotated[str, msgspec.Meta(max_length=50)] = ""
    contact_mobile: Annotated[str, msgspec.Meta(max_length=20)] = ""
    address: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    zip_code: Annotated[str, msgspec.Meta(max_length=6)] = ""
    accept_doc_no: Annotated[str, msgspec.Meta(max_length=50)] = ""
    promise_date: datetime | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a system says of a case: kind, and the words that belong to the kind.

    One flat shape, because tables and sheets are flat: `services.receiving` says which words a kind needs.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    """Given by the system, never twice; a message that comes again under the same id has its effect once."""
    case_number: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    kind: ReportKind
    at: datetime
    """When it happened in the system, with its offset; the node writes its own time on the case."""
    handler: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """办理人员."""
    opinion: Long = ""
    reason: Long = ""
    legal_basis: Annotated[list[Short], msgspec.Meta(max_length=20)] = []
    conditions: Long = ""
    step_name: Short = ""
    """环节名称."""
    outcome: Short = ""
    """业务动作 of a step: PASS, RETURN or OTHER (code list T23)."""
    procedure: Short = ""
    """Name of a special procedure, e.g. 专家评审."""
    days: Annotated[int, msgspec.Meta(ge=0, le=400)] = 0
    """Of a special procedure calendar days, of an extension working days, of a correction working days."""
    result: Long = ""
    items: Annotated[list[CorrectionAsked], msgspec.Meta(max_length=100)] = []
    to_agency: Short = ""
    way: Short = ""
    """领取方式: counter or post."""
    recipient: Annotated[str, msgspec.Meta(max_length=100)] = ""
    certificate_name: Short = ""
    certificate_number: Long = ""
    material_name: Short = ""
    case: BegunCaseFacts | None = None
    """Of an ACCEPTED whose case began in the system itself."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """
    A material of a case that is given.
    """

    code: str
    name: str
    get_type: str
    """材料收取方式, code list T25."""
    file_id: str = ""
    digest: str = ""


class GivenCase(msgspec.Struct, frozen=True, kw_only=True):
    """
    A case as the agency's own system gets it, in clear; names as in up_pro_accept, national codes.
    """

    project_no: str
    query_code: str
    catalog_code: str
    task_code: str
    task_name: str
    task_version: int
    project_name: str
    project_type: str
    """办件类型, code list T6."""
    applyer_name: str
    applyer_type: str
    applyer_page_type: str
    applyer_page_code: str
    org_name: str
    org_code: str
    division_code: str
    apply_date: datetime
    apply_type: str
    """办理形式, code list T5."""
    legal: str = ""
    contact_name: str = ""
    contact_type: str = ""
    contact_code: str = ""
    contact_mobile: str = ""
    address: str = ""
    handle_user_name: str = ""
    accept_date: datetime | None = None
    accept_doc_no: str = ""
    promise_date: date | None = None
    form: dict[str, str] = {}
    materials: list[Part] = []


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is given to a system: a case, or that something happened to a case that it has.
    """

    id: str
    number: int
    """Grows per system; what is given about one case is in the order of these numbers."""
    kind: OutKind
    case_number: str
    at: datetime
    version: int = 1
    """Higher when it is given once more."""
    event: str = ""
    """Kind of the case's event, e.g. GRANTED."""
    data: dict[str, Any] = {}
    case: GivenCase | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a report.
    """

    id: str
    case_number: str
    state: MessageState
    code: str = ""
    text: str = ""
    is_repeated: bool = False
    """It had come before, and nothing was done again."""

    @property
    def is_good(self) -> bool:
        """
        Whether the report was taken.
        """
        return self.state in SETTLED


class SystemFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topics "docking.case_given" and "docking.case_returned": whose hands a case is in.
    """

    case_number: str
    system_code: str
    system_name: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One check of the conformance suite.
    """

    id: str
    title: str
    asked: str
    """What the documents ask, with their name."""
    is_met: bool
    found: str = ""
    mend: str = ""
    """How to mend it; empty where it is met."""


class ConformanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the suite found.
    """

    system: str
    way: Way
    at: datetime
    findings: list[Finding]
    certificate: dict[str, Any] | None = None

    @property
    def is_whole(self) -> bool:
        """
        Whether nothing is missing.
        """
        return all(finding.is_met for finding in self.findings)


class RoundReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one round with a system did.
    """

    system: str
    read: int = 0
    applied: int = 0
    refused: int = 0
    given: int = 0
    taken: int = 0
    error: str = ""

"""
Words and values of the data services.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.resources.datasets.values import Sharing

MOST_ROWS: Final = 1000
"""Of one answer."""
MOST_STEPS: Final = 12
LONGEST_CASE_NUMBER: Final = 64
LONGEST_PURPOSE: Final = 500
REQUEST_TEMPLATE: Final = "sharing.request"
ALARM_TEMPLATE: Final = "sharing.alarm"
AFTER: Final = "after"
"""Input that says behind which row a page of a list begins."""
NODE_SUBJECT: Final = "sharing"
"""Of the questions that nodes ask one another about data."""


class ServiceKind(TextChoices):
    """
    数据服务类型: where the answer comes from.
    """

    UPSTREAM = "UPSTREAM", _("接口代理")
    QUERY = "QUERY", _("基础库查询")
    ORCHESTRATED = "ORCHESTRATED", _("服务编排")
    PARENT = "PARENT", _("上级节点代理查询")


class ServiceState(TextChoices):
    """
    数据服务状态.
    """

    DRAFT = "DRAFT", _("编制中")
    CHECKED = "CHECKED", _("已核验")
    PUBLISHED = "PUBLISHED", _("已发布")
    SUSPENDED = "SUSPENDED", _("已暂停")
    WITHDRAWN = "WITHDRAWN", _("已撤下")


class ServiceAct(TextChoices):
    """
    What is done to a service.
    """

    CREATE = "CREATE", _("登记")
    SAVE = "SAVE", _("保存")
    CHECK = "CHECK", _("核验通过")
    PUBLISH = "PUBLISH", _("发布")
    SUSPEND = "SUSPEND", _("暂停")
    RESUME = "RESUME", _("恢复")
    REOPEN = "REOPEN", _("退回编制")
    WITHDRAW = "WITHDRAW", _("撤下")


class Credential(TextChoices):
    """
    How the node is known at an upstream service.
    """

    NONE = "NONE", _("无")
    BEARER = "BEARER", _("令牌（Authorization: Bearer）")
    HEADER = "HEADER", _("自定义请求头")


class DataRequestState(TextChoices):
    """
    用数申请状态.
    """

    SUBMITTED = "SUBMITTED", _("待合规审核")
    RETURNED = "RETURNED", _("退回补充")
    COMPLIANT = "COMPLIANT", _("待提供方答复")
    GRANTED = "GRANTED", _("已授权")
    REFUSED = "REFUSED", _("不予授权")
    WITHDRAWN = "WITHDRAWN", _("已撤回")


OPEN_REQUESTS: Final = (DataRequestState.SUBMITTED, DataRequestState.RETURNED, DataRequestState.COMPLIANT)


class RequestAct(TextChoices):
    """
    What is done to a request.
    """

    SUBMIT = "SUBMIT", _("提交申请")
    RETURN = "RETURN", _("退回补充")
    RESUBMIT = "RESUBMIT", _("补充后重新提交")
    PASS = "PASS", _("合规审核通过")
    GRANT = "GRANT", _("授权")
    REFUSE = "REFUSE", _("不予授权")
    WITHDRAW = "WITHDRAW", _("撤回申请")
    REMIND = "REMIND", _("到期提醒")
    ESCALATE = "ESCALATE", _("逾期报告数据主管部门")
    REVOKE = "REVOKE", _("收回授权")


class GrantEnd(TextChoices):
    """
    Why a grant ended before its day.
    """

    REVOKED = "REVOKED", _("已收回")
    REPLACED = "REPLACED", _("已由新授权代替")


class AlarmKind(TextChoices):
    """
    告警规则种类.
    """

    ERROR_RATE = "ERROR_RATE", _("错误率")
    LATENCY = "LATENCY", _("响应时间（95 分位，毫秒）")
    QUOTA = "QUOTA", _("当日额度使用比例")
    DENIED = "DENIED", _("被拒绝的调用次数")
    CIRCUIT = "CIRCUIT", _("熔断（连续失败次数）")


class Result(StrEnum):
    """
    How a call ended where it was not refused by an error of another code.
    """

    OK = "ok"
    PARTIAL = "partial"
    """Steps that may be missing were."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    查询条件: one input of a service.
    """

    name: str
    title: str
    is_required: bool = True
    longest: int = 100


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """
    信息项: one field of the answer, as the dataset has it.
    """

    name: str
    title: str
    is_personal: bool = False


class Upstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An HTTP service of an agency. It is sent the question as JSON and answers with JSON.
    """

    url: str
    rows_at: str = ""
    """Dotted path of the rows in its answer; empty: the whole answer."""
    credential: Credential = Credential.NONE
    header: str = ""
    """Name of the header that carries the secret, where the credential is HEADER."""


class QueryWay(TextChoices):
    """
    基础库查询方式: verification tells least, a list most.
    """

    READ = "READ", _("按主键查询一条")
    VERIFY = "VERIFY", _("核验（只答是、否、不详）")
    LIST = "LIST", _("按条件分页查询")


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A look into a base register.
    """

    register: str
    """Code of the register."""
    key: str = ""
    """Name of the input that is the key; a list needs none."""
    way: QueryWay = QueryWay.READ
    """VERIFY: other inputs are claims about fields of their names. LIST: they are values that these fields have."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    编排步骤: one call of another service.
    """

    id: str
    call: str
    """Code of the service."""
    input: str
    """CEL over `question` and `steps`: a map with the inputs of the service."""
    timeout_seconds: int = 5
    optional: bool = False
    """The answer may go without it, and says so."""
    after: tuple[str, ...] = ()
    """Steps whose answers its input uses."""


class Orchestration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Several services into one answer.
    """

    steps: tuple[Step, ...]
    output: str
    """CEL over `question` and `steps` (rows of each step): a row, or a list of rows."""


class AtParent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A service of the parent node, asked in our subscribers' stead (统一查询代理).
    """

    service: str
    """Its code there."""


Definition = Upstream | Query | Orchestration | AtParent
SHAPES: Final[dict[ServiceKind, type[Definition]]] = {
    ServiceKind.UPSTREAM: Upstream,
    ServiceKind.QUERY: Query,
    ServiceKind.ORCHESTRATED: Orchestration,
    ServiceKind.PARENT: AtParent,
}


class ServiceContent(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a steward writes of a service.
    """

    title: str
    summary: str
    dataset_code: str
    kind: ServiceKind
    definition: dict[str, Any]
    parameters: tuple[Parameter, ...] = ()
    timeout_seconds: int = 5
    cache_seconds: int = 0
    """How long an answer may be given again; 0: never."""
    subject: str = ""
    """Name of the input that is somebody's ID number: he is told in his ledger; empty: nobody is asked about."""


class RequestContent(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an agency writes that applies for data. Source: 国发〔2016〕51号; the fields of `standards` 7.2.
    """

    client_id: str
    """The system that will call; of the applicant's agency."""
    purpose: str
    """用途"""
    legal_basis: str
    """依据"""
    item_code: str = ""
    """事项编码"""
    fields: tuple[str, ...]
    row_condition: str = ""
    """CEL over `row`; empty: all rows."""
    daily_quota: int = 1000
    """Calls a day."""
    until: date
    """Last day."""
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogued:
    """
    What the catalogue says of a dataset.
    """

    code: str
    title: str
    agency_code: str
    """Of the provider."""
    sharing: Sharing
    condition: str
    fields: tuple[Field, ...]
    schema: dict[str, Any]
    """JSON Schema of one row."""
    is_published: bool

    @property
    def permits_caching(self) -> bool:
        """
        Whether answers may be kept for a while: only what is shared without a condition and is about nobody.
        """
        return self.sharing is Sharing.UNCONDITIONAL and not any(field.is_personal for field in self.fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceReceipt:
    """
    Where a service stands.
    """

    code: str
    state: ServiceState
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestReceipt:
    """
    Where a request stands.
    """

    id: uuid.UUID
    number: str
    state: DataRequestState
    grant_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantReceipt:
    """
    What was opened.
    """

    id: uuid.UUID
    service_code: str
    subscriber: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """
    One node on the way of a question: what it asked and was answered, signed by it. Nothing of the data.
    """

    node: str
    service: str
    request_id: str
    at: str
    question_sm3: str
    answer_sm3: str
    before_sm3: str
    """Of the hop behind it, nearer to the data; empty: here the data came from."""
    signature: str = ""
    """SM2 over the other fields, hexadecimal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """
    What a service answered, before anything is taken from it.
    """

    rows: list[dict[str, Any]]
    missing: tuple[str, ...] = ()
    """Ids of steps that did not answer."""
    hops: tuple[Hop, ...] = ()
    next: str = ""
    """With which `after` the next page is asked for; empty: there is none."""
    uses: tuple[str, ...] = ()
    """What base registers here wrote down as uses of records."""
    is_noted_above: bool = False
    """A node above wrote down uses: it has to hear of every question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """
    The answer to a call.
    """

    body: bytes
    request_id: str
    result: Result
    quota: int
    quota_left: int
    rate: int
    rate_left: int
    is_cached: bool = False
    is_noted: bool = False
    """Base registers wrote down whose record was used."""
    hops: tuple[Hop, ...] = field(default=())

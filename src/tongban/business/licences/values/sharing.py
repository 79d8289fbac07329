"""
Vocabulary of sharing licences with agencies, and of the log of their use.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.values.licences import FaceLine, LicenceStatus


class ShareAuthority(TextChoices):
    """
    共享依据: by what right an agency uses somebody's licence.
    """

    CONSENT = "CONSENT", _("持证人同意")
    LAW = "LAW", _("法律、行政法规规定")
    OPEN = "OPEN", _("无条件共享")


class ShareState(TextChoices):
    """
    共享状态.
    """

    ASKED = "ASKED", _("等待持证人答复")
    GIVEN = "GIVEN", _("共享中")
    REFUSED = "REFUSED", _("持证人不同意")
    WITHDRAWN = "WITHDRAWN", _("持证人已撤回")
    OVER = "OVER", _("已到期")
    """The term tells, whether or not it is written down."""


class ShareAnswer(TextChoices):
    """
    What a holder says to being asked, or later.
    """

    CONSENT = "CONSENT", _("同意")
    REFUSE = "REFUSE", _("不同意")
    WITHDRAW = "WITHDRAW", _("撤回同意")


class UseKind(TextChoices):
    """
    用证事项: what was done with a licence, by its holder or by others.
    """

    PRESENTED = "PRESENTED", _("您亮证")
    FOUND = "FOUND", _("窗口经您同意查找")
    CHECKED = "CHECKED", _("亮证后被核验")
    ASKED = "ASKED", _("请求共享")
    GIVEN = "GIVEN", _("取得加注件")
    REFUSED = "REFUSED", _("您不同意共享")
    WITHDRAWN = "WITHDRAWN", _("您撤回同意")
    READ = "READ", _("查看照面信息")
    OPENED = "OPENED", _("打开加注件")


class NoUse(TextChoices):
    """
    Why a licence cannot be shared, or take the place of a material.
    """

    NOT_VALID = "NOT_VALID", _("证照当前不是有效状态")
    NOT_COMPARED = "NOT_COMPARED", _("证照尚未与原件核对")
    OWN_WORD = "OWN_WORD", _("证照信息由持证人自行承诺，不能代替证照")
    CLOSED = "CLOSED", _("该类证照不予共享")
    NOT_OWN = "NOT_OWN", _("证照的持证主体不是申请人")
    NO_SEAL = "NO_SEAL", _("颁发机构目前没有可用的电子印章，加注件无法制作")
    NOT_MADE = "NOT_MADE", _("证照文件还没有制作完成")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseInHand:
    """
    A case, to whoever has a part in deciding it: what sharing a licence for it has to know.
    """

    number: str
    agency_code: str
    agency_name: str
    division_code: str
    offering_code: str
    service_name: str
    service_name_en: str
    holder_code: str
    """公民身份号码 or 统一社会信用代码 of the applicant, in clear; never shown."""
    is_open: bool
    """Somebody still has to do something about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """
    An application that a clerk writes for somebody, as the consent to it names it.
    """

    id: UUID
    """Of the clerk's draft."""
    offering_code: str
    service_name: str
    service_name_en: str
    agency_code: str
    agency_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldLicence:
    """
    A licence that could take the place of a material, as its holder sees it.
    """

    identifier: str
    type_code: str
    type_name: str
    type_name_en: str
    number: str
    issuer_name: str
    last_valid_date: date | None
    original_digest: str
    """SM3 of the original, hexadecimal; empty: it was taken in from a file."""
    no_use: NoUse | None
    """Why it cannot; None: it can."""
    lines: dict[str, str]
    """What stands on the face, by key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareReceipt:
    """
    Where a share stands.
    """

    id: UUID
    state: ShareState
    authority: ShareAuthority
    last_day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareNoticeFacts:
    """
    What happened to a shared licence after it was handed over.
    """

    id: int
    status: LicenceStatus
    at: datetime
    is_seen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareFacts:
    """
    A share as its holder and the agency see it; nothing that stands on the licence is in it.
    """

    id: UUID
    identifier: str
    type_name: str
    type_name_en: str
    number: str
    licence_status: LicenceStatus
    """As of today, of the licence."""
    case_number: str
    material_code: str
    """Empty: asked for by the agency, and no material of the application."""
    service_name: str
    service_name_en: str
    agency_code: str
    agency_name: str
    purpose: str
    authority: ShareAuthority
    legal_basis: str
    state: ShareState
    asked_at: datetime
    answered_at: datetime | None
    last_day: date
    words: str
    """What the holder said when he refused or withdrew."""
    original_id: UUID | None
    """Annotated copy, OFD; None: not handed over, or the reader may not open it."""
    copy_id: UUID | None
    """The same as PDF."""
    may_read: bool
    """Whether this reader may read the face and open the copy now."""
    answers: tuple[ShareAnswer, ...]
    """What this reader may answer now; empty for agencies."""
    notices: tuple[ShareNoticeFacts, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedFace:
    """
    What a shared licence says, in clear.
    """

    share_id: UUID
    identifier: str
    type_name: str
    number: str
    issuer_name: str
    status: LicenceStatus
    valid_from: date
    last_valid_date: date | None
    lines: tuple[FaceLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceUseFacts:
    """
    One line of the log of use.
    """

    kind: UseKind
    at: datetime
    agency_code: str
    who: str
    """Agency, or what a checker calls himself; empty: nobody said."""
    posts: tuple[str, ...]
    case_number: str
    purpose: str

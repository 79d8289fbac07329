"""
Words and typed values of legal entities and mandates, shared with other apps.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import MandateFunction, PrincipalKind


class EntityKind(models.TextChoices):
    """
    单位类别, the kinds of applicants of code list T4 that are no natural persons.
    """

    ENTERPRISE = "2", _("企业法人")
    INSTITUTION = "3", _("事业法人")
    SOCIAL_ORGANISATION = "4", _("社会组织法人")
    UNINCORPORATED = "5", _("非法人企业")
    GOVERNMENT = "6", _("行政机关")
    OTHER = "9", _("其他组织")


class EntityStatus(models.TextChoices):
    """
    单位状态 as the register of legal entities says.
    """

    ACTIVE = "ACTIVE", _("存续")
    DEREGISTERED = "DEREGISTERED", _("已注销")


class MandateKind(models.TextChoices):
    """
    授权类别.
    """

    REPRESENTATIVE = "REPRESENTATIVE", _("法定代表人")
    AGENT = "AGENT", _("经办人")
    RELATIVE = "RELATIVE", _("亲友代办")
    GUARDIAN = "GUARDIAN", _("监护")


BY_LAW = frozenset({MandateKind.REPRESENTATIVE, MandateKind.GUARDIAN})
"""Kinds that follow from the law and not from somebody's will: nobody offers or accepts them."""
OF_ENTITIES = frozenset({MandateKind.REPRESENTATIVE, MandateKind.AGENT})

FUNCTION_NAMES = {
    MandateFunction.APPLY: _("申办"),
    MandateFunction.QUERY: _("查询"),
    MandateFunction.PAY: _("支付"),
    MandateFunction.SEAL: _("签章"),
}


NOT_USED_YET = frozenset({MandateFunction.PAY, MandateFunction.SEAL})
"""
Functions that are kept with a mandate and that nothing asks for so far: the node takes no payments and puts nobody's
seal but its agencies'. They take effect with online payment and e-seals; until then they permit nothing.
"""
NOT_USED_YET_WORDS = _("支付和签章在本平台开通网上支付、电子印章后才生效，现在授予不能用来办理任何事")


class MandateState(models.TextChoices):
    """
    授权状态: what a mandate is on a day; follows from its dates.
    """

    OFFERED = "OFFERED", _("待接受")
    LAPSED = "LAPSED", _("逾期未接受")
    NOT_YET = "NOT_YET", _("未到生效日")
    IN_FORCE = "IN_FORCE", _("生效中")
    DECLINED = "DECLINED", _("已谢绝")
    EXPIRED = "EXPIRED", _("已到期")
    ENDED = "ENDED", _("已终止")


class EndReason(models.TextChoices):
    """
    终止原因 of a mandate before its term. Source: 民法典 arts. 173, 175.
    """

    WITHDRAWN = "WITHDRAWN", _("授权人收回")
    WITHDRAWN_AT_COUNTER = "WITHDRAWN_AT_COUNTER", _("授权人在窗口收回")
    RENOUNCED = "RENOUNCED", _("被授权人辞去")
    ENTITY_DEREGISTERED = "ENTITY_DEREGISTERED", _("单位已注销")
    REPRESENTATIVE_CHANGED = "REPRESENTATIVE_CHANGED", _("法定代表人已变更")
    GUARDIANSHIP_ENDED = "GUARDIANSHIP_ENDED", _("监护关系终止")


class Evidence(models.TextChoices):
    """
    依据: what a clerk has seen before he wrote down who acts for whom.
    """

    HOUSEHOLD_BOOK = "HOUSEHOLD_BOOK", _("居民户口簿")
    BIRTH_CERTIFICATE = "BIRTH_CERTIFICATE", _("出生医学证明")
    COURT_JUDGMENT = "COURT_JUDGMENT", _("人民法院判决或裁定")
    GUARDIAN_DESIGNATION = "GUARDIAN_DESIGNATION", _("居（村）委会或民政部门的指定")
    GUARDIANSHIP_AGREEMENT = "GUARDIANSHIP_AGREEMENT", _("意定监护协议")
    LETTER_OF_AUTHORITY = "LETTER_OF_AUTHORITY", _("授权委托书")


class LogKind(models.TextChoices):
    """
    What happened to a mandate or to a legal entity.
    """

    OFFERED = "OFFERED", _("提出授权")
    ACCEPTED = "ACCEPTED", _("接受授权")
    DECLINED = "DECLINED", _("谢绝授权")
    ESTABLISHED = "ESTABLISHED", _("窗口登记")
    ENDED = "ENDED", _("授权终止")
    REGISTERED = "REGISTERED", _("单位登记")
    CHECKED = "CHECKED", _("法人库核验")
    REPRESENTATIVE_LOST = "REPRESENTATIVE_LOST", _("法定代表人与法人库不一致")
    REPRESENTATIVE_CHANGED = "REPRESENTATIVE_CHANGED", _("法定代表人变更")
    DEREGISTERED = "DEREGISTERED", _("单位注销")


def _day_before(day: date | None) -> date | None:
    return day - timedelta(days=1) if day else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """
    What is granted: functions, items, term.
    """

    functions: frozenset[MandateFunction]
    items: tuple[str, ...] | None = None
    """Codes of offerings, or their beginnings for a class of them; None: all."""
    valid_from: date
    valid_until: date | None = None
    """First day on which it is not valid any more; None: no end, for what follows from law."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MandateView:
    """
    A mandate as those whom it concerns see it; persons masked.
    """

    id: UUID
    kind: MandateKind
    state: MandateState
    grantor_kind: PrincipalKind
    grantor_id: UUID
    grantor_name: str
    """Masked for a person; names of organizations are public."""
    grantee_name: str
    """Masked."""
    grantee_number: str
    """ID number or mobile by which the grantee was named, masked."""
    functions: tuple[MandateFunction, ...]
    items: tuple[str, ...] | None
    valid_from: date
    valid_until: date | None
    offered_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    evidence: Evidence | None
    may_accept: bool = False
    may_end: bool = False

    @property
    def last_day(self) -> date | None:
        """
        Return the last day on which it is valid; None: no end.
        """
        return _day_before(self.valid_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """
    One line of the life of a mandate or a legal entity.
    """

    at: datetime
    kind: LogKind
    actor_name: str
    """Masked; empty: the node itself."""
    reason: EndReason | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MandateDetail:
    """
    A mandate with its life.
    """

    mandate: MandateView
    log: tuple[LogLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityView:
    """
    A legal entity as its representative and its agents see it.
    """

    id: UUID
    credit_code: str
    name: str
    kind: EntityKind
    status: EntityStatus
    representative_name: str
    """Masked."""
    is_representative: bool
    """The reader is its representative."""
    has_representative: bool
    """False: the register names another representative than the one known here."""
    assurance_level: int
    address: str
    registered_at: datetime
    checked_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityFacts:
    """
    What an application in the name of a legal entity says about it. Made only where it was written down who asked.
    """

    id: UUID
    credit_code: str
    name: str
    kind: EntityKind
    representative_name: str
    address: str

    def __repr__(self) -> str:
        return f"EntityFacts({self.credit_code})"


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOverEntity:
    """
    A legal entity, as a system is told that somebody logs in to in its name.
    """

    id: UUID
    credit_code: str
    name: str
    kind: EntityKind
    assurance_level: int
    representative_name: str
    """In clear; empty, with what follows, while the register names another representative than the one known here."""
    representative_id_type: str
    representative_number: str

    def __repr__(self) -> str:
        return f"HandedOverEntity({self.credit_code})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """
    One name in which a person can go on: in his own, or in a grantor's.
    """

    mandate_id: UUID
    principal_id: UUID
    principal_kind: PrincipalKind
    name: str
    credit_code: str
    """Of a legal entity; empty for a person."""
    kind: MandateKind
    valid_until: date | None

    @property
    def last_day(self) -> date | None:
        """
        Return the last day on which it is valid; None: no end.
        """
        return _day_before(self.valid_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityReceipt:
    """
    A legal entity is registered, or has a new representative.
    """

    entity_id: UUID
    mandate_id: UUID
    """The representative's own mandate."""
    is_new: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MandateReceipt:
    """
    A mandate was offered, accepted, declined, established or ended.
    """

    mandate_id: UUID
    state: MandateState


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReceipt:
    """
    What a look into the register of legal entities has changed.
    """

    entity_id: UUID
    answer: str
    """Word of `ports.RegisterAnswer`."""
    ended_mandates: int

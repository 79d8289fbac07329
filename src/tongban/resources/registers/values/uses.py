"""
Asking a register: on which ground, with whose authority, and what is answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text
from tongban.resources.registers.values.definitions import RegisterCode
from tongban.resources.registers.values.records import RecordState


class Match(StrEnum):
    """
    核验结果 of one field.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """The register does not say: no such record, no such datum, or the identifying field was wrong."""


class UseAct(models.TextChoices):
    """
    使用方式.
    """

    VERIFIED = "VERIFIED", _("核验")
    READ = "READ", _("读取")
    LOOKED = "LOOKED", _("查看")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """
    What for, and why it may be asked.
    """

    purpose: str
    """A code of `foundation.disclosure.Purpose`, or a sentence."""
    legal_basis: str = ""
    case_number: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """
    授权: what a grant opens to a subscriber. Quota and row filters are kept by whoever grants.
    """

    reference: str
    """Of the grant; stands with every use."""
    subscriber: str
    agency_code: str
    fields: frozenset[str]
    ground: Ground
    expires_at: datetime
    node_code: str = ""
    """That asks in its subscribers' stead: it is told of corrections."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """
    What was answered: never a value.
    """

    register: RegisterCode
    answers: Mapping[str, Match]
    reference: str
    """Of the use, for whoever wants to prove it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """
    数据来源 of one field.
    """

    agency_code: str
    agency_name: str
    node_code: str
    batch_id: int
    at: str
    """Moment, RFC 3339."""
    is_authoritative: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldsRead:
    """
    The fields that were opened, of one record.
    """

    is_found: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    lineage: Mapping[str, Origin] = field(default_factory=dict)
    version: int = 0
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsRead:
    """
    A piece of a register.
    """

    rows: tuple[FieldsRead, ...]
    next: str
    """"" at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldShown:
    """
    One field on the page of a record.
    """

    name: str
    title: Text
    value: str
    """Masked where it is personal."""
    origin: Origin | None
    day: str
    """Since when it stands so, ISO 8601."""
    differences: int
    """How many others say otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordShown:
    """
    One record as who looks after data sees it.
    """

    is_found: bool
    state: RecordState | None = None
    version: int = 0
    changed_at: datetime | None = None
    fields: tuple[FieldShown, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """
    Somebody who has used a datum.
    """

    agency_code: str
    actor_kind: str
    actor_id: str
    reference: str
    """Of the authority; empty where it was a verification without one."""

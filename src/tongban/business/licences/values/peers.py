"""
What nodes tell one another about licences: entries of the exchange, answers to questions, keys.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.values.grades import TrustGrade
from tongban.business.licences.values.licences import HolderKind, LicenceStatus, Verdict, Verification
from tongban.business.licences.values.presenting import CodeVerdict
from tongban.business.licences.values.sharing import ShareAuthority, ShareState
from tongban.support.seals.values import FileVerdict

Short = Annotated[str, msgspec.Meta(max_length=300)]
Code = Annotated[str, msgspec.Meta(max_length=100)]
Digest = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]

KEYS_LIVE_DAYS: Final = 3
"""So long keys of another node are believed that could not be asked for anew."""


class EntryProblem(TextChoices):
    """
    未采纳原因: why an entry of a node below is not taken.
    """

    WRONG_IDENTIFIER = "WRONG_IDENTIFIER", _("证照标识有误")
    OUTSIDE_AREA = "OUTSIDE_AREA", _("不属于报送节点的地区")
    OTHER_SOURCE = "OTHER_SOURCE", _("已由其他节点报送")


class LicenceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    A licence as nodes above know it: what anybody may learn of it, and a key of its holder.
    """

    identifier: Code
    number: Code
    type_code: Code
    type_name: Short
    type_name_en: Short
    version: int
    issuer_code: Code
    issuer_name: Short
    division_code: Code
    holder_kind: HolderKind
    holder_name: Short
    """Masked for a natural person."""
    holder_key: Digest
    """`rules.holder_key`; travels sealed, and whoever receives it keeps a blind index of it."""
    status: LicenceStatus
    issued_date: date
    valid_from: date
    valid_until: date | None
    grade: TrustGrade
    replaces: Code
    is_demonstration: bool


class TypeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    目录: a type of licences and its version in force; its face is read from the node that defines it.
    """

    code: Code
    version: int
    state: Code
    name: Short
    name_en: Short
    defining_body_code: Code
    defining_body_name: Short
    sharing: Code
    items: tuple[Code, ...]
    digest: Short
    """SM3 of the definition; empty where none is in force."""


class PeerVerification(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a node says of a licence of its own, or of the nodes below.
    """

    verification: Verification
    source: Code
    source_name: Short
    as_of: datetime | None
    """None: the issuing node has just said so; else the moment of its last word."""


class VerifyQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks about a licence by identifier or printed number.
    """

    number: Annotated[str, msgspec.Meta(max_length=200)]


class VerifyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer.
    """

    found: PeerVerification | None


class ToldKey(msgspec.Struct, frozen=True, kw_only=True):
    """
    A published key of 亮证, as one node tells another.
    """

    source: Code
    source_name: Short
    key_id: Code
    point: Annotated[str, msgspec.Meta(min_length=130, max_length=130)]
    """Uncompressed, hex digits."""
    not_before: datetime
    not_after: datetime


class KeysQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks for keys of codes.
    """

    key_id: Code = ""
    """One that is looked for: who does not know it asks the nodes it knows; empty: none in particular."""


class KeysAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The keys a node knows: its own, and those of other nodes.
    """

    keys: Annotated[tuple[ToldKey, ...], msgspec.Meta(max_length=2000)]


class CheckQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks the home of a presented code to check it.
    """

    code: Annotated[str, msgspec.Meta(max_length=4000)]
    check_id: Annotated[str, msgspec.Meta(max_length=64)]
    checker: Annotated[str, msgspec.Meta(max_length=60)]
    asker: Code
    asker_name: Short
    agency_code: Code


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer; what stands in the code the asker has read himself.
    """

    verdict: CodeVerdict
    status: Verdict | None


class FindQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks the parent which nodes have licences of a holder.
    """

    holder_key: Digest
    type_code: Code
    number: Code


class FoundAt(msgspec.Struct, frozen=True, kw_only=True):
    """
    A licence of a holder, and the node that issued it.
    """

    source: Code
    source_name: Short
    identifier: Code
    number: Code
    type_name: Short


class FindAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer: licences of who answers, then those of nodes below, each the newest first.
    """

    found: tuple[FoundAt, ...]


class ShareQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    走出去: asks a licence's home to let an agency of another node use it for one case.
    """

    asker: Code
    identifier: Code
    holder_key: Digest
    """Of the case's applicant; the home compares it with its holder."""
    purpose: Short
    days: int
    legal_basis: Annotated[str, msgspec.Meta(max_length=1000)]
    case_number: Code
    agency_code: Code
    agency_name: Short
    division_code: Code
    offering_code: Code
    service_name: Annotated[str, msgspec.Meta(max_length=1000)]
    service_name_en: Annotated[str, msgspec.Meta(max_length=1000)]


class ShareTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the home says: where the share stands, or why there is none.
    """

    share_id: UUID | None = None
    state: ShareState | None = None
    authority: ShareAuthority | None = None
    last_day: date | None = None
    refusal: Short = ""
    """Code of the refusal."""
    words: Short = ""


class CopyQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks for the annotated copy of a share.
    """

    asker: Code
    share_id: UUID
    case_number: Code


class CopyTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    The copy, or why there is none.
    """

    name: Annotated[str, msgspec.Meta(max_length=400)] = ""
    content: bytes = b""
    refusal: Short = ""
    words: Short = ""


class ChangeTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    What has become of a licence that an agency of another node has used.
    """

    share_id: UUID
    status: LicenceStatus
    at: datetime


class ChangeHeard(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer.
    """

    is_known: bool
    """False: nobody here uses such a licence; it is not to be told again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignUseLine:
    """
    A licence of another node that a case uses.
    """

    share_id: UUID
    node: "PeerName"
    identifier: str
    number: str
    type_name: str
    case_number: str
    asked_at: datetime
    status: LicenceStatus
    changed_at: datetime | None
    is_seen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignShare:
    """
    走进来: where the use of another node's licence stands.
    """

    node: "PeerName"
    share_id: UUID
    state: ShareState
    authority: ShareAuthority
    last_day: date
    identifier: str
    number: str
    type_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignCopy:
    """
    The annotated copy of another node's licence.
    """

    name: str
    content: bytes


class Relayed(msgspec.Struct, frozen=True, kw_only=True):
    """
    A question that the parent passes on to a node the asker does not know.
    """

    to: Code
    question: Code
    message: str
    """JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeerName:
    """
    Another node, as pages name it.
    """

    code: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLicence:
    """
    The answer to a public question, and where it comes from.
    """

    verification: Verification
    source: PeerName | None = None
    """None: this node's own library, or nobody."""
    as_of: datetime | None = None
    """When the issuing node said so last; None: just now."""
    is_incomplete: bool = False
    """Nothing was found, and not everybody who may know could be asked."""
    named: str = ""
    """Identifier in a file, where a file was asked about and it is none of this node's library."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedDocument:
    """
    A file in hand: what is true of it, and how the licence stands that it speaks of.
    """

    verdict: FileVerdict
    licence: FoundLicence
    sentences: tuple[str, ...]
    """About the licence, in the language of the moment."""

    @property
    def told(self) -> FileVerdict:
        """
        Return the verdict with what is known of the licence among its remarks.
        """
        return replace(self.verdict, remarks=(*self.verdict.remarks, *self.sentences))


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """
    A node below, and what this one has of it.
    """

    node: PeerName
    received_at: datetime | None
    licences: int
    types: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyLine:
    """
    A node whose codes can be checked here.
    """

    node: PeerName
    keys: int
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PeerKeyFacts:
    """
    A key of 亮证 of another node.
    """

    key_id: str
    point: bytes
    not_before: datetime
    not_after: datetime
    node: PeerName

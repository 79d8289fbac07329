"""
Words and shapes of node life: joining, the trust list, orders of a node to the one above.

A trust list goes over the line as JSON, {body, signature, signer, chain}: the body is JSON too, and the signature
covers a fixed prefix and exactly those bytes. Certificates are DER, in base64.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.resources.exchange.values.wire import Code

MOST_NODES: Final = 10_000
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
OptionalName = Annotated[str, msgspec.Meta(max_length=100)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*[^\s?#/])?\Z", max_length=500)]
Der = Annotated[bytes, msgspec.Meta(max_length=16_384)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**62)]


class NodeLevel(TextChoices):
    """
    节点层级.
    """

    NATION = "NATION", _("国家")
    PROVINCE = "PROVINCE", _("省级")
    CITY = "CITY", _("市级")
    COUNTY = "COUNTY", _("县级")


class NodeState(TextChoices):
    """
    节点状态.
    """

    REQUESTED = "REQUESTED", _("待批准")
    REFUSED = "REFUSED", _("未批准")
    ACTIVE = "ACTIVE", _("已加入")
    SUSPENDED = "SUSPENDED", _("已暂停")
    LEFT = "LEFT", _("已退出")


class KeyState(TextChoices):
    """
    节点密钥状态.
    """

    NEXT = "NEXT", _("即将启用")
    CURRENT = "CURRENT", _("使用中")
    FORMER = "FORMER", _("即将停用")


class ListTrouble(TextChoices):
    """
    信任列表未更新原因.
    """

    SILENT = "SILENT", _("对方节点没有应答")
    FORGED = "FORGED", _("签名不是对方节点的")
    OLDER = "OLDER", _("比已收到的更旧")
    OVER = "OVER", _("已超过有效期")


class ListedNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A node as a trust list has it.
    """

    code: Code
    name: Name
    name_en: OptionalName
    level: str
    url: Url
    state: str
    parent: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{12})?\Z")]
    certificate: Der
    other_certificate: Der = b""
    """Announced before its key is used, and believed a while after another took its place."""
    is_direct: bool = False
    """It exchanges with other such nodes without their parents between."""


class TrustList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    信任列表: the nodes that one node knows, in the order of their codes, itself among them.
    """

    issuer: Code
    number: Count
    """Grows with every change; a lower one is never taken."""
    made_at: datetime
    valid_until: datetime
    nodes: Annotated[tuple[ListedNode, ...], msgspec.Meta(max_length=MOST_NODES)]

    def find(self, code: str) -> ListedNode | None:
        """
        Return the node of this code, or None.
        """
        return next((node for node in self.nodes if node.code == code), None)


class SignedList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A trust list with the signature of its issuer, whose certificate the issuer's own authority has issued.
    """

    body: bytes
    signature: Annotated[bytes, msgspec.Meta(max_length=128)]
    signer: Der
    chain: Annotated[tuple[Der, ...], msgspec.Meta(max_length=8)]
    """The authorities above it, from the issuer to the root."""


class JoinRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a node tells of itself when it asks to join.
    """

    code: Code
    parent: Code
    """The node that is asked."""
    name: Name
    name_en: OptionalName
    url: Url
    request: Der
    """PKCS#10 of its key."""
    at: datetime


class OrderKind(StrEnum):
    """
    What a node that has joined asks of the node above.
    """

    NEXT = "NEXT"
    """Announce the key of this request (PKCS#10); the answer is its certificate."""
    USE = "USE"
    """From now on it signs with that key; the one before is believed for a while."""
    LEAVE = "LEAVE"
    """It takes part no more."""


class NodeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An order of a node about itself.
    """

    kind: OrderKind
    code: Code
    parent: Code
    at: datetime
    """Each later than the one before; the same once more changes nothing."""
    request: Der = b""
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A join request or an order, JSON, with the signature of the node's key.
    """

    body: bytes
    signature: Annotated[bytes, msgspec.Meta(max_length=128)]


class JoinAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a join request or an order stands.
    """

    id: str
    """Of the request; its answer is fetched under it."""
    state: str
    reason: str = ""
    expires_at: datetime | None = None
    certificate: bytes = b""
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeCertificate:
    """
    A certificate that an authority gave a node.
    """

    der: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    """The authorities above it, from the issuer to the root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeReceipt:
    """
    How a node stands after a decision about it.
    """

    code: str
    name: str
    state: NodeState


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeFacts:
    """
    A node as consoles show it.
    """

    code: str
    name: str
    name_en: str
    level: NodeLevel
    url: str
    state: NodeState
    parent: str
    told_by: str
    """Whose list says so; this node's code: it joined here."""
    is_own_child: bool
    is_direct: bool
    fingerprint: str
    """Of its key, as people compare it."""
    other_fingerprint: str
    """Of its next key, or of its former one; empty: it has one."""
    requested_at: datetime | None
    expires_at: datetime | None
    """Until when its request may be approved."""
    decided_at: datetime | None
    changed_at: datetime
    reason: str
    certificate_until: datetime | None
    """None: it has none yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFacts:
    """
    A key of this node.
    """

    state: KeyState
    fingerprint: str
    made_at: datetime
    until: datetime | None
    """Of a former key: until when it still opens what was sealed for it."""
    is_certified: bool
    """The node above has certified it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFacts:
    """
    A trust list that this node made or took.
    """

    issuer: str
    number: int
    made_at: datetime
    valid_until: datetime
    checked_at: datetime
    trouble: str
    """Code of `ListTrouble`; empty: all is well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNode:
    """
    The node itself, among the others.
    """

    code: str
    name: str
    level: NodeLevel
    keys: tuple[KeyFacts, ...]
    parent_code: str
    """Empty: it has asked nobody."""
    parent_name: str
    parent_url: str
    parent_fingerprint: str
    state: str
    """Code of `NodeState`: how it stands with the node above; empty: it has asked nobody."""
    reason: str
    requested_at: datetime | None
    expires_at: datetime | None
    lists: tuple[ListFacts, ...]

    @property
    def fingerprint(self) -> str:
        """
        Return that of the key in use; empty: there is none yet.
        """
        return next((key.fingerprint for key in self.keys if key.state is KeyState.CURRENT), "")

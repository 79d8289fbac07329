"""
Whom this node exchanges with, from its tables of nodes: read again only when one of them has changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.conf import settings

from tongban.foundation.crypto import sm2
from tongban.resources.exchange.models import Joining, KnownList, Node, NodeKey, NodesMark
from tongban.resources.exchange.ports import Neighbours, Peer
from tongban.resources.exchange.values.nodes import KeyState, NodeState

OPEN = (NodeState.ACTIVE, NodeState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """
    Port `OwnKey`: the key in use signs; while it changes, the next and the former one open too.
    """

    current: sm2.PrivateKey
    others: tuple[sm2.PrivateKey, ...] = ()

    def sign(self, message: bytes, *, signer_id: bytes) -> bytes:
        """
        Sign with the key in use.
        """
        return self.current.sign(message, signer_id=signer_id)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """
        Open what was sealed for any of them.

        :raises NotDecryptable: it was for none
        """
        for key in (self.current, *self.others):
            try:
                return key.decrypt(ciphertext)
            except sm2.NotDecryptable:
                continue
        raise sm2.NotDecryptable


@dataclass(frozen=True, slots=True)
class _Read:
    mark: UUID
    own_code: str
    neighbours: Neighbours
    others_until: datetime | None
    without_others: Neighbours


@dataclass
class NodeTables:
    """
    Port `NeighbourSource`: one query of one row each time, and the tables only after a change.
    """

    now: Callable[[], datetime]
    lock: Lock = field(default_factory=Lock)
    read: _Read | None = None

    def __call__(self) -> Neighbours:
        """
        Return what holds now. Of a list that is over only its issuer is trusted, so that it can tell anew.
        """
        own_code = settings.TONGBAN_NODE.division_code
        mark = NodesMark.objects.filter(id=1).values_list("value", flat=True).first()
        if mark is None:
            return Neighbours(own_code=own_code)
        kept = self.read
        if kept is None or kept.mark != mark or kept.own_code != own_code:
            kept = _read(mark, own_code)
            with self.lock:
                self.read = kept
        if kept.others_until is not None and kept.others_until <= self.now():
            return kept.without_others
        return kept.neighbours


def _read(mark: UUID, own_code: str) -> _Read:
    joining = Joining.objects.filter(state__in=OPEN).first()
    parent = _parent(joining) if joining is not None else None
    below = _further_below(own_code, joining)
    children = Node.objects.filter(told_by=own_code, state__in=OPEN).order_by("code")
    without_others = Neighbours(
        own_code=own_code,
        own_key=_own_keys(),
        parent=parent,
        children=tuple(_peer(row) for row in children),
        ways={row.code: row.told_by for row in below},
        names={row.code: row.name for row in below},
    )
    is_direct = joining is not None and joining.is_direct and joining.state == NodeState.ACTIVE
    others: tuple[Peer, ...] = ()
    until = None
    if joining is not None and is_direct:
        told = Node.objects.filter(told_by=joining.parent_code, state=NodeState.ACTIVE, is_direct=True)
        others = tuple(_peer(row) for row in told.exclude(code=joining.parent_code).order_by("code"))
        until = KnownList.objects.filter(issuer=joining.parent_code).values_list("valid_until", flat=True)
    known = {own_code, *(peer.code for peer in (*without_others.everybody, *others))}
    beyond = {code: name for code, name in _told_above(joining) if code not in known}
    without_others = replace(without_others, beyond=beyond | {peer.code: peer.name for peer in others})
    return _Read(
        mark=mark,
        own_code=own_code,
        neighbours=replace(without_others, others=others, beyond=beyond),
        others_until=until.first() if until is not None else None,
        without_others=without_others,
    )


def _told_above(joining: Joining | None) -> list[tuple[str, str]]:
    if joining is None or joining.state != NodeState.ACTIVE:
        return []
    told = Node.objects.filter(told_by=joining.parent_code, state=NodeState.ACTIVE).order_by("code")
    return list(told.values_list("code", "name"))


def _own_keys() -> OwnKeys | None:
    keys = {
        key.state: sm2.PrivateKey(bytes.fromhex(key.secret)) for key in NodeKey.objects.order_by("-made_at")
    }
    current = keys.pop(KeyState.CURRENT, None)
    return OwnKeys(current, tuple(keys.values())) if current is not None else None


def _parent(joining: Joining) -> Peer | None:
    row = Node.objects.filter(code=joining.parent_code, told_by=joining.parent_code).first()
    return (
        _peer(row, url=joining.parent_url, is_suspended=joining.state == NodeState.SUSPENDED) if row else None
    )


def _peer(row: Node, *, url: str = "", is_suspended: bool | None = None) -> Peer:
    return Peer(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        url=url or row.url,
        keys=tuple(sm2.PublicKey(bytes(point)) for point in (row.point, row.other_point) if point),
        is_suspended=row.state == NodeState.SUSPENDED if is_suspended is None else is_suspended,
    )


def _further_below(own_code: str, joining: Joining | None) -> list[Node]:
    told_elsewhere = Node.objects.filter(state__in=OPEN).exclude(told_by=own_code)
    if joining is not None:
        told_elsewhere = told_elsewhere.exclude(told_by=joining.parent_code)
    return list(told_elsewhere.only("code", "told_by", "name"))

"""
Trust lists: this node's own, made anew with every change; those of the node above and of the nodes below, pulled.

A node tells those below what it was told from above, so a city knows the cities of other provinces; and it tells
upward, for its own area only, what the nodes below told it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import structlog
from django.conf import settings

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.crypto import sm2
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import AddressNotAllowed, Answer, Trust, fetch
from tongban.resources.exchange.events import NODE_CHANGED, NodeChanged
from tongban.resources.exchange.models import Joining, KnownList, Node, NodeKey, NodesMark
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.rules.trust_lists import NotBelieved
from tongban.resources.exchange.values.nodes import KeyState, ListedNode, ListTrouble, NodeState, TrustList

logger = structlog.get_logger(__name__)

NODES: Final = system_actor("exchange.nodes")
LIST_PATH: Final = "/exchange/trust-list"
LIST_SECONDS: Final = 10.0
PULLED_AT_ONCE: Final = 16
LARGEST_LIST: Final = 16 * 1024 * 1024
VALID_FOR: Final = timedelta(days=7)
RENEWED_WHEN_LEFT: Final = timedelta(days=6)
OPEN: Final = (NodeState.ACTIVE, NodeState.SUSPENDED)
LISTED: Final = (*OPEN, NodeState.LEFT)


def own_code() -> str:
    """
    Return the code of this node.
    """
    return str(settings.TONGBAN_NODE.division_code)


def hold_nodes() -> None:
    """
    Let nobody else change keys, nodes or lists until the transaction ends.
    """
    require_transaction()
    NodesMark.objects.get_or_create(id=1, defaults={"value": uuid4()})
    NodesMark.objects.select_for_update().get(id=1)


def note_change() -> None:
    """
    Let every process know that nodes or keys are no longer what it has read.
    """
    NodesMark.objects.filter(id=1).update(value=uuid4())


def secret_of(key: NodeKey) -> sm2.PrivateKey:
    """
    Return a key of this node, unsealed.
    """
    return sm2.PrivateKey(bytes.fromhex(key.secret))


def current_key() -> NodeKey | None:
    """
    Return the key that this node signs with; None: it has made none yet.
    """
    return NodeKey.objects.filter(state=KeyState.CURRENT).first()


def open_joining() -> Joining | None:
    """
    Return where this node has joined, or asked to.
    """
    return Joining.objects.filter(state__in=(NodeState.REQUESTED, *OPEN)).first()


def renew_list(*, at: datetime) -> bool:
    """
    Make this node's list anew if it would say something else, or is at its end; return whether it was made.

    Within a transaction that holds the nodes.
    """
    require_transaction()
    note_change()
    keys = {key.state: key for key in NodeKey.objects.all()}
    current = keys.get(KeyState.CURRENT)
    if current is None:
        return False
    before = KnownList.objects.filter(issuer=own_code()).first()
    nodes = _listed(keys)
    if before is not None and before.valid_until - at > RENEWED_WHEN_LEFT:
        _signed, told = trust_lists.read_list(bytes(before.content))
        if told.nodes == nodes:
            return False
    body = TrustList(
        issuer=own_code(),
        # By the clock, so that a node that was set back to a backup is not taken for one that repeats itself.
        number=max(before.number + 1 if before else 1, int(at.timestamp())),
        made_at=at,
        valid_until=at + VALID_FOR,
        nodes=nodes,
    )
    content = trust_lists.packed(
        body,
        sign=secret_of(current),
        signer=bytes(current.home_certificate),
        chain=[bytes.fromhex(der) for der in current.home_chain],
    )
    _keep(body, content, at=at)
    audit.record(
        action="exchange.list.publish",
        actor=NODES,
        subject=own_code(),
        at=at,
        number=body.number,
        nodes=len(body.nodes),
    )
    return True


@business_transaction
def keep_own_list(*, at: datetime) -> bool:
    """
    Make this node's list anew where it is at its end; return whether it was.
    """
    hold_nodes()
    return renew_list(at=at)


def pull_lists(*, at: datetime) -> int:
    """
    Fetch the lists of the node above and of those below; return how many were new. Not inside a transaction.
    """
    issuers = _issuers()
    known = {row.issuer: row for row in KnownList.objects.filter(issuer__in=[code for code, _url in issuers])}
    asked = [(url, known[code].number if code in known else None) for code, url in issuers]
    answers = side_by_side(_fetched, asked)
    return sum(
        _heard(code, answer, known.get(code), at=at)
        for (code, _url), answer in zip(issuers, answers, strict=True)
    )


def side_by_side(
    act: Callable[[tuple[str, int | None]], Answer | None], targets: Sequence[tuple[str, int | None]]
) -> list[Answer | None]:
    """
    Do something for many at once, so that nobody waits for those that are silent; without the database.
    """
    with ThreadPoolExecutor(max_workers=PULLED_AT_ONCE) as pool:
        return list(pool.map(act, targets))


@business_transaction
def take_list(*, content: bytes, issuer: str, at: datetime) -> bool:
    """
    Take the list of the node above or of one below; return whether it was new.

    That of the node above must be signed under the authority that this node knows since it joined; that of a node below
    by the key that this node has certified. What a node below says counts for its own area only.

    :raises NotBelieved: it is not the issuer's, older than what was taken, or over
    """
    hold_nodes()
    joining = open_joining()
    is_above = joining is not None and joining.parent_code == issuer
    if is_above and joining is not None:
        body = trust_lists.list_under(content, anchor=read_certificate(bytes(joining.anchor)), at=at)
        if body.issuer != issuer:
            raise NotBelieved("of another node")
    else:
        body = trust_lists.list_by(content, keys=_keys_of(issuer), code=issuer)
    before = KnownList.objects.filter(issuer=issuer).first()
    if before is not None and body.number < before.number:
        raise ListIsOlder
    if body.valid_until <= at:
        raise ListIsOver
    if before is not None and body.number == before.number:
        KnownList.objects.filter(pk=before.pk).update(checked_at=at, trouble="")
        return False
    _keep(body, content, at=at)
    told = {node.code: node for node in body.nodes if _counts(node, issuer, is_above=is_above)}
    _apply(told, issuer, at=at)
    if is_above and joining is not None:
        _note_own_place(joining, body, at=at)
    audit.record(
        action="exchange.list.take", actor=NODES, subject=issuer, at=at, number=body.number, nodes=len(told)
    )
    renew_list(at=at)
    return True


class ListIsOlder(NotBelieved):
    """
    A list with a lower number than one that was taken.
    """


class ListIsOver(NotBelieved):
    """
    A list that is no longer valid.
    """


def announce(node: Node, *, at: datetime) -> None:
    """
    Announce how a node stands.
    """
    fact = NodeChanged(code=node.code, name=node.name, state=str(node.state), told_by=node.told_by)
    events.announce(topic=NODE_CHANGED, key=node.code, at=at, payload=fact)


def forget_told_by(issuer: str, *, actor: Actor, at: datetime) -> None:
    """
    Know no more what a node told, nor its list: it is neither above nor below any longer.
    """
    for node in Node.objects.filter(told_by=issuer, state__in=OPEN):
        node.state = NodeState.LEFT
        announce(node, at=at)
    Node.objects.filter(told_by=issuer).delete()
    KnownList.objects.filter(issuer=issuer).delete()


def _listed(keys: Mapping[str, NodeKey]) -> tuple[ListedNode, ...]:
    rows = Node.objects.filter(state__in=LISTED).order_by("code")
    told = [
        ListedNode(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            level=row.level,
            url=row.url,
            state=row.state,
            parent=row.parent,
            certificate=bytes(row.certificate),
            other_certificate=bytes(row.other_certificate),
            is_direct=row.is_direct,
        )
        for row in rows
    ]
    return tuple(sorted([*told, _own_entry(keys)], key=lambda node: node.code))


def _own_entry(keys: Mapping[str, NodeKey]) -> ListedNode:
    joining = open_joining()
    other = keys.get(KeyState.NEXT) or keys.get(KeyState.FORMER)
    node = settings.TONGBAN_NODE
    return ListedNode(
        code=own_code(),
        name=node.name,
        name_en=node.name_en,
        level=trust_lists.level_of(own_code()).value,
        url=str(settings.TONGBAN_BASE_URL).rstrip("/"),
        state=NodeState.ACTIVE.value,
        parent=joining.parent_code if joining is not None and joining.state in OPEN else "",
        certificate=bytes(keys[KeyState.CURRENT].home_certificate),
        other_certificate=bytes(other.home_certificate) if other is not None else b"",
    )


def _keep(body: TrustList, content: bytes, *, at: datetime) -> None:
    KnownList.objects.update_or_create(
        issuer=body.issuer,
        defaults={
            "number": body.number,
            "content": content,
            "made_at": body.made_at,
            "valid_until": body.valid_until,
            "checked_at": at,
            "trouble": "",
        },
    )


def _keys_of(code: str) -> list[sm2.PublicKey]:
    row = Node.objects.filter(code=code, told_by=own_code(), state__in=OPEN).first()
    points = (bytes(row.point), bytes(row.other_point)) if row is not None else ()
    return [sm2.PublicKey(point) for point in points if point]


def _counts(node: ListedNode, issuer: str, *, is_above: bool) -> bool:
    """
    Whether an issuer may tell of a node: the one above of all outside this node's area, one below of those in its own.
    """
    if node.code == own_code() or node.state not in LISTED:
        return False
    if is_above:
        return not trust_lists.is_below(node.code, own_code())
    return trust_lists.is_below(node.code, issuer)


def _apply(told: Mapping[str, ListedNode], issuer: str, *, at: datetime) -> None:
    known = {row.code: row for row in Node.objects.filter(code__in=told)}
    for row in Node.objects.filter(told_by=issuer).exclude(code__in=told):
        if row.state in OPEN:
            row.state = NodeState.LEFT
            announce(row, at=at)
        row.delete()
    for code, node in told.items():
        before = known.get(code)
        if before is not None and (before.told_by != issuer or not _differs(before, node)):
            continue
        now = before if before is not None else Node(code=code, told_by=issuer)
        state_before = now.state
        _write(now, node, at=at)
        if now.state != state_before:
            announce(now, at=at)


def _differs(row: Node, node: ListedNode) -> bool:
    return any(
        (bytes(getattr(row, name)) if isinstance(value, bytes) else getattr(row, name)) != value
        for name, value in _columns(node).items()
    )


def _columns(node: ListedNode) -> dict[str, str | bytes | bool]:
    return {
        "name": node.name,
        "name_en": node.name_en,
        "level": trust_lists.level_of(node.code).value,
        "url": node.url,
        "state": node.state,
        "parent": node.parent,
        "is_direct": node.is_direct,
        "certificate": node.certificate,
        "other_certificate": node.other_certificate,
    }


def _write(row: Node, node: ListedNode, *, at: datetime) -> None:
    for name, value in _columns(node).items():
        setattr(row, name, value)
    row.point = trust_lists.point_of(node.certificate)
    row.other_point = trust_lists.point_of(node.other_certificate) if node.other_certificate else b""
    row.certificate_until = read_certificate(node.certificate).not_after
    row.changed_at = at
    row.save()


def _note_own_place(joining: Joining, body: TrustList, *, at: datetime) -> None:
    own = body.find(own_code())
    if own is None or joining.state == NodeState.REQUESTED or own.state not in LISTED:
        return
    joining.is_direct = own.is_direct
    if joining.state != own.state:
        joining.state, joining.answered_at = own.state, at
    joining.save(update_fields=["is_direct", "state", "answered_at"])
    certificates = {own.certificate, own.other_certificate} - {b""}
    for key in NodeKey.objects.filter(announced_at=None, certificate__in=certificates):
        NodeKey.objects.filter(pk=key.pk).update(announced_at=at)
    if own.state == NodeState.LEFT:
        forget_told_by(joining.parent_code, actor=NODES, at=at)


def _issuers() -> list[tuple[str, str]]:
    """
    Return code and address of the node above, if this one has joined it, and of those below that take part.
    """
    joining = open_joining()
    above = (
        [(joining.parent_code, joining.parent_url)]
        if joining is not None and joining.state != NodeState.REQUESTED
        else []
    )
    children = Node.objects.filter(told_by=own_code(), state=NodeState.ACTIVE).order_by("code")
    return above + list(children.values_list("code", "url"))


def _fetched(asked: tuple[str, int | None]) -> Answer | None:
    url, number = asked
    try:
        return fetch(
            "GET",
            f"{url}{LIST_PATH}",
            headers={"If-None-Match": f'"{number}"'} if number is not None else {},
            timeout_seconds=LIST_SECONDS,
            most_bytes=LARGEST_LIST,
            trust=Trust.SETTINGS,
        )
    except (UpstreamError, AddressNotAllowed):
        return None


def _heard(code: str, answer: Answer | None, before: KnownList | None, *, at: datetime) -> bool:
    if answer is None:
        return _note_trouble(code, ListTrouble.SILENT)
    if answer.status == HTTPStatus.NOT_MODIFIED and before is not None and before.valid_until > at:
        KnownList.objects.filter(issuer=code).update(checked_at=at, trouble="")
        return False
    if not answer.is_success:
        return _note_trouble(code, ListTrouble.SILENT)
    try:
        return take_list(content=answer.content, issuer=code, at=at)
    except NotBelieved as error:
        logger.warning("trust_list_not_believed", issuer=code, reason=str(error))
        return _note_trouble(code, TROUBLES.get(type(error), ListTrouble.FORGED))


def _note_trouble(code: str, trouble: ListTrouble) -> bool:
    KnownList.objects.filter(issuer=code).update(trouble=trouble)
    return False


TROUBLES: Final = {ListIsOlder: ListTrouble.OLDER, ListIsOver: ListTrouble.OVER}

"""
The nodes below: their requests and orders, and what a security administrator decides about them.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto import sm2
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.crypto.issuing import NotARequest, read_request
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Node
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.rules.trust_lists import NotBelieved
from tongban.resources.exchange.services.nodes_keys import OVERLAP, ensure_identity
from tongban.resources.exchange.services.nodes_lists import (
    NODES,
    OPEN,
    announce,
    forget_told_by,
    hold_nodes,
    own_code,
    renew_list,
)
from tongban.resources.exchange.values.nodes import (
    JoinAnswer,
    JoinRequest,
    NodeOrder,
    NodeReceipt,
    NodeState,
    OrderKind,
    Signed,
)

REQUEST_VALID_FOR: Final = timedelta(days=7)
SKEW: Final = timedelta(hours=1)
MOST_WAITING: Final = 200
LONGEST_REASON: Final = 200


class RequestNotBelieved(NotPermitted):
    """
    A request or an order that the node it names did not sign, that is for another node, or that is not of now.
    """

    code = "node_request_not_believed"
    message = _("请求无法核实：签名不符、不是发给本节点的，或时间相差过大")


class NodeOutsideArea(Conflict):
    """
    The node does not lie in the area of this one, so it cannot join here.
    """

    code = "node_outside_area"
    message = _("该节点不在本节点的辖区内")


class NodeKnown(Conflict):
    """
    A node of this code has joined, or has asked to, with another key.
    """

    code = "node_known"
    message = _("该代码的节点已加入或正在申请，且密钥不同；请先由上级管理员处理")


class TooManyNodeRequests(Conflict):
    """
    More requests wait than anybody looks through.
    """

    code = "too_many_node_requests"
    message = _("等待批准的节点过多，请联系上级管理员")


class FingerprintDiffers(Conflict):
    """
    The fingerprint that was read aloud is not that of the request: somebody else may have made it.
    """

    code = "fingerprint_differs"
    message = _("密钥指纹不一致：申请可能不是该节点发出的，请勿批准")


class NodeRequestOver(Conflict):
    """
    The request was not approved in time; the node asks once more.
    """

    code = "node_request_over"
    message = _("申请已超过有效期，请该节点重新申请")


class NodeStateForbids(Conflict):
    """
    The node stands otherwise.
    """

    code = "node_state_forbids"
    message = _("节点当前状态不能这样操作")


def receive_request(*, data: bytes, at: datetime) -> JoinAnswer:
    """
    Take a request to join; the same once more is the same request.

    :raises RequestNotBelieved: its key did not sign it, it is for another node, or not of now
    :raises NodeOutsideArea: the node does not lie below this one
    :raises NodeKnown: there is one of this code with another key
    :raises TooManyNodeRequests: too many wait
    """
    try:
        signed, asked = trust_lists.read_order(data, JoinRequest)
        point = _requested(asked.request)
        trust_lists.require_order(signed, keys=[sm2.PublicKey(point)], code=asked.code)
    except (NotBelieved, sm2.NotAKey) as error:
        raise RequestNotBelieved from error
    if asked.parent != own_code() or abs(at - asked.at) > SKEW:
        raise RequestNotBelieved(node=asked.code)
    if not trust_lists.is_below(asked.code, own_code()):
        raise NodeOutsideArea(node=asked.code)
    return _keep_request(asked, point, at=at)


def decision_about(*, request_id: UUID) -> JoinAnswer:
    """
    Return how a request stands; whoever knows its number may ask.

    :raises NotFound: there is no such request
    """
    row = Node.objects.filter(request_id=request_id).first()
    if row is None:
        raise NotFound
    return _answer(row)


def receive_order(*, data: bytes, at: datetime) -> JoinAnswer:
    """
    Carry out what a node below asks about itself: announce its next key, use it, leave.

    :raises RequestNotBelieved: no key of the node signed it, it is for another node, not of now, or an older one
    :raises NodeStateForbids: the node does not take part now
    """
    try:
        signed, order = trust_lists.read_order(data, NodeOrder)
    except NotBelieved as error:
        raise RequestNotBelieved from error
    if order.parent != own_code() or abs(at - order.at) > SKEW:
        raise RequestNotBelieved(node=order.code)
    return _carry_out(signed, order, at=at)


@business_transaction
def approve(*, code: str, fingerprint: str, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Admit a node whose people have read aloud the fingerprint of its key; repeating it changes nothing.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody of this code has asked
    :raises FingerprintDiffers: it is another key
    :raises NodeRequestOver: the request is too old
    :raises NodeStateForbids: it was refused, or has left
    """
    row = _held(code, actor=actor, at=at)
    if not trust_lists.is_same_fingerprint(fingerprint, trust_lists.fingerprint_of(bytes(row.point))):
        raise FingerprintDiffers(node=code)
    if row.state in OPEN:
        return _receipt(row)
    if row.state != NodeState.REQUESTED:
        raise NodeStateForbids(node=code, state=row.state)
    if row.expires_at is None or row.expires_at <= at:
        raise NodeRequestOver(node=code)
    ensure_identity(actor=NODES, at=at)
    issued = ports.node_authority().certify(
        code=row.code, name=row.name, request=bytes(row.request), actor=actor, at=at
    )
    row.certificate, row.chain = issued.der, [der.hex() for der in issued.chain]
    row.certificate_until = read_certificate(issued.der).not_after
    fingerprint = trust_lists.fingerprint_of(bytes(row.point))
    return _decide(row, NodeState.ACTIVE, "approve", actor=actor, at=at, fingerprint=fingerprint)


@business_transaction
def refuse(*, code: str, reason: str, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Refuse a request, with a reason that the node's people read.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: nobody of this code has asked
    :raises InvalidInput: there is no reason
    :raises NodeStateForbids: it was decided already
    """
    row = _held(code, actor=actor, at=at)
    return _decide(
        row, NodeState.REFUSED, "refuse", NodeState.REQUESTED, reason=_reason(reason), actor=actor, at=at
    )


@business_transaction
def suspend(*, code: str, reason: str, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Take nothing from a node and give it nothing, here at once, elsewhere when the list is pulled: within a minute.

    What it is to receive waits for it.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such node below this one
    :raises InvalidInput: there is no reason
    :raises NodeStateForbids: it does not take part
    """
    row = _held(code, actor=actor, at=at)
    return _decide(
        row, NodeState.SUSPENDED, "suspend", NodeState.ACTIVE, reason=_reason(reason), actor=actor, at=at
    )


@business_transaction
def resume(*, code: str, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Let a suspended node take part again, from where it was.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such node below this one
    :raises NodeStateForbids: it is not suspended
    """
    row = _held(code, actor=actor, at=at)
    return _decide(row, NodeState.ACTIVE, "resume", NodeState.SUSPENDED, actor=actor, at=at)


@business_transaction
def dismiss(*, code: str, reason: str, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Let a node take part no more, for good: its certificate is revoked, and what it told of others is forgotten.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such node below this one
    :raises InvalidInput: there is no reason
    :raises NodeStateForbids: it does not take part
    """
    row = _held(code, actor=actor, at=at)
    return _dismiss(row, reason=_reason(reason), actor=actor, at=at)


@business_transaction
def choose_route(*, code: str, is_direct: bool, actor: Actor, at: datetime) -> NodeReceipt:
    """
    Let a node exchange straight with every other one that may too, or by its parents only.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such node below this one
    :raises NodeStateForbids: it does not take part
    """
    row = _held(code, actor=actor, at=at)
    if row.state not in OPEN:
        raise NodeStateForbids(node=code, state=row.state)
    if row.is_direct != is_direct:
        row.is_direct, row.changed_at = is_direct, at
        row.save(update_fields=["is_direct", "changed_at"])
        audit.record(action="exchange.node.route", actor=actor, subject=code, at=at, is_direct=is_direct)
        renew_list(at=at)
    return _receipt(row)


@business_transaction
def drop_former_keys(*, at: datetime) -> int:
    """
    Believe the former keys of nodes no more whose time is over; return how many there were.
    """
    due = Node.objects.filter(told_by=own_code(), other_until__lte=at)
    if not due.exists():
        return 0
    hold_nodes()
    rows = list(due)
    for row in rows:
        _end_certificate(bytes(row.other_certificate), actor=NODES, at=at)
    count = due.update(other_certificate=b"", other_point=b"", other_until=None, changed_at=at)
    renew_list(at=at)
    return count


def _requested(request: bytes) -> bytes:
    try:
        asked = read_request(request)
    except NotARequest as error:
        raise NotBelieved("no request") from error
    if asked.algorithm is not Algorithm.SM2 or asked.public_key is None or not asked.is_proven:
        raise NotBelieved("no proof of the key")
    return asked.public_key.point


@business_transaction
def _keep_request(asked: JoinRequest, point: bytes, *, at: datetime) -> JoinAnswer:
    hold_nodes()
    row = Node.objects.filter(code=asked.code).first()
    is_waiting = row is not None and row.state == NodeState.REQUESTED and (row.expires_at or at) > at
    if row is not None and (row.state in OPEN or is_waiting):
        if row.told_by != own_code() or bytes(row.point) != point:
            raise NodeKnown(node=asked.code)
        if row.ordered_at is None or row.ordered_at < asked.at:
            _note_where(row, asked, at=at)
        return _answer(row)
    waiting = Node.objects.filter(told_by=own_code(), state=NodeState.REQUESTED, expires_at__gt=at)
    if waiting.count() >= MOST_WAITING:
        raise TooManyNodeRequests
    row = Node(pk=row.pk if row is not None else None, code=asked.code, told_by=own_code())
    row.ordered_at = asked.at  # orders of before it left are not believed once more
    row.name, row.name_en, row.url = asked.name, asked.name_en, asked.url
    row.level, row.parent = trust_lists.level_of(asked.code), own_code()
    row.request, row.point, row.request_id = asked.request, point, uuid4()
    row.requested_at, row.expires_at, row.changed_at = at, at + REQUEST_VALID_FOR, at
    row.state = NodeState.REQUESTED
    row.save()
    audit.record(
        action="exchange.node.request",
        actor=NODES,
        subject=row.code,
        at=at,
        url=row.url,
        fingerprint=trust_lists.fingerprint_of(point),
    )
    announce(row, at=at)
    renew_list(at=at)
    return _answer(row)


def _note_where(row: Node, asked: JoinRequest, *, at: datetime) -> None:
    """
    Note under which name and address a node that is known here is reached now.
    """
    row.ordered_at = asked.at
    if (row.name, row.name_en, row.url) != (asked.name, asked.name_en, asked.url):
        row.name, row.name_en, row.url, row.changed_at = asked.name, asked.name_en, asked.url, at
        audit.record(action="exchange.node.move", actor=NODES, subject=row.code, at=at, url=row.url)
    row.save()
    renew_list(at=at)


@business_transaction
def _carry_out(signed: Signed, order: NodeOrder, *, at: datetime) -> JoinAnswer:
    hold_nodes()
    row = Node.objects.select_for_update().filter(code=order.code, told_by=own_code()).first()
    try:
        trust_lists.require_order(signed, keys=_ordering_keys(row), code=order.code)
    except NotBelieved as error:
        raise RequestNotBelieved(node=order.code) from error
    assert row is not None  # noqa: S101 -- it has a key
    if row.ordered_at is not None and order.at < row.ordered_at:
        raise RequestNotBelieved(node=order.code)
    row.ordered_at = order.at
    certificate = b""
    match order.kind:
        case OrderKind.NEXT:
            certificate = _announce_next(row, order.request, at=at)
        case OrderKind.USE:
            certificate = _use_next(row, at=at)
        case OrderKind.LEAVE:
            if row.state in (NodeState.REQUESTED, *OPEN):
                _dismiss(row, reason=order.reason, actor=NODES, at=at)
    row.save(update_fields=["ordered_at"])
    audit.record(action="exchange.node.order", actor=NODES, subject=row.code, at=at, order=order.kind.value)
    return JoinAnswer(id=str(row.request_id), state=row.state, certificate=certificate)


def _ordering_keys(row: Node | None) -> list[sm2.PublicKey]:
    """
    Return by which keys a node may order: the one in use and the one announced, not the former one.
    """
    if row is None:
        return []
    announced = bytes(row.other_point) if row.other_until is None else b""
    return [sm2.PublicKey(point) for point in (bytes(row.point), announced) if point]


def _announce_next(row: Node, request: bytes, *, at: datetime) -> bytes:
    """
    Certify the next key of a node and announce it; return its certificate.
    """
    try:
        point = _requested(request)
    except NotBelieved as error:
        raise RequestNotBelieved(node=row.code) from error
    if row.state != NodeState.ACTIVE:
        raise NodeStateForbids(node=row.code, state=row.state)
    if bytes(row.other_point) == point:
        return bytes(row.other_certificate)
    if row.other_point or Node.objects.filter(point=point).exists():
        raise NodeStateForbids(node=row.code, state=row.state)
    issued = ports.node_authority().certify(code=row.code, name=row.name, request=request, actor=NODES, at=at)
    row.other_certificate, row.other_point, row.other_until = issued.der, point, None
    row.changed_at = at
    row.save()
    renew_list(at=at)
    return issued.der


def _use_next(row: Node, *, at: datetime) -> bytes:
    """
    Let the next key of a node take the place of the one in use, which is believed a while longer.
    """
    if row.state not in OPEN:
        raise NodeStateForbids(node=row.code, state=row.state)
    if row.other_until is None and row.other_point:
        row.certificate, row.other_certificate = bytes(row.other_certificate), bytes(row.certificate)
        row.point, row.other_point = bytes(row.other_point), bytes(row.point)
        row.certificate_until = read_certificate(row.certificate).not_after
        row.other_until, row.changed_at = at + OVERLAP, at
        row.save()
        renew_list(at=at)
    return bytes(row.certificate)


def _held(code: str, *, actor: Actor, at: datetime) -> Node:
    permissions.decide_about_nodes.require(actor)
    ports.node_authority().confirm(actor=actor, at=at)
    hold_nodes()
    row = Node.objects.select_for_update().filter(code=code, told_by=own_code()).first()
    if row is None:
        raise NotFound(node=code)
    return row


def _decide(
    row: Node,
    state: NodeState,
    verb: str,
    *from_states: NodeState,
    actor: Actor,
    at: datetime,
    reason: str = "",
    fingerprint: str = "",
) -> NodeReceipt:
    if row.state == state and from_states:
        return _receipt(row)
    if from_states and row.state not in from_states:
        raise NodeStateForbids(node=row.code, state=row.state)
    row.state, row.reason = state, reason
    row.decided_at, row.decided_by, row.changed_at = at, actor.id[:64], at
    row.save()
    audit.record(
        action=f"exchange.node.{verb}",
        actor=actor,
        subject=row.code,
        at=at,
        name=row.name,
        reason=reason,
        fingerprint=fingerprint,
    )
    announce(row, at=at)
    renew_list(at=at)
    return _receipt(row)


def _dismiss(row: Node, *, reason: str, actor: Actor, at: datetime) -> NodeReceipt:
    for certificate in (bytes(row.certificate), bytes(row.other_certificate)):
        _end_certificate(certificate, actor=actor, at=at)
    row.other_certificate, row.other_point, row.other_until = b"", b"", None
    if row.state == NodeState.REQUESTED:
        row.certificate = b""
        return _decide(row, NodeState.REFUSED, "dismiss", reason=reason, actor=actor, at=at)
    forget_told_by(row.code, actor=actor, at=at)
    return _decide(row, NodeState.LEFT, "dismiss", *OPEN, reason=reason, actor=actor, at=at)


def _end_certificate(certificate: bytes, *, actor: Actor, at: datetime) -> None:
    if certificate:
        ports.node_authority().end(certificate=certificate, actor=actor, at=at)


def _answer(row: Node) -> JoinAnswer:
    is_open = row.state in OPEN
    return JoinAnswer(
        id=str(row.request_id),
        state=row.state,
        reason=row.reason,
        expires_at=row.expires_at,
        certificate=bytes(row.certificate) if is_open else b"",
        chain=tuple(bytes.fromhex(der) for der in row.chain) if is_open else (),
    )


def _reason(reason: str) -> str:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(fields={"reason": _("请填写原因，不超过 200 字")})
    return reason.strip()


def _receipt(row: Node) -> NodeReceipt:
    return NodeReceipt(code=row.code, name=row.name, state=NodeState(row.state))

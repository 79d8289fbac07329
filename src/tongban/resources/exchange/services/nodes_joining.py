"""
Joining the node above, and leaving it.
"""

from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.certificates import NotACertificate, read_certificate
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, UpstreamError
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Joining, NodeKey
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.rules.trust_lists import NotBelieved
from tongban.resources.exchange.services import nodes_calls
from tongban.resources.exchange.services.nodes_keys import ensure_identity, give_order, request_of
from tongban.resources.exchange.services.nodes_lists import (
    NODES,
    OPEN,
    current_key,
    forget_told_by,
    hold_nodes,
    note_change,
    open_joining,
    own_code,
    pull_lists,
    renew_list,
    secret_of,
)
from tongban.resources.exchange.values.nodes import (
    JoinAnswer,
    JoinRequest,
    NodeOrder,
    NodeReceipt,
    NodeState,
    OrderKind,
    TrustList,
)

logger = structlog.get_logger(__name__)

LONGEST_REASON: Final = 200


class JoinedAlready(Conflict):
    """
    The node has joined another one, or waits for its answer.
    """

    code = "joined_already"
    message = _("本节点已加入或正在申请加入上级节点；请先退出")


class NotJoined(Conflict):
    """
    The node has joined nobody.
    """

    code = "not_joined"
    message = _("本节点没有加入上级节点")


class ParentNotBelieved(Conflict):
    """
    What answers at the address is not the node above, or not the one whose fingerprint was given.
    """

    code = "parent_not_believed"
    message = _("该地址的应答不能证明是上级节点，或密钥指纹不符")


def ask_to_join(*, parent_url: str, actor: Actor, at: datetime, parent_fingerprint: str = "") -> NodeReceipt:
    """
    Ask a node to be admitted below it. Not inside a transaction. Repeated while it waits, it is the same request.

    Once admitted, asking the same node again tells it where this one is reached now, and lets this one reach it under
    another address.

    :param parent_fingerprint: what its people read aloud of its key; empty: it is shown, and compared later
    :raises NotPermitted: the actor is no security administrator
    :raises JoinedAlready: this node is below another one
    :raises ParentSilent: nobody answers there
    :raises ParentNotBelieved: the answer is no node's, or of another key; or this node does not lie in its area
    :raises ParentRefuses: it says no
    """
    permissions.join.require(actor)
    ports.node_authority().confirm(actor=actor, at=at)
    url = parent_url.strip().rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise InvalidInput(fields={"parent": _("请填写上级节点的地址")})
    ensure_identity(actor=actor, at=at)
    content = nodes_calls.fetch_list(url)
    told, anchor, fingerprint = _introduced(content, expected=parent_fingerprint, at=at)
    before = open_joining()
    if before is not None and before.parent_code != told.issuer:
        raise JoinedAlready(parent=before.parent_code)
    if before is not None and before.state in OPEN and bytes(before.anchor) != anchor:
        raise ParentNotBelieved(node=told.issuer)
    answer = nodes_calls.send_request(url, _request(told.issuer, at=at))
    return _keep(told, url, anchor, fingerprint, answer, actor=actor, at=at)


def fetch_decision(*, at: datetime) -> NodeState | None:
    """
    Look whether the node above has decided; return how this node stands with it. Not inside a transaction.

    None: it has asked nobody, or nobody answers.
    """
    joining = open_joining()
    if joining is None:
        return None
    if joining.state != NodeState.REQUESTED:
        return NodeState(joining.state)
    try:
        answer = nodes_calls.fetch_answer(joining.parent_url, joining.request)
    except UpstreamError as error:
        logger.info("parent_silent", parent=joining.parent_code, reason=error.code)
        return None
    state = _take_decision(joining.pk, answer, at=at)
    if state is NodeState.ACTIVE:
        pull_lists(at=at)
    return state


def leave(*, reason: str, actor: Actor, at: datetime) -> bool:
    """
    Leave the node above, or take back the request; return whether the node above was told. Not inside a transaction.

    :raises NotPermitted: the actor is no security administrator
    :raises NotJoined: there is nothing to leave
    """
    permissions.join.require(actor)
    ports.node_authority().confirm(actor=actor, at=at)
    joining, key = open_joining(), current_key()
    if joining is None or key is None:
        raise NotJoined
    order = NodeOrder(
        kind=OrderKind.LEAVE,
        code=own_code(),
        parent=joining.parent_code,
        at=at,
        reason=reason.strip()[:LONGEST_REASON],
    )
    try:
        give_order(joining, order, key=key)
        is_told = True
    except UpstreamError:
        is_told = False
    _leave(joining.pk, reason=order.reason, actor=actor, at=at)
    return is_told


def _introduced(content: bytes, *, expected: str, at: datetime) -> tuple[TrustList, bytes, str]:
    """
    Return the list of the node that answers, its authority, and the fingerprint of its key.
    """
    try:
        signed, told = trust_lists.read_list(content)
        anchor = signed.chain[-1] if signed.chain else b""
        trust_lists.list_under(content, anchor=read_certificate(anchor), at=at)
        fingerprint = trust_lists.fingerprint_of(trust_lists.point_of(signed.signer))
    except (NotBelieved, NotACertificate) as error:
        raise ParentNotBelieved from error
    is_expected = not expected or trust_lists.is_same_fingerprint(expected, fingerprint)
    if not is_expected or not trust_lists.is_below(own_code(), told.issuer):
        raise ParentNotBelieved(node=told.issuer)
    return told, anchor, fingerprint


def _request(parent: str, *, at: datetime) -> bytes:
    key, node = current_key(), settings.TONGBAN_NODE
    assert key is not None  # noqa: S101 -- made a moment ago
    body = JoinRequest(
        code=own_code(),
        parent=parent,
        name=node.name,
        name_en=node.name_en,
        url=str(settings.TONGBAN_BASE_URL).rstrip("/"),
        request=request_of(key),
        at=at,
    )
    return trust_lists.signed_order(body, sign=secret_of(key), code=own_code())


@business_transaction
def _keep(
    told: TrustList,
    url: str,
    anchor: bytes,
    fingerprint: str,
    answer: JoinAnswer,
    *,
    actor: Actor,
    at: datetime,
) -> NodeReceipt:
    hold_nodes()
    entry = told.find(told.issuer)
    name = entry.name if entry is not None else told.issuer
    before = open_joining()
    joining = before if before is not None else Joining(requested_at=at, state=NodeState.REQUESTED)
    joining.parent_code, joining.parent_name, joining.parent_url = told.issuer, name, url
    joining.parent_fingerprint, joining.anchor, joining.request = fingerprint, anchor, answer.id
    joining.expires_at = answer.expires_at or at
    joining.save()
    audit.record(
        action="exchange.node.ask",
        actor=actor,
        subject=told.issuer,
        at=at,
        url=url,
        parent_fingerprint=fingerprint,
    )
    note_change()
    return NodeReceipt(code=told.issuer, name=name, state=NodeState(joining.state))


@business_transaction
def _take_decision(joining_id: int, answer: JoinAnswer, *, at: datetime) -> NodeState:
    hold_nodes()
    joining = Joining.objects.select_for_update().get(pk=joining_id)
    state = NodeState(answer.state) if answer.state in NodeState.values else NodeState.REQUESTED
    if joining.state != NodeState.REQUESTED or state is NodeState.REQUESTED:
        if joining.state == NodeState.REQUESTED and joining.expires_at <= at:
            joining.state, joining.reason, joining.answered_at = NodeState.REFUSED, "EXPIRED", at
            joining.save()
        return NodeState(joining.state)
    if state in OPEN:
        _install(joining, answer, at=at)
    joining.state, joining.answered_at, joining.reason = state, at, answer.reason[:LONGEST_REASON]
    joining.save()
    audit.record(
        action="exchange.node.joined" if state in OPEN else "exchange.node.leave",
        actor=NODES,
        subject=joining.parent_code,
        at=at,
        state=state.value,
        reason=joining.reason,
    )
    renew_list(at=at)
    return state


def _install(joining: Joining, answer: JoinAnswer, *, at: datetime) -> None:
    """
    Keep the certificate of the node above, if it is of this node's key and its authority's.

    :raises ParentNotBelieved: it is not
    """
    key = current_key()
    try:
        certificate = read_certificate(answer.certificate)
        pool = tuple(read_certificate(der) for der in answer.chain)
        anchor = read_certificate(bytes(joining.anchor))
    except NotACertificate as error:
        raise ParentNotBelieved(node=joining.parent_code) from error
    report = verify_chain(
        certificate, anchors=(anchor,), pool=pool, at=at, usages=(KeyUsage.DIGITAL_SIGNATURE,)
    )
    is_ours = key is not None and certificate.public_key is not None
    is_ours = is_ours and certificate.public_key.point == bytes(key.point)  # type: ignore[union-attr]
    if not (is_ours and report.is_good and report.is_trusted):
        raise ParentNotBelieved(node=joining.parent_code)
    if trust_lists.code_of(certificate) != own_code():
        raise ParentNotBelieved(node=joining.parent_code)
    NodeKey.objects.filter(pk=key.pk).update(certificate=certificate.der)  # type: ignore[union-attr]


@business_transaction
def _leave(joining_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    hold_nodes()
    joining = Joining.objects.select_for_update().get(pk=joining_id)
    joining.state, joining.reason, joining.answered_at = NodeState.LEFT, reason, at
    joining.save()
    NodeKey.objects.update(certificate=None, is_told=True)
    audit.record(action="exchange.node.leave", actor=actor, subject=joining.parent_code, at=at, reason=reason)
    forget_told_by(joining.parent_code, actor=actor, at=at)
    renew_list(at=at)

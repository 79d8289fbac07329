"""
The keys of this node: made once, and changed without a gap.

A change goes in steps, each safe to repeat, taken by the job that runs every minute:

1. the next key is made; the node above certifies it and its list announces it;
2. once it has been announced for the overlap, this node signs with it, and says so to the node above;
3. what is still sealed for the former key is opened for as long again; then that key is destroyed.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto import names, sm2
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.issuing import make_request
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, UpstreamError
from tongban.resources.exchange import permissions, ports
from tongban.resources.exchange.models import Joining, NodeKey
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.services import nodes_calls
from tongban.resources.exchange.services.nodes_lists import (
    NODES,
    OPEN,
    current_key,
    hold_nodes,
    note_change,
    open_joining,
    own_code,
    renew_list,
    secret_of,
)
from tongban.resources.exchange.values.nodes import KeyState, NodeOrder, OrderKind

logger = structlog.get_logger(__name__)

OVERLAP: Final = timedelta(minutes=10)
SHORTEST_OVERLAP: Final = timedelta(minutes=2)
"""Two turns of the job: whoever pulled the list a moment before it changed has pulled it again."""


RENEWED_BEFORE: Final = timedelta(days=90)
"""So long before its certificate ends a key is changed by itself."""


class KeyChangeUnderWay(Conflict):
    """
    A change of the node's key has not come to its end yet.
    """

    code = "key_change_under_way"
    message = _("节点密钥正在更换，请等待完成")


class NoNodeKey(Conflict):
    """
    The node has made no key yet.
    """

    code = "no_node_key"
    message = _("本节点尚未生成密钥")


@business_transaction
def ensure_identity(*, actor: Actor, at: datetime) -> bool:
    """
    Make this node's key, and its first list, where there is none; return whether they were made.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.join.require(actor)
    if current_key() is not None:
        return False
    hold_nodes()
    if current_key() is not None:
        return False
    _make(KeyState.CURRENT, actor=actor, at=at)
    renew_list(at=at)
    return True


@business_transaction
def rotate_key(*, actor: Actor, at: datetime, overlap: timedelta = OVERLAP) -> str:
    """
    Begin to change this node's key; return the fingerprint of the next one.

    :param overlap: so long the next key is announced before it is used, and the former one opens afterwards
    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NoNodeKey: there is none to change
    :raises KeyChangeUnderWay: one is being changed
    """
    permissions.join.require(actor)
    ports.node_authority().confirm(actor=actor, at=at)
    hold_nodes()
    if current_key() is None:
        raise NoNodeKey
    if NodeKey.objects.exclude(state=KeyState.CURRENT).exists():
        raise KeyChangeUnderWay
    key = _make(KeyState.NEXT, actor=actor, at=at, overlap=max(overlap, SHORTEST_OVERLAP))
    if not _is_joined():
        NodeKey.objects.filter(pk=key.pk).update(announced_at=at)
    renew_list(at=at)
    return trust_lists.fingerprint_of(bytes(key.point))


def go_on_with_keys(*, at: datetime) -> None:
    """
    Take the next step of a change of keys, if one is due. Not inside a transaction.

    What the node above does not answer is asked again the next time.
    """
    try:
        _have_next_certified(at=at)
        _use_next(at=at)
        _tell_of_use(at=at)
    except UpstreamError as error:
        logger.info("key_change_waits", reason=error.code)
    _drop_former(at=at)


def request_of(key: NodeKey) -> bytes:
    """
    Return the request for a certificate of a key, PKCS#10.
    """
    secret = secret_of(key)
    subject = names.name_of(C="CN", CN=own_code())
    return make_request(subject=subject, algorithm=Algorithm.SM2, point=secret.public.point, sign=secret.sign)


def give_order(joining: Joining, order: NodeOrder, *, key: NodeKey) -> bytes:
    """
    Send the node above an order of this one, signed; return the certificate that it answered with, if any.

    :raises UpstreamError: it does not answer, or says no
    """
    signed = trust_lists.signed_order(order, sign=secret_of(key), code=own_code())
    return nodes_calls.send_order(joining.parent_url, signed).certificate


def _make(state: KeyState, *, actor: Actor, at: datetime, overlap: timedelta = timedelta()) -> NodeKey:
    secret = sm2.generate()
    key = NodeKey(
        secret=secret.secret().hex(),
        point=secret.public.point,
        state=state,
        made_at=at,
        overlap_seconds=int(overlap.total_seconds()),
        used_from=at if state is KeyState.CURRENT else None,
    )
    subject = names.name_of(C="CN", CN=own_code())
    request = make_request(
        subject=subject, algorithm=Algorithm.SM2, point=secret.public.point, sign=secret.sign
    )
    issued = ports.node_authority().certify(code=own_code(), name="", request=request, actor=NODES, at=at)
    key.home_certificate, key.home_chain = issued.der, [der.hex() for der in issued.chain]
    key.save()
    audit.record(
        action="exchange.key.make",
        actor=actor,
        subject=own_code(),
        at=at,
        fingerprint=trust_lists.fingerprint_of(secret.public.point),
        state=state.value,
    )
    return key


def _is_joined() -> bool:
    joining = open_joining()
    return joining is not None and joining.state in OPEN


def _have_next_certified(*, at: datetime) -> None:
    key, joining = NodeKey.objects.filter(state=KeyState.NEXT).first(), open_joining()
    current = current_key()
    if key is None or key.certificate is not None or joining is None or current is None or not _is_joined():
        return
    order = NodeOrder(
        kind=OrderKind.NEXT, code=own_code(), parent=joining.parent_code, at=at, request=request_of(key)
    )
    certificate = give_order(joining, order, key=current)
    if not certificate or trust_lists.point_of(certificate) != bytes(key.point):
        raise nodes_calls.ParentSilent(url=joining.parent_url)
    NodeKey.objects.filter(pk=key.pk).update(certificate=certificate)


@business_transaction
def _use_next(*, at: datetime) -> None:
    hold_nodes()
    key = NodeKey.objects.filter(state=KeyState.NEXT).first()
    if key is None or key.announced_at is None:
        return
    overlap = timedelta(seconds=key.overlap_seconds)
    if key.announced_at + overlap > at:
        return
    NodeKey.objects.filter(state=KeyState.CURRENT).update(state=KeyState.FORMER, former_until=at + overlap)
    NodeKey.objects.filter(pk=key.pk).update(state=KeyState.CURRENT, used_from=at, is_told=not _is_joined())
    audit.record(
        action="exchange.key.use",
        actor=NODES,
        subject=own_code(),
        at=at,
        fingerprint=trust_lists.fingerprint_of(bytes(key.point)),
    )
    renew_list(at=at)


def _tell_of_use(*, at: datetime) -> None:
    key, joining = current_key(), open_joining()
    if key is None or key.is_told or joining is None:
        return
    order = NodeOrder(kind=OrderKind.USE, code=own_code(), parent=joining.parent_code, at=at)
    give_order(joining, order, key=key)
    NodeKey.objects.filter(pk=key.pk).update(is_told=True)


@business_transaction
def _drop_former(*, at: datetime) -> None:
    """
    Destroy the former key, unless the node above still lets others seal for it.
    """
    key = NodeKey.objects.filter(state=KeyState.FORMER, former_until__lte=at).first()
    if key is None or NodeKey.objects.filter(state=KeyState.CURRENT, is_told=False).exists():
        return
    hold_nodes()
    key.delete()
    note_change()
    audit.record(
        action="exchange.key.drop",
        actor=NODES,
        subject=own_code(),
        at=at,
        fingerprint=trust_lists.fingerprint_of(bytes(key.point)),
    )
    renew_list(at=at)

"""
Keys of other nodes' 亮证 codes: asked for over signed messages, kept, and asked for anew.

A node tells its own keys and those of nodes below it; the parent tells everybody's. Keys that could not be asked for
anew for three days are not believed any more: one may have been withdrawn meanwhile.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from django.conf import settings

from tongban.business.licences.models.peers import PeerKey
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.selectors.peers import peer_keys
from tongban.business.licences.selectors.presenting import published_presentation_keys
from tongban.business.licences.services.peers.asking import ask_node
from tongban.business.licences.values.peers import KeysAnswer, KeysQuestion, PeerKeyFacts, ToldKey
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider

logger = structlog.get_logger(__name__)

SECONDS: Final = 1.5
ASKING_OTHERS_SECONDS: Final = 3.0
MOST_AT_ONCE: Final = 16
ASKED_AGAIN_AFTER: Final = timedelta(seconds=30)
"""A code of an unknown key has the nodes asked; not more often than this."""
POINT_BYTES: Final = 65


def fetch_keys(*, at: datetime, looking_for: str = "") -> int:
    """
    Ask every node that can be asked for its keys; return how many nodes answered.

    Not inside a transaction. What a silent node told before stays as it is.

    :param looking_for: name of a key; nodes that do not know it ask the nodes they know
    """
    nodes = federation.askable().nodes
    _forget_others([node.code for node in nodes])
    if not nodes:
        return 0
    with ThreadPoolExecutor(max_workers=min(len(nodes), MOST_AT_ONCE)) as pool:
        told = list(pool.map(lambda node: _ask_for_keys(node, looking_for, at=at), nodes))
    for node, keys in zip(nodes, told, strict=True):
        if keys is not None:
            _keep(node, keys, at=at)
    return sum(keys is not None for keys in told)


def find_key(*, key_id: str, at: datetime) -> PeerKeyFacts | None:
    """
    Return the key of another node by its name; an unknown one has the nodes asked. Not inside a transaction.
    """
    found = _known(key_id, at=at)
    if found is None and _may_ask(at=at):
        fetch_keys(at=at, looking_for=key_id)
        found = _known(key_id, at=at)
    return found


def answer_keys(*, node: Provider, question: KeysQuestion, at: datetime) -> KeysAnswer:
    """
    Tell another node the keys of this one, and those of other nodes but its own.
    """
    is_from_below = rules.is_below(node.code, settings.TONGBAN_NODE.division_code)
    if question.key_id and is_from_below and _known(question.key_id, at=at) is None and _may_ask(at=at):
        fetch_keys(at=at)
    here = settings.TONGBAN_NODE
    own = [
        ToldKey(
            source=here.division_code,
            source_name=here.name,
            key_id=key.key_id,
            point=key.point.hex(),
            not_before=key.not_before,
            not_after=key.not_after,
        )
        for key in published_presentation_keys(at=at)
    ]
    others = [
        ToldKey(
            source=key.node.code,
            source_name=key.node.name,
            key_id=key.key_id,
            point=key.point.hex(),
            not_before=key.not_before,
            not_after=key.not_after,
        )
        for key in peer_keys(at=at)
        if key.node.code != node.code
    ]
    return KeysAnswer(keys=(*own, *others))


def _may_ask(*, at: datetime) -> bool:
    """
    Tell whether there are nodes to ask that have not just been asked.
    """
    newest = PeerKey.objects.order_by("-fetched_at").values_list("fetched_at", flat=True).first()
    is_recent = newest is not None and at - newest < ASKED_AGAIN_AFTER
    return not is_recent and bool(federation.askable().nodes)


def _ask_for_keys(node: Provider, looking_for: str, *, at: datetime) -> tuple[ToldKey, ...] | None:
    """
    Ask one node; None: it is silent. Runs in a thread of its own and touches no database.
    """
    try:
        question = msgspec.json.encode(KeysQuestion(key_id=looking_for))
        seconds = ASKING_OTHERS_SECONDS if looking_for else SECONDS
        told = ask_node(node, "keys", question, seconds=seconds, at=at)
        return msgspec.json.decode(told, type=KeysAnswer).keys
    except (UpstreamError, msgspec.MsgspecError):
        logger.warning("keys_not_fetched", node=node.code)
        return None


def _known(key_id: str, *, at: datetime) -> PeerKeyFacts | None:
    return next((key for key in peer_keys(at=at) if key.key_id == key_id), None)


@business_transaction
def _keep(teller: Provider, keys: tuple[ToldKey, ...], *, at: datetime) -> None:
    rows = {
        key.key_id: PeerKey(
            teller=teller.code,
            source=key.source,
            source_name=key.source_name,
            key_id=key.key_id,
            point=bytes.fromhex(key.point),
            not_before=key.not_before,
            not_after=key.not_after,
            fetched_at=at,
        )
        for key in keys
        if _is_believed(teller, key)
    }
    PeerKey.objects.filter(teller=teller.code).delete()
    PeerKey.objects.bulk_create(rows.values())


@business_transaction
def _forget_others(tellers: list[str]) -> None:
    PeerKey.objects.exclude(teller__in=tellers).delete()


def _is_believed(teller: Provider, key: ToldKey) -> bool:
    """
    Tell whether a node may say this: of itself, of nodes below it, and the parent of everybody but this one.
    """
    try:
        point = bytes.fromhex(key.point)
    except ValueError:
        return False
    if len(point) != POINT_BYTES or codes.key_id_of(point) != key.key_id:
        return False
    if key.source == settings.TONGBAN_NODE.division_code:
        return False
    is_parent = federation.askable().is_above(teller.code)
    return is_parent or key.source == teller.code or rules.is_below(key.source, teller.code)

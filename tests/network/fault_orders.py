"""
What a process beside the sending node is told to do while the exchange is put to the test.
"""

import os
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.db import transaction

from tests.factories.library import case
from tests.network.faults import SYSTEM
from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.crypto import sm2
from tongban.resources.caselibrary.values import key_of
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.rules import envelopes
from tongban.resources.exchange.values import MessageKind, Operation
from tongban.resources.exchange.values.wire import Header

ACTOR = system_actor("tests")
AT_ONCE = 500
RANDOM_BYTES = 450
"""Told as 900 characters; what does not pack, as names and numbers do not. With the rest two kilobytes."""
_written = count(1)


def write(first: int, cases: int, versions: int) -> dict[str, Any]:
    """
    Tell `versions` times of each of `cases` cases, one round after the other; every telling has a moment of its own.
    """
    began = clock.now()
    numbers = [f"P{number:07d}" for number in range(first, first + cases)]
    rows = [(number, version) for version in range(1, versions + 1) for number in numbers]
    for start in range(0, len(rows), AT_ONCE):
        with transaction.atomic():
            for number, version in rows[start : start + AT_ONCE]:
                _publish(number, version, at=began + timedelta(milliseconds=next(_written)))
    return {"written": len(rows)}


def write_one(number: str, version: int) -> dict[str, Any]:
    """
    Tell of one case.
    """
    with transaction.atomic():
        _publish(number, version, at=clock.now())
    return {}


def retry(receiver: str) -> dict[str, Any]:
    """
    Shorten the pause, as an operator does.
    """
    return {"streams": services.retry_now(actor=ACTOR, receiver=receiver, at=clock.now())}


def reconcile(receiver: str) -> dict[str, Any]:
    """
    Compare both ends.
    """
    return asdict(services.reconcile(actor=ACTOR, at=clock.now(), receiver=receiver))


def forge(receiver: str, envelope: str) -> dict[str, str]:
    """
    Make of a real envelope what somebody would send who wants to be taken for this node.
    """
    real = envelopes.read(bytes.fromhex(envelope))
    neighbours = ports.neighbours()
    peer, own, foreign = neighbours.find(receiver), neighbours.own_key, sm2.generate()
    assert peer is not None
    assert own is not None
    header = _header(real.header)
    stranger = _header(real.header, sender="530100000000")
    elsewhere = _header(real.header, receiver="530100000000")
    body = b"\x90"
    made = {
        "signed by nobody known": envelopes.close(header, body, own=foreign, receiver=peer.keys[0]),
        "from a stranger": envelopes.close(stranger, body, own=foreign, receiver=peer.keys[0]),
        "signed by us as a stranger": envelopes.close(stranger, body, own=own, receiver=peer.keys[0]),
        "for another node": envelopes.close(elsewhere, body, own=own, receiver=peer.keys[0]),
        "sealed for another key": envelopes.close(header, body, own=own, receiver=foreign.public),
        "not what the header says": envelopes.close(header, body, own=own, receiver=peer.keys[0]),
    }
    return {name: made[name].hex() for name in made}


def _header(real: Header, **changes: str) -> Header:
    return Header(
        kind=MessageKind.BATCH,
        id=os.urandom(16).hex(),
        sender=changes.get("sender", real.sender),
        receiver=changes.get("receiver", real.receiver),
        sent_at=clock.now(),
        batch=real.batch,
    )


def _publish(number: str, version: int, *, at: Any) -> None:
    own = settings.TONGBAN_NODE.division_code
    content = case(
        number,
        node=own,
        system=SYSTEM,
        division_code=own,
        item_version=version,
        summary=os.urandom(RANDOM_BYTES).hex() + "政务服务中心受理窗口" * 10,
    )
    is_written = services.publish(
        dataset="caselibrary.case", key=key_of(content), operation=Operation.UPDATE, content=content, at=at
    )
    assert is_written

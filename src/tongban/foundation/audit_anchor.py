"""
Heads of the audit chain that lie outside the database, so that nobody can cut its end off unseen.

Below `audit/` of the data folder:

    head.json       the end of the chain as it was last sealed here, replaced with every block
    anchors.jsonl   one line a day, never changed: number and digest of the head, and when

An anchor is also printed into the log, and sent to a server of somebody else's where the settings name one. Each copy
is worth as much as it is hard to reach for whoever owns the database.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

from tongban.foundation import audit, crypto, outgoing
from tongban.foundation.actors import system_actor
from tongban.foundation.audit_chain import Head, head, moment
from tongban.foundation.outgoing import OutgoingFailed, Trust

logger = structlog.get_logger(__name__)

FOLDER: Final = "audit"
ANCHORER: Final = system_actor("foundation.anchor_audit")
MAC_PURPOSE: Final = "audit-anchor"
TIMEOUT_SECONDS: Final = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """
    锚: how far the chain went, and with which digest, at a moment.
    """

    number: int
    digest: str
    """Hexadecimal."""
    row_total: int
    at: str
    """UTC."""
    mac: str
    """By the node's own key, so that a line of the file cannot be made up."""

    @property
    def is_genuine(self) -> bool:
        """
        Whether this node made it.
        """
        return self.mac == _mac(self.number, self.digest, self.row_total, self.at)


def folder() -> Path:
    """
    Return where anchors lie.
    """
    return Path(settings.TONGBAN_HOME) / FOLDER


def note_head(sealed: Head, *, at: datetime) -> None:
    """
    Write down the end of the chain outside the database.
    """
    target = folder() / "head.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(asdict(_anchor_of(sealed, at=at))))
    draft.replace(target)


def anchor(*, at: datetime) -> Anchor | None:
    """
    Anchor the end of the chain: file, log, and the server of the settings; None where nothing was sealed yet.

    A server that does not answer is written into the log and the audit trail; the file has the anchor all the same.
    """
    sealed = head()
    if sealed.number == 0:
        return None
    made = _anchor_of(sealed, at=at)
    _append(made)
    url = settings.TONGBAN_AUDIT.anchor_url
    sent = "" if url is None else _send(str(url), made)
    logger.info("audit_anchored", number=made.number, digest=made.digest, rows=made.row_total, sent=sent)
    audit.record(
        action="foundation.audit.anchor",
        actor=ANCHORER,
        subject=str(made.number),
        at=at,
        outcome=audit.Outcome.FAILED if sent == "failed" else audit.Outcome.SUCCESS,
        digest=made.digest,
        sent=sent,
    )
    return made


def anchors() -> Sequence[Anchor | None]:
    """
    Return what lies outside the database, the last head included; None for a line that cannot be read.
    """
    found = list(daily_anchors())
    last = folder() / "head.json"
    if last.exists():
        found.append(_read(last.read_text(encoding="utf-8")))
    return found


def daily_anchors() -> Sequence[Anchor | None]:
    """
    Return the anchors of the file; None for a line that cannot be read.
    """
    file = folder() / "anchors.jsonl"
    if not file.exists():
        return []
    return [_read(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _read(line: str) -> Anchor | None:
    try:
        return Anchor(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _append(made: Anchor) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "anchors.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(made)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _send(url: str, made: Anchor) -> str:
    body = json.dumps({"node": settings.TONGBAN_BASE_URL, "kind": "audit", **asdict(made)}).encode()
    try:
        answer = outgoing.fetch(
            "POST",
            url,
            headers={"Content-Type": "application/json"},
            content=body,
            timeout_seconds=TIMEOUT_SECONDS,
            trust=Trust.SETTINGS,
        )
    except (OutgoingFailed, outgoing.AddressNotAllowed):
        return "failed"
    return "sent" if answer.is_success else "failed"


def _anchor_of(sealed: Head, *, at: datetime) -> Anchor:
    number, digest, total, when = sealed.number, sealed.digest.hex(), sealed.row_total, moment(at)
    return Anchor(
        number=number, digest=digest, row_total=total, at=when, mac=_mac(number, digest, total, when)
    )


def _mac(number: int, digest: str, total: int, at: str) -> str:
    return crypto.mac(MAC_PURPOSE, f"{number}|{digest}|{total}|{at}".encode()).hex()

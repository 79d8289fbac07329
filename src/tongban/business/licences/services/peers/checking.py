"""
验码: codes that holders of other nodes show.

Signature and time are checked here, against the keys that node published; how the licence stands, and whether the code
was used, only its home can say. Where the home is silent the checker is told that this is not known.
"""

from datetime import datetime
from typing import Final

import msgspec
import structlog
from django.conf import settings

from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.selectors.presenting import published_presentation_keys
from tongban.business.licences.services.checking import LONGEST_CHECK_ID, LONGEST_CHECKER, check_code
from tongban.business.licences.services.peers.asking import NODE_ACTOR, ask
from tongban.business.licences.services.peers.keys import find_key
from tongban.business.licences.values.peers import CheckAnswer, CheckQuestion, PeerKeyFacts
from tongban.business.licences.values.presenting import CodeCheck, CodeVerdict, ReadCode
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import InvalidInput, UpstreamError
from tongban.support.federation.values import Provider

logger = structlog.get_logger(__name__)

HOME_SECONDS: Final = 2.5


def check_code_anywhere(*, code: str, check_id: str, checker: str, actor: Actor, at: datetime) -> CodeCheck:
    """
    Check a code online, whichever node signed it; see `check_code`. Not inside a transaction.

    :raises InvalidInput: of a code of this node: no check_id, or something is too long
    """
    read = codes.read_code(code)
    key = _foreign_key(read, at=at) if read else None
    if read is None or key is None:
        return check_code(code=code, check_id=check_id, checker=checker, actor=actor, at=at)
    verdict = _judged(read, key, at=at)
    if verdict is not CodeVerdict.GENUINE:
        return CodeCheck(verdict=verdict, status=None, claims=None)
    question = CheckQuestion(
        code=code.rpartition("#")[2],
        check_id=check_id[:LONGEST_CHECK_ID],
        checker=checker.strip()[:LONGEST_CHECKER],
        asker=settings.TONGBAN_NODE.division_code,
        asker_name=settings.TONGBAN_NODE.name,
        agency_code=actor.agency_code or "",
    )
    return _of_home(read, key, question, at=at)


def answer_check(*, node: Provider, question: CheckQuestion, at: datetime) -> CheckAnswer:
    """
    Check a code of a licence of this node for another one; the holder reads that it was checked, and where.
    """
    asker = Actor(kind=ActorKind.SYSTEM, id=f"{NODE_ACTOR}{node.code}", name=node.name)
    try:
        found = check_code(
            code=question.code,
            check_id=sm3_hex(f"{question.asker}|{question.check_id}".encode()),
            checker=f"{question.asker_name} {question.checker}".strip()[:LONGEST_CHECKER],
            actor=asker,
            at=at,
        )
    except InvalidInput:
        return CheckAnswer(verdict=CodeVerdict.UNREADABLE, status=None)
    return CheckAnswer(verdict=found.verdict, status=found.status)


def _foreign_key(read: ReadCode, *, at: datetime) -> PeerKeyFacts | None:
    key_id = read.claims.key_id
    if any(key.key_id == key_id for key in published_presentation_keys(at=at)):
        return None
    return find_key(key_id=key_id, at=at)


def _judged(read: ReadCode, key: PeerKeyFacts, *, at: datetime) -> CodeVerdict:
    if not codes.is_signed_by(read, key.point):
        return CodeVerdict.FORGED
    if not key.not_before <= read.claims.issued_at < key.not_after:
        return CodeVerdict.FOREIGN
    return codes.timing(read.claims, at=at)


def _of_home(read: ReadCode, key: PeerKeyFacts, question: CheckQuestion, *, at: datetime) -> CodeCheck:
    """
    Return what the home says; where it is silent, that the code is genuine and its licence's state not known.
    """
    source = key.node.name
    try:
        told = ask(key.node.code, "check", msgspec.json.encode(question), seconds=HOME_SECONDS, at=at)
        answer = msgspec.json.decode(told, type=CheckAnswer)
    except (UpstreamError, msgspec.MsgspecError):
        logger.warning("home_of_code_silent", node=key.node.code)
        return CodeCheck(verdict=CodeVerdict.GENUINE, status=None, claims=read.claims, source_name=source)
    if answer.verdict is not CodeVerdict.GENUINE:
        return CodeCheck(verdict=answer.verdict, status=None, claims=None, source_name=source)
    return CodeCheck(verdict=answer.verdict, status=answer.status, claims=read.claims, source_name=source)

"""
What nodes tell and ask one another: a new user, and which cases somebody has.

Each message is signed, sealed, one of now, and used once; each answer too. Who asked about whom is written down at
both ends, and the person reads it in his ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, jobs, looks, policy, refusals
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotAuthenticated, NotFound, UpstreamError
from tongban.foundation.events import Announced
from tongban.foundation.languages import in_language
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.support.federation import ports, rules
from tongban.support.federation.models import PersonKey
from tongban.support.federation.rules.messages import is_signed
from tongban.support.federation.services.nonces import claim_nonce
from tongban.support.federation.values import CasesAt, Mode, OwnCase, Provider, Told
from tongban.support.identity.selectors import actor_of_person
from tongban.support.identity.services import (
    born_on_of,
    certificate_key_of,
    division_of_person,
    hand_over_person,
    take_over_person,
)

logger = structlog.get_logger(__name__)

PEERS = "/peers/"
CASES_PATH = f"{PEERS}people/cases/"
PERSONS_PATH = f"{PEERS}people/new/"
PUSH_JOB = "federation.push_person"
PUSH_SECONDS = 5.0
NODE = system_actor("federation.nodes")
PUSHED = ("name", "id_number", "phone_number")
LONGEST_QUESTION = 64 * 1024
"""Bytes, as it is sent."""
AREA_DIGITS = 4
"""Of a division code, and of an ID number: province and city."""


class MessageNotBelieved(NotAuthenticated):
    """
    The message is of no trusted node, changed, too old, or was sent before.
    """

    code = "message_not_believed"
    message = _("无法核实发送方")


class QuestionUnknown(NotFound):
    """
    Another node asks what this one does not answer.
    """

    code = "peer_question_unknown"


class CasesQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The question which cases a person has at another node.
    """

    certificate_key: str
    session: str
    """Digest of the login at the node that asks: evidence, should anybody ask why it did."""


class CasesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer.
    """

    cases: tuple[OwnCase, ...]


@business_transaction
def remember_person(*, person_id: UUID, at: datetime, home_code: str = "", region_code: str = "") -> None:
    """
    Let a person of this node be found by the certificate key; repeating it changes nothing.
    """
    index = index_of_key(certificate_key_of(person_id=person_id, actor=NODE))
    PersonKey.objects.get_or_create(
        person_id=person_id,
        defaults={
            "certificate_key_index": index,
            "home_code": home_code,
            "region_code": region_code or settings.TONGBAN_NODE.division_code,
            "created_at": at,
        },
    )


def index_of_key(certificate_key: str) -> bytes:
    """
    Return the blind index by which a certificate key is found.
    """
    return crypto.blind_index("federation.certificate_key", certificate_key)


def on_person_registered(fact: Announced) -> None:
    """
    React to a registration: the person can be found by other nodes, and in 统分 his city hears of him at once.
    """
    remember_person(person_id=UUID(fact.key), at=fact.at)
    topology = ports.topology()
    if topology.mode is Mode.MIXED and topology.home is None and topology.nodes:
        jobs.defer(PUSH_JOB, person_id=fact.key)


def push_person(*, person_id: UUID, at: datetime) -> int:
    """
    Tell the city a new user belongs to, by the division in his ID number, about him; return how many were told.

    :raises UpstreamError: the city does not take it; the job comes again
    """
    area = division_of_person(person_id=person_id, actor=NODE)[:AREA_DIGITS]
    cities = [node for node in ports.topology().nodes if node.code[:AREA_DIGITS] == area]
    for city in cities:
        told = hand_over_person(
            person_id=person_id,
            receiver=city.code,
            receiver_name=city.name,
            what=PUSHED,
            actor=NODE,
            at=at,
        )
        message = Told(
            id_number=told.id_number,
            name=told.name,
            mobile=told.mobile,
            born_on=told.born_on,
            level=told.assurance_level,
            region_code=settings.TONGBAN_NODE.division_code,
        )
        ports.node_caller()(city, PERSONS_PATH, msgspec.json.encode(message), seconds=PUSH_SECONDS, at=at)
    return len(cities)


def believed(
    *, path: str, sender: str, time: str, nonce: str, signature: str, body: bytes, at: datetime
) -> tuple[Provider, bytes]:
    """
    Return which node sent a message, and what it says.

    :raises MessageNotBelieved: it is of no trusted node, changed, too old, or was sent before
    """
    node = next((each for each in ports.topology().nodes if each.code == sender), None)
    fresh = rules.Freshness(time=time, nonce=nonce)
    own = settings.TONGBAN_NODE.division_code
    if node is None or not node.shared_key or not fresh.is_fresh(at=at):
        raise _disbelieved("UNKNOWN_OR_STALE")
    text = rules.signed_text("POST", path, sender, own, time, nonce, body=body)
    if not is_signed(node.shared_key, text, signature):
        raise _disbelieved("WRONG_SIGNATURE")
    if not claim_nonce(party=f"node:{sender}", nonce=nonce, at=at):
        raise _disbelieved("USED_TWICE")
    try:
        return node, rules.open_sealed(
            node.shared_key, body.decode("ascii"), context=f"{path}|{sender}|{own}|{nonce}"
        )
    except ValueError as error:
        raise _disbelieved("NOT_SEALED") from error


def _disbelieved(reason: str) -> MessageNotBelieved:
    refusals.note_misuse("federation.message.misuse", reason=reason)
    return MessageNotBelieved()


def answered(*, path: str, node: Provider, nonce: str, message: bytes) -> tuple[bytes, str]:
    """
    Return body and signature of an answer.
    """
    own = settings.TONGBAN_NODE.division_code
    context = f"{path}|{own}|{node.code}|{nonce}"
    body = rules.seal_for(node.shared_key, message, context=context).encode()
    text = rules.signed_text("ANSWER", path, own, node.code, nonce, body=body)
    return body, rules.signature_of(node.shared_key, text)


def answer_message(
    *,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    answer: Callable[[Provider, bytes], bytes],
    at: datetime,
) -> tuple[bytes, str]:
    """
    Hear another node's message and return body and signature of the answer; for the doors at which nodes knock.

    :param headers: of the request; names in any case
    :param answer: from the node that asks, and what it says, to what it is told
    :raises MessageNotBelieved: as `believed`, or longer than a question is
    """
    if len(body) > LONGEST_QUESTION:
        raise MessageNotBelieved
    node, message = believed(
        path=path,
        sender=headers.get("X-Tongban-Node", ""),
        time=headers.get("X-Tongban-Time", ""),
        nonce=headers.get("X-Tongban-Nonce", ""),
        signature=headers.get("X-Tongban-Signature", ""),
        body=body,
        at=at,
    )
    return answered(path=path, node=node, nonce=headers["X-Tongban-Nonce"], message=answer(node, message))


def node_path(subject: str, question: str) -> str:
    """
    Return the address at which nodes ask one another a question about a subject.
    """
    return f"{PEERS}{subject}/{question}/"


def answer_people(*, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
    """
    Answer a node about people: which cases somebody has here; or hear of a new user.

    :raises QuestionUnknown: it is neither
    :raises MessageNotBelieved: the message makes no sense
    """
    match question:
        case "cases":
            return answer_cases(node=node, message=message, at=at)
        case "new":
            receive_person(node=node, message=message, at=at)
            return b"{}"
    raise QuestionUnknown(question=question)


def answer_cases(*, node: Provider, message: bytes, at: datetime) -> bytes:
    """
    Answer which cases a person has here; somebody who is not known has none.

    :raises MessageNotBelieved: the question makes no sense
    """
    try:
        question = msgspec.json.decode(message, type=CasesQuestion)
    except msgspec.MsgspecError as error:
        raise MessageNotBelieved from error
    known = PersonKey.objects.filter(certificate_key_index=index_of_key(question.certificate_key)).first()
    actor = actor_of_person(person_id=known.person_id, at=at) if known else None
    if actor is None or known is None:
        return msgspec.json.encode(CasesAnswer(cases=()))
    _note_question(person_id=known.person_id, node=node, session=question.session, at=at)
    return msgspec.json.encode(CasesAnswer(cases=ports.own_cases(actor=actor, at=at)))


@business_transaction
def _note_question(*, person_id: UUID, node: Provider, session: str, at: datetime) -> None:
    audit.record(
        action="federation.cases.answer",
        actor=Actor(kind=ActorKind.SYSTEM, id=f"node:{node.code}", name=node.name),
        subject=str(person_id),
        at=at,
        node=node.code,
        session=session[:64],
    )
    looks.record(
        principal_id=person_id,
        act=LookAct.HANDED_OVER,
        thing=Thing(kind=ObjectKind.PERSON, key=node.code, label=node.name, label_en=node.name_en),
        actor=NODE,
        at=at,
    )


def cases_everywhere(*, actor: Actor, at: datetime) -> list[CasesAt]:
    """
    Return the person's own cases here and at every trusted node, the nodes in the order of the topology.

    All nodes are asked at once, within TONGBAN_FEDERATION_QUESTION_SECONDS together; one that does not answer is
    named as such.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person_id = policy.require_person(actor)
    here = CasesAt(
        code=settings.TONGBAN_NODE.division_code,
        name=_own_title(),
        is_answered=True,
        cases=ports.own_cases(actor=actor, at=at),
    )
    nodes = [node for node in ports.topology().nodes if node.shared_key]
    if not nodes or actor.acting_for is not None:
        return [here]
    message = _question(person_id=person_id, actor=actor, nodes=nodes, at=at)
    seconds = settings.TONGBAN_FEDERATION.question_seconds
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        others = pool.map(lambda node: _ask(node, message, seconds=seconds, at=at), nodes)
        return [here, *others]


def _own_title() -> str:
    node = settings.TONGBAN_NODE
    return str(in_language(node.name, node.name_en))


@business_transaction
def _question(*, person_id: UUID, actor: Actor, nodes: Sequence[Provider], at: datetime) -> bytes:
    audit.record(
        action="federation.cases.ask",
        actor=actor,
        subject=str(person_id),
        at=at,
        nodes=[node.code for node in nodes],
    )
    return msgspec.json.encode(
        CasesQuestion(
            certificate_key=certificate_key_of(person_id=person_id, actor=NODE),
            session=crypto.mac("federation.evidence", (actor.session_id or "").encode()).hex(),
        )
    )


def _ask(node: Provider, message: bytes, *, seconds: float, at: datetime) -> CasesAt:
    """
    Ask one node. Runs in a thread of its own and touches no database.
    """
    silent = CasesAt(code=node.code, name=node.title, is_answered=False, address=node.url)
    try:
        told = ports.node_caller()(node, CASES_PATH, message, seconds=seconds, at=at)
        answer = msgspec.json.decode(told, type=CasesAnswer)
    except (UpstreamError, msgspec.MsgspecError) as error:
        logger.warning("node_silent", node=node.code, reason=type(error).__name__)
        return silent
    return msgspec.structs.replace(silent, is_answered=True, cases=answer.cases)


def receive_person(*, node: Provider, message: bytes, at: datetime) -> None:
    """
    Know a new user of the node that keeps our accounts; somebody who is known already stays as he is.

    :raises MessageNotBelieved: the message makes no sense
    """
    try:
        told = msgspec.json.decode(message, type=Told)
    except msgspec.MsgspecError as error:
        raise MessageNotBelieved from error
    try:
        taken = take_over_person(
            id_number=told.id_number,
            name=told.name,
            mobile=told.mobile,
            born_on=born_on_of(told.born_on, number=told.id_number),
            source=node.code,
            actor=NODE,
            at=at,
        )
    except Conflict as error:
        logger.warning("pushed_person_not_taken", node=node.code, reason=error.code)
        return
    remember_person(person_id=taken.person_id, at=at, home_code=node.code, region_code=told.region_code)

"""
Answering other nodes about the seals of this one, and signing for those that share one.

Whether a signature is made is decided here, in the transaction that makes it: the seal's row and the authorisation of
the node are held as they are for this node's own documents, and the use is written down before the answer leaves.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import ServiceError
from tongban.support.federation.services import MessageNotBelieved, QuestionUnknown
from tongban.support.federation.values import Provider
from tongban.support.seals.models import Seal, SealAuthorisation
from tongban.support.seals.permissions import SealNotFound
from tongban.support.seals.selectors.standing import state_of, told_of
from tongban.support.seals.services.authorising import (
    NoSealInUse,
    SealNotAuthorised,
    permit_node_use,
    usable_seal,
)
from tongban.support.seals.services.keys import sign_digest
from tongban.support.seals.services.signing import Job, note_use
from tongban.support.seals.values import (
    AuthorisationKind,
    NodeQuestion,
    SealAnswer,
    SealQuestion,
    SharedSeal,
    SignAnswer,
    Signed,
    SignQuestion,
    StandingsAnswer,
    StandingsQuestion,
    StateAnswer,
    StateQuestion,
)

NOTHING: Final = b"\\u0000"
"""A character no text of ours has and no column takes, as JSON writes it."""


def answer_node(*, question: str, node: Provider, message: bytes, at: datetime) -> bytes:
    """
    Answer a question of another node about seals; it was signed by it.

    :raises QuestionUnknown: it is none of `NodeQuestion`
    :raises MessageNotBelieved: the question makes no sense
    """
    if question not in NodeQuestion.__members__.values():
        raise QuestionUnknown(question=question)
    kind, answer = _ANSWERS[NodeQuestion(question)]
    try:
        asked = msgspec.json.decode(message, type=kind)
    except msgspec.MsgspecError as error:
        raise MessageNotBelieved from error
    if NOTHING in message:
        raise MessageNotBelieved
    return msgspec.json.encode(answer(asked, node=node, at=at))


def _standings(asked: StandingsQuestion, *, node: Provider, at: datetime) -> StandingsAnswer:
    return StandingsAnswer(told=tuple(told_of(one) for one in asked.asked))


def _state(asked: StateQuestion, *, node: Provider, at: datetime) -> StateAnswer:
    try:
        return StateAnswer(state=state_of(code=asked.code, version=asked.version, at=at))
    except SealNotFound:
        return StateAnswer(state=None)


@business_transaction
def _seal(asked: SealQuestion, *, node: Provider, at: datetime) -> SealAnswer:
    try:
        seal = usable_seal(agency_code=asked.agency_code, at=at, seal_code=asked.seal_code)
    except NoSealInUse:
        return SealAnswer(seal=None)
    shared = SealAuthorisation.objects.open().filter(
        seal=seal, kind=AuthorisationKind.NODE, node_code=node.code, valid_from__lte=at, valid_until__gt=at
    )
    return SealAnswer(seal=_described(seal) if shared.exists() else None)


def _described(seal: Seal) -> SharedSeal:
    return SharedSeal(
        code=seal.code,
        version=seal.version,
        name=seal.name,
        kind=seal.kind,
        caption=seal.caption,
        agency_code=seal.agency_code,
        agency_name=seal.agency_name,
        division_code=seal.division_code,
        is_demonstration=seal.is_demonstration,
        content=bytes(seal.content or b""),
        picture=bytes(seal.picture or b""),
    )


def _sign(asked: SignQuestion, *, node: Provider, at: datetime) -> SignAnswer:
    try:
        return SignAnswer(signed=_signed(asked, node=node, at=at))
    except (NoSealInUse, SealNotAuthorised) as error:
        return _refused(error)


@business_transaction
def _signed(asked: SignQuestion, *, node: Provider, at: datetime) -> Signed:
    job = Job(
        document=b"",
        purpose=asked.purpose,
        case_number=asked.case_number,
        at=at,
        offering_code=asked.offering_code,
        licence_type_code=asked.licence_type_code,
        amount_fen=asked.amount_fen,
    )
    seal = usable_seal(agency_code=asked.agency_code, at=at, seal_code=asked.seal_code)
    given = permit_node_use(seal, job.use, node_code=node.code)
    if seal.version != asked.version:
        # The file already holds the seal as it was before it was replaced.
        raise NoSealInUse(agency_code=seal.agency_code)
    signed = sign_digest(seal, asked.kind, asked.digest, asked.path, at=at)
    note_use(
        seal,
        job,
        signed,
        kind=asked.kind,
        digest=asked.digest.hex(),
        authorisation_id=given.id,
        actor=Actor(kind=ActorKind.CLIENT, id=f"node-{node.code}", name=node.name),
        for_node=node.code,
    )
    return signed


def _refused(error: ServiceError) -> SignAnswer:
    return SignAnswer(refusal=error.code, reason=str(error.facts.get("reason", "")))


_ANSWERS: Final[dict[NodeQuestion, tuple[Any, Callable[..., Any]]]] = {
    NodeQuestion.STANDINGS: (StandingsQuestion, _standings),
    NodeQuestion.STATE: (StateQuestion, _state),
    NodeQuestion.SEAL: (SealQuestion, _seal),
    NodeQuestion.SIGN: (SignQuestion, _sign),
}

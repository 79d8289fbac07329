"""
Seals of other nodes that this one may use: the home decides about each signature and makes it; its keys never leave it.

So nothing has to be told to this node when a seal is lost: the very next signature is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tongban.foundation.actors import Actor
from tongban.foundation.errors import UpstreamError
from tongban.support.federation.values import Provider
from tongban.support.seals.models import Seal
from tongban.support.seals.rules.authorising import Fault, Use
from tongban.support.seals.services.authorising import NoSealInUse, SealNotAuthorised
from tongban.support.seals.services.homes import AREA, area_of_agency, ask, homes_of
from tongban.support.seals.values import (
    FileKind,
    NodeQuestion,
    SealAnswer,
    SealPurpose,
    SealQuestion,
    SharedSeal,
    SignAnswer,
    Signed,
    SignQuestion,
)

SECONDS: Final = 5.0
"""For a seal, and for a signature with its time stamp."""
MADE: Final = ("MADE", "FILED", "ISSUED", "IN_USE", "SUSPENDED", "EXPIRED", "REPLACED", "DESTROYED")


@dataclass(frozen=True, kw_only=True, slots=True)
class Borrowed:
    """
    A seal of another node.
    """

    seal: Seal
    """As the home describes it, without keys; never saved."""
    home: Provider


def borrowed_seal(*, agency_code: str, seal_code: str, at: datetime) -> Borrowed | None:
    """
    Return the seal of another node that documents of an agency are sealed with here.

    :param seal_code: which one; empty: the agency's own
    :return: None: the agency has a seal of this node, whatever its state, or none anywhere that this node may use
    :raises UpstreamError: its home does not answer
    """
    homes = homes_of(seal_code[AREA] or area_of_agency(agency_code))
    if not homes or _is_of_this_node(agency_code, seal_code):
        return None
    question = SealQuestion(agency_code=agency_code, seal_code=seal_code)
    for home in homes:
        shared = ask(home, NodeQuestion.SEAL, question, SealAnswer, at=at, seconds=SECONDS).seal
        if shared is not None:
            return Borrowed(seal=_described(shared), home=home)
    return None


def require_job(borrowed: Borrowed, *, actor: Actor) -> None:
    """
    Let only this node's own jobs use a seal of another node: its home cannot see who is at the screen here.

    :raises SealNotAuthorised: somebody else asks
    """
    if not actor.is_system:
        raise SealNotAuthorised(seal_code=borrowed.seal.code, reason=Fault.NONE_GIVEN.value)


def sign_by_home(
    kind: FileKind, digest: bytes, path: str, *, borrowed: Borrowed, use: Use, case_number: str
) -> Signed:
    """
    Return a signature that the home of a seal has made and written down.

    :raises NoSealInUse: the seal may not be used any more
    :raises SealNotAuthorised: this node may not use it for this
    :raises UpstreamError: the home does not answer
    """
    seal = borrowed.seal
    question = SignQuestion(
        agency_code=seal.agency_code,
        seal_code=seal.code,
        version=seal.version,
        kind=kind,
        digest=digest,
        path=path,
        purpose=SealPurpose(use.purpose),
        case_number=case_number,
        offering_code=use.offering_code,
        licence_type_code=use.licence_type_code,
        amount_fen=use.amount_fen,
    )
    answer = ask(borrowed.home, NodeQuestion.SIGN, question, SignAnswer, at=use.at, seconds=SECONDS)
    if answer.signed is not None:
        return answer.signed
    if answer.refusal == NoSealInUse.code:
        raise NoSealInUse(agency_code=seal.agency_code)
    if answer.refusal == SealNotAuthorised.code:
        raise SealNotAuthorised(seal_code=seal.code, reason=answer.reason)
    raise UpstreamError(node=borrowed.home.code)


def _is_of_this_node(agency_code: str, seal_code: str) -> bool:
    seals = Seal.objects.filter(agency_code=agency_code, state__in=MADE)
    return (seals.filter(code=seal_code) if seal_code else seals).exists()


def _described(shared: SharedSeal) -> Seal:
    return Seal(
        code=shared.code,
        version=shared.version,
        name=shared.name,
        kind=shared.kind,
        caption=shared.caption,
        agency_code=shared.agency_code,
        agency_name=shared.agency_name,
        division_code=shared.division_code,
        is_demonstration=shared.is_demonstration,
        content=shared.content,
        picture=shared.picture,
    )

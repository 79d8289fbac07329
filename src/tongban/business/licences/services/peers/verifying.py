"""
核验其他地区的证照: whoever asks here about a licence that is not in this library is told what other nodes say.

The index says which node issued it; that node is asked how it stands now, with a short deadline, and where it is silent
the index answers, with the moment of its last word. What this node does not know it asks its parent.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
import structlog
from django.conf import settings

from tongban.business.licences import rules as licence_rules
from tongban.business.licences.models.peers import PeerLicence, PeerSource
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.rules.grades import is_usable
from tongban.business.licences.selectors.verification import LONGEST_NUMBER, UNKNOWN, verify_by_number
from tongban.business.licences.services.peers.asking import ask_node
from tongban.business.licences.values import LicenceStatus, Verdict, Verification, VerifiedFacts
from tongban.business.licences.values.peers import (
    FoundLicence,
    LicenceEntry,
    PeerName,
    PeerVerification,
    VerifyAnswer,
    VerifyQuestion,
)
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider

logger = structlog.get_logger(__name__)

UP_SECONDS: Final = 3.0
HOME_SECONDS: Final = 1.5


def verify_everywhere(*, number: str, at: datetime) -> FoundLicence:
    """
    Return what is true of the licence with this identifier or printed number, whichever node issued it.

    Not inside a transaction: other nodes may be asked.
    """
    own = verify_by_number(number=number, on=civil_date(at))
    if own.verdict is not Verdict.UNKNOWN:
        return FoundLicence(verification=own)
    return _found(number, at=at)


def verify_elsewhere(*, identifier: str, at: datetime) -> FoundLicence:
    """
    Return what other nodes say of the licence with this identifier. Not inside a transaction.
    """
    return replace(_found(identifier, at=at), named=identifier)


def _found(number: str, *, at: datetime) -> FoundLicence:
    found, is_incomplete = _of_others(number, asker=None, at=at)
    if found is None:
        return FoundLicence(verification=UNKNOWN, is_incomplete=is_incomplete)
    return FoundLicence(
        verification=found.verification,
        source=PeerName(code=found.source, name=found.source_name),
        as_of=found.as_of,
    )


def answer_verify(*, node: Provider, question: VerifyQuestion, at: datetime) -> VerifyAnswer:
    """
    Tell another node what this one knows of a licence: as much as anybody is told.
    """
    own = verify_by_number(number=question.number, on=civil_date(at))
    if own.verdict is not Verdict.UNKNOWN:
        here = settings.TONGBAN_NODE
        told = PeerVerification(
            verification=own, source=here.division_code, source_name=here.name, as_of=None
        )
        return VerifyAnswer(found=told)
    return VerifyAnswer(found=_of_others(question.number, asker=node, at=at)[0])


def _of_others(number: str, *, asker: Provider | None, at: datetime) -> tuple[PeerVerification | None, bool]:
    """
    Return what other nodes say, and whether somebody who may know was silent.

    Upwards is asked only for people here and for nodes below: no question goes in circles.
    """
    row = _indexed(number)
    if row is not None:
        return _of_index(row, asker=asker, at=at), False
    above = federation.askable().above
    is_from_below = asker is None or rules.is_below(asker.code, settings.TONGBAN_NODE.division_code)
    if above is None or not is_from_below or (asker is not None and asker.code == above.code):
        return None, False
    try:
        return _ask(above, number, seconds=UP_SECONDS, at=at), False
    except (UpstreamError, msgspec.MsgspecError):
        return None, True


def _indexed(number: str) -> PeerLicence | None:
    parsed = licence_rules.parsed_identifier(number)
    if parsed is not None:
        return PeerLicence.objects.filter(identifier=str(parsed)).first()
    plain = "".join(number.split()).upper()[:LONGEST_NUMBER].replace("\0", "")
    return PeerLicence.objects.filter(number=plain).order_by("-version").first()


def _of_index(row: PeerLicence, *, asker: Provider | None, at: datetime) -> PeerVerification:
    known = federation.askable()
    node = known.find(row.source) or known.find(row.taken_from)
    if node is not None and (asker is None or asker.code != node.code):
        try:
            told = _ask(node, row.identifier, seconds=HOME_SECONDS, at=at)
        except (UpstreamError, msgspec.MsgspecError):
            logger.warning("home_of_licence_silent", node=row.source)
        else:
            if told is not None:
                return told
    source = PeerSource.objects.get(code=row.source)
    return PeerVerification(
        verification=_verification(row, at=at),
        source=source.code,
        source_name=source.name,
        as_of=source.received_at,
    )


def _ask(node: Provider, number: str, *, seconds: float, at: datetime) -> PeerVerification | None:
    message = msgspec.json.encode(VerifyQuestion(number=number[:200]))
    told = ask_node(node, "verify", message, seconds=seconds, at=at)
    return msgspec.json.decode(told, type=VerifyAnswer).found


def _verification(row: PeerLicence, *, at: datetime) -> Verification:
    content = msgspec.convert(row.content, LicenceEntry)
    verdict = licence_rules.verdict(LicenceStatus(row.status), valid_until=row.valid_until, on=civil_date(at))
    facts = VerifiedFacts(
        type_name=content.type_name,
        type_name_en=content.type_name_en,
        identifier=content.identifier,
        number=content.number,
        holder_name=content.holder_name,
        issuer_code=content.issuer_code,
        issuer_name=content.issuer_name,
        issued_date=content.issued_date,
        valid_from=content.valid_from,
        last_valid_date=licence_rules.last_valid_date(content.valid_until),
        version=content.version,
        grade=content.grade,
    )
    return Verification(
        verdict=verdict,
        facts=facts,
        is_usable=verdict is Verdict.VALID and is_usable(content.grade),
        is_demonstration=content.is_demonstration,
    )

"""
核对原件: a clerk compares a licence of grade C with its original, and it rises to B.

Source: 国办函〔2016〕108号, 电子证照管理 (可信等级, 加注).
"""

from datetime import datetime

from tongban.business.licences import permissions, rules
from tongban.business.licences.events import LICENCE_COMPARED
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.rules.grades import is_comparable
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.services.annotating import NotComparable
from tongban.business.licences.services.issuing import receipt_of
from tongban.business.licences.services.recording import record
from tongban.business.licences.services.rendering import queue_document
from tongban.business.licences.values import (
    ClearLicence,
    FaceLine,
    LicenceEventKind,
    LicenceReceipt,
    LicenceStatus,
    TrustGrade,
)
from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import reason_of
from tongban.foundation.looks import LookAct
from tongban.resources.registers import selectors as registers


@business_transaction
def compare_licence(*, identifier: str, actor: Actor, at: datetime) -> LicenceReceipt:
    """
    Say that a licence of grade C was compared with its original and agrees; it is of grade B from then on.

    Its annotated copy is made by a job.

    What differs is no comparison: the issuer changes the licence, or the batch it came with was wrong.

    :raises LicenceNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor does not stand at a counter
    :raises NotComparable: it is not of grade C, or not valid
    """
    licence = _comparable(identifier, actor=actor, at=at)
    code = actor.agency_code or ""
    licence.grade, licence.compared_at = TrustGrade.B, at
    licence.compared_by = (actor.name or actor.id)[:64]
    licence.compared_agency = registers.agency_names(codes=[code], actor=actor).get(code, code)
    licence.save(update_fields=["grade", "compared_at", "compared_by", "compared_agency"])
    record(licence, LicenceEventKind.COMPARED, topic=LICENCE_COMPARED, actor=actor, at=at)
    queue_document(licence.id)
    return receipt_of(licence)


@business_transaction
def reveal_comparable(
    *, identifier: str, purpose: str, actor: Actor, at: datetime, words: str = ""
) -> ClearLicence:
    """
    Return what a licence of grade C says, in clear, to who compares it; who read it and why is written down.

    The holder reads it in his ledger, auditors in theirs.

    :param purpose: a code of `foundation.disclosure.Purpose`, or why in words
    :param words: why in words, at most 200 characters
    :raises InvalidInput: no purpose is given
    :raises LicenceNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor does not stand at a counter
    :raises NotComparable: it is not of grade C, or not valid
    """
    reason = reason_of(purpose, words)
    licence = _comparable(identifier, actor=actor, at=at)
    audit.record(
        action="licences.licence.reveal",
        actor=actor,
        subject=licence.identifier,
        at=at,
        purpose=reason.purpose.value,
        words=reason.words,
    )
    looks.record(
        principal_id=licence.person_id,
        act=LookAct.REVEALED,
        thing=thing_of(licence),
        actor=actor,
        at=at,
        reason=reason,
    )
    return ClearLicence(
        holder_name=licence.holder_name,
        holder_code=licence.holder_code,
        lines=tuple(
            FaceLine(key=line["key"], label=line["label"], label_en=line["label_en"], value=line["value"])
            for line in licence.face
        ),
    )


def _comparable(identifier: str, *, actor: Actor, at: datetime) -> Licence:
    """
    Return a licence that this actor may compare with its original, its row held.
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.locked().filter(identifier=str(parsed)).first() if parsed else None
    if licence is None or not permissions.read_licence.allows(actor, licence):
        raise LicenceNotFound
    permissions.compare_licence.require(actor)
    status = rules.status_on(
        LicenceStatus(licence.status), valid_until=licence.valid_until, on=civil_date(at)
    )
    if status is not LicenceStatus.VALID or not is_comparable(TrustGrade(licence.grade)):
        raise NotComparable(grade=licence.grade, status=status.value)
    return licence

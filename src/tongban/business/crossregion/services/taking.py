"""
At the node that decides: what counters of other nodes hand in becomes a case, as at its own counter.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from django.db import transaction

from tongban.business.casework import selectors as cases
from tongban.business.casework import services as casework
from tongban.business.casework.values import NATURAL_PERSON, Applicant, Evidence
from tongban.business.catalogue import selectors as catalogue
from tongban.business.crossregion.models import ArrivedFile, Received, ReceivedHandIn
from tongban.business.crossregion.services.asking import NotOpenHere, is_open_to
from tongban.business.crossregion.services.files import arrived
from tongban.business.crossregion.services.telling import TELLER, tell_job, tell_not_taken
from tongban.business.crossregion.values import (
    NODE_CLERK,
    RECEIVED_FILES,
    HandedFile,
    HandIn,
    HandInKind,
    HandInState,
)
from tongban.foundation import audit
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, Channel
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.resources.exchange.values import Received as Entry
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner
from tongban.support.identity import services as identity
from tongban.support.identity.values import Post

LONGEST_REASON: Final = 500

logger = structlog.get_logger(__name__)

ON_PAPER: Final = "1"
"""材料收取方式, code list T25."""
CASE_FILES: Final = "casework.case"


def take_handin(entry: Entry, *, at: datetime) -> None:
    """
    Keep what a counter handed in, once, and act on it as soon as its files are here.

    :raises ValueError: the entry names another intake than its key
    """
    content: HandIn = entry.content
    if entry.key != content.intake:
        raise ValueError("the key is not that of the intake")
    received = held(node=entry.origin, intake=UUID(content.intake))
    _row, is_new = ReceivedHandIn.objects.get_or_create(
        id=UUID(content.id),
        received=received,
        defaults={
            "kind": content.kind,
            "content": msgspec.to_builtins(content),
            "number": entry.number,
        },
    )
    if is_new:
        act_on_waiting(received, at=at)


def held(*, node: str, intake: UUID) -> Received:
    """
    Return the row of an intake of another node, locked: hand-ins and files arrive in streams of their own.
    """
    Received.objects.get_or_create(node=node, intake=intake)
    return Received.objects.select_for_update().get(node=node, intake=intake)


def act_on_waiting(received: Received, *, at: datetime) -> None:
    """
    Act on what waits, in the order in which it was handed in, as far as its files are here.
    """
    for row in received.handins.filter(state=HandInState.WAITING).order_by("number"):
        content = msgspec.convert(row.content, HandIn)
        files = arrived(
            node=received.node, intake=received.intake, files=[file.file for file in content.files]
        )
        if files is None:
            return
        _act(received, row, content, files, at=at)


def _act(
    received: Received,
    row: ReceivedHandIn,
    content: HandIn,
    files: Mapping[str, ArrivedFile],
    *,
    at: datetime,
) -> None:
    reason = ""
    try:
        with transaction.atomic():
            _require_sound(files)
            _ACTS[content.kind](received, content, files, at)
    except ServiceError as error:
        reason = _reason(error)
        logger.info("handin_refused", intake=str(received.intake), kind=row.kind, code=error.code)
    row.state = HandInState.REFUSED if reason else HandInState.DONE
    row.content, row.reason = None, reason[:LONGEST_REASON]
    row.save(update_fields=["state", "content", "reason"])
    audit.record(
        action=f"crossregion.handin.{row.state.lower()}",
        actor=_actor(received, content),
        subject=received.case_number or content.receipt_number,
        at=at,
        kind=row.kind,
    )
    if received.case_number:
        tell_job(received.case_number)
    else:
        tell_not_taken(received, reason=reason, at=at)


def _require_sound(files: Mapping[str, ArrivedFile]) -> None:
    bad = {str(file.file): file.refusal for file in files.values() if file.refusal}
    if bad:
        raise InvalidInput(fields=bad)


def _intake(received: Received, content: HandIn, files: Mapping[str, ArrivedFile], at: datetime) -> None:
    offering = catalogue.offering_terms(actor=ANONYMOUS, code=content.offering_code)
    if not is_open_to(offering, received.node):
        raise NotOpenHere(offering_code=content.offering_code)
    actor = _actor(received, content, division_code=offering.division_code)
    applicant = msgspec.convert(content.applicant, Applicant)
    # A clock that goes ahead there makes no time of ours.
    handed_in_at = min(content.handed_in_at, at)
    receipt = casework.submit_application(
        offering_code=content.offering_code,
        situations=content.situations,
        form=content.form or {},
        applicant=applicant,
        applicant_id=_person(applicant, content, actor=actor, at=at),
        evidence=_evidence(content.files, files),
        draft_id=received.intake,
        actor=actor,
        at=handed_in_at,
        calendar=current_calendar(),
        # What the counter hands over waits for it: nothing counts as delivered here before.
        delivery={"way": "counter"},
        files_from=owner_of(received),
    )
    received.case_number = receipt.case_number
    received.counter = content.counter
    received.receipt_number = content.receipt_number
    received.handed_in_at = handed_in_at
    received.save(update_fields=["case_number", "counter", "receipt_number", "handed_in_at"])


def _supplement(received: Received, content: HandIn, files: Mapping[str, ArrivedFile], at: datetime) -> None:
    evidence = _evidence(content.files, files)
    actor = _at_case(received, content)
    # The case takes its files from where they lie; corrections wait under the case.
    for file in files.values():
        if file.local_id is not None:
            code = next(each.material_code for each in content.files if each.file == str(file.file))
            documents.adopt_files(
                file_ids=[file.local_id],
                from_owner=owner_of(received),
                to_owner=casework.waiting_files(number=received.case_number, material_code=code),
                actor=actor,
                at=at,
            )
    casework.correct(
        number=received.case_number,
        evidence=evidence,
        form=content.form,
        note=content.note,
        actor=actor,
        at=at,
        calendar=current_calendar(),
    )


def _delivery(received: Received, content: HandIn, _files: Mapping[str, ArrivedFile], at: datetime) -> None:
    casework.deliver(
        number=received.case_number,
        way="counter",
        recipient=content.recipient,
        actor=_at_case(received, content),
        at=at,
        calendar=current_calendar(),
    )


Act = Callable[[Received, HandIn, Mapping[str, ArrivedFile], datetime], None]
_ACTS: Final[dict[HandInKind, Act]] = {
    HandInKind.INTAKE: _intake,
    HandInKind.SUPPLEMENT: _supplement,
    HandInKind.DELIVERY: _delivery,
}


def _person(applicant: Applicant, content: HandIn, *, actor: Actor, at: datetime) -> str | None:
    """
    Return the person's id here, recording one whom this node does not know, so that he finds his case.
    """
    if applicant.kind != NATURAL_PERSON:
        return None
    return str(
        identity.find_or_register_by_counter(
            id_number=applicant.id_number,
            name=applicant.name,
            mobile=applicant.mobile,
            born_on=content.born_on,
            actor=actor,
            at=at,
        ).person_id
    )


def _evidence(handed: list[HandedFile], files: Mapping[str, ArrivedFile]) -> list[Evidence]:
    return [
        Evidence(
            material_code=each.material_code,
            name=each.name,
            file_id=str(files[each.file].local_id) if each.file else "",
            digest=each.digest,
            media_type=each.media_type,
            size_bytes=each.size_bytes,
            **({} if each.file else {"get_type": ON_PAPER}),
        )
        for each in handed
    ]


def owner_of(received: Received) -> Owner:
    """
    Return to whom files of an intake belong until its case has them.
    """
    return Owner(kind=RECEIVED_FILES, key=str(received.pk))


def _actor(received: Received, content: HandIn, *, division_code: str = "") -> Actor:
    """
    Return the clerk of the other node as he acts here: like one at a one-stop counter of the offering's division.

    So he may take in, correct, withdraw and deliver, and neither accept for others' areas nor decide.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id=f"{NODE_CLERK}{received.node}",
        name=f"{content.counter} {content.clerk}"[:100],
        division_code=division_code or None,
        posts=frozenset({Post.COUNTER}),
        channel=Channel.COUNTER,
    )


def _at_case(received: Received, content: HandIn) -> Actor:
    number = received.case_number
    case = cases.case_by_number(
        actor=TELLER, number=number, at=content.handed_in_at, calendar=current_calendar()
    )
    return _actor(received, content, division_code=case.division_code)


def _reason(error: ServiceError) -> str:
    fields: dict[str, Any] = getattr(error, "fields", {}) or {}
    return "；".join([str(error), *map(str, fields.values())])[:500]

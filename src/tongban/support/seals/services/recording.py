"""
Taking a step in the life of a seal: the table is asked, the row changes, log, audit trail and announcement are written.
"""

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events, jobs
from tongban.foundation.actors import Actor
from tongban.foundation.db import require_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.policy import Reason, no
from tongban.support.seals import permissions
from tongban.support.seals.events import (
    SEAL_DESTROYED,
    SEAL_EXPIRED,
    SEAL_ISSUED,
    SEAL_REPLACED,
    SEAL_RESUMED,
    SEAL_SUSPENDED,
    SealFact,
)
from tongban.support.seals.models import Seal, SealEvent
from tongban.support.seals.rules import life
from tongban.support.seals.values import ReceiptOfStep, SealAction, SealState

TOPICS: Final = {
    SealAction.RECEIVE: SEAL_ISSUED,
    SealAction.FREEZE: SEAL_SUSPENDED,
    SealAction.REPORT_LOSS: SEAL_SUSPENDED,
    SealAction.RESUME: SEAL_RESUMED,
    SealAction.EXPIRE: SEAL_EXPIRED,
    SealAction.REPLACE: SEAL_REPLACED,
    SealAction.DESTROY: SEAL_DESTROYED,
}
UNWRITTEN: Final = frozenset({SealAction.EXPIRE, SealAction.REPLACE})
"""Steps of which no document is written: they follow from another one, or from the term."""
UNTOLD: Final = frozenset(
    {SealAction.AUTHORISE, SealAction.END_AUTHORISATION, SealAction.EXPIRE, SealAction.REPLACE}
)
"""Steps after which it is nobody's turn."""
LONGEST_NOTE: Final = 500


class StepRefused(Conflict):
    """
    The seal is not in a state from which this step leads on.
    """

    code = "seal_state_forbids_step"
    message = _("印章当前状态为“%(state_name)s”，不能%(step_name)s")


class SamePerson(Conflict):
    """
    One person would take two steps that two people have to take (职责分离).
    """

    code = "seal_step_by_same_person"
    message = _("您已经办理过这枚印章的相关环节，此环节须由其他人办理")


def held_seal(seal_id: uuid.UUID, *, actor: Actor) -> Seal:
    """
    Return one seal, its row held until the transaction ends; whether the actor may know of it is asked next.

    :raises SealNotFound: there is none
    """
    seal = Seal.objects.locked().filter(id=seal_id).first()
    if seal is None:
        # Noted as a refusal is: one that never was must not answer otherwise than a hidden one.
        permissions.read_seal.refuse(actor, no(Reason.OUTSIDE_AREA))
    return seal


def permit(seal: Seal, action: SealAction, *, actor: Actor) -> None:
    """
    Refuse whoever may not take a step with this seal; to whom it is not shown it does not exist.

    :raises SealNotFound: he may not know of the seal
    :raises NotPermitted: he may, but not take this step
    """
    place = {"agency_code": seal.agency_code, "division_code": seal.division_code}
    permissions.read_seal.require(actor, **place)
    permissions.STEPS[action].require(actor, **place)


def check(seal: Seal, action: SealAction, *, actor: Actor, reason: str = "-") -> None:
    """
    Ask the table whether the step can be taken now, by this person.

    :raises StepRefused: not in this state
    :raises SamePerson: he took a step that somebody else has to take
    :raises InvalidInput: it asks for a reason
    """
    fault = life.refusal(
        action,
        state=SealState(seal.state),
        actor_id=actor.id,
        took=_took(seal) if life.BY_ACTION[action].others_than else {},
        reason=reason,
    )
    if fault is life.Fault.WRONG_STATE:
        raise StepRefused(
            code=seal.code,
            state=seal.state,
            state_name=str(SealState(seal.state).label),
            step_name=str(action.label),
        )
    if fault is life.Fault.SAME_PERSON:
        raise SamePerson(code=seal.code, step=action.value)
    if fault is life.Fault.REASON_MISSING or len(reason) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("请填写原因，不超过 500 字")})


def _took(seal: Seal) -> dict[SealAction, frozenset[str]]:
    people: dict[SealAction, set[str]] = defaultdict(set)
    for action, actor_id in SealEvent.objects.filter(seal=seal).values_list("action", "actor_id"):
        people[SealAction(action)].add(actor_id)
    return {action: frozenset(ids) for action, ids in people.items()}


def move(
    seal: Seal, action: SealAction, *, actor: Actor, at: datetime, note: str = "", **facts: Any
) -> ReceiptOfStep:
    """
    Take a step that was permitted and checked: change the state and write down what happened.

    :param seal: its row is held; other columns that changed are saved with it
    :param facts: what a reader of the log needs; no personal data
    """
    require_transaction()
    seal.state = life.next_state(action, state=SealState(seal.state)).value
    seal.state_changed_at = at
    seal.save()
    record(seal, action, actor=actor, at=at, note=note, **facts)
    return ReceiptOfStep(seal_id=seal.id, code=seal.code, version=seal.version, state=SealState(seal.state))


def record(
    seal: Seal, action: SealAction, *, actor: Actor, at: datetime, note: str = "", **facts: Any
) -> SealEvent:
    """
    Write down one thing that happened to a seal: in its log, in the audit trail; announce it where others wait for it.
    """
    event = SealEvent.objects.create(
        seal=seal,
        action=action,
        at=at,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name,
        note=note,
        facts=facts,
    )
    audit.record(
        action=AUDITED[action],
        actor=actor,
        subject=seal.code,
        at=at,
        version=seal.version,
        state=seal.state,
        agency_code_of_seal=seal.agency_code,
        **facts,
    )
    if action not in UNWRITTEN and actor.is_staff:
        jobs.defer("seals.write_step", once=f"seals.write_step:{event.id}", event_id=event.id)
    if action not in UNTOLD:
        jobs.defer("seals.tell_step", once=f"seals.tell_step:{seal.id}", seal_id=str(seal.id))
    if action in TOPICS:
        events.announce(topic=TOPICS[action], key=seal.code, at=at, payload=fact_of(seal))
    return event


AUDITED: Final = {
    SealAction.APPLY: "seals.seal.request",
    SealAction.EXPIRE: "seals.seal.expire",
    SealAction.REPLACE: "seals.seal.replace",
    **{action: step.code for action, step in permissions.STEPS.items()},
}


def fact_of(seal: Seal) -> SealFact:
    """
    Return what is announced of a seal.
    """
    return SealFact(
        code=seal.code,
        version=seal.version,
        name=seal.name,
        agency_code=seal.agency_code,
        agency_name=seal.agency_name,
        state=seal.state,
        suspension=seal.suspension if seal.state == SealState.SUSPENDED else "",
        valid_until=seal.valid_until,
    )

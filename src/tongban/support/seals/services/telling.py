"""
Messages at the desk: whose turn it is, and what became of what somebody has asked for.

A job tells; what has gone on since is not told any more, and nothing is told twice.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.languages import in_both
from tongban.support.identity import selectors as people
from tongban.support.identity.values import Role
from tongban.support.messaging import services as messaging
from tongban.support.seals.models import Seal, SealAuthorisation, SealEvent, SigningRequest, SigningStep
from tongban.support.seals.models.seals import UNDER_WAY
from tongban.support.seals.rules import life
from tongban.support.seals.services.recording import UNTOLD
from tongban.support.seals.values import (
    AuthorisationKind,
    SealAction,
    SealState,
    SigningState,
    SigningStepState,
)

TELLER: Final = system_actor("seals.tell")
SIGNING_TURN: Final = "seals.signing_turn"
SIGNING_OVER: Final = "seals.signing_over"
STEP_TURN: Final = "seals.step_turn"
STEP_TOLD: Final = "seals.step_told"
SEAL_ENDS: Final = "seals.seal_ends"
NO_NUMBER: Final = "—"


def tell_step(*, seal_id: uuid.UUID, at: datetime) -> int:
    """
    Tell whose turn it is with a seal as it is now, and its keepers what somebody else did; return how many were told.

    Who took the last step himself is not told of it.
    """
    seal = Seal.objects.defer("content", "picture").filter(id=seal_id).first()
    last = SealEvent.objects.filter(seal_id=seal_id).exclude(action__in=UNTOLD).order_by("-id").first()
    if seal is None or last is None or last.action == SealAction.RECEIVE:
        return 0
    role = life.TURNS.get(SealState(seal.state))
    turn = _in_charge_of(seal, Role(role)) if role is not None else set()
    others = set() if last.action == SealAction.APPLY else _in_charge_of(seal, Role.SEAL_KEEPER) - turn
    for template, accounts in ((STEP_TURN, turn), (STEP_TOLD, others)):
        for account_id in sorted(accounts - {last.actor_id}):
            messaging.send_to_staff(
                key=f"seals-step:{last.id}:{account_id}",
                template=template,
                account_id=uuid.UUID(account_id),
                mobile="",
                params={
                    "name": seal.name,
                    "code": seal.code,
                    **in_both("state", SealState(seal.state).label),
                },
                subject=str(seal.id),
                actor=TELLER,
                at=at,
            )
    return len((turn | others) - {last.actor_id})


def tell_ending(seal: Seal, *, ends: datetime, within_days: int, at: datetime) -> int:
    """
    Tell the keepers of a seal that can be used that it ends soon; return how many. Nobody where it is being renewed.

    :param ends: its certificate; the seal itself may end before
    :param within_days: the limit that was passed; each is told once, however many certificates end
    """
    is_followed = Seal.objects.filter(replaces=seal, state__in=UNDER_WAY).exists()
    if seal.state not in (SealState.IN_USE, SealState.SUSPENDED) or is_followed:
        return 0
    keepers = _keepers(seal.agency_code)
    day = civil_date(min(ends, seal.valid_until or ends))
    for account_id in keepers:
        messaging.send_to_staff(
            key=f"seals-ends:{seal.id}:{within_days}:{account_id}",
            template=SEAL_ENDS,
            account_id=account_id,
            mobile="",
            params={"name": seal.name, "code": seal.code, "day": f"{day}"},
            subject=str(seal.id),
            actor=TELLER,
            at=at,
        )
    return len(keepers)


def _in_charge_of(seal: Seal, role: Role) -> set[str]:
    """
    Return the accounts of who holds a role: keepers of the seal's agency, the others where it lies in their area.
    """
    return {
        str(member.account_id)
        for member in people.staff_with_role(role=role, actor=TELLER)
        if (
            member.agency_code == seal.agency_code
            if role is Role.SEAL_KEEPER
            else seal.division_code.startswith(subtree_prefix(member.division_code))
        )
    }


def tell_signing(*, request_id: uuid.UUID, at: datetime) -> int:
    """
    Tell the agency whose turn it is, or who has asked how it ended; return how many people were told.

    Of the agency those are told who may use its seal for this, or its keepers where nobody may.
    """
    request = SigningRequest.objects.filter(id=request_id).first()
    if request is None:
        return 0
    if request.state != SigningState.OPEN:
        key = f"seals-signing:{request.id}:{request.state}"
        return _send(SIGNING_OVER, [request.requested_by], request, key=key, at=at)
    step = (
        SigningStep.objects.filter(request=request, state=SigningStepState.WAITING)
        .order_by("position")
        .first()
    )
    if step is None:
        return 0
    key = f"seals-turn:{request.id}:{step.position}"
    return _send(SIGNING_TURN, _who_may_seal(request, step, at=at), request, key=key, at=at)


def _who_may_seal(request: SigningRequest, step: SigningStep, *, at: datetime) -> list[uuid.UUID]:
    given = SealAuthorisation.objects.open().filter(
        kind=AuthorisationKind.PERSONAL,
        seal__agency_code=step.agency_code,
        seal__state=SealState.IN_USE,
        purposes__contains=[request.purpose],
        valid_from__lte=at,
        valid_until__gt=at,
    )
    if step.seal_code:
        given = given.filter(seal__code=step.seal_code)
    accounts = [one for one in given.values_list("account_id", flat=True).distinct() if one is not None]
    return accounts or _keepers(step.agency_code)


def _keepers(agency_code: str) -> list[uuid.UUID]:
    members = people.staff_of_agency(agency_code=agency_code, post=None, actor=TELLER)
    return [member.account_id for member in members if Role.SEAL_KEEPER in member.roles]


def _send(
    template: str, accounts: Iterable[uuid.UUID], request: SigningRequest, *, key: str, at: datetime
) -> int:
    told = 0
    for account_id in accounts:
        messaging.send_to_staff(
            key=f"{key}:{account_id}",
            template=template,
            account_id=account_id,
            mobile="",
            params={
                "number": request.case_number or NO_NUMBER,
                "requester": request.requested_name,
                "until": f"{civil_date(request.lapses_at)}",
                **in_both("state", SigningState(request.state).label),
            },
            subject=str(request.id),
            actor=TELLER,
            at=at,
        )
        told += 1
    return told

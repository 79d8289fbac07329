"""
The default procedure, step by step; reports go out as announcements, never as calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.handling import permissions, rules
from tongban.business.handling.models import Dossier, WorkItem
from tongban.business.handling.permissions import worker_id
from tongban.business.handling.values import (
    OPEN_ITEMS,
    AcceptedCase,
    DecisionReported,
    DossierState,
    Outcome,
    Reporter,
    Stage,
    StepReported,
    WorkItemReceipt,
    WorkItemState,
)
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tongban.support.identity import selectors as identity
from tongban.support.identity import services as at_work
from tongban.support.identity.events import StaffChanged
from tongban.support.identity.values import AtWork

LONGEST_OPINION = 2000
NOT_HIS_POST = _("该工作人员没有此岗位")
SETTLER = system_actor("handling.settle_work")


class WorkItemNotOpen(Conflict):
    """
    The item is done or was cancelled.
    """

    code = "work_item_not_open"
    message = _("该待办已办结或已取消")


class WorkItemTaken(Conflict):
    """
    Somebody else has taken the item up.
    """

    code = "work_item_taken"
    message = _("该待办已由 %(claimed_name)s 领取")


class OutcomeNotAllowed(Conflict):
    """
    The stage cannot end like that.
    """

    code = "outcome_not_allowed"
    message = _("本环节不能作出该处理")


class ClockStandsStill(Conflict):
    """
    A special procedure is open; end it before the case is decided.
    """

    code = "clock_stands_still"
    message = _("办件处于特别程序中，请先结束特别程序再作决定")


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """
    How somebody ends a stage, in words.
    """

    outcome: Outcome
    text: str
    conditions: str = ""
    legal_basis: Sequence[str] = ()


@business_transaction
def claim(*, item_id: UUID, actor: Actor, at: datetime) -> WorkItemReceipt:
    """
    Take an item up; whoever holds the post may. Taking one's own again changes nothing.

    :raises NotFound: no such item, or the actor may not know of it
    :raises WorkItemTaken: somebody else was quicker
    """
    item = _held(item_id, actor)
    _require_mine(item, actor)
    _take_up(item, actor=actor, at=at)
    return _receipt(item)


@business_transaction
def hand_over(*, item_id: UUID, to_account: UUID, actor: Actor, at: datetime) -> WorkItemReceipt:
    """
    Give an item to a colleague of the same agency who holds the post.

    :raises NotPermitted: the actor is a system, which answers for its work itself
    :raises InvalidInput: the colleague does not hold the post
    """
    item = _held(item_id, actor)
    permissions.hand_over.require(actor)
    _require_mine(item, actor)
    try:
        colleague = at_work.require_at_work(
            account_id=to_account, agency_code=item.agency_code, post=item.post, at=at
        )
    except at_work.NotAtWork as error:
        raise InvalidInput(fields={"to_account": NOT_HIS_POST}) from error
    if colleague is None:
        raise InvalidInput(fields={"to_account": NOT_HIS_POST})
    item.state = WorkItemState.CLAIMED
    item.claimed_by, item.claimed_name, item.claimed_at = to_account, colleague.name, at
    item.save(update_fields=["state", "claimed_by", "claimed_name", "claimed_at"])
    audit.record(
        action="handling.work_item.hand_over",
        actor=actor,
        subject=item.dossier_id,
        at=at,
        step=item.step,
        to=str(to_account),
    )
    return _receipt(item)


@business_transaction
def conclude(*, item_id: UUID, opinion: Opinion, actor: Actor, at: datetime) -> WorkItemReceipt:
    """
    End a stage: pass on to the next, return to the one before, or decide.

    An item nobody has taken up is taken up by this.

    :raises NotFound: no such item, or the actor may not know of it
    :raises NotPermitted: the actor does not hold the post
    :raises WorkItemTaken: somebody else works on it
    :raises WorkItemNotOpen: it is done
    :raises OutcomeNotAllowed: the stage cannot end like that
    :raises ClockStandsStill: a decision while a special procedure is open
    :raises InvalidInput: no opinion, or a refusal without its legal basis
    """
    item = _held(item_id, actor)
    _require_mine(item, actor)
    dossier = item.dossier
    stage = Stage(item.stage)
    if opinion.outcome not in rules.allowed_outcomes(stage, dossier.handling_kind):
        raise OutcomeNotAllowed(stage=item.stage, outcome=opinion.outcome.value)
    if dossier.is_stopped:
        raise ClockStandsStill(case_number=dossier.case_number)
    _require_words(opinion)
    _take_up(item, actor=actor, at=at)
    _finish(item, opinion, at=at)
    following = rules.next_stage(stage, opinion.outcome, dossier.handling_kind)
    dossier.steps_done = item.step
    if following is None:
        dossier.state = DossierState.REPORTED
    else:
        _open_item(
            dossier, stage=following, step=item.step + 1, at=at, returned=opinion.outcome is Outcome.RETURN
        )
    dossier.save(update_fields=["state", "steps_done"])
    audit.record(
        action="handling.work_item.conclude",
        actor=actor,
        subject=dossier.case_number,
        at=at,
        step=item.step,
        result=opinion.outcome.value,
    )
    _report(item, opinion, actor=actor, at=at)
    return _receipt(item, next_stage=following.value if following else "")


def open_dossier(fact: events.Announced) -> None:
    """
    Take an accepted case up; hearing of it twice changes nothing.
    """
    case = msgspec.convert(fact.payload, AcceptedCase)
    dossier, is_new = Dossier.objects.get_or_create(
        case_number=case.case_number,
        defaults={
            "service_name": case.service_name,
            "service_name_en": case.service_name_en,
            "agency_code": case.agency_code,
            "agency_name": case.agency_name,
            "division_code": case.division_code,
            "handling_kind": case.handling_kind,
            "applicant_masked": case.applicant_masked,
            "statutory_due": case.statutory_due,
            "promised_due": case.promised_due,
            "state": DossierState.OPEN,
            "opened_at": fact.at,
        },
    )
    if is_new:
        _open_item(dossier, stage=rules.stages(case.handling_kind)[0], step=1, at=fact.at, returned=False)


def follow_clock(fact: events.Announced) -> None:
    """
    Note that the clock stopped, ran again, was given more time or counts by another calendar.
    """
    due = {"statutory_due": fact.payload["statutory_due"], "promised_due": fact.payload["promised_due"]}
    stopped = {"is_stopped": True} if fact.topic == "casework.case_clock_stopped" else {}
    resumed = {"is_stopped": False} if fact.topic == "casework.case_clock_resumed" else {}
    Dossier.objects.filter(case_number=fact.key).update(**due, **stopped, **resumed)
    WorkItem.objects.open().filter(dossier_id=fact.key).update(due=fact.payload["promised_due"])


def close_dossier(fact: events.Announced) -> None:
    """
    Close the dossier of a case that has come to its end, and take back what is still open.
    """
    decided = fact.topic in {"casework.case_granted", "casework.case_refused"}
    state = DossierState.DONE if decided else DossierState.CANCELLED
    Dossier.objects.filter(case_number=fact.key, closed_at=None).update(state=state, closed_at=fact.at)
    WorkItem.objects.open().filter(dossier_id=fact.key).update(state=WorkItemState.CANCELLED)


def take_back_report(fact: events.Announced) -> None:
    """
    Put a report that the case could not take over back on the desk of whoever made it, with the reason.

    Happens when something overtook the report: a special procedure that began, a withdrawal.
    """
    dossier = Dossier.objects.select_for_update().filter(case_number=fact.key, closed_at=None).first()
    last = dossier.items.filter(state=WorkItemState.DONE).order_by("-step").first() if dossier else None
    if dossier is None or last is None:
        return
    following = dossier.items.filter(state__in=OPEN_ITEMS)
    following.update(state=WorkItemState.CANCELLED)
    newest = dossier.items.order_by("-step").values_list("step", flat=True)[0]
    item = _open_item(dossier, stage=Stage(last.stage), step=newest + 1, at=fact.at, returned=True)
    item.note = fact.payload["message"]
    item.save(update_fields=["note"])
    dossier.state = DossierState.OPEN
    dossier.save(update_fields=["state"])


def leave_to_system(fact: events.Announced) -> None:
    """
    Leave a case to the agency's own system, which took it: nothing is to be done here.
    """
    dossiers = Dossier.objects.filter(case_number=fact.key, closed_at=None)
    dossiers.update(state=DossierState.ELSEWHERE)
    WorkItem.objects.open().filter(dossier_id=fact.key).update(state=WorkItemState.CANCELLED)


def take_from_system(fact: events.Announced) -> None:
    """
    Take a case up that was taken back from the agency's own system, from the first stage on.
    """
    left = Dossier.objects.select_for_update().filter(case_number=fact.key, state=DossierState.ELSEWHERE)
    dossier = left.first()
    if dossier is None:
        return
    newest = dossier.items.order_by("-step").values_list("step", flat=True).first() or 0
    _open_item(
        dossier, stage=rules.stages(dossier.handling_kind)[0], step=newest + 1, at=fact.at, returned=False
    )
    dossier.state = DossierState.OPEN
    dossier.save(update_fields=["state"])


def settle_work(fact: events.Announced) -> None:
    """
    Take back the open items that somebody who left, moved, lost a post or went away can no longer do.

    They go to whoever stands in for him, where there is one and he holds the post; to whoever has come back; else into
    the pool of the post. Hearing of it twice changes nothing.
    """
    changed = msgspec.convert(fact.payload, StaffChanged)
    people = [UUID(text) for text in (changed.account_id, changed.substitute_id) if text]
    held = WorkItem.objects.open().select_for_update(no_key=True).filter(claimed_by__in=people)
    items = list(held.order_by("id"))
    if not items:
        return
    able = identity.staff_at_work(account_ids=people, actor=SETTLER, at=fact.at)
    for item in items:
        _settle(item, able=able, returned=able.get(UUID(changed.account_id)), at=fact.at)


def _settle(item: WorkItem, *, able: Mapping[UUID, AtWork], returned: AtWork | None, at: datetime) -> None:
    """
    Leave an item where it is, or move it.

    :param returned: whose absence ended; his work comes back from whoever stood in
    """
    holder = able.get(item.claimed_by) if item.claimed_by else None
    can_do_it = holder is not None and holder.can_take(agency_code=item.agency_code, post=item.post)
    if can_do_it and holder is not None and not (holder.is_absent and holder.substitute_id):
        return
    taker: tuple[UUID, str] | None = None
    if can_do_it and holder is not None and holder.substitute_id is not None:
        taker = (holder.substitute_id, _for_another(holder.substitute_name, holder.name))
    elif (
        returned is not None
        and not returned.is_absent
        and item.claimed_by != returned.account_id
        and returned.can_take(agency_code=item.agency_code, post=item.post)
    ):
        taker = (returned.account_id, returned.name)
    before = item.claimed_by
    item.state = WorkItemState.CLAIMED if taker else WorkItemState.READY
    item.claimed_by, item.claimed_name = taker or (None, "")
    item.claimed_at = at if taker else None
    item.save(update_fields=["state", "claimed_by", "claimed_name", "claimed_at"])
    audit.record(
        action="handling.work_item.settle",
        actor=SETTLER,
        subject=item.dossier_id,
        at=at,
        step=item.step,
        before=str(before),
        to=str(taker[0]) if taker else "",
    )


def _for_another(name: str, absent: str) -> str:
    """
    Return how whoever stands in for somebody is named on the work.
    """
    return f"{name}（代{absent}）"


def _held(item_id: UUID, actor: Actor) -> WorkItem:
    try:
        item = WorkItem.objects.locked(item_id)
    except WorkItem.DoesNotExist as error:
        raise NotFound(item_id=str(item_id)) from error
    permissions.require_work(actor, item_id=item.id, agency_code=item.agency_code, post=item.post)
    if item.state not in OPEN_ITEMS:
        raise WorkItemNotOpen(item_id=str(item_id), state=item.state)
    return item


def _require_mine(item: WorkItem, actor: Actor) -> None:
    worker = worker_id(actor)
    if worker is None:
        raise NotPermitted
    if item.claimed_by is not None and item.claimed_by != worker:
        raise WorkItemTaken(claimed_name=item.claimed_name)


def _require_words(opinion: Opinion) -> None:
    wrong = {}
    if opinion.outcome is not Outcome.PASS and not opinion.text.strip():
        wrong["opinion"] = _("请填写意见")
    if len(opinion.text) > LONGEST_OPINION:
        wrong["opinion"] = _("意见不能超过 2000 字")
    if opinion.outcome is Outcome.REFUSE and not any(basis.strip() for basis in opinion.legal_basis):
        wrong["legal_basis"] = _("请写明不予许可的法律依据")
    if wrong:
        raise InvalidInput(fields=wrong)


def _take_up(item: WorkItem, *, actor: Actor, at: datetime) -> None:
    if item.state == WorkItemState.CLAIMED:
        return
    absent = actor.stand_in(item.post)
    if actor.is_staff:
        at_work.require_at_work(
            account_id=UUID(actor.id), agency_code=item.agency_code, post=item.post, at=at
        )
    item.state = WorkItemState.CLAIMED
    item.claimed_by, item.claimed_at = worker_id(actor), at
    item.claimed_name = _for_another(actor.name, absent.name) if absent else actor.name
    item.save(update_fields=["state", "claimed_by", "claimed_name", "claimed_at"])


def _finish(item: WorkItem, opinion: Opinion, *, at: datetime) -> None:
    item.state = WorkItemState.DONE
    item.outcome, item.opinion, item.conditions = opinion.outcome, opinion.text, opinion.conditions
    item.legal_basis = [basis for basis in opinion.legal_basis if basis.strip()]
    item.done_at = at
    item.save(update_fields=["state", "outcome", "opinion", "conditions", "legal_basis", "done_at"])


def _open_item(dossier: Dossier, *, stage: Stage, step: int, at: datetime, returned: bool) -> WorkItem:
    """
    Open the item of a stage. One that comes back goes straight to whoever did that stage last.
    """
    earlier = dossier.items.filter(stage=stage).order_by("-step").first() if returned else None
    if earlier is not None and not _can_go_back_to(earlier, at=at):
        earlier = None
    return WorkItem.objects.create(
        dossier=dossier,
        step=step,
        stage=stage,
        post=rules.POST_OF[stage],
        agency_code=dossier.agency_code,
        state=WorkItemState.CLAIMED if earlier else WorkItemState.READY,
        claimed_by=earlier.claimed_by if earlier else None,
        claimed_name=earlier.claimed_name if earlier else "",
        claimed_at=at if earlier else None,
        due=dossier.promised_due,
        created_at=at,
    )


def _can_go_back_to(earlier: WorkItem, *, at: datetime) -> bool:
    """
    Whether whoever did a stage last can do it again: he may have left, moved or lost the post meanwhile.
    """
    if earlier.claimed_by is None:
        return False
    try:
        at_work.require_at_work(
            account_id=earlier.claimed_by, agency_code=earlier.agency_code, post=earlier.post, at=at
        )
    except at_work.NotAtWork:
        return False
    return True


def _report(item: WorkItem, opinion: Opinion, *, actor: Actor, at: datetime) -> None:
    reporter = Reporter(
        id=actor.id,
        name=actor.name,
        agency_code=actor.agency_code or "",
        posts=sorted(actor.posts),
        kind=actor.kind.value,
    )
    decides = opinion.outcome in {Outcome.GRANT, Outcome.REFUSE}
    payload: msgspec.Struct
    if decides:
        payload = DecisionReported(
            case_number=item.dossier_id,
            outcome=opinion.outcome.value,
            opinion=opinion.text,
            conditions=opinion.conditions,
            legal_basis=list(opinion.legal_basis),
            actor=reporter,
        )
    else:
        payload = StepReported(
            case_number=item.dossier_id,
            stage=item.stage,
            stage_name=str(Stage(item.stage).label),
            outcome=opinion.outcome.value,
            opinion=opinion.text,
            step=item.step,
            actor=reporter,
        )
    topic = "handling.decision_reported" if decides else "handling.step_reported"
    events.announce(topic=topic, key=item.dossier_id, at=at, payload=payload)


def _receipt(item: WorkItem, *, next_stage: str = "") -> WorkItemReceipt:
    return WorkItemReceipt(id=item.id, case_number=item.dossier_id, state=item.state, next_stage=next_stage)

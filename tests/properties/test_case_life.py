"""
Whatever is done to cases by whomever in whatever order: the life never leaves its table, a refused act changes
nothing, chains hold, and the logs alone make the same rows again. CASE_LIFE_EXAMPLES says how many lives (`make kill`).
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories import casework as make
from tests.factories.database import contents
from tests.factories.life import ALL_POSTS, AT
from tongban.business.casework import services
from tongban.business.casework.events import EventKind
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.casework.rules.life import BY_ACTION
from tongban.business.casework.rules.projection import STATUS_AFTER
from tongban.business.casework.values import Action, CaseStatus, Limit
from tongban.business.handling import services as work
from tongban.business.handling.models import WorkItem
from tongban.business.handling.values import Outcome
from tongban.foundation import events
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import ServiceError

MOST_CASES = 4
EXAMPLES = int(os.environ.get("CASE_LIFE_EXAMPLES", "10"))

ACTORS: dict[str, Actor] = {
    "everything": make.clerk(*ALL_POSTS),
    "acceptance": make.clerk("ACCEPTANCE"),
    "counter": make.clerk("COUNTER"),
    "review": make.clerk("REVIEW"),
    "decision": make.clerk("DECISION"),
    "applicant": make.person(),
    "another person": make.person(make.OTHER_PERSON_ID),
    "another agency": make.clerk(*ALL_POSTS, agency_code=make.OTHER_AGENCY, division_code="511300000000"),
    "nobody": ANONYMOUS,
}
WORDS = st.sampled_from(["", " ", "因故", "<b>因故</b>"])

ACTS: dict[str, Any] = {
    "pass_pre_check": lambda draw: {"opinion": draw(WORDS)},
    "request_correction": lambda draw: {
        "items": draw(st.sampled_from([[], make.correction()])),
        "working_days": draw(st.sampled_from([0, 1, 15])),
    },
    "correct": lambda draw: {"evidence": draw(st.sampled_from([[], [make.evidence()]]))},
    "accept": lambda draw: {"opinion": draw(WORDS)},
    "refuse_acceptance": lambda draw: {"reason": draw(WORDS)},
    "start_special_procedure": lambda draw: {
        "kind": draw(st.sampled_from(["HEARING", "LUNCH"])),
        "name": "听证",
        "reason": draw(WORDS),
        "basis": draw(WORDS),
        "limit": Limit(amount=draw(st.integers(0, 3))),
    },
    "end_special_procedure": lambda draw: {"result": draw(WORDS)},
    "extend": lambda draw: {"days": draw(st.integers(0, 12)), "reason": draw(WORDS)},
    "grant": lambda draw: {"opinion": draw(WORDS)},
    "refuse": lambda draw: {"reason": draw(WORDS), "legal_basis": [draw(WORDS)]},
    "deliver": lambda draw: {"way": draw(st.sampled_from(["counter", "pigeon"])), "recipient": "王*明"},
    "withdraw": lambda draw: {"reason": draw(WORDS)},
    "pass_on": lambda draw: {"to_agency": draw(WORDS), "reason": draw(WORDS)},
    "void": lambda draw: {"reason": draw(WORDS)},
    "rate": lambda draw: {"stars": draw(st.integers(0, 6)), "tags": [], "comment": ""},
}
WITHOUT_VERSION = {"rate"}
BY_ITSELF = ("deem_accepted", "lapse", "archive")


def refusal_of(act: Callable[[], object]) -> ServiceError | None:
    """
    Do it and return why it was refused, None where it was not; a defect is not caught.
    """
    try:
        act()
    except ServiceError as refusal:
        return refusal
    return None


class CaseLife(RuleBasedStateMachine):
    """
    Cases, people and time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.at: datetime = AT
        self.numbers: list[str] = []

    @initialize()
    def publish(self) -> None:
        make.publish_permit()
        make.publish()

    @precondition(lambda self: len(self.numbers) < MOST_CASES)
    @rule(
        code=st.sampled_from(["test-permit", "test-hygiene"]), way=st.sampled_from(["counter", "electronic"])
    )
    def submit(self, code: str, way: str) -> None:
        receipt = make.submit(code, at=self.at, delivery={"way": way}, actor=make.clerk("COUNTER"))
        self.numbers.append(receipt.case_number)

    @precondition(lambda self: self.numbers)
    @rule(name=st.sampled_from(sorted(ACTS)), who=st.sampled_from(sorted(ACTORS)), data=st.data())
    def act(self, name: str, who: str, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        wanted = ACTS[name](data.draw)
        if name not in WITHOUT_VERSION:
            wanted["version"] = data.draw(st.sampled_from([None, None, None, 1, 2]))
        self._try(lambda: getattr(services, name)(**self._common(number), actor=ACTORS[who], **wanted))

    @precondition(lambda self: self.numbers)
    @rule(name=st.sampled_from(BY_ITSELF), data=st.data())
    def act_by_itself(self, name: str, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.numbers))
        self._try(lambda: getattr(services, name)(**self._common(number)))

    @precondition(lambda self: WorkItem.objects.open().exists())
    @rule(
        outcome=st.sampled_from(Outcome),
        who=st.sampled_from(["review", "decision", "another agency"]),
        words=WORDS,
    )
    def conclude(self, outcome: Outcome, who: str, words: str) -> None:
        item = WorkItem.objects.open().order_by("created_at").first()
        assert item is not None
        opinion = work.Opinion(outcome=outcome, text=words, legal_basis=[words])
        self._try(lambda: work.conclude(item_id=item.id, opinion=opinion, actor=ACTORS[who], at=self.at))

    @rule()
    def deliver(self) -> None:
        events.deliver_all(at=self.at)

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule()
    def sweep(self) -> None:
        services.sweep(at=self.at, calendar=make.CALENDAR)

    def _common(self, number: str) -> dict[str, Any]:
        return {"number": number, "at": self.at, "calendar": make.CALENDAR}

    def _try(self, act: Any) -> None:
        before = contents()
        if (refusal := refusal_of(act)) is not None:
            assert refusal.code
            assert str(refusal)
            assert contents() == before

    @invariant()
    def every_log_is_a_way_through_the_table(self) -> None:
        for number in self.numbers:
            status = CaseStatus.SUBMITTED
            for event in CaseEvent.objects.filter(case_number=number, seq__gt=1).order_by("seq"):
                kind = EventKind(event.kind)
                assert status in BY_ACTION[ACTION_OF[kind]].sources
                status = STATUS_AFTER.get(kind, status)
            assert Case.objects.get(number=number).status == status

    @invariant()
    def every_chain_holds(self) -> None:
        assert services.verify_ledger().faults == []

    def teardown(self) -> None:
        rows = kept()
        Case.objects.all().delete()
        services.rebuild_projections(at=self.at, calendar=make.CALENDAR)
        assert kept() == rows
        super().teardown()


ACTION_OF: dict[EventKind, Action] = {
    EventKind.PRE_CHECKED: Action.PASS_PRE_CHECK,
    EventKind.CORRECTION_REQUESTED: Action.REQUEST_CORRECTION,
    EventKind.CORRECTED: Action.CORRECT,
    EventKind.ACCEPTED: Action.ACCEPT,
    EventKind.DEEMED_ACCEPTED: Action.DEEM_ACCEPTED,
    EventKind.ACCEPTANCE_REFUSED: Action.REFUSE_ACCEPTANCE,
    EventKind.REVIEWED: Action.REVIEW,
    EventKind.CLOCK_STOPPED: Action.STOP_CLOCK,
    EventKind.CLOCK_RESUMED: Action.RESUME_CLOCK,
    EventKind.EXTENDED: Action.EXTEND,
    EventKind.GRANTED: Action.GRANT,
    EventKind.REFUSED: Action.REFUSE,
    EventKind.ISSUED: Action.ISSUE,
    EventKind.DELIVERED: Action.DELIVER,
    EventKind.CLOSED: Action.CLOSE,
    EventKind.WITHDRAWN: Action.WITHDRAW,
    EventKind.PASSED_ON: Action.PASS_ON,
    EventKind.LAPSED: Action.LAPSE,
    EventKind.VOIDED: Action.VOID,
    EventKind.RATED: Action.RATE,
    EventKind.ARCHIVED: Action.ARCHIVE,
}
DATES = ("statutory_due", "promised_due", "due", "acceptance_due")
"""A clock that stands still shows another date each day; dates have a test of their own."""


def kept() -> list[dict[str, Any]]:
    rows = Case.objects.order_by("number").values()
    return [{name: value for name, value in row.items() if name not in {"id", *DATES}} for row in rows]


@pytest.mark.slow
class TestCaseLife(TestCase):
    def test_never_leaves_its_table(self) -> None:
        run_state_machine_as_test(
            RolledBack,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )


class RolledBack(CaseLife):
    """
    The machine, leaving the database as it found it.
    """

    def __init__(self) -> None:
        self._block = transaction.atomic()
        self._block.__enter__()
        super().__init__()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            transaction.set_rollback(True)
            self._block.__exit__(None, None, None)

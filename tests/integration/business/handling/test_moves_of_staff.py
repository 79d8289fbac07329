"""
Nobody's work is left behind: transfer, leave, loss of a post and absence, also beside each other.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.factories import casework as make
from tests.factories.database import empty_logs
from tests.factories.identity import NODE, staff
from tests.factories.life import AT
from tests.factories.parallel import in_parallel
from tongban.business.casework.selectors import may_read_case
from tongban.business.handling import selectors, services
from tongban.business.handling.models import WorkItem
from tongban.business.handling.values import Outcome, WorkItemReceipt, WorkItemState
from tongban.foundation import events
from tongban.foundation.actors import Actor, Channel, system_actor
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors as people
from tongban.support.identity import services as identity
from tongban.support.identity.models import Absence
from tongban.support.identity.services import NotAtWork, StaffIsAbsent
from tongban.support.identity.values import Post, Role

SEARCHER = system_actor("tests.orphans")
LATER = AT + timedelta(days=3)
PASS = services.Opinion(outcome=Outcome.PASS, text="符合")
RETURN = services.Opinion(outcome=Outcome.RETURN, text="请核对面积")


def colleague(*posts: Post, name: str = "王审查") -> Actor:
    return staff(*posts, name=name, agency_code=make.AGENCY, division_code=make.DIVISION, at=AT)


def accepted(**changes: Any) -> str:
    make.publish(**changes)
    number = make.submit(applicant_id=None, actor=make.clerk("ACCEPTANCE")).case_number
    make.accept(number)
    events.deliver_all(at=AT)
    return number


def item_of(number: str) -> WorkItem:
    return WorkItem.objects.open().get(dossier_id=number)


def claim(number: str, actor: Actor, *, at: datetime = AT) -> None:
    services.claim(item_id=item_of(number).id, actor=actor, at=at)


def absent(actor: Actor, substitute: Actor | None, *, since: datetime = AT, until: datetime = LATER) -> UUID:
    absence_id = identity.note_absence(
        account_id=UUID(actor.id),
        substitute_id=UUID(substitute.id) if substitute else None,
        valid_from=since,
        valid_until=until,
        reason="年休假",
        actor=NODE,
        at=AT,
    )
    events.deliver_all(at=AT)
    return absence_id


def as_now(actor: Actor, *, at: datetime = AT) -> Actor:
    """
    Return the actor as a request would find him.
    """
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415

    receipt = identity.begin_sign_in(
        session=SessionStore(), account_id=UUID(actor.id), address=None, user_agent="", at=at
    )
    return people.actor_for_session(sign_in_id=receipt.sign_in_id, channel=Channel.WEB, at=at)


def orphans(*, at: datetime) -> list[str]:
    """
    Return open items in the hands of somebody who cannot work on them.
    """
    held = list(WorkItem.objects.open().filter(claimed_by__isnull=False))
    holders = [item.claimed_by for item in held if item.claimed_by is not None]
    able = people.staff_at_work(account_ids=holders, actor=SEARCHER, at=at)
    return [
        item.dossier_id
        for item in held
        if item.claimed_by not in able
        or not able[item.claimed_by].can_take(agency_code=item.agency_code, post=item.post)
    ]


def leave(actor: Actor) -> None:
    identity.let_staff_leave(account_id=UUID(actor.id), reason="离职", actor=NODE, at=AT)


def transfer(actor: Actor) -> None:
    identity.transfer_staff(
        account_id=UUID(actor.id),
        agency_code=make.OTHER_AGENCY,
        division_code=make.DIVISION,
        reason="调任",
        actor=NODE,
        at=AT,
    )


def lose_post(actor: Actor) -> None:
    identity.grant_tasks(
        account_id=UUID(actor.id), posts=[Post.DELIVERY], roles=[], reason="调整", actor=NODE, at=AT
    )


@pytest.fixture
def known_agency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tongban.support.identity.services.staff_moves.require_known_place", lambda **_place: None
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("known_agency")
class TestWorkOfWhoMoves:
    @pytest.mark.parametrize("move", [leave, transfer, lose_post])
    def test_goes_back_into_the_pool(self, move: Any) -> None:
        number, reviewer = accepted(), colleague(Post.REVIEW)
        claim(number, reviewer)

        move(reviewer)
        events.deliver_all(at=AT)

        item = item_of(number)
        assert (item.state, item.claimed_by, item.claimed_name) == (WorkItemState.READY, None, "")
        assert orphans(at=AT) == []
        entry = AuditEntry.objects.get(action="handling.work_item.settle", subject=number)
        assert entry.facts["before"] == reviewer.id

    def test_is_not_shown_any_more_to_who_did_it_for_another_agency(self) -> None:
        number, reviewer = accepted(), colleague(Post.REVIEW)
        services.conclude(item_id=item_of(number).id, opinion=PASS, actor=reviewer, at=AT)
        before = selectors.done_items(actor=as_now(reviewer))

        transfer(reviewer)

        assert [done.case_number for done in before] == [number]
        assert selectors.done_items(actor=as_now(reviewer)) == []

    def test_stays_where_it_is_when_another_post_changes(self) -> None:
        number, reviewer = accepted(), colleague(Post.REVIEW, Post.DELIVERY)
        claim(number, reviewer)

        identity.grant_tasks(
            account_id=UUID(reviewer.id), posts=[Post.REVIEW], roles=[], reason="调整", actor=NODE, at=AT
        )
        events.deliver_all(at=AT)

        assert item_of(number).claimed_by == UUID(reviewer.id)

    @pytest.mark.parametrize("move", [leave, transfer, lose_post])
    def test_cannot_be_taken_up_any_more(self, move: Any) -> None:
        number, reviewer = accepted(), colleague(Post.REVIEW)
        move(reviewer)

        with pytest.raises(NotAtWork):
            claim(number, reviewer)

        assert item_of(number).claimed_by is None

    @pytest.mark.parametrize("move", [leave, transfer, lose_post])
    def test_cannot_be_handed_to_him(self, move: Any) -> None:
        number, reviewer, other = accepted(), colleague(Post.REVIEW), colleague(Post.REVIEW)
        claim(number, other)
        move(reviewer)

        with pytest.raises(InvalidInput):
            services.hand_over(item_id=item_of(number).id, to_account=UUID(reviewer.id), actor=other, at=AT)

        assert item_of(number).claimed_by == UUID(other.id)

    @pytest.mark.parametrize("move", [leave, transfer, lose_post])
    def test_does_not_come_back_to_him_from_the_next_stage(self, move: Any) -> None:
        number, reviewer, decider = accepted(), colleague(Post.REVIEW), colleague(Post.DECISION)
        services.conclude(item_id=item_of(number).id, opinion=PASS, actor=reviewer, at=AT)
        move(reviewer)

        services.conclude(item_id=item_of(number).id, opinion=RETURN, actor=decider, at=AT)

        assert (item_of(number).state, item_of(number).claimed_by) == (WorkItemState.READY, None)
        assert orphans(at=AT) == []


@pytest.mark.django_db
class TestLeave:
    def test_closes_the_account_and_ends_its_sessions(self) -> None:
        reviewer = colleague(Post.REVIEW)
        session = as_now(reviewer)

        leave(reviewer)

        assert session.session_id is not None
        assert people.find_staff(account_id=UUID(reviewer.id), actor=NODE) is None
        assert people.open_session(sign_in_id=UUID(session.session_id), channel=Channel.WEB, at=AT) is None

    def test_cannot_happen_twice(self) -> None:
        reviewer = colleague(Post.REVIEW)
        leave(reviewer)

        with pytest.raises(NotFound):
            leave(reviewer)


@pytest.mark.django_db
class TestAbsence:
    def test_gives_the_substitute_the_posts_and_the_work_for_the_term(self) -> None:
        number = accepted()
        away, standing_in = colleague(Post.REVIEW, name="王审查"), colleague(Post.DECISION, name="李决定")
        claim(number, away)

        absent(away, standing_in)

        item, actor = item_of(number), as_now(standing_in)
        assert (item.claimed_by, item.claimed_name) == (UUID(standing_in.id), "李决定（代王审查）")
        assert actor.posts == {Post.REVIEW, Post.DECISION}
        assert [(one.account_id, one.posts) for one in actor.stands_in_for] == [
            (away.id, frozenset({Post.REVIEW}))
        ]
        assert orphans(at=AT) == []

    def test_shows_for_whom_the_work_is_and_names_both_in_the_trail(self) -> None:
        number = accepted()
        away, standing_in = colleague(Post.REVIEW, name="王审查"), colleague(Post.DECISION, name="李决定")
        absent(away, standing_in)
        actor = as_now(standing_in)

        rows = selectors.work_items(actor=actor).items
        services.conclude(item_id=item_of(number).id, opinion=PASS, actor=actor, at=AT)

        assert [row.for_colleague for row in rows] == ["王审查"]
        entry = AuditEntry.objects.get(action="handling.work_item.conclude", subject=number)
        assert (entry.actor_id, entry.facts["stands_in_for"]) == (standing_in.id, [away.id])

    def test_gives_the_work_back_when_the_term_is_over(self) -> None:
        number = accepted()
        away, standing_in = colleague(Post.REVIEW), colleague(Post.DECISION)
        absent(away, standing_in)
        claim(number, as_now(standing_in))

        identity.turn_absences(at=LATER)
        events.deliver_all(at=LATER)

        assert item_of(number).claimed_by == UUID(away.id)
        assert as_now(standing_in, at=LATER).posts == {Post.DECISION}
        assert orphans(at=LATER) == []

    def test_begins_and_ends_with_its_term(self) -> None:
        away, standing_in = colleague(Post.REVIEW), colleague(Post.DECISION)
        absent(away, standing_in, since=AT + timedelta(days=1))

        before = as_now(standing_in).posts
        begun = identity.turn_absences(at=AT + timedelta(days=1))
        during = as_now(standing_in, at=AT + timedelta(days=1)).posts
        after = as_now(standing_in, at=LATER).posts

        assert (begun, before, during, after) == (
            1,
            frozenset({Post.DECISION}),
            frozenset({Post.DECISION, Post.REVIEW}),
            frozenset({Post.DECISION}),
        )

    def test_leaves_the_work_where_it_is_when_nobody_stands_in(self) -> None:
        number, away = accepted(), colleague(Post.REVIEW)
        claim(number, away)

        absent(away, None)

        assert item_of(number).claimed_by == UUID(away.id)

    def test_ends_for_the_substitute_who_leaves(self) -> None:
        number = accepted()
        away, standing_in = colleague(Post.REVIEW), colleague(Post.DECISION)
        claim(number, away)
        absent(away, standing_in)

        leave(standing_in)
        events.deliver_all(at=AT)

        assert item_of(number).claimed_by in {None, UUID(away.id)}
        assert Absence.objects.get().closed_at == AT
        assert orphans(at=AT) == []

    def test_ends_early_when_somebody_is_back(self) -> None:
        number = accepted()
        away, standing_in = colleague(Post.REVIEW), colleague(Post.DECISION)
        claim(number, away)
        absence_id = absent(away, standing_in)

        identity.end_absence(absence_id=absence_id, actor=NODE, at=AT)
        events.deliver_all(at=AT)

        assert item_of(number).claimed_by == UUID(away.id)

    def test_does_not_overlap_with_another(self) -> None:
        away = colleague(Post.REVIEW)
        absent(away, None)

        with pytest.raises(StaffIsAbsent):
            absent(away, None, since=LATER - timedelta(hours=1), until=LATER + timedelta(days=1))

    @pytest.mark.parametrize(
        ("absent_ones", "own", "seen"),
        [
            ("511602000000", "511600000000", True),
            ("511600000000", "511602000000", True),
            ("511603000000", "511600000000", False),
            ("511603000000", "511602000000", False),
        ],
    )
    def test_reaches_no_further_than_both_of_them_do(self, absent_ones: str, own: str, seen: bool) -> None:
        number = accepted()
        elsewhere: dict[str, Any] = {"agency_code": make.OTHER_AGENCY, "at": AT}
        away = staff(Post.COUNTER, division_code=absent_ones, **elsewhere)
        standing_in = staff(Post.REVIEW, division_code=own, **elsewhere)

        absent(away, standing_in)

        assert may_read_case(actor=as_now(standing_in), number=number) is seen

    def test_has_a_substitute_of_the_same_agency_with_a_post_of_his_own(self) -> None:
        away = colleague(Post.REVIEW)
        stranger = staff(Post.REVIEW, agency_code=make.OTHER_AGENCY, at=AT)

        for unfit in (away, stranger, colleague()):
            with pytest.raises(InvalidInput):
                absent(away, unfit)

        assert not Absence.objects.exists()

    def test_is_given_a_substitute_by_security_administrators_only(self) -> None:
        away, standing_in = colleague(Post.REVIEW), colleague(Post.DECISION)
        operator = staff(roles=[Role.OPERATOR])

        with pytest.raises(NotPermitted):
            identity.note_absence(
                account_id=UUID(away.id),
                substitute_id=UUID(standing_in.id),
                valid_from=AT,
                valid_until=LATER,
                reason="年休假",
                actor=operator,
                at=AT,
            )

    @pytest.mark.parametrize(
        ("since", "until"),
        [
            (LATER, AT),
            (AT, AT),
            (AT - timedelta(days=2), AT - timedelta(days=1)),
            (AT, AT + timedelta(days=400)),
        ],
    )
    def test_has_a_term(self, since: datetime, until: datetime) -> None:
        with pytest.raises(InvalidInput):
            absent(colleague(Post.REVIEW), None, since=since, until=until)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    @pytest.mark.parametrize("turn", range(3))
    def test_leaving_and_taking_up_leave_no_orphan(self, turn: int) -> None:
        reviewer = colleague(Post.REVIEW)
        numbers = [accepted()] + [self.another() for _case in range(3)]
        ids = [item_of(number).id for number in numbers]

        def act(number: int) -> Any:
            if number == 0:
                return leave(reviewer)
            return services.claim(item_id=ids[number - 1], actor=reviewer, at=AT)

        outcomes = in_parallel(len(ids) + 1, act)
        events.deliver_all(at=AT)

        assert outcomes[0] is None
        assert all(isinstance(outcome, NotAtWork | WorkItemReceipt) for outcome in outcomes[1:])
        assert orphans(at=AT) == []
        empty_logs()

    def another(self) -> str:
        number = make.submit(applicant_id=None, actor=make.clerk("ACCEPTANCE")).case_number
        make.accept(number)
        events.deliver_all(at=AT)
        return number

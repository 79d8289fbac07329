from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.foundation import looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.looks import LookAct, LookFilter, ObjectKind, Thing
from tongban.foundation.models import AuditEntry
from tongban.support.identity.values import Post, Role
from tongban.support.messaging.models import Message
from tongban.support.privacy import selectors, services
from tongban.support.privacy.models import Objection
from tongban.support.privacy.values import ObjectionReceipt, ObjectionState

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
THING = Thing(kind=ObjectKind.CASE, key="C1", label="办卫生许可", label_en="Hygiene licence")


@pytest.fixture
def person() -> Actor:
    return people.citizen(name="张三")


@pytest.fixture
def clerk() -> Actor:
    return people.staff(Post.REVIEW, agency_code=make.AGENCY, division_code=make.DIVISION)


@pytest.fixture
def colleague() -> Actor:
    return people.staff(Post.DECISION, agency_code=make.AGENCY, division_code=make.DIVISION)


def looked(person: Actor, clerk: Actor) -> int:
    looks.record(
        principal_id=person.person_id,
        act=LookAct.REVEALED,
        thing=THING,
        actor=clerk,
        at=AT,
        reason=Reason(purpose=Purpose.CONTACT),
    )
    return looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items[0].id


def raised(person: Actor, clerk: Actor, *, words: str = "我没有申请过") -> ObjectionReceipt:
    return services.raise_objection(
        look_id=looked(person, clerk), words=words, actor=person, at=AT, calendar=packaged_calendar()
    )


def answer(
    receipt: ObjectionReceipt, actor: Actor, *, finding: str = "JUSTIFIED", text: str = "依职责核对"
) -> None:
    services.answer_objection(objection_id=receipt.id, finding=finding, answer=text, actor=actor, at=AT)


class TestRaiseObjection:
    def test_gives_the_agency_a_term_in_working_days(self, person: Actor, clerk: Actor) -> None:
        receipt = raised(person, clerk)

        assert receipt.due == packaged_calendar().add_working_days(TODAY, 15)
        (row,) = selectors.my_objections(actor=person, on=TODAY)
        assert (row.state, row.words, row.agency_code) == (ObjectionState.OPEN, "我没有申请过", make.AGENCY)
        assert row.thing == THING

    def test_keeps_the_words_unreadable_in_the_database(self, person: Actor, clerk: Actor) -> None:
        raised(person, clerk, words="张三的话")

        (sealed,) = Objection.objects.extra(select={"raw": "words"}).values_list("raw", flat=True)
        assert "张三".encode() not in bytes(sealed)

    def test_is_possible_once_for_a_look(self, person: Actor, clerk: Actor) -> None:
        look_id = looked(person, clerk)
        services.raise_objection(look_id=look_id, words="", actor=person, at=AT, calendar=packaged_calendar())

        with pytest.raises(services.AlreadyObjected):
            services.raise_objection(
                look_id=look_id, words="", actor=person, at=AT, calendar=packaged_calendar()
            )

    def test_is_for_ones_own_ledger_only(self, person: Actor, clerk: Actor) -> None:
        look_id = looked(person, clerk)

        with pytest.raises(NotFound):
            services.raise_objection(
                look_id=look_id, words="", actor=people.citizen(), at=AT, calendar=packaged_calendar()
            )

    def test_needs_an_agency_that_looked(self, person: Actor) -> None:
        looks.record(
            principal_id=person.person_id, act=LookAct.USED, thing=THING, actor=system_actor("job"), at=AT
        )
        (row,) = looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items

        with pytest.raises(services.NobodyToAnswer):
            services.raise_objection(
                look_id=row.id, words="", actor=person, at=AT, calendar=packaged_calendar()
            )

    @pytest.mark.parametrize("post", [Post.ACCEPTANCE, Post.DECISION])
    def test_is_not_for_staff(self, post: Post, person: Actor, clerk: Actor) -> None:
        with pytest.raises(NotPermitted):
            services.raise_objection(
                look_id=looked(person, clerk),
                words="",
                actor=people.staff(post),
                at=AT,
                calendar=packaged_calendar(),
            )


class TestAnswerObjection:
    def test_reaches_the_person_among_his_messages(
        self, person: Actor, clerk: Actor, colleague: Actor
    ) -> None:
        receipt = raised(person, clerk)

        answer(receipt, colleague)

        (row,) = selectors.my_objections(actor=person, on=TODAY)
        assert (row.state, row.answer) == (ObjectionState.ANSWERED, "依职责核对")
        message = Message.objects.get(recipient_person_id=UUID(str(person.person_id)))
        assert message.template == "privacy.objection_answered"
        assert message.params["answer"] == "依职责核对"
        assert AuditEntry.objects.filter(action="privacy.objection.answer").count() == 1

    def test_is_never_given_by_whoever_looked(self, person: Actor, clerk: Actor) -> None:
        receipt = raised(person, clerk)

        with pytest.raises(NotPermitted):
            answer(receipt, clerk)

        assert Objection.objects.get().state == ObjectionState.OPEN

    def test_is_hidden_from_other_agencies(self, person: Actor, clerk: Actor) -> None:
        receipt = raised(person, clerk)

        with pytest.raises(NotFound):
            answer(receipt, people.staff(Post.DECISION, agency_code=make.OTHER_AGENCY))

    def test_is_given_once(self, person: Actor, clerk: Actor, colleague: Actor) -> None:
        receipt = raised(person, clerk)
        answer(receipt, colleague)

        with pytest.raises(services.objections.AlreadyAnswered):
            answer(receipt, colleague)

    @pytest.mark.parametrize(("finding", "text"), [("", "理由"), ("MAYBE", "理由"), ("JUSTIFIED", " ")])
    def test_has_a_finding_and_reasons(
        self, finding: str, text: str, person: Actor, clerk: Actor, colleague: Actor
    ) -> None:
        receipt = raised(person, clerk)

        with pytest.raises(InvalidInput):
            answer(receipt, colleague, finding=finding, text=text)


class TestObjectionsToAnswer:
    def test_are_those_of_the_agency(self, person: Actor, clerk: Actor, colleague: Actor) -> None:
        receipt = raised(person, clerk)

        mine = selectors.objections_to_answer(actor=colleague, on=TODAY).items
        others = selectors.objections_to_answer(
            actor=people.staff(Post.DECISION, agency_code=make.OTHER_AGENCY), on=TODAY
        ).items

        assert ([row.id for row in mine], others) == ([receipt.id], [])

    def test_say_nothing_of_who_objects(self, person: Actor, clerk: Actor, colleague: Actor) -> None:
        raised(person, clerk)

        (row,) = selectors.objections_to_answer(actor=colleague, on=TODAY).items

        assert str(person.person_id) not in repr(row)

    @pytest.mark.parametrize("post", [Post.ACCEPTANCE, Post.COUNTER, Post.DELIVERY])
    def test_are_not_for_other_posts(self, post: Post) -> None:
        with pytest.raises(NotPermitted):
            selectors.objections_to_answer(actor=people.staff(post), on=TODAY)

    def test_late_ones_come_before_the_areas_supervisor(self, person: Actor, clerk: Actor) -> None:
        receipt = raised(person, clerk)
        supervisor = people.staff(
            roles=[Role.SUPERVISOR], agency_code=make.OTHER_AGENCY, division_code="511600000000"
        )
        late_on = receipt.due + timedelta(days=1)

        escalated = [
            services.escalate_late(at=AT + timedelta(days=60)),
            services.escalate_late(at=AT + timedelta(days=60)),
        ]

        (row,) = selectors.objections_to_answer(actor=supervisor, on=late_on, late_only=True).items
        assert (escalated, row.id, row.is_late) == ([1, 0], receipt.id, True)

    def test_go_through_every_row_once(self, person: Actor, clerk: Actor, colleague: Actor) -> None:
        for turn in range(5):
            looks.record(
                principal_id=person.person_id,
                act=LookAct.READ,
                thing=replace(THING, key=f"C{turn}"),
                actor=clerk,
                at=AT,
            )
        for row in looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items:
            services.raise_objection(
                look_id=row.id, words="", actor=person, at=AT, calendar=packaged_calendar()
            )

        first = selectors.objections_to_answer(actor=colleague, on=TODAY, limit=3)
        second = selectors.objections_to_answer(actor=colleague, on=TODAY, limit=3, cursor=first.next_cursor)

        assert (len(first.items), len(second.items), second.next_cursor) == (3, 2, None)
        assert len({row.id for row in [*first.items, *second.items]}) == 5

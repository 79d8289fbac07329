"""
What is strange in the audit trail becomes an event, once, and somebody is told.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests.factories import identity
from tests.factories.database import empty_logs
from tongban.foundation import audit, audit_chain, events
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, system_actor
from tongban.foundation.audit import Outcome
from tongban.foundation.context import set_address
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.support.identity import services as people
from tongban.support.identity.models import Absence, StaffMember
from tongban.support.identity.values import Post, Role
from tongban.support.messaging import selectors as messaging
from tongban.support.messaging import services as messages
from tongban.support.messaging.models import OutgoingText
from tongban.support.security import ports, selectors, services
from tongban.support.security.models import AlarmContact, SecurityEvent
from tongban.support.security.ports import AlarmNotTaken, RememberedAlarms
from tongban.support.security.services import EventMovedOn
from tongban.support.security.tasks import VERIFIER, WATCHER
from tongban.support.security.values import AlarmState, EventKind, EventState, Severity

DAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CLERK = Actor(kind=ActorKind.STAFF, id="clerk")
REVEAL = "casework.case.reveal"
MOBILE = identity.mobile(77)
NODE = system_actor("tests")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def trail(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.TONGBAN_HOME = tmp_path
    if has_rows():
        empty_logs()
    yield
    ports.use(None)
    empty_logs()


def has_rows() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM foundation_audit)")
        return bool(cursor.fetchone()[0])


def did(
    action: str,
    *subjects: str,
    actor: Actor = CLERK,
    at: datetime = DAY,
    outcome: Outcome = Outcome.SUCCESS,
    address: str = "192.0.2.9",
) -> None:
    set_address(address)
    try:
        for subject in subjects:
            audit.record(action=action, actor=actor, subject=subject, at=at, outcome=outcome)
    finally:
        set_address("")


def watch(at: datetime = DAY) -> list[tuple[str, str, int]]:
    audit_chain.seal_settled(at=at)
    services.watch_trail(actor=WATCHER, at=at)
    return [(event.kind, event.key, event.count) for event in SecurityEvent.objects.order_by("id")]


def many(count: int) -> list[str]:
    return [f"case-{number}" for number in range(count)]


class TestRules:
    def test_raise_nothing_in_a_usual_day(self) -> None:
        did(REVEAL, *many(29))
        did("identity.login.fail", *["unknown"] * 5, actor=ANONYMOUS, outcome=Outcome.FAILED)
        did("casework.case.decide", "case-1", outcome=Outcome.REFUSED)

        assert watch() == []

    def test_raise_who_looks_at_many_persons(self) -> None:
        did(REVEAL, *many(30))

        assert watch() == [("MASS_READS", "clerk", 30)]

    def test_do_not_take_the_same_person_for_many(self) -> None:
        did(REVEAL, *["case-1"] * 40)

        assert watch() == []

    def test_count_over_several_looks(self) -> None:
        did(REVEAL, *many(20))
        before = watch()
        did(REVEAL, *[f"other-{number}" for number in range(10)], at=DAY + timedelta(minutes=50))

        assert before == []
        assert watch(DAY + timedelta(minutes=51)) == [("MASS_READS", "clerk", 30)]

    def test_forget_what_lies_before_the_window(self) -> None:
        did(REVEAL, *many(20))
        did(REVEAL, *[f"other-{number}" for number in range(20)], at=DAY + timedelta(minutes=61))

        assert watch(DAY + timedelta(minutes=62)) == []

    def test_raise_refused_reveals_apart_from_refused_actions(self) -> None:
        did(REVEAL, *many(3), outcome=Outcome.REFUSED)
        did(
            "casework.case.decide",
            *many(10),
            actor=Actor(kind=ActorKind.STAFF, id="other"),
            outcome=Outcome.REFUSED,
        )

        assert sorted(watch()) == [("DENIED_ACTIONS", "other", 10), ("DENIED_REVEALS", "clerk", 3)]

    def test_raise_looks_at_night(self) -> None:
        did(REVEAL, "a", "b", "c", at=NIGHT)

        assert watch(NIGHT) == [("ODD_HOURS", "clerk", 3)]

    def test_raise_locks_keys_rights_and_misused_tokens(self) -> None:
        did("identity.account.lock", "account-1", actor=ANONYMOUS)
        did("federation.signing_key.rotate", "key-2")
        did("trust.certificate.revoke", "certificate-4", actor=Actor(kind=ActorKind.STAFF, id="security"))
        did("identity.staff.create", "account-3", actor=Actor(kind=ActorKind.STAFF, id="operator"))
        did("trust.certificate.near_end", "2027-01-31 (7)", actor=NODE)
        did("identity.token.misuse", *many(5), actor=ANONYMOUS, outcome=Outcome.REFUSED, address="192.0.2.66")

        assert sorted(watch()) == [
            ("CERTIFICATES_END", "2027-01-31 (7)", 1),
            ("KEY_EVENT", "clerk", 1),
            ("KEY_EVENT", "security", 1),
            ("LOCKOUT", "account-1", 1),
            ("RIGHTS_CHANGE", "operator", 1),
            ("TOKEN_MISUSE", "192.0.2.66", 5),
        ]

    def test_raise_failed_logins_by_where_they_come_from(self) -> None:
        did(
            "identity.login.fail",
            *["unknown"] * 20,
            actor=ANONYMOUS,
            outcome=Outcome.FAILED,
            address="192.0.2.6",
        )

        assert watch() == [("FAILED_LOGINS", "192.0.2.6", 20)]

    def test_raise_an_administrator_at_a_new_place_and_nobody_else(self) -> None:
        operator = identity.staff(roles=[Role.OPERATOR], login_name="operator.one")
        clerk = identity.staff(Post.REVIEW, login_name="clerk.one")
        for who in (operator, clerk):
            did(
                "identity.login.succeed",
                who.id,
                actor=ANONYMOUS,
                address="10.0.0.1",
                at=DAY - timedelta(days=3),
            )
            did("identity.login.succeed", who.id, actor=ANONYMOUS, address="10.0.0.1")
        known = [event for event in watch() if event[0] == "NEW_PLACE"]
        for who in (operator, clerk):
            did("identity.login.succeed", who.id, actor=ANONYMOUS, address="10.9.9.9")

        raised = [event for event in watch() if event[0] == "NEW_PLACE"]

        assert known == []
        assert raised == [("NEW_PLACE", operator.id, 1)]

    def test_look_at_every_entry_once_and_let_an_event_grow(self) -> None:
        did(REVEAL, *many(30))
        watch()
        again = watch()
        did(REVEAL, "one more", at=DAY + timedelta(minutes=1))
        grown = watch(DAY + timedelta(minutes=2))

        assert again == [("MASS_READS", "clerk", 30)]
        assert grown == [("MASS_READS", "clerk", 31)]

    def test_do_not_raise_history(self) -> None:
        did(REVEAL, *many(30), at=DAY - timedelta(days=2))

        assert watch() == []

    def test_do_not_raise_what_was_there_before_a_demonstration_opened(self) -> None:
        operator = Actor(kind=ActorKind.STAFF, id="operator")
        did("identity.staff.create", "made-up", actor=operator)
        was_new = services.begin_watching(actor=WATCHER)
        before = watch()
        did("identity.staff.create", "real", actor=operator)

        assert (was_new, before) == (True, [])
        assert watch() == [("RIGHTS_CHANGE", "operator", 1)]

    def test_of_a_trail_that_is_watched_pass_nothing_over(self) -> None:
        watch()
        did("identity.staff.create", "real", actor=Actor(kind=ActorKind.STAFF, id="operator"))
        first_look = watch()
        did("identity.staff.create", "hidden", actor=Actor(kind=ActorKind.STAFF, id="other"))

        assert services.begin_watching(actor=WATCHER) is False
        assert watch() == [*first_look, ("RIGHTS_CHANGE", "other", 1)]

    def test_that_were_switched_off_or_changed_hold_at_once(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")
        change(guard, EventKind.MASS_READS, threshold=2)
        change(guard, EventKind.LOCKOUT, is_on=False)
        did(REVEAL, "a", "b")
        did("identity.account.lock", "account-1", actor=ANONYMOUS)

        raised = [event for event in watch() if event[0] in {"MASS_READS", "LOCKOUT"}]

        assert raised == [("MASS_READS", "clerk", 2)]

    def test_belong_to_the_node_alone(self) -> None:
        with pytest.raises(NotPermitted):
            services.watch_trail(actor=identity.staff(roles=[Role.SECURITY_ADMINISTRATOR]), at=DAY)
        with pytest.raises(NotPermitted):
            services.begin_watching(actor=CLERK)


def change(
    actor: Actor, kind: EventKind, *, is_on: bool = True, threshold: int = 1, window_minutes: int = 60
) -> None:
    services.change_rule(
        kind=kind,
        is_on=is_on,
        threshold=threshold,
        window_minutes=window_minutes,
        severity=Severity.LOW,
        is_alarm=False,
        actor=actor,
        at=DAY,
    )


class TestVerification:
    def test_makes_an_event_of_every_fault(self) -> None:
        did("tests.thing.do", "a", "b")
        audit_chain.seal_settled(at=DAY)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE foundation_audit DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM foundation_audit WHERE subject = 'a' RETURNING id")
            gone = cursor.fetchone()[0]
            cursor.execute("ALTER TABLE foundation_audit ENABLE TRIGGER USER")

        report = services.verify_trail(actor=VERIFIER, at=DAY)

        assert len(report.faults) == 1
        assert watch() == [("TAMPERING", f"missing_row {gone}", 1)]


class TestAlarms:
    def test_are_brought_once_and_again_until_they_are_taken(self) -> None:
        sink = RememberedAlarms(is_down=True)
        ports.use(sink)
        did(REVEAL, *many(30))
        watch()

        with pytest.raises(AlarmNotTaken):
            services.send_alarms(at=DAY)
        sink.is_down = False
        first, second = services.send_alarms(at=DAY), services.send_alarms(at=DAY)

        assert (first, second) == (1, 0)
        assert [(alarm.kind, alarm.severity, alarm.count) for alarm in sink.told] == [
            ("MASS_READS", "HIGH", 30)
        ]
        assert SecurityEvent.objects.get().alarm == AlarmState.SENT

    def test_stand_at_the_console_where_nobody_else_is_told(self) -> None:
        did(REVEAL, *many(30))
        watch()
        services.send_alarms(at=DAY)

        assert SecurityEvent.objects.get().alarm == AlarmState.SHOWN

    def test_reach_the_staff_on_duty_at_the_desk_and_those_with_a_mobile_there_too(self) -> None:
        guards = [
            identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name=f"guard.{name}")
            for name in ("one", "two", "away")
        ]
        others = [identity.staff(roles=[Role.OPERATOR]), identity.staff(*Post)]
        services.choose_alarm_mobile(mobile=MOBILE, actor=guards[0], at=DAY)
        be_away(guards[2])
        did(REVEAL, *many(30))
        raised = [event for event in watch() if event[0] == "MASS_READS"]
        number = SecurityEvent.objects.get(kind="MASS_READS").pk

        first, second = services.send_alarms(at=DAY), services.send_alarms(at=DAY)

        told = [[message.title for message in messaging.notices(actor=guard).items] for guard in guards]
        assert (len(raised), first, second) == (1, 1, 0)
        assert told == [["安全告警：大量查看个人信息"], ["安全告警：大量查看个人信息"], []]
        assert [messaging.unread_notices(actor=actor) for actor in (*guards, *others)] == [1, 1, 0, 0, 0]
        texts = [(text.mobile, text.params) for text in OutgoingText.objects.all()]
        assert texts == [
            (
                MOBILE,
                {
                    "event": "大量查看个人信息",
                    "event_en": "Looks at the data of many persons",
                    "number": str(number),
                    "count": "30",
                },
            )
        ]
        assert SecurityEvent.objects.get(kind="MASS_READS").alarm == AlarmState.SENT

    def test_are_read_by_those_who_were_told_alone(self) -> None:
        with pytest.raises(NotPermitted):
            messaging.notices(actor=identity.citizen())
        with pytest.raises(NotPermitted):
            messages.mark_notices_read(actor=ANONYMOUS, at=DAY)

    def test_reach_everybody_where_nobody_is_on_duty(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.away")
        be_away(guard)
        did(REVEAL, *many(30))
        watch()

        assert services.send_alarms(at=DAY) == 1
        assert messaging.unread_notices(actor=guard) == 1

    def test_reach_staff_once_although_nobody_outside_answers(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")
        ports.use(RememberedAlarms(is_down=True))
        did(REVEAL, *many(30))
        watch()

        for _ in range(2):
            with pytest.raises(AlarmNotTaken):
                services.send_alarms(at=DAY)

        assert messaging.unread_notices(actor=guard) == 1
        assert SecurityEvent.objects.get(kind="MASS_READS").alarm == AlarmState.QUEUED

    def test_reach_staff_all_of_them_although_nobody_outside_answers(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")
        ports.use(RememberedAlarms(is_down=True))
        did(REVEAL, *many(30))
        watch()
        later = SecurityEvent.objects.get(kind="MASS_READS")
        later.pk, later.key = None, "another"
        later.save()

        with pytest.raises(AlarmNotTaken):
            services.send_alarms(at=DAY)

        assert messaging.unread_notices(actor=guard) == 2
        states = SecurityEvent.objects.filter(kind="MASS_READS").values_list("alarm", flat=True)
        assert list(states) == [AlarmState.QUEUED] * 2


class TestContacts:
    def test_are_ones_own_sealed_and_masked(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")
        services.choose_alarm_mobile(mobile=f"+86 {MOBILE}", actor=guard, at=DAY)

        with connection.cursor() as cursor:
            cursor.execute("SELECT mobile FROM security_alarmcontact")
            kept = bytes(cursor.fetchone()[0])
        assert selectors.alarm_mobile(actor=guard) == f"{MOBILE[:3]}****{MOBILE[-4:]}"
        assert MOBILE.encode() not in kept
        services.choose_alarm_mobile(mobile=" ", actor=guard, at=DAY)
        assert selectors.alarm_mobile(actor=guard) == ""

    @pytest.mark.parametrize("mobile", ["123", "not a number", "1380013800x", "1" * 300])
    def test_are_mobiles(self, mobile: str) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")

        with pytest.raises(InvalidInput) as refused:
            services.choose_alarm_mobile(mobile=mobile, actor=guard, at=DAY)

        assert set(refused.value.fields) == {"mobile"}

    def test_are_for_security_administrators(self) -> None:
        clerk = identity.staff(*Post)

        with pytest.raises(NotPermitted):
            services.choose_alarm_mobile(mobile=MOBILE, actor=clerk, at=DAY)
        with pytest.raises(NotPermitted):
            selectors.alarm_mobile(actor=clerk)


class TestContactsOfThoseWhoGo:
    """
    Nobody is told of alarms on the mobile of somebody whose task they are no more.
    """

    def leave(self, guard: Actor) -> None:
        people.let_staff_leave(account_id=UUID(guard.id), reason="离职", actor=NODE, at=DAY)

    def transfer(self, guard: Actor) -> None:
        people.transfer_staff(
            account_id=UUID(guard.id),
            agency_code="11511700MB0000001A",
            division_code="511702000000",
            reason="调任",
            actor=NODE,
            at=DAY,
        )

    def lose_the_role(self, guard: Actor) -> None:
        people.grant_tasks(
            account_id=UUID(guard.id), posts=[Post.ACCEPTANCE], roles=[], reason="调整", actor=NODE, at=DAY
        )

    @pytest.mark.parametrize("go", ["leave", "transfer", "lose_the_role"])
    def test_are_forgotten(self, go: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "tongban.support.identity.services.staff_moves.require_known_place", lambda **_place: None
        )
        guards = [
            identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name=f"guard.{name}")
            for name in ("gone", "left.behind")
        ]
        for guard in guards:
            services.choose_alarm_mobile(mobile=MOBILE, actor=guard, at=DAY)

        getattr(self, go)(guards[0])
        events.deliver_all(at=DAY)

        assert [str(row.account_id) for row in AlarmContact.objects.all()] == [guards[1].id]
        noted = find_noted("security.alarm_contact.choose", actor="security.forget_alarm_mobile")
        assert noted == [(guards[0].id, {"is_set": False})]

    def test_stay_while_the_role_is_held_also_by_somebody_who_is_away(self) -> None:
        guard = identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one")
        identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.two")
        services.choose_alarm_mobile(mobile=MOBILE, actor=guard, at=DAY)
        be_away(guard)

        people.grant_tasks(
            account_id=UUID(guard.id),
            posts=[Post.ACCEPTANCE],
            roles=[Role.SECURITY_ADMINISTRATOR],
            reason="调整",
            actor=NODE,
            at=DAY,
            id_number=identity.id_number(sequence=7),
        )
        events.deliver_all(at=DAY)

        assert AlarmContact.objects.filter(account_id=guard.id).exists()


def find_noted(action: str, *, actor: str) -> list[tuple[str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, facts FROM foundation_audit WHERE action = %s AND actor_id = %s", [action, actor]
        )
        return [
            (subject, json.loads(facts) if isinstance(facts, str) else facts)
            for subject, facts in cursor.fetchall()
        ]


def be_away(actor: Actor) -> None:
    member = StaffMember.objects.get(account_id=actor.id)
    Absence.objects.create(
        member=member,
        valid_from=DAY - timedelta(days=1),
        valid_until=DAY + timedelta(days=1),
        arranged_by="tests",
        created_at=DAY,
    )


class TestHandling:
    @pytest.fixture
    def event_id(self) -> int:
        did(REVEAL, *many(30))
        watch()
        return int(SecurityEvent.objects.get().pk)

    @pytest.fixture
    def guard(self) -> Actor:
        return identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="guard.one", name="安工")

    def test_goes_from_open_to_closed_with_words_and_is_written_down(
        self, event_id: int, guard: Actor
    ) -> None:
        services.acknowledge_event(event_id=event_id, actor=guard, at=DAY)
        services.close_event(event_id=event_id, words=" 系批量归档，已核实 ", actor=guard, at=DAY)

        fact = selectors.event_fact(event_id=event_id, actor=guard)
        assert (fact.line.state, fact.words, fact.closed_by) == (
            EventState.CLOSED,
            "系批量归档，已核实",
            "安工",
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT action FROM foundation_audit WHERE action LIKE 'security.event.%%' ORDER BY id"
            )
            assert [row[0] for row in cursor.fetchall()] == [
                "security.event.acknowledge",
                "security.event.close",
            ]

    def test_happens_once(self, event_id: int, guard: Actor) -> None:
        services.acknowledge_event(event_id=event_id, actor=guard, at=DAY)
        with pytest.raises(EventMovedOn):
            services.acknowledge_event(event_id=event_id, actor=guard, at=DAY)
        services.close_event(event_id=event_id, words="误报", actor=guard, at=DAY)
        with pytest.raises(EventMovedOn):
            services.close_event(event_id=event_id, words="误报", actor=guard, at=DAY)

    @pytest.mark.parametrize("words", ["", "  ", "长" * 501])
    def test_needs_words(self, words: str, event_id: int, guard: Actor) -> None:
        with pytest.raises(InvalidInput):
            services.close_event(event_id=event_id, words=words, actor=guard, at=DAY)

        assert SecurityEvent.objects.get().state == EventState.OPEN

    def test_is_for_security_administrators_alone(self, event_id: int) -> None:
        for roles in ([Role.OPERATOR], [Role.AUDIT_ADMINISTRATOR], [Role.SUPERVISOR], []):
            actor = identity.staff(*Post, roles=roles)
            with pytest.raises(NotPermitted):
                services.acknowledge_event(event_id=event_id, actor=actor, at=DAY)
            with pytest.raises(NotPermitted):
                services.close_event(event_id=event_id, words="x", actor=actor, at=DAY)
            with pytest.raises(NotPermitted):
                change(actor, EventKind.LOCKOUT)
            with pytest.raises(NotPermitted):
                selectors.events(state=None, actor=actor)
            with pytest.raises(NotPermitted):
                selectors.rules(actor=actor)
            assert selectors.open_events(actor=actor) == 0

    def test_of_what_does_not_exist_is_refused(self, guard: Actor) -> None:
        with pytest.raises(NotFound):
            services.acknowledge_event(event_id=999, actor=guard, at=DAY)

    def test_of_rules_keeps_numbers_within_bounds(self, guard: Actor) -> None:
        with pytest.raises(InvalidInput) as refused:
            change(guard, EventKind.LOCKOUT, threshold=0, window_minutes=100_000)

        assert set(refused.value.fields) == {"threshold", "window_minutes"}

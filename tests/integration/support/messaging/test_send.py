"""
Telling people something: once, sealed, never lost.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import NOW, citizen, mobile, staff
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, NotPermitted
from tongban.support.identity import services as identity
from tongban.support.identity.values import CodePurpose, Post
from tongban.support.messaging import selectors, services
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.messaging.ports import GatewayDown, RecordingGateway, TextRefused, register_templates
from tongban.support.messaging.values import MessageTemplate, SendReceipt, TextState

pytestmark = pytest.mark.django_db

CASE = "511602-2026-000001"
PARAMS = {"case_number": CASE, "due_date": "2026-12-08"}


def tell(
    reader: Actor, *, key: str = "accepted:1", template: str = "tests.accepted", at: datetime = NOW
) -> SendReceipt:
    return services.send_once(
        key=key,
        template=template,
        person_id=UUID(reader.person_id),
        params=PARAMS,
        subject=CASE,
        actor=services.MESSENGER,
        at=at,
    )


def queued(reader: Actor, *, at: datetime = NOW) -> UUID:
    text_id = tell(reader, at=at).text_id
    assert text_id is not None
    return text_id


def jobs() -> int:
    """
    Return how many texts are to be sent; the queue keeps what tests of whole transactions left in it.
    """
    return ProcrastinateJob.objects.filter(task_name="messaging.send_text").count()


class TestSendOnce:
    def test_puts_a_message_into_the_inbox_and_a_text_into_the_outbox(self) -> None:
        reader = citizen(phone=mobile(1))

        receipt = tell(reader)

        text = OutgoingText.objects.get()
        assert Message.objects.get(id=receipt.message_id).subject == CASE
        assert (text.id, text.mobile, text.params) == (receipt.text_id, mobile(1), PARAMS)
        assert text.state == TextState.QUEUED

    def test_repeated_changes_nothing_and_answers_the_same(self) -> None:
        reader, queued = citizen(), jobs()

        receipts = {tell(reader, at=NOW + timedelta(minutes=turn)) for turn in range(3)}

        assert len(receipts) == 1
        assert (Message.objects.count(), OutgoingText.objects.count()) == (1, 1)
        assert jobs() == queued + 1

    def test_is_undone_with_the_transaction_it_belongs_to(self) -> None:
        reader, queued = citizen(), jobs()

        with transaction.atomic():
            tell(reader)
            transaction.set_rollback(True)

        assert not Message.objects.exists()
        assert not OutgoingText.objects.exists()
        assert jobs() == queued

    def test_needs_no_mobile(self) -> None:
        clerk = staff(Post.COUNTER)
        person = identity.find_or_register_by_counter(
            id_number="11010519491231002X", name="王老太", mobile="", actor=clerk, at=NOW
        )

        receipt = services.send_once(
            key="k",
            template="tests.accepted",
            person_id=person.person_id,
            params=PARAMS,
            subject=CASE,
            actor=clerk,
            at=NOW,
        )

        assert receipt.text_id is None
        assert Message.objects.count() == 1

    def test_sends_no_text_for_a_template_of_the_inbox(self) -> None:
        assert tell(citizen(), template="tests.inbox_only").text_id is None
        assert not OutgoingText.objects.exists()

    def test_refuses_gaps_unknown_templates_and_unknown_people(self) -> None:
        reader = citizen()

        with pytest.raises(ValueError, match="due_date"):
            services.send_once(
                key="k",
                template="tests.accepted",
                person_id=UUID(reader.person_id),
                params={"case_number": CASE},
                subject="",
                actor=services.MESSENGER,
                at=NOW,
            )
        with pytest.raises(ValueError, match=r"tests\.nothing"):
            tell(reader, template="tests.nothing")
        with pytest.raises(NotFound):
            services.send_once(
                key="k",
                template="tests.accepted",
                person_id=uuid4(),
                params=PARAMS,
                subject="",
                actor=services.MESSENGER,
                at=NOW,
            )

        assert not Message.objects.exists()

    def test_keeps_content_and_mobile_sealed(self) -> None:
        tell(citizen(phone=mobile(5)))

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT m.params, t.params, t.mobile FROM messaging_message m, messaging_outgoingtext t"
            )
            sealed = [bytes(value) for value in cursor.fetchone()]
        for secret in (PARAMS["due_date"], mobile(5)):
            assert all(secret.encode() not in value for value in sealed)

    def test_refuses_two_templates_of_one_code(self) -> None:
        with pytest.raises(ValueError, match=r"tests\.accepted"):
            register_templates(MessageTemplate(code="tests.accepted", title="", body=""))


class TestSendText:
    def test_hands_the_message_to_the_gateway_once(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen(phone=mobile(1)))

        states = [services.send_text(text_id=text_id, at=NOW) for _ in range(3)]

        (sent,) = gateway.sent.values()
        assert states == [TextState.SENT] * 3
        assert (sent.id, sent.mobile, sent.sms_template_id, sent.params) == (
            text_id,
            mobile(1),
            "SMS_ACCEPTED",
            PARAMS,
        )

    def test_waits_where_no_gateway_is_configured(self) -> None:
        text_id = queued(citizen())

        state = services.send_text(text_id=text_id, at=NOW)

        assert state is TextState.QUEUED
        assert OutgoingText.objects.get(id=text_id).attempts == 0

    def test_tries_again_later_and_later_until_the_gateway_is_back(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen())
        gateway.failures = [GatewayDown(reason="timeout") for _ in range(3)]
        waits, at = [], NOW
        for _ in range(3):
            services.send_text(text_id=text_id, at=at)
            due = OutgoingText.objects.get(id=text_id).next_attempt_at
            waits.append((due - at).total_seconds())
            at = due

        state = services.send_text(text_id=text_id, at=at)

        assert waits == [10, 30, 90]
        assert state is TextState.SENT
        assert OutgoingText.objects.get(id=text_id).attempts == 4

    def test_does_not_try_before_it_is_due(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen())
        gateway.failures = [GatewayDown(reason="timeout")]
        services.send_text(text_id=text_id, at=NOW)

        state = services.send_text(text_id=text_id, at=NOW + timedelta(seconds=9))

        assert state is TextState.QUEUED
        assert gateway.sent == {}

    def test_stops_at_once_when_the_gateway_will_never_send_it(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen())
        gateway.failures = [TextRefused(reason="MOBILE_ILLEGAL")]

        state = services.send_text(text_id=text_id, at=NOW)

        status = selectors.text_status(text_id=text_id, actor=services.MESSENGER)
        assert state is TextState.REFUSED
        assert (status.state, status.last_error, status.attempts) == (TextState.REFUSED, "MOBILE_ILLEGAL", 1)

    def test_gives_up_after_a_day_and_shows_it(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen())
        gateway.failures = [GatewayDown(reason="timeout") for _ in range(200)]
        at, tries = NOW, 0
        while OutgoingText.objects.get(id=text_id).state == TextState.QUEUED:
            at = OutgoingText.objects.get(id=text_id).next_attempt_at
            services.send_text(text_id=text_id, at=at)
            tries += 1

        assert OutgoingText.objects.get(id=text_id).state == TextState.GIVEN_UP
        assert NOW + timedelta(hours=23) < at < NOW + timedelta(hours=24)
        assert tries == 53
        assert selectors.text_counts(actor=services.MESSENGER, since=NOW)[TextState.GIVEN_UP] == 1

    def test_does_not_send_a_code_that_has_expired(self, gateway: RecordingGateway) -> None:
        identity.request_code(
            mobile=mobile(9), purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address=None, at=NOW
        )
        text = OutgoingText.objects.get()

        state = services.send_text(text_id=text.id, at=NOW + timedelta(minutes=5))

        assert state is TextState.GIVEN_UP
        assert gateway.sent == {}

    def test_of_an_unknown_message_is_not_found(self, gateway: RecordingGateway) -> None:
        with pytest.raises(NotFound):
            services.send_text(text_id=uuid4(), at=NOW)


class TestSendDueTexts:
    def test_sends_what_no_job_has_sent(self, gateway: RecordingGateway) -> None:
        reader = citizen()
        for turn in range(5):
            tell(reader, key=f"k{turn}")

        tried = [services.send_due_texts(at=NOW, limit=3) for _ in range(3)]

        assert tried == [3, 2, 0]
        assert len(gateway.sent) == 5

    def test_takes_a_message_back_from_a_process_that_died_in_the_middle(
        self, gateway: RecordingGateway
    ) -> None:
        text_id = queued(citizen())
        services._lease(OutgoingText.objects.all(), at=NOW, limit=1)

        at_once = services.send_due_texts(at=NOW + timedelta(seconds=59))
        after_the_lease = services.send_due_texts(at=NOW + timedelta(seconds=60))

        assert (at_once, after_the_lease) == (0, 1)
        assert OutgoingText.objects.get(id=text_id).state == TextState.SENT


class TestCollectReports:
    def test_settles_what_has_arrived(self, gateway: RecordingGateway) -> None:
        text_id = queued(citizen())
        services.send_text(text_id=text_id, at=NOW)

        settled = services.collect_reports(at=NOW + timedelta(minutes=1))

        text = OutgoingText.objects.get(id=text_id)
        assert (settled, text.state, text.settled_at) == (1, TextState.DELIVERED, NOW + timedelta(minutes=1))


class TestInbox:
    def test_shows_newest_first_page_by_page(self) -> None:
        reader = citizen()
        for turn in range(5):
            tell(reader, key=f"k{turn}", at=NOW + timedelta(minutes=turn // 2))
        tell(citizen(), key="somebody else's")

        first = selectors.inbox(actor=reader, limit=2)
        second = selectors.inbox(actor=reader, cursor=first.next_cursor, limit=2)
        third = selectors.inbox(actor=reader, cursor=second.next_cursor, limit=2)

        shown = [message for page in (first, second, third) for message in page.items]
        assert [len(page.items) for page in (first, second, third)] == [2, 2, 1]
        assert third.next_cursor is None
        assert len({message.id for message in shown}) == 5
        assert [message.created_at for message in shown] == sorted(
            (message.created_at for message in shown), reverse=True
        )

    def test_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        reader = citizen()
        for turn in range(5):
            tell(reader, key=f"k{turn}")

        with django_assert_num_queries(1):
            selectors.inbox(actor=reader)

    def test_is_rendered_when_it_is_read(self) -> None:
        reader = citizen()
        tell(reader)

        with translation.override("zh-hans"):
            (message,) = selectors.inbox(actor=reader).items

        assert message.title == "受理通知"
        assert message.body == f"您的办件 {CASE} 已受理，最迟 2026-12-08 作出决定。"

    def test_survives_the_end_of_a_template(self) -> None:
        reader = citizen()
        tell(reader)
        Message.objects.update(template="tests.forgotten")

        assert selectors.inbox(actor=reader).items[0].title == "tests.forgotten"

    @pytest.mark.parametrize("cursor", ["x", "", "AAAA", "=" * 50, "\x00", "é"])
    def test_refuses_a_cursor_of_another_making(self, cursor: str) -> None:
        reader = citizen()

        if cursor:
            with pytest.raises(InvalidInput):
                selectors.inbox(actor=reader, cursor=cursor)
        else:
            assert selectors.inbox(actor=reader, cursor=cursor).items == []

    def test_is_ones_own(self) -> None:
        reader, other = citizen(), citizen()
        message_id = tell(reader).message_id

        with pytest.raises(NotFound):
            selectors.message(message_id=message_id, actor=other)
        with pytest.raises(NotFound):
            services.mark_read(message_id=message_id, actor=other, at=NOW)
        with pytest.raises(NotAuthenticated):
            selectors.inbox(actor=ANONYMOUS)
        with pytest.raises(NotPermitted):
            selectors.inbox(actor=staff(Post.COUNTER))
        assert Message.objects.get().read_at is None

    def test_counts_what_is_unread(self) -> None:
        reader = citizen()
        first, _, _ = (tell(reader, key=f"k{turn}").message_id for turn in range(3))

        services.mark_read(message_id=first, actor=reader, at=NOW)
        services.mark_read(message_id=first, actor=reader, at=NOW + timedelta(hours=1))

        assert selectors.unread_count(actor=reader) == 2
        assert Message.objects.get(id=first).read_at == NOW
        assert services.mark_all_read(actor=reader, at=NOW) == 2
        assert selectors.unread_count(actor=reader) == 0
        assert selectors.unread_count(actor=ANONYMOUS) == 0

    def test_tells_outsiders_nothing_about_texts(self) -> None:
        text_id = queued(citizen())

        for outsider in (ANONYMOUS, citizen()):
            with pytest.raises(NotPermitted):
                selectors.text_status(text_id=text_id, actor=outsider)
            with pytest.raises(NotPermitted):
                selectors.text_counts(actor=outsider, since=NOW)

"""
Whom casework tells of a case, and that nobody to tell is no failure.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import translation

from tests.factories import casework as make
from tests.factories import identity as people
from tests.factories.life import ACTS, case_in
from tests.factories.seals import with_seal
from tongban.business.casework import services as casework
from tongban.business.casework.events import EventKind
from tongban.business.casework.models import Notice
from tongban.business.casework.selectors import case_by_number, timeline_entries
from tongban.business.casework.services import telling
from tongban.business.casework.services.telling import tell_applicant
from tongban.business.casework.services.writing import render_notice
from tongban.business.casework.values import Action, CaseStatus
from tongban.business.catalogue.values import Result, ResultKind
from tongban.business.licences import services as licences
from tongban.foundation import events
from tongban.foundation.models import Announcement, Delivery
from tongban.support.messaging.models import Message
from tongban.support.messaging.selectors import inbox
from tongban.support.seals.services import NoSealInUse

pytestmark = pytest.mark.django_db

SOON = make.MONDAY + timedelta(seconds=1)


def still_owed() -> int:
    return Delivery.objects.filter(subscriber="casework.tell_applicant").count()


class TestEveryKind:
    def test_is_told_or_known_to_be_silent(self) -> None:
        told = set(telling.TEMPLATES)

        assert told | telling.SILENT == set(EventKind)
        assert not told & telling.SILENT

    @pytest.mark.parametrize("kind", sorted(telling.TEMPLATES))
    def test_has_a_template_with_a_name_of_its_own(self, kind: EventKind) -> None:
        assert telling.TEMPLATES[kind].code == f"casework.{kind.value.lower()}"

    def test_fills_its_gaps_from_what_is_announced(self) -> None:
        make.publish_permit()
        person = people.citizen()
        for status in CaseStatus:
            case_in(status)
        facts = [
            events.Announced(
                id=fact.id,
                topic=fact.topic,
                key=fact.key,
                at=fact.at,
                payload={**fact.payload, "applicant_id": person.person_id},
            )
            for fact in Announcement.objects.filter(topic__in=telling.KINDS)
        ]

        for fact in facts:
            tell_applicant(fact)

        unexercised = {EventKind.EXTENDED, EventKind.CLOCK_RESUMED, EventKind.DEEMED_ACCEPTED}
        assert {telling.KINDS[fact.topic] for fact in facts} == set(telling.TEMPLATES) - unexercised
        assert Message.objects.count() == len(facts)


class TestOtherEnds:
    @pytest.mark.parametrize(
        ("action", "words"),
        [
            (Action.VOID, "已作废，理由：重复收件。您可以重新申请；不服的，可以申请行政复议"),
            (Action.WITHDRAW, "已按您的请求撤回"),
            (Action.PASS_ON, "已转交有权机关办理"),
        ],
    )
    def test_are_told(self, action: Action, words: str) -> None:
        make.publish_permit()
        person = people.citizen()
        number = make.submit("test-permit", applicant_id=person.person_id, actor=person).case_number

        if action is Action.WITHDRAW:
            casework.withdraw(
                number=number, reason="不办了", actor=person, at=make.MONDAY, calendar=make.CALENDAR
            )
        else:
            ACTS[action](number, make.MONDAY)
        events.deliver_all(at=SOON)

        assert [message.body for message in inbox(actor=person).items if words in message.body]

    @pytest.mark.parametrize(
        ("action", "kind", "word"),
        [
            (Action.VOID, "voiding_notice", "废"),
            (Action.WITHDRAW, "withdrawal", "撤"),
            (Action.PASS_ON, "transfer_notice", "转"),
        ],
    )
    def test_are_put_in_writing(self, action: Action, kind: str, word: str) -> None:
        make.publish_permit()
        with_seal(agency_code=make.AGENCY, agency_name="示例区民政局", at=make.MONDAY)
        number = make.submit("test-permit").case_number

        ACTS[action](number, make.MONDAY)

        notice = Notice.objects.get(case_number=number, kind=kind)
        assert notice.document_number == f"广安区卫生健康{word}〔2026〕1号"
        render_notice(notice_id=notice.id, at=SOON, calendar=make.CALENDAR)
        notice.refresh_from_db()
        assert notice.file_id is not None

    def test_are_made_when_the_agency_has_a_seal(self) -> None:
        make.publish_permit()
        number = make.submit("test-permit").case_number
        ACTS[Action.VOID](number, make.MONDAY)
        with pytest.raises(NoSealInUse):
            render_notice(
                notice_id=Notice.objects.get(case_number=number).id, at=SOON, calendar=make.CALENDAR
            )
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")

        with_seal(agency_code=make.AGENCY, agency_name="示例区民政局", at=make.MONDAY)
        events.deliver_all(at=SOON)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT (args->>'notice_id')::int FROM procrastinate_jobs"
                " WHERE task_name = 'casework.render_notice'"
            )
            queued = {row[0] for row in cursor.fetchall()}
        assert queued == set(Notice.objects.filter(file_id__isnull=True).values_list("id", flat=True))
        assert len(queued) > 0


class TestTelling:
    def test_reaches_an_applicant_who_is_known(self) -> None:
        make.publish()
        person = people.citizen()

        number = make.submit(applicant_id=person.person_id, actor=person).case_number
        events.deliver_all(at=SOON)

        assert still_owed() == 0
        assert [(m.subject, m.template) for m in Message.objects.all()] == [(number, "casework.submitted")]

    def test_names_the_service_in_the_readers_language(self) -> None:
        make.publish()
        person = people.citizen()

        make.submit(applicant_id=person.person_id, actor=person)
        events.deliver_all(at=SOON)

        with translation.override("en"):
            assert (
                "Your application for “Hygiene permit for public places”" in inbox(actor=person).items[0].body
            )
        with translation.override("zh-hans"):
            assert inbox(actor=person).items[0].body.startswith("您申请的“公共场所卫生许可”已提交")

    def test_names_a_service_without_english_in_chinese(self) -> None:
        make.publish(name_en="")
        person = people.citizen()

        make.submit(applicant_id=person.person_id, actor=person)
        events.deliver_all(at=SOON)

        with translation.override("en"):
            assert "“公共场所卫生许可”" in inbox(actor=person).items[0].body

    def test_understands_announcements_of_before_there_was_english(self) -> None:
        make.publish()
        person = people.citizen()
        make.submit(applicant_id=person.person_id, actor=person)
        Delivery.objects.all().delete()
        fact = Announcement.objects.get(topic="casework.case_submitted")
        old = {name: value for name, value in fact.payload.items() if name != "service_name_en"}

        tell_applicant(events.Announced(id=fact.id, topic=fact.topic, key=fact.key, at=fact.at, payload=old))

        with translation.override("en"):
            assert "“公共场所卫生许可”" in inbox(actor=person).items[0].body

    def test_names_a_licence_in_the_readers_language(self) -> None:
        licences.load_licence_types(
            rows=[{**make.LICENCE_TYPE, "name_en": "Hygiene licence"}], actor=make.LOADER, at=make.MONDAY
        )
        make.publish(
            results=(
                Result(
                    kind=ResultKind.LICENCE, name="公共场所卫生许可证", licence_type=make.LICENCE_TYPE["code"]
                ),
            )
        )
        person = people.citizen()
        number = make.submit(applicant_id=person.person_id, actor=person).case_number
        make.accept(number)
        casework.grant(
            number=number,
            opinion="准予许可",
            actor=make.clerk("DECISION"),
            at=make.MONDAY,
            calendar=make.CALENDAR,
        )
        events.deliver_all(at=SOON)

        with translation.override("en"):
            bodies = [message.body for message in inbox(actor=person).items]
            case = case_by_number(actor=person, number=number, at=SOON, calendar=make.CALENDAR)
            notes = [entry.note for entry in timeline_entries(case.timeline, case.clock)]
        assert any("“Hygiene licence”" in body for body in bodies)
        assert "Hygiene licence" in notes

    def test_is_done_where_identity_knows_nobody_of_that_id(self) -> None:
        make.publish()

        make.submit()
        events.deliver_all(at=SOON)

        assert still_owed() == 0
        assert Message.objects.count() == 0

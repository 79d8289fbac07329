"""
This node's cases come into the case library as they change, and are told to the node above.
"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.factories import casework as make
from tests.factories.exchange import two_ends
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework import services
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation import events
from tongban.resources.caselibrary.models import LibraryPart, LibraryRecord, PushBack, QualityFault, Tally
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.services import tallies
from tongban.resources.caselibrary.values import CaseContent, CaseState, Kind, ProcessContent

pytestmark = pytest.mark.django_db


def parts_of(number: str, kind: Kind) -> list[LibraryPart]:
    """
    Return the rows of one kind that belong to a case.
    """
    record = LibraryRecord.objects.get(number=number)
    return list(LibraryPart.objects.filter(case_id=record.pk, kind=kind).order_by("id"))


class TestACaseOfThisNode:
    def test_is_in_the_library_as_soon_as_it_is_announced(self) -> None:
        make.publish()
        number = make.submit().case_number

        bring()

        record = LibraryRecord.objects.get(number=number)
        content = keeping.decoded(record.content, Kind.CASE)
        assert isinstance(content, CaseContent)
        assert (record.state, record.agency_code) == (CaseState.RECEIVED, make.AGENCY)
        assert record.applicant_masked == "王*明"
        assert content.applicant.id_number == make.APPLICANT.id_number
        assert bytes(record.applicant_index or b"") == keeping.applicant_index(make.APPLICANT.id_number)
        assert len(parts_of(number, Kind.MATERIAL)) == 1

    def test_follows_every_step_to_its_end(self) -> None:
        make.publish_permit()
        number = case_in(CaseStatus.CLOSED)
        ACTS[Action.RATE](number, AT)

        bring()

        record = LibraryRecord.objects.get(number=number)
        steps = [keeping.decoded(part.content, Kind.PROCESS) for part in parts_of(number, Kind.PROCESS)]
        assert (record.state, record.result_type, record.satisfaction) == (CaseState.ENDED, "1", 5)
        assert [step.name for step in steps if isinstance(step, ProcessContent)] == [
            "提交申请",
            "受理",
            "不予许可",
            "送达",
            "办结",
        ]
        assert not QualityFault.objects.exists()
        assert {row.state: row.count for row in folded()} == {CaseState.ENDED: 1}

    def test_passes_the_rules_of_quality_in_every_state(self) -> None:
        make.publish_permit()
        numbers = {case_in(status) for status in CaseStatus if status is not CaseStatus.CLOSED}

        bring(at=AT + timedelta(days=90))

        assert not QualityFault.objects.exists()
        assert set(LibraryRecord.objects.values_list("number", flat=True)) == numbers

    def test_loses_the_material_that_another_replaced(self) -> None:
        make.publish_permit()
        number = case_in(CaseStatus.CORRECTION)
        bring()
        before = {part.part for part in parts_of(number, Kind.MATERIAL)}
        ACTS[Action.CORRECT](number, AT)

        bring()

        after = {part.part for part in parts_of(number, Kind.MATERIAL)}
        assert len(after) == 1
        assert after != before


class TestFillingTheLibrary:
    def test_brings_earlier_cases_once(self) -> None:
        make.publish()
        numbers = {make.submit().case_number for _ in range(3)}

        first = services.fill_library(at=AT)
        again = services.fill_library(at=AT)

        assert set(LibraryRecord.objects.values_list("number", flat=True)) == numbers
        assert (first, again) == (9, 0)  # the case, its first step and a material each
        assert sum(row.count for row in folded()) == 3


class TestTellingTheNodeAbove:
    def test_writes_only_what_changed_into_the_outbox(self) -> None:
        make.publish()
        with two_ends() as ends:
            number = make.submit(at=ends.at_now).case_number
            bring(at=ends.at_now)
            first = outbox()
            make.accept(number, at=ends.at_now)
            bring(at=ends.at_now)

        assert sorted(first) == ["caselibrary.case", "caselibrary.material", "caselibrary.process"]
        assert sorted(outbox()) == sorted([*first, "caselibrary.case", "caselibrary.process"])

    def test_gives_cases_back_to_the_node_of_their_area(self) -> None:
        PushBack.objects.create(
            division_code=make.DIVISION, node=make.DIVISION, begun_at=AT, begun_by="张审核"
        )
        make.publish()
        with two_ends() as ends:
            make.submit(at=ends.at_now)
            bring(at=ends.at_now)

        assert outbox().count("caselibrary.pushback") == 3


def bring(*, at: datetime = AT) -> None:
    """
    Deliver what was announced, and do the jobs that bring cases into the library.
    """
    events.deliver_all(at=at)
    waiting = ProcrastinateJob.objects.filter(task_name="casework.bring_to_library")
    numbers = [job.args["number"] for job in waiting.order_by("id")]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'casework.bring_to_library'")
    for number in numbers:
        services.bring_to_library(number=number, at=at)


def outbox() -> list[str]:
    """
    Return the datasets of what waits to be sent.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT dataset FROM exchange_outbox ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def folded() -> list[Tally]:
    """
    Return the counts, each group once.
    """
    tallies.fold()
    return list(Tally.objects.order_by("month", "state"))

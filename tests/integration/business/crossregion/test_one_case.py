"""
异地可办: an application that one city takes for another is one case with one clock, whatever happens on the way.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tests.factories import casework as make
from tests.factories.nodes import CITY
from tests.factories.seals import with_seal
from tests.integration.business.crossregion.conftest import CLERK, COUNTER, DECIDING, HALL, TwoCities, picture
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.catalogue.values.enums import Reach
from tongban.business.crossregion import selectors, services
from tongban.business.crossregion.models import ArrivedPiece, Intake, ReceivedHandIn
from tongban.business.crossregion.values import INTAKE_FILES, LICENCE_PAPER, HandIn, IntakeState
from tongban.business.licences.models import Licence
from tongban.business.licences.services import render_licence
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, UpstreamError
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import Owner

pytestmark = pytest.mark.django_db


class TestHandIn:
    def test_becomes_a_case_of_the_other_city_whose_clock_the_counter_sees(self, two: TwoCities) -> None:
        two.attach(picture())
        handed_in_at = two.at

        receipt = two.hand_in(paper=())
        waiting = two.seen()
        two.go_on()

        case, seen = two.case(), two.seen()
        assert waiting.line.state is IntakeState.WAITING
        assert (case.submitted_at, case.agency_code, case.channel) == (handed_in_at, make.AGENCY, "0")
        assert (seen.line.case_number, seen.line.status) == (case.number, "SUBMITTED")
        assert seen.line.state is IntakeState.UNDER_WAY
        assert (seen.line.due, seen.told and seen.told.acceptance_due) == (case.due, case.acceptance_due)
        assert seen.told is not None
        assert seen.told.why
        with two.country.located(DECIDING):
            there = selectors.taken_elsewhere(case_number=case.number, actor=make.clerk("ACCEPTANCE"))
        assert there is not None
        assert (there.node, there.counter, there.receipt_number) == (
            "510100000000",
            HALL,
            receipt.receipt_number,
        )
        assert case.applicant_id is not None
        assert case.state["materials"][0]["file_id"]
        assert not ArrivedPiece.objects.exists()

    def test_follows_the_rule_and_the_list_of_the_other_city(self, two: TwoCities) -> None:
        with pytest.raises(casework.MaterialsMissing) as missing:
            two.hand_in(paper=())
        with pytest.raises(InvalidInput) as wrong:
            two.hand_in(form={"shop_name": "清风理发店"})

        assert set(missing.value.fields) == {"floor_plan"}
        assert set(wrong.value.fields) == {"floor_area"}
        with two.country.located("510100000000"):
            assert not Intake.objects.exists()

    def test_makes_no_second_case_of_what_comes_twice(self, two: TwoCities) -> None:
        first = two.hand_in()
        second = two.hand_in()
        two.go_on()
        with two.country.located("510100000000"):
            content = Intake.objects.get()
            publish(
                dataset="crossregion.handin",
                key=str(two.key),
                operation=Operation.INSERT,
                content=msgspec.convert(content.handed_in, HandIn),
                at=two.at,
                to=DECIDING,
            )
        two.go_on()

        assert first == second
        assert Case.objects.count() == 1

    def test_waits_while_the_line_is_cut_and_keeps_the_moment_of_the_counter(self, two: TwoCities) -> None:
        guide, handed_in_at = two.guide(), two.at
        with two.cut():
            two.hand_in(guide=guide)
            two.go_on(minutes=120)
            cut = two.seen()
            with pytest.raises(UpstreamError):
                two.guide()
        two.go_on(minutes=30)

        assert (cut.line.state, cut.told) == (IntakeState.WAITING, None)
        assert two.case().submitted_at == handed_in_at
        assert two.seen().line.state is IntakeState.UNDER_WAY

    def test_takes_large_files_in_pieces(self, two: TwoCities, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tongban.business.crossregion.services.files.PIECE_BYTES", 40)
        two.attach(picture(size=64))

        two.hand_in(paper=())
        two.go_on()

        assert two.case().state["materials"][0]["file_id"]
        with two.country.located(DECIDING):
            assert not ArrivedPiece.objects.exists()

    def test_comes_back_with_the_reason_where_it_is_refused(self, two: TwoCities) -> None:
        guide = two.guide()
        make.publish(reach=Reach.CITY, at=two.at)

        two.hand_in(guide=guide)
        two.go_on()

        seen = two.seen()
        assert seen.line.state is IntakeState.NOT_TAKEN
        assert seen.told is not None
        assert seen.told.reason == "该事项不在本地通办范围内，或者已停用"
        assert not Case.objects.exists()


class TestTheListOfTheCounter:
    def test_goes_by_time_page_for_page(self, two: TwoCities, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(selectors, "PAGE_ROWS", 2)
        # Numbers of receipts go the other way.
        keys = [UUID(f"{digit * 8}-0000-4000-8000-000000000000") for digit in "c6a1f"]
        for minutes, key in enumerate(keys):
            two.hand_in(key=key, at=two.at + timedelta(minutes=minutes // 2))

        shown: list[UUID] = []
        cursor = None
        with two.country.located(COUNTER):
            while not shown or cursor:
                page = selectors.intakes(actor=CLERK, cursor=cursor)
                shown += [line.id for line in page.items]
                cursor = page.next_cursor

        assert shown == [keys[4], *sorted(keys[2:4], reverse=True), *sorted(keys[:2], reverse=True)]


class TestCorrection:
    def test_is_handed_in_at_the_same_counter(self, two: TwoCities) -> None:
        two.hand_in()
        two.go_on()
        with two.country.located(DECIDING):
            casework.request_correction(
                number=two.case().number,
                items=make.correction(),
                actor=make.clerk("ACCEPTANCE"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()
        asked = two.seen().line.wants_correction
        key = uuid4()
        two.attach(picture("blue"), key=key)

        with two.country.located("510100000000"):
            services.supplement(
                intake_id=two.key,
                key=key,
                answers={},
                paper=(),
                counter=HALL,
                note="",
                actor=CLERK,
                at=two.at,
            )
        two.go_on()

        assert asked
        assert two.case().status == "CORRECTED"
        seen = two.seen()
        assert (seen.line.status, seen.line.wants_correction) == ("CORRECTED", False)

    def test_that_comes_too_late_is_refused_with_the_reason(self, two: TwoCities) -> None:
        two.hand_in()
        two.go_on()
        with two.country.located(DECIDING):
            casework.request_correction(
                number=two.case().number,
                items=make.correction(),
                actor=make.clerk("ACCEPTANCE"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()
        with two.cut():
            with two.country.located(DECIDING):
                casework.correct(
                    number=two.case().number,
                    evidence=[make.evidence("floor_plan")],
                    actor=make.clerk("COUNTER"),
                    at=two.at,
                    calendar=make.CALENDAR,
                )
            with two.country.located(COUNTER):
                services.supplement(
                    intake_id=two.key,
                    key=uuid4(),
                    answers={},
                    paper=("floor_plan",),
                    counter=HALL,
                    note="",
                    actor=CLERK,
                    at=two.at,
                )
        two.go_on(minutes=30)

        seen = two.seen()
        assert seen.told is not None
        assert (seen.supplemented_at, bool(seen.told.refused_handin)) == (None, True)
        assert seen.told.reason
        assert CaseEvent.objects.filter(kind="CORRECTED").count() == 1


def render() -> Licence:
    """
    Make the documents of the one licence, as the job does.
    """
    licence = Licence.objects.get()
    with_seal(agency_code=licence.issuer_code, agency_name=licence.issuer_name, at=make.MONDAY)
    render_licence(licence_id=licence.pk, at=make.MONDAY)
    licence.refresh_from_db()
    return licence


class TestDelivery:
    def test_that_another_counter_was_faster_with_is_refused(self, two: TwoCities) -> None:
        two.code = make.publish_permit(reach=Reach.NATION)
        two.hand_in()
        two.go_on()
        two.accept()
        number = two.case().number
        with two.country.located(DECIDING):
            casework.grant(
                number=number,
                opinion="符合条件",
                actor=make.clerk("DECISION"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()
        with two.cut():
            with two.country.located(DECIDING):
                casework.deliver(
                    number=number,
                    way="counter",
                    recipient="王小明",
                    actor=make.clerk("DELIVERY"),
                    at=two.at,
                    calendar=make.CALENDAR,
                )
            with two.country.located(COUNTER):
                services.hand_over(
                    intake_id=two.key,
                    counter=HALL,
                    recipient="王小明",
                    number_tail="002X",
                    actor=CLERK,
                    at=two.at,
                )
        two.go_on(minutes=30)

        seen = two.seen()
        assert seen.told is not None
        assert seen.told.refused_handin
        assert seen.delivered_at is None
        assert seen.told.reason
        assert seen.line.state is IntakeState.ENDED
        assert CaseEvent.objects.filter(kind="DELIVERED").count() == 1

    def test_at_the_counter_closes_the_case_of_the_other_city(self, two: TwoCities) -> None:
        two.code = make.publish_permit(reach=Reach.NATION)
        two.hand_in()
        two.go_on()
        two.accept()
        with two.country.located(DECIDING):
            casework.grant(
                number=two.case().number,
                opinion="符合条件",
                actor=make.clerk("DECISION"),
                at=two.at,
                calendar=make.CALENDAR,
            )
        two.go_on()
        made = render()
        two.go_on()
        decided = two.seen()
        with two.country.located(COUNTER):
            papers = files_of(owner=Owner(kind=INTAKE_FILES, key=str(two.key)), actor=CLERK)
        handing: dict[str, Any] = {"intake_id": two.key, "counter": HALL, "actor": CLERK, "at": two.at}
        with two.country.located("510100000000"):
            with pytest.raises(InvalidInput):
                services.hand_over(recipient="王大明", number_tail="002X", **handing)
            services.hand_over(recipient="王小明", number_tail="002x", **handing)
        two.go_on()

        assert decided.line.wants_delivery
        assert decided.told is not None
        assert decided.told.licences
        assert [paper.number for paper in decided.told.papers if paper.kind == LICENCE_PAPER] == [
            made.identifier,
            made.identifier,
        ]
        # As it was sealed, byte for byte: the city of the counter can have it verified.
        assert {made.original_digest, made.file_digest} <= {paper.digest for paper in papers}
        assert two.case().status == "CLOSED"
        assert two.seen().line.state is IntakeState.ENDED
        delivered = CaseEvent.objects.get(kind="DELIVERED")
        assert (delivered.actor_name, delivered.data["recipient"]) == (f"{HALL} 赵窗口", "王*明")


class TestScopes:
    def test_shows_intakes_to_their_own_counters_only(self, two: TwoCities) -> None:
        two.hand_in()

        with pytest.raises(NotFound):
            two.seen(actor=make.clerk("ACCEPTANCE"))
        with pytest.raises(NotFound):
            two.seen(actor=make.person())
        with pytest.raises(NotPermitted):
            two.hand_in(key=uuid4(), actor=make.clerk("DECISION"))
        assert "王小明" not in repr(two.seen())
        with two.country.located("510100000000"):
            assert not selectors.intakes(actor=make.clerk("ACCEPTANCE")).items
            assert len(selectors.intakes(actor=CLERK).items) == 1

    def test_opens_only_offerings_whose_range_reaches_the_counter(self, two: TwoCities) -> None:
        make.publish("test-city-only", reach=Reach.CITY)
        make.publish("test-not-said")

        with two.country.located("510100000000"):
            found = services.offerings_of(node=CITY, words="公共 许可", actor=CLERK, at=two.at)

        assert [each.code for each in found] == ["test-hygiene"]
        with pytest.raises(NotPermitted):
            services.offerings_of(node=CITY, words="", actor=ANONYMOUS, at=two.at)


class TestSecrecy:
    def test_keeps_nothing_of_a_person_in_clear(self, two: TwoCities) -> None:
        two.hand_in()
        with two.country.located("510100000000"):
            row = Intake.objects.values().get()
        two.go_on()

        kept = f"{ {name: value for name, value in row.items() if name not in {'handed_in', 'told'}} }"
        assert "王小明" not in kept
        with two.country.located(DECIDING):
            assert ReceivedHandIn.objects.get().content is None

"""
自办件: cases that begin in an agency's own system are in the area's case library, whichever way it reports.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories.docking import AT
from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.values import (
    CaseContent,
    Content,
    MaterialContent,
    ProcessContent,
    ResultContent,
    SpecialContent,
)
from tongban.resources.docking import services
from tongban.resources.docking.models import BegunCase, DockedSystem, DockMessage
from tongban.resources.docking.rules.sheets import report_of
from tongban.resources.docking.values import BegunCaseFacts, Receipt, ReportKind
from tongban.resources.exchange import ports as exchange

pytestmark = pytest.mark.django_db

CODE = "health-own"
NUMBER = "WJ2026-000017"


def facts(**changes: Any) -> BegunCaseFacts:
    told: dict[str, Any] = {
        "task_name": "放射诊疗许可",
        "task_code": "WJ-17-1",
        "local_task_code": "WJ-17",
        "project_type": "2",
        "applyer_name": "张小三",
        "applyer_type": "1",
        "applyer_page_type": "111",
        "applyer_page_code": "11010519491231002X",
        "apply_date": AT - timedelta(days=1),
        "apply_type": "1",
        "org_code": make.AGENCY,
        "org_name": "示例区卫生健康局",
        **changes,
    }
    return BegunCaseFacts(**told)


def tell(
    system: DockedSystem, kind: ReportKind, *, hours: int = 0, number: str = NUMBER, **words: Any
) -> Receipt:
    at = AT + timedelta(hours=hours)
    report = dock.report(number, kind, at=at, id=words.pop("id", f"{kind}-{hours}"), **words)
    return services.receive(system=system, report=report, at=at + timedelta(minutes=1))


def held(number: str = NUMBER, code: str = CODE) -> tuple[Content, ...]:
    key = (exchange.neighbours().own_code, code, number)
    return library.held_contents({key}).get(key, ())


def case(number: str = NUMBER) -> CaseContent:
    found = held(number)[0]
    assert isinstance(found, CaseContent)
    return found


class TestOwnCase:
    def test_is_in_the_library_from_acceptance_to_delivery(self) -> None:
        system = dock.live(CODE)

        told = [
            tell(system, ReportKind.ACCEPTED, case=facts()),
            tell(system, ReportKind.MATERIAL, hours=1, material_name="申请表", step_name="1"),
            tell(system, ReportKind.STEP, hours=1, step_name="审查", outcome="PASS", opinion="符合"),
        ]
        assert told[0].text == ""
        under_way = case().state
        told.append(
            tell(
                system,
                ReportKind.PROCEDURE_BEGINS,
                hours=2,
                procedure="专家评审",
                reason="评审",
                legal_basis=["条例"],
                days=5,
            )
        )
        suspended = case().state
        told += [
            tell(system, ReportKind.PROCEDURE_ENDS, hours=3, result="通过"),
            tell(system, ReportKind.EXTENDED, hours=4, days=5, reason="案情复杂"),
            tell(
                system,
                ReportKind.GRANTED,
                hours=5,
                opinion="准予",
                certificate_name="放射诊疗许可证",
                certificate_number="川-17",
            ),
            tell(system, ReportKind.DELIVERED, hours=6, way="counter", recipient="张小三"),
        ]

        assert [receipt.state for receipt in told] == ["APPLIED"] * 8, told
        assert (under_way, suspended, case().state) == ("12", "11", "10")
        assert (case().item_name, case().applicant.name, case().ended_at) == (
            "放射诊疗许可",
            "张小三",
            AT + timedelta(hours=5),
        )
        parts = held()[1:]
        assert {type(part) for part in parts} == {
            MaterialContent,
            ProcessContent,
            SpecialContent,
            ResultContent,
        }
        (result,) = (part for part in parts if isinstance(part, ResultContent))
        assert (result.result_type, result.certificate_number, result.is_delivered) == ("0", "川-17", True)
        stops = [part for part in parts if isinstance(part, SpecialContent)]
        assert sorted((stop.special_type, stop.result, bool(stop.ended_at)) for stop in stops) == [
            ("1", "", True),
            ("2", "通过", True),
        ]

    def test_is_told_twice_and_is_there_once(self) -> None:
        system = dock.live(CODE)
        first = tell(system, ReportKind.ACCEPTED, case=facts())
        before = held()

        again = tell(system, ReportKind.ACCEPTED, case=facts())
        # The same case under another id, corrected.
        corrected = tell(system, ReportKind.ACCEPTED, id="other", case=facts(project_name="更正"))

        assert (first.is_repeated, again.is_repeated, corrected.state) == (False, True, "APPLIED")
        assert BegunCase.objects.count() == 1
        assert before[0] != held()[0]
        assert (case().summary, case().state) == ("更正", "05")

    def test_of_two_systems_may_bear_one_number(self) -> None:
        for code in (CODE, "health-two"):
            tell(dock.live(code), ReportKind.ACCEPTED, case=facts())

        assert {content.system for code in (CODE, "health-two") for content in held(code=code)} == {
            CODE,
            "health-two",
        }

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"org_code": "11510104MB0000000M"}, "foreign_agency"),
            ({"task_code": "11511602MB1234567X4000123012001"}, "begun_case_refused"),
            ({"task_code": "", "local_task_code": ""}, "begun_case_refused"),
            ({"apply_date": AT + timedelta(days=9)}, "begun_case_refused"),
            ({"applyer_page_code": "110105194912310020"}, "begun_case_refused"),
            ({"applyer_page_type": "居民身份证或其他证件"}, "begun_case_refused"),
        ],
    )
    def test_is_refused_with_the_reason_and_leaves_nothing(self, changes: dict[str, Any], code: str) -> None:
        receipt = tell(dock.live(CODE), ReportKind.ACCEPTED, case=facts(**changes))

        assert (receipt.state, receipt.code) == ("REFUSED", code), receipt
        assert receipt.text
        assert (held(), BegunCase.objects.count()) == ((), 0)

    def test_must_begin_before_it_goes_on(self) -> None:
        system = dock.live(CODE)

        unknown = tell(system, ReportKind.STEP, step_name="审查", outcome="PASS")
        bare = tell(system, ReportKind.ACCEPTED)

        assert {receipt.code for receipt in (unknown, bare)} == {"unknown_case"}

    def test_goes_on_only_as_it_can(self) -> None:
        system = dock.live(CODE)
        tell(system, ReportKind.ACCEPTED, case=facts())

        stop = tell(system, ReportKind.PROCEDURE_ENDS, hours=1, result="通过")
        delivery = tell(system, ReportKind.DELIVERED, hours=1, way="post", recipient="张小三")
        tell(system, ReportKind.REFUSED, hours=2, reason="不符", legal_basis=["条例"])
        late = tell(system, ReportKind.STEP, hours=3, step_name="审查", outcome="PASS")

        assert [receipt.state for receipt in (stop, delivery, late)] == ["REFUSED"] * 3
        assert late.text == "办件库未接收：办件已经办结，不能再报办理环节"
        assert case().state == "10"

    def test_takes_no_number_of_the_hall(self) -> None:
        make.publish_permit()
        number = make.submit("test-permit").case_number

        receipt = tell(dock.live(CODE), ReportKind.ACCEPTED, number=number, case=facts())

        assert receipt.code == "case_of_the_hall"

    def test_that_was_given_stays_what_the_node_knows(self) -> None:
        system = dock.live(CODE)
        number = dock.given()

        receipt = tell(system, ReportKind.ACCEPTED, number=number, case=facts(applyer_name="别人"))

        assert receipt.state == "NOTED"
        assert not BegunCase.objects.exists()
        assert "case" not in DockMessage.objects.get(message_id=receipt.id).content


class TestFiles:
    def test_bring_it_in_columns_of_its_own(self) -> None:
        row = {
            "id": "f-1",
            "case_number": NUMBER,
            "kind": "ACCEPTED",
            "at": "2026-11-16 10:00:00",
            "case.promise_date": "",
            "case.task_version": "2",
            **{
                f"case.{name}": str(getattr(facts(), name))
                for name in ("task_name", "task_code", "project_type", "applyer_name", "applyer_type")
            },
            **{
                f"case.{name}": str(getattr(facts(), name))
                for name in ("applyer_page_type", "applyer_page_code", "apply_type", "org_code", "org_name")
            },
            "case.apply_date": "2026-11-15 09:00:00",
        }

        report = report_of(row)

        assert report.case is not None
        assert (report.case.task_version, report.case.promise_date) == (2, None)
        assert report.case.apply_date.isoformat() == "2026-11-15T09:00:00+08:00"

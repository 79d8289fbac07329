"""
Importing feeds: real dirt, repetition, change, size.
"""

import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories.catalogue import AGENCY, AT, DISTRICT, NODE, feed, lines, publish, row
from tongban.business.catalogue import selectors, services
from tongban.business.catalogue.models import OfferingVersion, ServiceDefinition, ServiceOffering
from tongban.business.catalogue.services.importing import BATCH_ROWS
from tongban.business.catalogue.values import ImportProgress, OfferingState
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import NotPermitted
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _agency() -> None:
    divisions = [
        DivisionRow(code="510000000000", name="四川省"),
        DivisionRow(code="511600000000", name="广安市", parent_code="510000000000"),
        DivisionRow(code=DISTRICT, name="广安区", parent_code="511600000000"),
    ]
    registers.load_divisions(rows=divisions, actor=NODE, at=AT)
    rows = [AgencyRow(code=AGENCY, name="广安市广安区行政审批局", division_code=DISTRICT)]
    registers.load_agencies(rows=rows, actor=NODE, at=AT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feed"


@pytest.fixture
def code_lists() -> None:
    services.load_code_lists(actor=NODE, at=AT)


class TestImportItems:
    def test_takes_sound_rows_without_a_word(self, file: Path) -> None:
        receipt, objections = feed(file, lines(row("A-1"), row("A-2")))

        assert (receipt.rows, receipt.new, receipt.rejected, receipt.flagged) == (2, 2, 0, 0)
        assert objections == []
        assert list(ServiceOffering.objects.order_by("code").values_list("code", flat=True)) == ["A-1", "A-2"]

    def test_changes_nothing_the_second_time(self, file: Path) -> None:
        data = lines(row("A-1"), row("A-2"))
        feed(file, data)

        receipt, _ = feed(file, data, at=AT + timedelta(days=1))

        assert (receipt.new, receipt.changed, receipt.unchanged) == (0, 0, 2)
        assert OfferingVersion.objects.count() == 2

    def test_makes_a_new_version_where_one_element_changed(self, file: Path) -> None:
        feed(file, lines(row("A-1"), row("A-2")))

        receipt, _ = feed(file, lines(row("A-1"), row("A-2", promised_limit={"amount": 1})))

        assert (receipt.new, receipt.changed, receipt.unchanged) == (0, 1, 1)
        assert selectors.guide(code="A-2", actor=ANONYMOUS).version == 2

    def test_gives_the_same_versions_as_publishing(self, file: Path) -> None:
        published = publish("A-1")

        receipt, _ = feed(file, lines(row("A-1")))

        assert receipt.unchanged == 1
        assert OfferingVersion.objects.get().digest == published.digest

    def test_reads_the_three_forms_alike(self, file: Path) -> None:
        feed(file, lines(row("A-1")))
        array = json.dumps([row("A-1")], ensure_ascii=False, indent=2).encode()
        head = "code,name,service_type,agency_code,agency_name,division_code,applicants,legal_themes"
        body = f"A-1,旅馆业特种行业许可证核发,01,{AGENCY},广安市广安区行政审批局,{DISTRICT},2,150"
        limits = '"{""amount"":20}","{""amount"":5}"'

        from_array, _ = feed(file, array)
        from_csv, _ = feed(file, f"{head},statutory_limit,promised_limit\r\n{body},{limits}\r\n".encode())

        assert (from_array.unchanged, from_csv.unchanged) == (1, 1)

    def test_announces_each_batch_and_tells_what_it_brought(self, file: Path) -> None:
        feed(file, lines(row("A-1"), row("A-2")))

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT payload->>'batch' FROM foundation_announcement WHERE topic = 'catalogue.offerings_imported'"
            )
            ((batch,),) = cursor.fetchall()
        assert [document.code for document in selectors.search_documents(actor=NODE, batch=batch)] == [
            "A-1",
            "A-2",
        ]

    def test_tells_how_far_it_has_come(self, file: Path) -> None:
        data = lines(*(row(f"A-{number}") for number in range(BATCH_ROWS + 1)))
        file.write_bytes(data)
        seen: list[ImportProgress] = []

        services.import_items(path=file, source="tests", actor=NODE, at=AT, progress=seen.append)

        assert [state.rows for state in seen] == [BATCH_ROWS, BATCH_ROWS + 1]
        assert seen[-1].bytes_read == len(data)

    def test_puts_variants_of_one_basic_code_under_one_definition(self, file: Path) -> None:
        rows = [row(f"A-{number}", basic_code="000125046002", name=f"情形{number}") for number in range(3)]

        feed(file, lines(*rows))

        assert ServiceDefinition.objects.get().offerings.count() == 3

    def test_retires_what_is_past_its_last_day(self, file: Path) -> None:
        _, objections = feed(file, lines(row("A-1", item_effective_until="2026-11-01")))

        assert [(found.severity, found.reason) for found in objections] == [("flagged", "expired")]
        assert ServiceOffering.objects.get().state == OfferingState.RETIRED

    def test_is_for_keepers_only(self, file: Path) -> None:
        file.write_bytes(lines(row("A-1")))

        with pytest.raises(NotPermitted):
            services.import_items(path=file, source="tests", actor=ANONYMOUS, at=AT)

        assert not ServiceOffering.objects.exists()


FLAGS: list[tuple[dict[str, Any], str, str]] = [
    ({"body_code": "1111111111111111"}, "body_code_invalid", "elements.body_code"),
    ({"body_code": "083372204"}, "body_code_invalid", "elements.body_code"),
    ({"body_code": "11511301452259996u"}, "body_code_invalid", "elements.body_code"),
    (
        {"implementation_code": "511A0148700000"},
        "implementation_code_invalid",
        "elements.implementation_code",
    ),
    ({"implementation_code": "11450721MB155808113000104002000"}, "level_mismatch", "elements.use_level"),
    (
        {"implementation_code": "11450721MB155808114000104002000", "basic_code": "000104002001"},
        "basic_code_mismatch",
        "elements.basic_code",
    ),
    ({"agency_code": "11450721MB15580811"}, "unknown_agency", "elements.agency_code"),
    ({"division_code": "999999999999"}, "unknown_division", "elements.division_code"),
    ({"promised_limit": {"amount": 21}}, "promise_exceeds_statute", "elements.promised_limit"),
]
CODES: list[tuple[dict[str, Any], str, str]] = [
    ({"service_type": "99"}, "unknown_code", "elements.service_type"),
    ({"legal_themes": ["150", "777"]}, "unknown_code", "elements.legal_themes"),
    ({"life_events": ["flying"]}, "unknown_code", "elements.life_events"),
    ({"service_type": "０１"}, "full_width_code", "elements.service_type"),
    ({"enquiry_phone": "０826-2333333"}, "full_width_code", "elements.enquiry_phone"),
    (
        {"places": [{"name": "政务大厅", "address": "金安大道８号", "phone": "0826-233333３"}]},
        "full_width_code",
        "elements.places.phone",
    ),
]
REFUSALS: list[tuple[bytes | str | dict[str, Any], str, str]] = [
    ("<html><head><title>502</title></head></html>", "html_page", ""),
    ("<!DOCTYPE html>", "html_page", ""),
    ('{"code": "A-2", "elements": {"name": "半', "truncated", ""),
    ("not json at all", "not_json", ""),
    (json.dumps(row("A-2")) + " trailing", "not_json", ""),
    (b'{"code": "A-2", "elements": {"name": "\xb9\xab"}}', "bad_encoding", ""),
    ("null", "wrong_type", ""),
    ('"text"', "wrong_type", ""),
    ("[1, 2]", "wrong_type", ""),
    ("{}", "missing_field", "code"),
    ('{"code": "A-2"}', "missing_field", "elements"),
    ('{"code": "A-2", "elements": {}}', "missing_field", "elements.name"),
    (row("A-2", name=""), "bad_value", "elements.name"),
    (row("A-2", name=7), "wrong_type", "elements.name"),
    (row("A-2", name="长" * 1001), "too_long", "elements.name"),
    (row("A-2", name_en="x" * 201), "too_long", "elements.name_en"),
    (row("A-2", agency_name="x" * 201), "too_long", "elements.agency_name"),
    (row("A-2", summary="x" * 2001), "too_long", "elements.summary"),
    (row("A-2", name="\u0000许可"), "control_character", ""),
    (row("A-2", colour="red"), "unknown_field", "elements.colour"),
    (row("A-2", item_colour="red"), "unknown_field", "colour"),
    (row("A 2"), "bad_value", "code"),
    (row("A-2\n"), "bad_value", "code"),
    (row("../../etc"), "bad_value", "code"),
    (row("编号"), "bad_value", "code"),
    (row("x" * 101), "bad_value", "code"),
    (row(""), "bad_value", "code"),
    (row("A-2", service_type="许可"), "bad_value", "elements.service_type"),
    (row("A-2", use_level="9"), "bad_value", "elements.use_level"),
    (row("A-2", division_code="511602"), "bad_value", "elements.division_code"),
    (row("A-2", basic_code="1234"), "bad_value", "elements.basic_code"),
    (row("A-2", applicants=["8"]), "bad_value", "elements.applicants[0]"),
    (row("A-2", applicants="1"), "wrong_type", "elements.applicants"),
    (row("A-2", legal_themes=["15"]), "bad_value", "elements.legal_themes[0]"),
    (row("A-2", handling_kind="即办件"), "bad_value", "elements.handling_kind"),
    (row("A-2", promised_limit={"amount": -1}), "bad_value", "elements.promised_limit.amount"),
    (row("A-2", promised_limit={"amount": 1.5}), "wrong_type", "elements.promised_limit.amount"),
    (row("A-2", promised_limit={"amount": 10**30}), "bad_value", "elements.promised_limit.amount"),
    (row("A-2", promised_limit={"amount": 5, "unit": "周"}), "bad_value", "elements.promised_limit.unit"),
    (row("A-2", promised_limit=5), "wrong_type", "elements.promised_limit"),
    (row("A-2", visits=-1), "bad_value", "elements.visits"),
    (row("A-2", online_grade=5), "bad_value", "elements.online_grade"),
    (row("A-2", is_charged="1"), "wrong_type", "elements.is_charged"),
    (
        row("A-2", fee_items=[{"name": "费", "price": 1.5, "unit": "元"}]),
        "wrong_type",
        "elements.fee_items[0].price",
    ),
    (
        row("A-2", fee_items=[{"name": "费", "price": "一元", "unit": "元"}]),
        "bad_value",
        "elements.fee_items[0].price",
    ),
    (row("A-2", materials=[{"name": "申请表"}]), "missing_field", "elements.materials[0].code"),
    (row("A-2", materials=[{"code": "Form", "name": "表"}]), "bad_value", "elements.materials[0].code"),
    (
        row("A-2", materials=[{"code": "a", "name": "甲", "situations": ["q.a"]}]),
        "inconsistent",
        "elements.materials.situations",
    ),
    (row("A-2", can_apply_online=True), "inconsistent", "elements.can_apply_online"),
    (row("A-2", item_state="OPEN"), "bad_value", "state"),
    (row("A-2", item_effective_from="明天"), "bad_value", "effective_from"),
    (row("A-2", item_effective_from="2026-02-30"), "bad_value", "effective_from"),
    (row("A-2", item_effective_from="2027-01-01"), "not_yet_effective", "effective_from"),
    (row("A-2", item_main_item={"name": ""}), "bad_value", "main_item.name"),
    (row("A-2", extension={"a": [1]}), "wrong_type", "elements.extension[...]"),
    (row("A-1", name="再来一次"), "duplicate_code", "code"),
]  # fmt: skip


@pytest.mark.usefixtures("code_lists")
class TestCodes:
    @pytest.mark.parametrize(("elements", "reason", "where"), CODES)
    def test_that_nobody_knows_are_kept_and_flagged(
        self, file: Path, elements: dict[str, Any], reason: str, where: str
    ) -> None:
        receipt, objections = feed(file, lines(row("A-1", **elements)))

        assert [(found.severity, found.reason, found.field) for found in objections] == [
            ("flagged", reason, where)
        ]
        assert (receipt.new, receipt.flagged) == (1, 1)
        assert OfferingVersion.objects.get().elements == row("A-1", **elements)["elements"]

    def test_may_stand_beside_wide_characters_in_names(self, file: Path) -> None:
        receipt, objections = feed(file, lines(row("A-1", name="生产建设项目审批（省政府令第３４９号）")))

        assert (receipt.new, objections) == (1, [])


class TestDirt:
    @pytest.mark.parametrize(("changes", "reason", "field"), FLAGS)
    def test_of_codes_is_taken_and_flagged_and_never_repaired(
        self, file: Path, changes: dict[str, Any], reason: str, field: str
    ) -> None:
        receipt, objections = feed(file, lines(row("A-1", **changes)))

        assert (receipt.new, receipt.rejected, receipt.flagged) == (1, 0, 1)
        assert [(found.row, found.severity, found.reason, found.field) for found in objections] == [
            (1, "flagged", reason, field)
        ]
        elements = OfferingVersion.objects.get().elements
        assert {name: elements[name] for name in changes} == changes

    @pytest.mark.parametrize(("line", "reason", "field"), REFUSALS)
    def test_that_cannot_be_understood_is_refused_and_the_rest_goes_in(
        self, file: Path, line: bytes | str | dict[str, Any], reason: str, field: str
    ) -> None:
        receipt, objections = feed(file, lines(row("A-1"), line, row("A-3")))

        assert (receipt.rows, receipt.new, receipt.rejected) == (3, 2, 1)
        assert [(found.row, found.severity, found.reason, found.field) for found in objections] == [
            (2, "rejected", reason, field)
        ]
        assert objections[0].message != ""
        assert len(objections[0].excerpt) <= 200
        assert set(ServiceOffering.objects.values_list("code", flat=True)) == {"A-1", "A-3"}

    def test_of_the_same_code_in_another_batch_is_found_too(self, file: Path) -> None:
        rows = [row(f"A-{number}") for number in range(BATCH_ROWS)]

        receipt, objections = feed(file, lines(*rows, row("A-0", name="再来一次")))

        assert (receipt.new, receipt.rejected) == (BATCH_ROWS, 1)
        assert [(found.row, found.reason) for found in objections] == [(BATCH_ROWS + 1, "duplicate_code")]
        assert OfferingVersion.objects.filter(version=2).count() == 0

    def test_of_a_code_another_source_provides_is_refused(self, file: Path) -> None:
        publish("A-1")

        receipt, objections = feed(file, lines(row("A-1", name="别名")), source="other")

        assert (receipt.rejected, [found.reason for found in objections]) == (1, ["owned_by_other_source"])
        assert ServiceOffering.objects.get().current_version == 1

    def test_of_a_type_that_differs_from_the_directory_is_flagged(self, file: Path) -> None:
        feed(file, lines(row("A-1", basic_code="000125046002")))

        _, objections = feed(file, lines(row("A-2", basic_code="000125046002", service_type="07")))

        assert [(found.severity, found.reason) for found in objections] == [("flagged", "definition_differs")]
        assert ServiceDefinition.objects.get().service_type == "01"

    def test_of_a_whole_file_stops_before_anything_is_imported(self, file: Path) -> None:
        with pytest.raises(services.ImportFileUnreadable):
            feed(file, b"<html><body>error</body></html>")

        assert not ServiceOffering.objects.exists()


ROWS = 15_000
"""Whose text is more than a few batches."""
MOST_BYTES = 15_000_000
"""A third of what so many rows take when they are held at once."""


@pytest.mark.slow
class TestMemory:
    def test_stays_bounded_over_many_rows(self, file: Path) -> None:
        with file.open("wb") as stream:
            stream.writelines(lines(row(f"A-{number}")) for number in range(ROWS))
        tracemalloc.start()

        receipt = services.import_items(path=file, source="tests", actor=NODE, at=AT)

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (receipt.rows, receipt.new) == (ROWS, ROWS)
        assert file.stat().st_size > 300 * ROWS
        assert peak < MOST_BYTES

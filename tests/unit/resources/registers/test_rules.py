"""
Cleaning, and whose word holds.
"""

from datetime import date

import pytest

from tongban.resources.registers import rules
from tongban.resources.registers.rules import Said
from tongban.resources.registers.values import RegisterCode, RowProblem, SourceRole, definition

TODAY = date(2026, 11, 23)
PEOPLE, ENTITIES = definition(RegisterCode.POPULATION), definition(RegisterCode.ENTITY)
MORNING, NOON = "2026-11-23T01:00:00.000+00:00", "2026-11-23T04:00:00.000+00:00"


def clean(field: str, text: str) -> str | None:
    """
    Return a value of a person as the register writes it.
    """
    rule = PEOPLE.field(field) or ENTITIES.field(field)
    assert rule is not None
    return rules.clean_value(rule, text, on=TODAY)


class TestCleaning:
    @pytest.mark.parametrize(
        ("field", "text", "written"),
        [
            ("id_number", "511602900307911", "511602199003079111"),
            ("id_number", "511602199003079111", "511602199003079111"),
            ("id_number", "511602900307996", None),  # born a hundred years earlier, perhaps
            ("id_number", "511602199003079112", None),
            ("name", "　王　示例 ", "王示例"),
            ("name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("name", "John   Smith", "John Smith"),
            ("business_scope", "餐饮", "餐饮"),
            ("address", "演示路１号(东门)", "演示路1号（东门）"),
            ("birth_date", "19900307", "1990-03-07"),
            ("birth_date", "1990/3/7", "1990-03-07"),
            ("birth_date", "1990年3月7日", "1990-03-07"),
            ("birth_date", "1990-02-30", None),
            ("sex", "女性", "2"),
            ("sex", "x", None),
            ("is_deceased", "否", "0"),
            ("mobile", "+86 154-0000-0001", "15400000001"),
            ("credit_code", "91511602ma0009036b", "91511602MA0009036B"),
            ("credit_code", "91511602MA00090360", None),
        ],
    )
    def test_writes_each_value_in_one_way(self, field: str, text: str, written: str | None) -> None:
        assert clean(field, text) == written

    def test_says_the_first_thing_that_cannot_be_cleaned(self) -> None:
        cleaned = rules.clean_row(PEOPLE, {"name": "王示例", "sex": "x"}, on=TODAY)

        assert (cleaned.problem, cleaned.problem_field) == (RowProblem.FIELD_WRONG, "sex")

    def test_takes_an_old_number_of_an_entity_for_what_it_may_be(self) -> None:
        cleaned = rules.clean_row(ENTITIES, {"credit_code": "MA000903-6", "name": "演示"}, on=TODAY)

        aliases = rules.aliases_of(ENTITIES, cleaned.fields, key_given=cleaned.key_given)
        assert {kind.value: text for kind, text in aliases.items()} == {
            "ORGANISATION_CODE": "MA0009036",
            "NAME": "演示",
        }


class TestSource:
    @pytest.mark.parametrize(
        ("key", "role"),
        [
            ("91511602MA0009036B", SourceRole.MARKET_REGULATION),
            ("125113010603241893", SourceRole.STAFFING),
            ("52511602MJ0000000X", SourceRole.CIVIL_AFFAIRS),
            ("A", SourceRole.REGISTRAR),
        ],
    )
    def test_of_an_entity_follows_from_its_code(self, key: str, role: SourceRole) -> None:
        rule = ENTITIES.field("name")
        assert rule is not None

        assert rules.role_of(rule, key=key) is role

    def test_of_a_licence_is_who_issued_it(self) -> None:
        licences = definition(RegisterCode.LICENCE)
        rule = licences.field("status")
        assert rule is not None

        answers = [
            rules.is_authoritative(
                licences, rule, fields={"issuer_code": "A"}, agency_code=agency, appointed={}
            )
            for agency in ("A", "B", "")
        ]
        assert answers == [True, False, False]


def said(agency: str, *confirmed: str, at: str = NOON) -> Said:
    """
    Return who says something.
    """
    return Said(batch_id=1, agency_code=agency, confirmed=frozenset(confirmed), at=at)


def held(agency: str, *, is_source: bool) -> dict[str, dict[str, object]]:
    """
    Return whose a name is.
    """
    return {"name": {"b": 0, "s": agency, "a": is_source, "t": MORNING}}


class TestMerging:
    @pytest.mark.parametrize(
        ("before", "speaker", "value", "noted"),
        [
            (held("police", is_source=True), said("police", "name"), "new", 0),
            (held("police", is_source=True), said("police", "name", at="2026-11-22T00:00:00"), "old", 0),
            (held("police", is_source=True), said("hospital"), "old", 1),
            (held("hospital", is_source=False), said("hospital"), "new", 0),
            (held("hospital", is_source=False), said("school"), "old", 1),
            (held("hospital", is_source=False), said("police", "name"), "new", 0),
        ],
    )
    def test_lets_the_source_s_word_hold(
        self, before: dict[str, dict[str, object]], speaker: Said, value: str, noted: int
    ) -> None:
        merged = rules.merge({"name": "old"}, before, {"name": "new"}, said=speaker)

        assert (merged.fields["name"], len(merged.differences)) == (value, noted)

    def test_lets_the_source_confirm_what_another_said(self) -> None:
        merged = rules.merge(
            {"name": "old"}, held("hospital", is_source=False), {"name": "old"}, said=said("police", "name")
        )

        assert (merged.changed, merged.is_touched, merged.lineage["name"]["s"]) == ((), True, "police")

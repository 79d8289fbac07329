from datetime import date

import pytest

from tongban.business.licences.rules import (
    LIFE,
    Identifier,
    holder_kind,
    issuer_segment,
    last_valid_date,
    months_later,
    next_turn,
    parsed_identifier,
    status_on,
    verdict,
)
from tongban.business.licences.values import STATUS_CODES, Act, HolderKind, LicenceStatus, Verdict

# Public samples of real licences; each check character was recomputed.
REAL = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
]


class TestIdentifier:
    @pytest.mark.parametrize("text", REAL)
    def test_writes_real_identifiers_with_their_check_characters(self, text: str) -> None:
        assert str(parsed_identifier(text)) == text

    def test_counts_versions_in_three_digits(self) -> None:
        identifier = Identifier(
            type_code="11100000000013338W009",
            issuer_code="11330105002500287C",
            serial="2025052201",
            version=2,
        )

        assert str(identifier) == REAL[2]


class TestParsedIdentifier:
    @pytest.mark.parametrize(
        "text",
        [
            REAL[0].removeprefix("1.2.156.3005.2."),
            f"  {REAL[0]} ",
            REAL[0].lower(),
            REAL[0].replace(".001.", ". 001 ."),
            REAL[0].replace("1", "１").replace(".", "．"),
        ],
    )
    def test_reads_what_people_type(self, text: str) -> None:
        assert str(parsed_identifier(text)) == REAL[0]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1.2.156.3005.2",
            REAL[0][:-1] + "V",
            REAL[0].replace("403", "404"),
            REAL[0].replace(".001.", ".01."),
            REAL[0].replace("1.2.156.3005.2.", "1.2.156.3005.3."),
            REAL[0] + ".1",
            REAL[0].replace("W011", "W0111"),
            "x" * 10_000,
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.2023000040\0.001.U",
            "'; DROP TABLE licences_licence; --",
        ],
    )
    def test_refuses_everything_else(self, text: str) -> None:
        assert parsed_identifier(text) is None


class TestIssuerSegment:
    @pytest.mark.parametrize(
        ("issuer_code", "segment"),
        [
            ("11510100MB1500000X", "11510100MB1500000X"),
            ("11510100mb1500000x", "11510100MB1500000X"),
            ("", "511602"),
            ("无代码", "511602"),
            ("1151 160", "511602"),
            ("1" * 19, "511602"),
        ],
    )
    def test_falls_back_to_the_division_where_the_code_cannot_stand(
        self, issuer_code: str, segment: str
    ) -> None:
        assert issuer_segment(issuer_code=issuer_code, division_code="511602000000") == segment


class TestHolderKind:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("1", HolderKind.PERSON),
            ("PERSON", HolderKind.PERSON),
            ("2", HolderKind.LEGAL),
            ("LEGAL", HolderKind.LEGAL),
            ("9", HolderKind.LEGAL),
        ],
    )
    def test_reads_our_words_and_code_list_t4(self, kind: str, expected: HolderKind) -> None:
        assert holder_kind(kind) is expected


class TestMonthsLater:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2026, 11, 30), 60, date(2031, 11, 30)),
            (date(2026, 11, 30), 1, date(2026, 12, 30)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2027, 12, 31), 2, date(2028, 2, 29)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2026, 1, 1), 12, date(2027, 1, 1)),
        ],
    )
    def test_ends_on_the_same_day_or_the_last_of_the_month(
        self, day: date, months: int, expected: date
    ) -> None:
        assert months_later(day, months) == expected


class TestNextTurn:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (date(2020, 1, 31), date(2020, 2, 29)),
            (date(2020, 2, 29), date(2020, 3, 31)),
            (date(2026, 11, 22), date(2026, 11, 30)),
        ],
    )
    def test_is_the_next_of_the_row_that_began_with_the_licence(self, after: date, expected: date) -> None:
        assert next_turn(date(2020, 1, 31), 1, after=after) == expected

    def test_is_none_where_nothing_is_checked(self) -> None:
        assert next_turn(date(2020, 1, 31), None, after=date(2026, 1, 1)) is None


class TestLastValidDate:
    def test_is_the_day_before_the_end(self) -> None:
        assert last_valid_date(date(2031, 11, 30)) == date(2031, 11, 29)

    def test_is_none_for_a_long_term_licence(self) -> None:
        assert last_valid_date(None) is None


END = date(2027, 1, 1)


class TestStatusOn:
    @pytest.mark.parametrize(
        ("status", "on", "expected"),
        [
            (LicenceStatus.VALID, date(2026, 12, 31), LicenceStatus.VALID),
            (LicenceStatus.VALID, END, LicenceStatus.EXPIRED),
            (LicenceStatus.SUSPENDED, END, LicenceStatus.EXPIRED),
            (LicenceStatus.REVOKED, END, LicenceStatus.REVOKED),
            (LicenceStatus.CANCELED, END, LicenceStatus.CANCELED),
            (LicenceStatus.REPLACED, END, LicenceStatus.REPLACED),
        ],
    )
    def test_lets_only_current_licences_run_out(
        self, status: LicenceStatus, on: date, expected: LicenceStatus
    ) -> None:
        assert status_on(status, valid_until=END, on=on) is expected

    def test_never_ends_a_long_term_licence(self) -> None:
        assert status_on(LicenceStatus.VALID, valid_until=None, on=date(9999, 12, 31)) is LicenceStatus.VALID


class TestVerdict:
    @pytest.mark.parametrize("status", LicenceStatus)
    def test_has_a_word_for_every_status(self, status: LicenceStatus) -> None:
        assert verdict(status, valid_until=None, on=END) is Verdict(status.value)


class TestTables:
    def test_have_a_row_for_every_status_and_act(self) -> None:
        assert set(STATUS_CODES) == set(LicenceStatus)
        assert set(LIFE) == set(Act)

    def test_never_bring_back_what_has_ended(self) -> None:
        ended = {
            LicenceStatus.REVOKED,
            LicenceStatus.CANCELED,
            LicenceStatus.MOVED,
            LicenceStatus.REPLACED,
        }

        assert all(not allowed & ended for allowed, _after in LIFE.values())

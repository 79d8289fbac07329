from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.values.presenting import Claims, CodeVerdict
from tongban.foundation.crypto import sm2

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
KEY = sm2.generate()
CLAIMS = Claims(
    key_id=codes.key_id_of(KEY.public.point),
    nonce="bm9uY2Vub25jZQ",
    issued_at=AT,
    expires_at=AT + timedelta(seconds=60),
    identifier="1.2.156.3005.2.11510100MB1500000X001.11510100MB1500000X.20260000001.001.X",
    type_name="演示许可证",
    issuer_name="示例区行政审批局",
    last_valid_date=date(2027, 11, 20),
    is_by_agent=True,
    is_demonstration=False,
    lines=(("持证主体", "张小三"), ("场所名称", "示例大酒店")),
)


def code(claims: Claims = CLAIMS) -> str:
    signed = codes.signed_part(claims)
    return codes.sealed_code(signed, sm2.raw_of(KEY.sign(signed.encode("ascii"))))


class TestReadCode:
    def test_gives_back_what_was_written(self) -> None:
        read = codes.read_code(code())

        assert read is not None
        assert read.claims == CLAIMS
        assert codes.is_signed_by(read, KEY.public.point)

    def test_writes_a_long_term_licence_without_a_day(self) -> None:
        claims = replace(CLAIMS, last_valid_date=None, is_by_agent=False, is_demonstration=True)

        read = codes.read_code(code(claims))

        assert read is not None
        assert read.claims == claims

    def test_fits_into_one_code(self) -> None:
        assert len(code()) == 433

    def test_reads_an_address_with_line_ends(self) -> None:
        text = code()

        read = codes.read_code(f"https://example.org/check/#{text[:50]}\n {text[50:]} ")

        assert read is not None
        assert read.claims == CLAIMS

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "TB1",
            "TB1..",
            "TB2" + code()[3:],
            code() + ".x",
            code()[:-2],
            code() + "=",
            "TB1.e30." + code().rpartition(".")[2],
            "TB1.W10." + code().rpartition(".")[2],
            "TB1.é." + code().rpartition(".")[2],
            "x" * 4001,
        ],
    )
    def test_reads_nothing_else(self, text: str) -> None:
        assert codes.read_code(text) is None

    @pytest.mark.parametrize("seconds", [10**20, -(10**20)])
    def test_reads_no_moment_that_is_none(self, seconds: int) -> None:
        row = f'["k","n",{seconds},1,"i","t","b","",0,[]]'
        claims = codes._text(row.encode())

        assert codes.read_code(f"TB1.{claims}.{codes._text(bytes(64))}") is None


class TestIsSignedBy:
    def test_sees_every_changed_letter(self) -> None:
        text = code()
        start = len("TB1.")
        believed = []

        for place in range(start, len(text)):
            letter = "A" if text[place] != "A" else "B"
            read = codes.read_code(text[:place] + letter + text[place + 1 :])
            if read is not None and codes.is_signed_by(read, KEY.public.point):
                believed.append(place)

        assert believed == []

    def test_refuses_another_key(self) -> None:
        read = codes.read_code(code())

        assert read is not None
        assert not codes.is_signed_by(read, sm2.generate().public.point)


class TestTiming:
    @pytest.mark.parametrize(
        ("seconds", "verdict"),
        [
            (-31, CodeVerdict.EARLY),
            (-30, CodeVerdict.GENUINE),
            (0, CodeVerdict.GENUINE),
            (89, CodeVerdict.GENUINE),
            (90, CodeVerdict.LATE),
        ],
    )
    def test_bears_clocks_that_differ_by_half_a_minute(self, seconds: int, verdict: CodeVerdict) -> None:
        assert codes.timing(CLAIMS, at=AT + timedelta(seconds=seconds)) is verdict

    def test_believes_no_code_that_gives_itself_longer(self) -> None:
        claims = replace(CLAIMS, expires_at=AT + timedelta(seconds=61))

        assert codes.timing(claims, at=AT) is CodeVerdict.LATE


class TestUsualKeys:
    def test_show_the_name_and_nothing_else_that_is_personal(self) -> None:
        face: list[dict[str, object]] = [
            {"key": "holder_name", "masked": True},
            {"key": "holder_code", "masked": False},
            {"key": "venue"},
            {"key": "home", "masked": True},
        ]

        assert codes.usual_keys(face) == {"holder_name", "venue"}

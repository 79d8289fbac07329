"""
What a request must look like, and what holds for messages between systems.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.support.federation import rules
from tongban.support.federation.rules.messages import is_signed

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = b"k" * 32


class TestRedirectProblem:
    @pytest.mark.parametrize(
        "address",
        [
            "https://shop.example/cb",
            "https://shop.example:8443/a?b=c",
            "http://127.0.0.3/cb",
            "http://localhost:1/",
        ],
    )
    def test_finds_none_with_addresses_that_keep_secrets(self, address: str) -> None:
        assert rules.redirect_problem(address) is None

    @pytest.mark.parametrize(
        ("address", "problem"),
        [
            ("", "length"),
            ("https://a.example/" + "x" * 1000, "length"),
            ("https://*.a.example/", "characters"),
            ("https://a.example/\n", "characters"),
            ("https://a.example\\@b.example/", "characters"),
            ("https://例.example/", "characters"),
            ("http://a.example/", "scheme"),
            ("http://127.0.0.1.a.example/", "scheme"),
            ("javascript:alert(1)", "host"),
            ("https://u:p@a.example/", "host"),
            ("https://[::1/", "host"),
            ("https://a.example:x/", "host"),
            ("https:///path", "host"),
            ("ftp://a.example/", "scheme"),
            ("https://a.example/#x", "fragment"),
            ("https://a.example/#", "fragment"),
        ],
    )
    def test_names_what_is_wrong(self, address: str, problem: str) -> None:
        assert rules.redirect_problem(address) == problem

    @given(st.text())
    def test_never_fails(self, address: str) -> None:
        assert rules.redirect_problem(address) in {None, "length", "characters", "host", "scheme", "fragment"}


class TestLevelOf:
    @pytest.mark.parametrize("level", range(5))
    def test_reads_what_acr_of_writes(self, level: int) -> None:
        assert rules.level_of(rules.acr_of(level)) == level

    @pytest.mark.parametrize("acr", [None, 3, "", "urn:tongban:assurance:", "urn:tongban:assurance:5", "4"])
    def test_knows_no_others(self, acr: object) -> None:
        assert rules.level_of(acr) is None


class TestFreshness:
    @pytest.mark.parametrize("seconds", [-300, 0, 300])
    def test_holds_within_five_minutes(self, seconds: int) -> None:
        fresh = rules.Freshness.of(NOW + timedelta(seconds=seconds))

        assert fresh.is_fresh(at=NOW)

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_ends_after(self, seconds: int) -> None:
        assert not rules.Freshness.of(NOW + timedelta(seconds=seconds)).is_fresh(at=NOW)

    @pytest.mark.parametrize(
        ("time", "nonce"),
        [("", "a" * 16), ("-1", "a" * 16), ("1e9", "a" * 16), ("9" * 400, "a" * 16), ("١", "a" * 16)],
    )
    def test_needs_a_moment_in_seconds(self, time: str, nonce: str) -> None:
        assert not rules.Freshness(time=time, nonce=nonce).is_fresh(at=NOW)

    @pytest.mark.parametrize("nonce", ["", "a" * 15, "a" * 65, "a" * 15 + "\n", "a" * 15 + "'", "数" * 16])
    def test_needs_a_number(self, nonce: str) -> None:
        assert not rules.Freshness(time=str(int(NOW.timestamp())), nonce=nonce).is_fresh(at=NOW)


class TestSigned:
    def test_is_believed_by_who_shares_the_key_and_nobody_else(self) -> None:
        text = rules.signed_text("POST", "/path", body=b"body")

        signature = rules.signature_of(KEY, text)

        assert is_signed(KEY, text, signature)
        assert not is_signed(b"x" * 32, text, signature)
        assert not is_signed(KEY, rules.signed_text("POST", "/path", body=b"bodY"), signature)
        assert not is_signed(KEY, text, "")

    def test_parts_cannot_flow_into_one_another(self) -> None:
        with pytest.raises(ValueError, match="one line"):
            rules.signed_text("a\nb", body=b"")


class TestSealed:
    @given(st.binary(max_size=200))
    def test_is_opened_by_who_shares_the_key_at_its_place(self, plaintext: bytes) -> None:
        sealed = rules.seal_for(KEY, plaintext, context="here")

        assert rules.open_sealed(KEY, sealed, context="here") == plaintext

    def test_is_opened_by_nobody_else_and_nowhere_else(self) -> None:
        sealed = rules.seal_for(KEY, b"text", context="here")
        changed = sealed[:-2] + ("00" if sealed[-2:] != "00" else "01")

        for key, text, context in (
            (b"x" * 32, sealed, "here"),
            (KEY, sealed, "there"),
            (KEY, changed, "here"),
            (KEY, "", "here"),
            (KEY, "zz", "here"),
        ):
            with pytest.raises(ValueError):  # noqa: PT011 -- that it fails is what matters
                rules.open_sealed(key, text, context=context)


class TestSectorOf:
    def test_is_the_host_all_addresses_share(self) -> None:
        assert rules.sector_of(["https://a.example/1", "https://a.example/2"]) == "a.example"
        assert rules.sector_of(["https://a.example/1", "https://b.example/1"]) is None

"""
Names, logins, ages and passwords.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.support.identity import rules
from tongban.support.identity.rules import LoginForm, PasswordFlaw


class TestNormalForms:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            pytest.param(" 51160219900101001x ", "51160219900101001X", id="small x"),
            pytest.param("５１１６０２１９９００１０１００１Ｘ", "51160219900101001X", id="full width"),
            pytest.param("511602 19900101 001X", "51160219900101001X", id="blanks inside"),
        ],
    )
    def test_of_an_id_number_is_one_form(self, typed: str, kept: str) -> None:
        assert rules.normal_id_number(typed) == kept

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            pytest.param("+86 199-0000-0001", "19900000001", id="country code"),
            pytest.param("１９９０００００００１", "19900000001", id="full width"),
            pytest.param("12345", "12345", id="no mobile stays what it was"),
        ],
    )
    def test_of_a_mobile_is_eleven_digits(self, typed: str, kept: str) -> None:
        assert rules.normal_mobile(typed) == kept

    @pytest.mark.parametrize("dot", ["·", "•", "・", "‧"])
    def test_of_a_name_has_one_kind_of_dot(self, dot: str) -> None:
        assert rules.normal_name(f" 阿依古丽{dot}买买提 ") == "阿依古丽·买买提"


class TestIsName:
    @pytest.mark.parametrize("name", ["张三", "阿依古丽·买买提", "John O'Neil-Smith", "㐂一", "𠮷野"])
    def test_accepts_what_stands_on_documents(self, name: str) -> None:
        assert rules.is_name(name)

    @pytest.mark.parametrize(
        "name", ["", "张", "张" * 51, "张三1", "<b>张三</b>", "张\x00三", "·张三", "张三\n李四"]
    )
    def test_refuses_everything_else(self, name: str) -> None:
        assert not rules.is_name(name)


class TestLoginForm:
    @pytest.mark.parametrize(
        ("login", "form"),
        [
            ("19900000001", LoginForm.MOBILE),
            ("51160219900101001x", LoginForm.ID_NUMBER),
            ("511602199001010018", LoginForm.ID_NUMBER),
            ("wang.gang", LoginForm.LOGIN_NAME),
            ("", LoginForm.UNUSABLE),
            ("a\x00b", LoginForm.UNUSABLE),
            ("' or 1=1 --", LoginForm.UNUSABLE),
        ],
    )
    def test_tells_the_three_ways_to_log_in_apart(self, login: str, form: LoginForm) -> None:
        assert rules.login_form(login) is form

    @given(st.text(max_size=200))
    def test_answers_for_any_text(self, text: str) -> None:
        assert rules.login_form(rules.normal_login(text)) in LoginForm


class TestNeedsGuardian:
    @pytest.mark.parametrize(
        ("on", "needed"),
        [
            pytest.param(date(2026, 11, 22), True, id="the day before the fourteenth birthday"),
            pytest.param(date(2026, 11, 23), False, id="the fourteenth birthday"),
        ],
    )
    def test_ends_with_the_fourteenth_birthday(self, on: date, *, needed: bool) -> None:
        assert rules.needs_guardian(born_on=date(2012, 11, 23), on=on) is needed

    def test_of_a_child_of_the_leap_day_ends_on_the_first_of_march(self) -> None:
        born_on = date(2012, 2, 29)

        assert rules.needs_guardian(born_on=born_on, on=date(2026, 2, 28))
        assert not rules.needs_guardian(born_on=born_on, on=date(2026, 3, 1))

    @given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2100, 1, 1)))
    def test_is_a_matter_of_completed_years(self, born_on: date, on: date) -> None:
        years = rules.age_in_years(born_on=born_on, on=on)

        assert 0 <= on.year - born_on.year - years <= 1
        assert rules.needs_guardian(born_on=born_on, on=on) is (years < 14)


class TestPasswordFlaws:
    @pytest.mark.parametrize(
        ("password", "flaws"),
        [
            ("Abc-1234", []),
            ("密码-Abc1", [PasswordFlaw.TOO_SHORT]),
            ("abcdefgh1", [PasswordFlaw.TOO_FEW_CLASSES]),
            ("A1-" + "x" * 126, [PasswordFlaw.TOO_LONG]),
            ("Pass-19900000001", [PasswordFlaw.REVEALS_OWNER]),
            ("Password-1", [PasswordFlaw.COMMON]),
            ("", [PasswordFlaw.TOO_SHORT, PasswordFlaw.TOO_FEW_CLASSES]),
        ],
    )
    def test_are_all_named(self, password: str, flaws: list[PasswordFlaw]) -> None:
        found = rules.password_flaws(
            password, about_owner=("19900000001", ""), common=frozenset({"password-1"})
        )

        assert found == flaws

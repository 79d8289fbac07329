"""
安全策略: how the doors are guarded, for security administrators.
"""

from typing import Any

import pytest

from tests.factories.identity import staff
from tests.integration.portal.desk.test_account_pages import at_desk, security, system, text_of
from tests.integration.support.identity.test_second_factor import rules
from tongban.config.env import IdentitySettings, RateSettings, SecondFactorRule
from tongban.foundation import clock
from tongban.support.identity import selectors
from tongban.support.identity.selectors.limits import IDENTITY
from tongban.support.identity.values import Policy, PolicyRule, Post, Role

pytestmark = pytest.mark.django_db

SAFE = IdentitySettings(staff_second_factor=SecondFactorRule.REQUIRED)
NOT_OF_STAFF_OR_PASSWORDS = {"registration_contents", "demo_password"}


@pytest.fixture(autouse=True)
def usual_rates(settings: Any) -> None:
    """
    Undo what the tests' own settings switch off.
    """
    settings.TONGBAN_RATES = RateSettings.model_construct()


def shown() -> dict[str, PolicyRule]:
    actor = staff(roles=[Role.SECURITY_ADMINISTRATOR], at=clock.now())
    return {rule.setting: rule for rule in selectors.security_limits(actor=actor)}


class TestPage:
    @pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR])
    def test_is_for_security_administrators(self, role: Role | None) -> None:
        browser = at_desk(staff(Post.REVIEW, roles=[role] if role else [], at=clock.now()))

        assert browser.get("/desk/security/limits/").status_code == 403
        assert "/desk/security/limits/" not in text_of(browser.get("/desk/cases/"))

    def test_is_found_from_the_console(self) -> None:
        assert "/desk/security/limits/" in text_of(security().get("/desk/accounts/"))
        assert "/desk/security/limits/" not in text_of(system().get("/desk/accounts/"))

    def test_says_what_is_set_what_is_safe_and_where(self) -> None:
        browser = security()

        with rules(**{**dict(SAFE), "lock_after_failures": 8}):
            page = text_of(browser.get("/desk/security/limits/"))

        row = page[page.index("连续输错后锁定") :][:600]
        assert "8 次" in row
        assert "较宽松" in row
        assert "5 次" in row
        assert "TONGBAN_IDENTITY_LOCK_AFTER_FAILURES" in row
        assert "有 1 项比默认值宽松" in page

    def test_writes_terms_as_people_say_them(self) -> None:
        page = text_of(security().get("/desk/security/limits/"))

        assert "20 分钟" in page
        assert "12 小时" in page

    def test_changes_nothing(self) -> None:
        assert security().post("/desk/security/limits/", {"lock_after_failures": "99"}).status_code == 405


class TestLimits:
    def test_are_all_that_can_be_set_for_the_doors(self) -> None:
        assert {row.name for row in IDENTITY} == set(
            IdentitySettings.model_fields
        ) - NOT_OF_STAFF_OR_PASSWORDS

    def test_are_safe_where_nothing_is_said(self) -> None:
        with rules(**dict(SAFE)):
            assert not [rule.setting for rule in shown().values() if rule.is_weaker]

    @pytest.mark.parametrize(
        ("name", "weaker"),
        [
            ("password_length", 7),
            ("password_classes", 2),
            ("password_history", 4),
            ("staff_password_days", 0),
            ("lock_after_failures", 6),
            ("staff_second_factor", SecondFactorRule.OPTIONAL),
            ("sessions_per_staff", 4),
        ],
    )
    def test_say_when_they_are_weaker(self, name: str, weaker: object) -> None:
        with rules(**{**dict(SAFE), name: weaker}):
            assert [rule.setting for rule in shown().values() if rule.is_weaker] == [
                f"TONGBAN_IDENTITY_{name}".upper()
            ]

    @pytest.mark.parametrize(
        "field", ["session_idle", "session_absolute", "staff_session_idle", "fresh_factor"]
    )
    def test_are_those_of_the_services(self, field: str) -> None:
        assert getattr(Policy(), field) == IdentitySettings.model_fields[field].default

    @pytest.mark.parametrize(
        "unsafe",
        [
            {"session_idle": "PT61M"},
            {"session_absolute": "PT25H"},
            {"staff_session_idle": "PT31M"},
            {"staff_session_absolute": "PT25H"},
            {"lock_after_failures": 11},
            {"lock_for": "PT4M"},
            {"fresh_check_lasts": "PT61M"},
        ],
    )
    def test_cannot_be_set_weaker_than_level_three_allows(self, unsafe: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=next(iter(unsafe))):
            IdentitySettings.model_validate(unsafe)

"""
Logging in: three ways, one answer to everybody who fails, and doors that close.
"""

from datetime import datetime, timedelta

import pytest

from tests.factories.identity import NOW, PASSWORD, citizen, id_number, mobile, staff
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import ServiceError, TooManyRequests
from tongban.foundation.models import AuditEntry
from tongban.support.identity import services
from tongban.support.identity.models import Account
from tongban.support.identity.services import LoginFailed
from tongban.support.identity.values import AccountKind, LoginReceipt, Post

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=17)
MOBILE = mobile(17)
WRONG = "Wrong-2026"


def log_in(
    login: str,
    password: str = PASSWORD,
    *,
    kind: AccountKind = AccountKind.PERSON,
    address: str = "10.0.0.1",
    at: datetime = NOW,
) -> LoginReceipt:
    return services.authenticate(
        login=login, password=password, kind=kind, actor=ANONYMOUS, address=address, at=at
    )


def refusal(login: str, password: str, *, at: datetime = NOW, address: str = "10.0.0.1") -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        log_in(login, password, at=at, address=address)
    return caught.value


class TestAuthenticate:
    @pytest.mark.parametrize(
        "login",
        [
            pytest.param(MOBILE, id="mobile"),
            pytest.param(f"+86 {MOBILE}", id="mobile with country code"),
            pytest.param(NUMBER, id="ID number"),
            pytest.param(f" {NUMBER.lower()} ", id="ID number with blanks"),
        ],
    )
    def test_knows_a_person_by_mobile_and_by_id_number(self, login: str) -> None:
        person = citizen(number=NUMBER, phone=MOBILE)

        receipt = log_in(login)

        assert (str(receipt.account_id), receipt.kind, receipt.name) == (
            person.id,
            AccountKind.PERSON,
            "张*三",
        )

    def test_knows_staff_by_login_name(self) -> None:
        clerk = staff(Post.COUNTER, login_name="wang.gang", name="王刚")

        receipt = log_in("Wang.Gang", kind=AccountKind.STAFF)

        assert (str(receipt.account_id), receipt.name) == (clerk.id, "王刚")

    def test_knows_staff_by_a_login_name_that_looks_like_a_travel_permit(self) -> None:
        clerk = staff(Post.COUNTER, name="王刚")
        Account.objects.filter(id=clerk.id).update(login_name="m20240001")

        receipt = log_in("M20240001", kind=AccountKind.STAFF)

        assert (str(receipt.account_id), receipt.name) == (clerk.id, "王刚")

    def test_writes_down_when(self) -> None:
        person = citizen(phone=MOBILE)

        log_in(MOBILE)

        assert Account.objects.get(id=person.id).last_login_at == NOW
        assert AuditEntry.objects.filter(action="identity.login.succeed", subject=person.id).count() == 1

    def test_writes_down_who_it_was_once_that_is_known(self) -> None:
        person = citizen(phone=MOBILE)
        clerk = staff(Post.COUNTER, login_name="wang.gang")
        log_in(MOBILE)
        log_in("wang.gang", kind=AccountKind.STAFF)

        rows = AuditEntry.objects.filter(action="identity.login.succeed").order_by("id")

        assert [(row.actor_kind, row.actor_id, row.agency_code) for row in rows] == [
            ("PERSON", person.id, ""),
            ("STAFF", clerk.id, clerk.agency_code),
        ]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            pytest.param(MOBILE, f"{MOBILE[:3]}****{MOBILE[-4:]}", id="mobile"),
            pytest.param(NUMBER, f"{NUMBER[:3]}***********{NUMBER[-4:].lower()}", id="ID number"),
            pytest.param("wang.gang", "wa*******", id="login name"),
            pytest.param("Guangan-2026!", "", id="a password in the wrong field"),
        ],
    )
    def test_writes_down_of_a_failure_no_name_but_what_was_tried_masked(self, typed: str, kept: str) -> None:
        citizen(number=NUMBER, phone=MOBILE)

        refusal(typed, WRONG)

        entry = AuditEntry.objects.get(action="identity.login.fail")
        assert (entry.actor_kind, entry.actor_id, entry.outcome) == ("ANONYMOUS", ANONYMOUS.id, "FAILED")
        assert entry.facts["login_masked"] == kept
        assert typed not in str(entry.facts)

    @pytest.mark.parametrize("kind", [AccountKind.PERSON, AccountKind.STAFF])
    def test_keeps_the_two_doors_apart(self, kind: AccountKind) -> None:
        citizen(phone=MOBILE)
        staff(Post.COUNTER, login_name="wang.gang")
        login = "wang.gang" if kind is AccountKind.PERSON else MOBILE

        with pytest.raises(LoginFailed):
            log_in(login, kind=kind)

    @pytest.mark.parametrize(
        "login",
        [
            "",
            " ",
            "nobody",
            "a\x00b",
            "' OR 1=1 --",
            "x" * 10_000,
            mobile(404),
            id_number(sequence=404),
            "𠮷",
        ],
    )
    def test_answers_an_unknown_login_like_a_wrong_password(self, login: str) -> None:
        citizen(phone=MOBILE)

        unknown, wrong = refusal(login, PASSWORD), refusal(MOBILE, WRONG)

        assert (unknown.code, unknown.status, str(unknown), unknown.facts) == (
            wrong.code,
            wrong.status,
            str(wrong),
            wrong.facts,
        )

    @pytest.mark.parametrize("password", ["", "x" * 100_000, "\x00", PASSWORD + " ", PASSWORD.lower()])
    def test_takes_no_password_but_the_right_one(self, password: str) -> None:
        citizen(phone=MOBILE)

        assert refusal(MOBILE, password).code == "login_failed"

    def test_refuses_a_closed_account_in_the_same_words(self) -> None:
        person = citizen(phone=MOBILE)
        Account.objects.filter(id=person.id).update(is_active=False)

        assert refusal(MOBILE, PASSWORD).code == refusal(MOBILE, WRONG).code == "login_failed"


class TestLockOut:
    @pytest.mark.parametrize(
        "login", [pytest.param(MOBILE, id="known"), pytest.param(mobile(404), id="unknown")]
    )
    def test_closes_after_five_failures_whether_the_login_exists_or_not(self, login: str) -> None:
        citizen(phone=MOBILE)
        answers = [refusal(login, WRONG).code for _ in range(5)]

        sixth = refusal(login, PASSWORD)

        assert answers == ["login_failed"] * 5
        assert isinstance(sixth, TooManyRequests)
        assert sixth.retry_after_seconds == 15 * 60

    def test_holds_across_the_ways_to_log_in_without_saying_so(self) -> None:
        person = citizen(number=NUMBER, phone=MOBILE)
        for _ in range(5):
            refusal(MOBILE, WRONG)

        answer = refusal(NUMBER, PASSWORD)

        assert answer.code == "login_failed"
        assert AuditEntry.objects.filter(action="identity.account.lock", subject=person.id).count() == 1

    def test_ends_after_a_quarter_of_an_hour(self) -> None:
        citizen(number=NUMBER, phone=MOBILE)
        for _ in range(5):
            refusal(MOBILE, WRONG)

        assert log_in(MOBILE, at=NOW + timedelta(minutes=15)).name == "张*三"

    def test_counts_anew_after_success(self) -> None:
        person = citizen(phone=MOBILE)
        for _ in range(4):
            refusal(MOBILE, WRONG)
        log_in(MOBILE)
        for _ in range(4):
            refusal(MOBILE, WRONG)

        assert log_in(MOBILE).name == "张*三"
        assert Account.objects.get(id=person.id).failed_count == 0

    def test_closes_an_address_that_tries_many_logins(self) -> None:
        citizen(phone=MOBILE)
        for turn in range(services.policy().login_tries_per_address):
            refusal(mobile(500 + turn), WRONG, address="10.0.0.66")

        assert isinstance(refusal(MOBILE, PASSWORD, address="10.0.0.66"), TooManyRequests)
        assert log_in(MOBILE, address="10.0.0.67").name == "张*三"

"""
Accounts of other systems: cleaned, matched, opened, merged by their owners, decided by an operator.
"""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client as Browser
from pytest_django import Settings
from typer.testing import CliRunner, Result

from tests.factories.identity import NODE, NOW, PASSWORD, citizen, id_number, log_in, mobile, staff
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors, services
from tongban.support.identity.management.import_accounts import import_accounts
from tongban.support.identity.models import Account, Person, StockAccount
from tongban.support.identity.services import StockDecided, StockFileUnreadable
from tongban.support.identity.values import (
    AccountKind,
    AssuranceLevel,
    Role,
    StockProblem,
    StockRepair,
    StockReport,
    StockResult,
    StockRow,
    StockState,
    schemes,
)

pytestmark = pytest.mark.django_db

NUMBER = id_number(sequence=951)
PHONE = mobile(951)
HASHED = PBKDF2PasswordHasher().encode(PASSWORD, "saltsaltsalt", iterations=1000)


def row(**changed: Any) -> StockRow:
    facts = {"line": 1, "key": "A-1", "id_number": NUMBER, "name": "张小三", "mobile": PHONE, "level": "1"}
    return StockRow(**{**facts, **changed})


def take(*rows: StockRow, source: str = "old", scheme: str = "NATIONAL", **more: Any) -> StockReport:
    return services.import_stock(
        rows=rows, source=source, scheme=schemes()[scheme], actor=NODE, at=NOW, **more
    )


def actor_of(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=str(person.account_id), person_id=str(person.id))


class TestSomebodyNobodyKnows:
    def test_has_an_account_afterwards(self) -> None:
        report = take(row(level="2"))

        person = Person.objects.get()
        assert (report.states, report.repairs, report.problems) == ({"OPENED": 1}, {}, {})
        assert (person.name, person.id_number, person.mobile) == ("张小三", NUMBER, PHONE)
        assert selectors.assurance(actor=actor_of(person), at=NOW).level == 2

    def test_sets_a_new_password_where_the_old_one_is_not_taken_over(self) -> None:
        report = take(row(password="5f4dcc3b5aa765d61d8327deb882cf99"))

        assert report.repairs == {"PASSWORD_DROPPED": 1}
        assert not Account.objects.get().has_usable_password()

    def test_logs_in_with_a_password_hashed_in_djangos_own_form(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.MD5PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ]
        take(row(password=HASHED))

        receipt = services.authenticate(
            login=NUMBER,
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

        assert receipt.account_id == Account.objects.get().id

    def test_has_the_password_hashed_as_we_do_after_the_first_log_in(self, settings: Settings) -> None:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ]
        take(row(password=HASHED))

        for _time in range(2):
            services.authenticate(
                login=NUMBER,
                password=PASSWORD,
                kind=AccountKind.PERSON,
                actor=ANONYMOUS,
                address=None,
                at=NOW,
            )

        account = Account.objects.get()
        assert account.password.startswith("scrypt$")
        assert account.session_epoch == 0

    @pytest.mark.parametrize(
        "encoded",
        [
            "pbkdf2_sha256$",
            "scrypt$x",
            "pbkdf2_sha256$1$a",
            "md5$a$b",
            "plain",
            "pbkdf2_sha1$1$a$b",
            "x" * 600,
        ],
    )
    def test_keeps_no_hash_that_is_none(self, settings: Settings, encoded: str) -> None:
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ]

        take(row(password=encoded))

        assert not Account.objects.get().has_usable_password()


class TestCleaning:
    @pytest.mark.parametrize(
        ("changed", "repair"),
        [
            ({"name": " 张 小三 "}, StockRepair.NAME_TRIMMED),
            ({"id_number": f" {NUMBER[:6]} {NUMBER[6:]}"}, StockRepair.NUMBER_TRIMMED),
            ({"mobile": f"+86 {PHONE[:3]}-{PHONE[3:]}"}, StockRepair.MOBILE_TRIMMED),
            ({"mobile": "12345"}, StockRepair.MOBILE_DROPPED),
            ({"level": "4"}, StockRepair.LEVEL_CAPPED),
        ],
    )
    def test_puts_right_what_is_sure_and_says_so(self, changed: dict[str, str], repair: StockRepair) -> None:
        report = take(row(**changed))

        assert report.repairs == {repair.value: 1}
        assert report.states == {"OPENED": 1}

    def test_makes_eighteen_digits_of_fifteen(self) -> None:
        old = f"{NUMBER[:6]}{NUMBER[8:17]}"

        report = take(row(id_number=old))

        assert report.repairs == {"NUMBER_FROM_15_DIGITS": 1}
        assert Person.objects.get().id_number == NUMBER

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"key": " "}, StockProblem.KEY_MISSING),
            ({"name": ""}, StockProblem.NAME_MISSING),
            ({"name": "x1"}, StockProblem.NAME_MISSING),
            ({"id_number": ""}, StockProblem.NUMBER_WRONG),
            ({"id_number": "511602199003079112"}, StockProblem.NUMBER_WRONG),
            ({"id_number": id_number(born_on=date(2020, 1, 1))}, StockProblem.GUARDIAN_NEEDED),
            ({"id_number": "H10293847"}, StockProblem.BIRTH_WRONG),
            ({"id_number": "H10293847", "born_on": "1988/4"}, StockProblem.BIRTH_WRONG),
            ({"id_number": "07654321", "born_on": "2020-01-01"}, StockProblem.GUARDIAN_NEEDED),
        ],
    )
    def test_refuses_what_nobody_can_put_right(self, changed: dict[str, str], problem: StockProblem) -> None:
        report = take(row(**changed))

        assert report.problems == {problem.value: 1}
        assert not Person.objects.exists()

    def test_takes_a_travel_permit_with_the_date_of_birth(self) -> None:
        report = take(row(id_number=" h10293847", born_on="1988-04-12"))

        person = Person.objects.get()
        assert report.states == {"OPENED": 1}
        assert (person.id_number, person.id_type, person.born_on) == ("H10293847", "516", "1988-04-12")

    @pytest.mark.parametrize("born_on", ["1990/3/7", "1990-03-07 00:00:00", "unknown"])
    def test_passes_over_a_date_of_birth_that_the_number_says_itself(self, born_on: str) -> None:
        without, beside = take(row()), take(row(born_on=born_on))

        assert without.states == {"OPENED": 1}
        assert (beside.unchanged, beside.problems) == (1, {})
        assert Person.objects.get().born_on is None

    @pytest.mark.parametrize(("scheme", "code", "level"), [("ANHUI", "初级", 2), ("NATIONAL_1_TO_5", "2", 1)])
    def test_reads_levels_in_the_scheme_of_the_source(self, scheme: str, code: str, level: int) -> None:
        take(row(level=code), scheme=scheme)

        assert selectors.assurance(actor=actor_of(Person.objects.get()), at=NOW).level == level


class TestSomebodyWhoHasAnAccount:
    def test_is_asked_and_nothing_changes_before(self) -> None:
        me = citizen(name="张小三", number=NUMBER, phone=mobile(952))

        report = take(row(level="2"))

        assert report.states == {"PENDING": 1}
        assert report.repairs == {"MOBILE_OF_ACCOUNT_KEPT": 1}
        assert Person.objects.get().mobile == mobile(952)
        assert selectors.assurance(actor=me, at=NOW).level == 1
        (asked,) = selectors.pending_merges(actor=me)
        assert (asked.source, asked.name_masked) == ("old", "张*三")

    def test_merges_by_saying_so(self) -> None:
        me = citizen(name="张小三", number=NUMBER)
        take(row(level="2"))
        (asked,) = selectors.pending_merges(actor=me)

        services.confirm_merge(stock_id=asked.id, is_mine=True, actor=me, at=NOW)

        assert StockAccount.objects.get().state == StockState.MERGED
        assert selectors.assurance(actor=me, at=NOW).level == 2
        assert AuditEntry.objects.filter(action="identity.stock.merged").count() == 1

    def test_leaves_them_apart_by_declining(self) -> None:
        me = citizen(name="张小三", number=NUMBER)
        take(row(level="2"))
        (asked,) = selectors.pending_merges(actor=me)

        services.confirm_merge(stock_id=asked.id, is_mine=False, actor=me, at=NOW)

        assert StockAccount.objects.get().state == StockState.DECLINED
        assert selectors.assurance(actor=me, at=NOW).level == 1
        assert selectors.pending_merges(actor=me) == []

    def test_cannot_answer_for_somebody_else_nor_twice(self) -> None:
        me, other = citizen(name="张小三", number=NUMBER), citizen()
        take(row())
        (asked,) = selectors.pending_merges(actor=me)

        with pytest.raises(NotFound):
            services.confirm_merge(stock_id=asked.id, is_mine=True, actor=other, at=NOW)
        services.confirm_merge(stock_id=asked.id, is_mine=True, actor=me, at=NOW)
        with pytest.raises(NotFound):
            services.confirm_merge(stock_id=asked.id, is_mine=False, actor=me, at=NOW)

    def test_is_one_person_where_the_source_had_two_accounts(self) -> None:
        report = take(row(), row(line=2, key="A-2"))

        assert report.states == {"OPENED": 1, "MERGED": 1}
        assert report.repairs == {"DUPLICATE_IN_SOURCE": 1}
        assert Person.objects.count() == 1


class TestADispute:
    def test_is_another_name_for_the_same_number(self) -> None:
        citizen(name="李小四", number=NUMBER)

        report = take(row())

        assert (report.states, report.problems) == ({"DISPUTED": 1}, {"NAME_DIFFERS": 1})

    def test_is_the_mobile_of_somebody_else(self) -> None:
        citizen(phone=PHONE)

        report = take(row())

        assert (report.states, report.problems) == ({"DISPUTED": 1}, {"MOBILE_OF_ANOTHER": 1})
        assert Person.objects.count() == 1

    def test_is_decided_by_an_operator(self) -> None:
        citizen(name="李小四", number=NUMBER)
        take(row())
        operator = staff(roles=[Role.OPERATOR])
        (waiting,) = selectors.disputed_stock(actor=operator).items

        state = services.decide_dispute(stock_id=waiting.id, is_same_person=False, actor=operator, at=NOW)

        assert (waiting.name_masked, waiting.known_name_masked) == ("张*三", "李*四")
        assert state is StockState.REFUSED
        assert selectors.disputed_stock(actor=operator).items == []
        with pytest.raises(StockDecided):
            services.decide_dispute(stock_id=waiting.id, is_same_person=True, actor=operator, at=NOW)

    def test_of_one_person_is_asked_of_him_afterwards(self) -> None:
        me = citizen(name="张小叁", number=NUMBER)
        take(row())
        stock = StockAccount.objects.get()

        services.decide_dispute(stock_id=stock.id, is_same_person=True, actor=NODE, at=NOW)

        assert [asked.id for asked in selectors.pending_merges(actor=me)] == [stock.id]
        assert Person.objects.get().name == "张小叁"

    def test_is_no_matter_of_others(self) -> None:
        citizen(name="李小四", number=NUMBER)
        take(row())
        stock = StockAccount.objects.get()

        for actor in (staff(), staff(roles=[Role.SECURITY_ADMINISTRATOR]), citizen()):
            with pytest.raises(NotPermitted):
                services.decide_dispute(stock_id=stock.id, is_same_person=True, actor=actor, at=NOW)
            with pytest.raises(NotPermitted):
                selectors.disputed_stock(actor=actor)

    def test_goes_page_by_page(self) -> None:
        for turn in range(3):
            citizen(name="李小四", number=id_number(sequence=960 + turn))
            take(row(line=turn, key=f"K{turn}", id_number=id_number(sequence=960 + turn), mobile=""))

        first = selectors.disputed_stock(actor=NODE, limit=2)
        second = selectors.disputed_stock(actor=NODE, cursor=first.next_cursor, limit=2)

        assert (len(first.items), len(second.items), second.next_cursor) == (2, 1, None)
        assert len({fact.id for fact in (*first.items, *second.items)}) == 3


class TestComingTwice:
    def test_changes_nothing(self) -> None:
        take(row())

        again = take(row(name="张三三"))

        assert (again.rows, again.unchanged, again.new) == (1, 1, 0)
        assert Person.objects.get().name == "张小三"

    def test_goes_on_where_it_stopped(self) -> None:
        rows = [
            row(line=turn, key=f"K{turn}", id_number=id_number(sequence=970 + turn), mobile="")
            for turn in range(6)
        ]
        take(*rows[:3])

        rest = take(*rows)

        assert (rest.unchanged, rest.new) == (3, 3)
        assert Person.objects.count() == 6

    def test_takes_what_the_source_has_put_right(self) -> None:
        take(row(id_number="1"))

        report = take(row())

        assert report.states == {"OPENED": 1}

    def test_is_something_else_from_another_system(self) -> None:
        take(row())

        report = take(row(), source="other")

        assert report.states == {"PENDING": 1}


class TestADryRun:
    def test_says_what_would_happen_and_keeps_nothing(self) -> None:
        results: list[StockResult] = []

        report = take(row(), row(line=2, key="A-2", name=""), is_dry_run=True, tell=results.append)

        assert report.states == {"OPENED": 1, "REFUSED": 1}
        assert [result.line for result in results] == [1, 2]
        assert not Person.objects.exists()
        assert not StockAccount.objects.exists()


class TestTheCommand:
    COLUMNS = ("账号编号", "证件号码", "姓名", "手机号码", "实名等级")

    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        path = tmp_path / "old.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(self.COLUMNS)
            writer.writerow(("A-1", NUMBER, "张小三", PHONE, "2"))
            writer.writerow(("A-2", "", "李小四", "", ""))
        return path

    def run(self, *arguments: str) -> Result:
        app = typer.Typer()
        app.command()(import_accounts)
        return CliRunner().invoke(app, list(arguments))

    def test_reads_a_table_and_tells_machines(self, table: Path, tmp_path: Path) -> None:
        report = tmp_path / "report.jsonl"

        done = self.run(str(table), "--source", "old", "--json", "--report", str(report))

        told = json.loads(done.stdout)
        assert done.exit_code == 0
        assert (told["rows"], told["states"]) == (2, {"OPENED": 1, "REFUSED": 1})
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        assert [(line["line"], line["problem"]) for line in lines] == [(1, ""), (2, "NUMBER_WRONG")]
        assert NUMBER not in report.read_text()

    def test_reads_json_lines_and_tells_people(self, tmp_path: Path) -> None:
        path = tmp_path / "old.jsonl"
        good = {"id": 7, "cert_no": NUMBER, "user_name": "张小三", "user_real_lvl": 1}
        path.write_text("\n".join([json.dumps(good), "{broken", "[]", '{"id": {}}']))

        done = self.run(str(path), "--source", "old", "--dry-run")

        assert done.exit_code == 0
        assert "试运行" in done.stdout or "dry run" in done.stdout
        assert not Person.objects.exists()

    @pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00", b""])
    def test_refuses_what_is_no_file_of_accounts(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "x.csv"
        path.write_bytes(content)

        with pytest.raises(StockFileUnreadable):
            list(services.read_stock(path))
        assert self.run(str(path), "--source", "old").exit_code != 0

    @pytest.mark.parametrize("more", [("--source", ""), ("--source", "old", "--scheme", "TEA")])
    def test_refuses_a_source_or_scheme_that_is_none(self, table: Path, more: tuple[str, ...]) -> None:
        assert self.run(str(table), *more).exit_code != 0


class TestThePages:
    def test_ask_at_the_next_log_in_and_lead_on(self) -> None:
        me = citizen(name="张小三", number=NUMBER, phone=PHONE, at=clock.now())
        take(row())
        browser = Browser()

        entered = browser.post("/my/login/", {"login": PHONE, "password": PASSWORD, "next": "/my/cases/"})
        asked = browser.get(entered["Location"])
        page = asked.content.decode()
        stock = StockAccount.objects.get()
        answered = browser.post(
            "/my/merge/", {"stock_id": str(stock.id), "answer": "mine", "next": "/my/cases/"}
        )
        onward = browser.get(answered["Location"])

        assert entered["Location"] == "/my/merge/?next=%2Fmy%2Fcases%2F"
        assert "这是您的账号吗" in page
        assert NUMBER not in page
        assert onward["Location"] == "/my/cases/"
        assert selectors.pending_merges(actor=me) == []

    def test_ask_nobody_who_has_nothing_to_say(self) -> None:
        citizen(phone=PHONE, at=clock.now())

        entered = Browser().post("/my/login/", {"login": PHONE, "password": PASSWORD})

        assert entered["Location"] == "/my/"

    @pytest.mark.parametrize(
        "sent", [{}, {"stock_id": "x", "answer": "mine"}, {"stock_id": str(UUID(int=1)), "answer": "mine"}]
    )
    def test_find_no_account_that_was_not_asked_about(self, sent: dict[str, str]) -> None:
        browser = Browser()
        log_in(browser, citizen(at=clock.now()), at=clock.now())

        assert browser.post("/my/merge/", sent).status_code == 404

    def test_show_an_operator_what_waits(self) -> None:
        citizen(name="李小四", number=NUMBER, at=clock.now())
        take(row())
        browser = Browser()
        log_in(browser, staff(roles=[Role.OPERATOR], at=clock.now()), at=clock.now())
        stock = StockAccount.objects.get()

        shown = browser.get("/desk/stock/").content.decode()
        decided = browser.post(f"/desk/stock/{stock.id}/", {"answer": "other"})

        assert "同一证件号码，姓名不同" in shown
        assert NUMBER not in shown
        assert decided["Location"] == "/desk/stock/"
        assert "没有待核实的存量账号" in browser.get("/desk/stock/").content.decode()

    def test_show_others_nothing(self) -> None:
        browser = Browser()
        log_in(browser, staff(at=clock.now()), at=clock.now())

        assert browser.get("/desk/stock/").status_code == 403


class TestWhatIsKept:
    def test_is_sealed(self) -> None:
        citizen(name="李小四", number=NUMBER, level=AssuranceLevel.MOBILE)
        take(row(), row(line=2, key="A-2", mobile=mobile(953)))

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(stock::text, '') FROM identity_stockaccount stock")
            (kept,) = cursor.fetchone()

        assert all(secret not in kept for secret in (NUMBER, "张小三", PHONE, "A-1"))

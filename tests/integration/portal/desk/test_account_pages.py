"""
Consoles for accounts of staff: who sees them, and what each of the two administrators does there.
"""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories.identity import AGENCY, DISTRICT, NODE, citizen, id_number, log_in, staff
from tests.integration.support.identity.test_second_factor import with_app
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow
from tongban.support.identity import selectors
from tongban.support.identity.models import Absence, Account, FactorReset, SignIn, StaffMember
from tongban.support.identity.values import THREE_ADMINISTRATORS, Post, Role

pytestmark = pytest.mark.django_db

OTHER = "11511602MB0000002B"
CONSOLES_OF = {
    Role.OPERATOR: (
        "/desk/accounts/",
        "/desk/accounts/resets/",
        "/desk/clients/",
        "/desk/logins/",
        "/desk/stock/",
    ),
    Role.SECURITY_ADMINISTRATOR: (
        "/desk/accounts/",
        "/desk/accounts/resets/",
        "/desk/security/",
        "/desk/security/limits/",
        "/desk/security/rules/",
    ),
    Role.AUDIT_ADMINISTRATOR: ("/desk/audit/",),
}
CONSOLES = {path for paths in CONSOLES_OF.values() for path in paths} | {
    "/desk/cases/",
    "/desk/done/",
    "/desk/licences/",
    "/desk/searches/",
    "/desk/objections/",
    "/desk/certify/",
    "/desk/accept/",
}


@pytest.fixture(autouse=True)
def area(db: None) -> None:
    registers.load_divisions(
        rows=[
            DivisionRow(code="511600000000", name="广安市"),
            DivisionRow(code=DISTRICT, name="广安区", parent_code="511600000000"),
        ],
        actor=NODE,
        at=clock.now(),
    )
    registers.load_agencies(
        rows=[
            AgencyRow(code=AGENCY, name="广安区卫生健康局", division_code=DISTRICT),
            AgencyRow(code=OTHER, name="广安区民政局", division_code=DISTRICT),
        ],
        actor=NODE,
        at=clock.now(),
    )


def at_desk(actor: Actor) -> Browser:
    browser = Browser()
    log_in(browser, actor, at=clock.now())
    return browser


def system() -> Browser:
    return at_desk(staff(roles=[Role.OPERATOR], name="系统甲", login_name="sys.admin", at=clock.now()))


def security() -> Browser:
    return at_desk(
        staff(roles=[Role.SECURITY_ADMINISTRATOR], name="安全乙", login_name="sec.admin", at=clock.now())
    )


def member(*posts: Post, name: str = "王刚", login: str = "wang.gang") -> Actor:
    return staff(*posts, name=name, login_name=login, at=clock.now())


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def address(actor: Actor, act: str = "") -> str:
    return f"/desk/accounts/{actor.id}/" + (f"{act}/" if act else "")


class TestList:
    @pytest.mark.parametrize("role", [None, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR, Role.CATALOGUE_EDITOR])
    def test_is_closed_to_others(self, role: Role | None) -> None:
        browser = at_desk(staff(Post.REVIEW, roles=[role] if role else [], at=clock.now()))

        assert browser.get("/desk/accounts/").status_code == 403
        assert browser.get("/desk/accounts/export/").status_code == 403
        assert browser.get("/desk/accounts/resets/").status_code == 403
        assert "/desk/accounts/" not in text_of(browser.get("/desk/"))

    def test_is_closed_to_persons_and_strangers(self) -> None:
        person = Browser()
        log_in(person, citizen(), at=clock.now())

        assert person.get("/desk/accounts/").status_code == 403
        assert Browser().get("/desk/accounts/").status_code in {302, 401}

    def test_shows_whom_it_is_narrowed_to(self) -> None:
        member(Post.REVIEW)
        member(Post.DECISION, name="李四", login="li.si")
        browser = system()

        page = text_of(browser.get("/desk/accounts/?q=li."))

        assert "li.si" in page
        assert "wang.gang" not in page
        assert "广安区卫生健康局" in page

    def test_says_which_of_the_three_administrators_is_missing(self) -> None:
        assert "还没有安全管理员、审计管理员" in text_of(system().get("/desk/accounts/"))

    def test_says_when_nothing_was_found(self) -> None:
        assert "没有符合条件的账号" in text_of(system().get("/desk/accounts/?q=nobody"))

    def test_is_taken_away_as_a_table_that_calculates_nothing(self) -> None:
        member(Post.REVIEW, name="=HYPERLINK(1)")

        response = system().get("/desk/accounts/export/?q=wang")

        body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.DictReader(StringIO(body)))
        assert [(row["login_no"], row["staff_name"], row["staff_status"]) for row in rows] == [
            ("wang.gang", "'=HYPERLINK(1)", "1")
        ]
        assert AuditEntry.objects.get(action="identity.staff.export").facts["count"] == 1


class TestConsoles:
    @pytest.mark.parametrize(
        ("role", "first"),
        [
            (Role.OPERATOR, "/desk/accounts/"),
            (Role.SECURITY_ADMINISTRATOR, "/desk/accounts/"),
            (Role.AUDIT_ADMINISTRATOR, "/desk/audit/"),
        ],
    )
    def test_are_where_administrators_land_and_show_nothing_of_cases(self, role: Role, first: str) -> None:
        browser = at_desk(staff(roles=[role], at=clock.now()))

        page = text_of(browser.get(first))

        assert browser.get("/desk/")["Location"] == first
        assert not [link for link in ("/desk/cases/", "/desk/done/", "/desk/licences/") if link in page]

    @pytest.mark.parametrize("role", THREE_ADMINISTRATORS)
    def test_are_all_in_the_side_bar_and_nobody_elses(self, role: Role) -> None:
        browser = at_desk(staff(roles=[role], at=clock.now()))

        answers = {path: browser.get(path).status_code for path in CONSOLES}
        side_bar = text_of(browser.get(CONSOLES_OF[role][0]))

        assert {path for path, status in answers.items() if status == 200} == set(CONSOLES_OF[role])
        assert {status for path, status in answers.items() if path not in CONSOLES_OF[role]} == {403}
        assert {path for path in CONSOLES if f'href="{path}"' in side_bar} == set(CONSOLES_OF[role])

    def test_stay_beside_the_work_of_those_who_work_on_cases(self) -> None:
        browser = at_desk(staff(Post.REVIEW, roles=[Role.OPERATOR], at=clock.now()))

        page = text_of(browser.get("/desk/"))

        assert "/desk/cases/" in page
        assert "/desk/accounts/" in page


class TestOpen:
    FORM = {
        "login_name": "zhao.liu",
        "name": "赵六",
        "duty": "科员",
        "agency": AGENCY,
        "division": DISTRICT,
        "id_number": "",
    }

    def test_gives_an_account_without_tasks_and_its_first_password_once(self) -> None:
        page = text_of(system().post("/desk/accounts/new/", self.FORM))

        found = re.search(r"data-initial-password>([^<]+)<", page)
        account = Account.objects.get(login_name="zhao.liu")
        made = StaffMember.objects.get(account=account)
        assert found is not None
        assert account.check_password(found.group(1))
        assert account.must_change_password
        assert (made.posts, made.roles, made.duty) == ([], [], "科员")

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("login_name", "王", "登录名须以字母开头"),
            ("name", "", "请填写姓名"),
            ("agency", "nowhere", "机构库里没有这个编码"),
            ("agency", "", "请选择机构"),
            ("division", "12", "区划库里没有这个代码"),
        ],
    )
    def test_keeps_what_was_typed_when_something_is_wrong(
        self, field: str, value: str, sentence: str
    ) -> None:
        response = system().post("/desk/accounts/new/", {**self.FORM, field: value})

        assert response.status_code == 422
        assert sentence in text_of(response)
        assert "科员" in text_of(response)
        assert not Account.objects.filter(login_name="zhao.liu").exists()

    def test_is_for_system_administrators(self) -> None:
        browser = security()

        assert browser.get("/desk/accounts/new/").status_code == 403
        assert browser.post("/desk/accounts/new/", self.FORM).status_code == 403


class TestActs:
    def test_are_offered_to_whoever_may_do_them(self) -> None:
        clerk = member(Post.REVIEW)

        by_system, by_security = (text_of(one().get(address(clerk))) for one in (system, security))

        assert [label in by_system for label in ("调动", "离岗并停用账号", "强制下线")] == [True, True, False]
        assert [
            f"/{act}/" in by_security for act in ("tasks", "log-out", "password", "transfer", "leave")
        ] == [
            True,
            True,
            True,
            False,
            False,
        ]

    @pytest.mark.parametrize("act", ["tasks", "log-out", "unlock", "password"])
    def test_of_security_are_closed_to_the_system_administrator(self, act: str) -> None:
        clerk = member(Post.REVIEW)
        browser = system()

        assert browser.get(address(clerk, act)).status_code == 403
        assert browser.post(address(clerk, act), {"reason": "x", "posts": ["DECISION"]}).status_code == 403
        assert StaffMember.objects.get(account_id=clerk.id).posts == [Post.REVIEW]

    @pytest.mark.parametrize("act", ["transfer", "leave"])
    def test_of_the_system_are_closed_to_the_security_administrator(self, act: str) -> None:
        clerk = member(Post.REVIEW)

        assert security().post(address(clerk, act), {"reason": "x"}).status_code == 403
        assert StaffMember.objects.get(account_id=clerk.id).is_active

    def test_give_tasks(self) -> None:
        clerk = member(Post.REVIEW)
        browser = security()
        page = browser.get(address(clerk, "tasks"))

        done = browser.post(
            address(clerk, "tasks"), {"posts": ["DECISION"], "roles": ["SUPERVISOR"], "reason": "任命"}
        )

        kept = StaffMember.objects.get(account_id=clerk.id)
        assert re.search(r'value="REVIEW"[^>]*checked', page.content.decode())
        assert done["Location"] == address(clerk)
        assert (kept.posts, kept.roles) == ([Post.DECISION], [Role.SUPERVISOR])

    def test_say_that_two_administrators_are_not_one(self) -> None:
        clerk = staff(roles=[Role.AUDIT_ADMINISTRATOR], login_name="audit", at=clock.now())

        response = security().post(
            address(clerk, "tasks"), {"roles": ["AUDIT_ADMINISTRATOR", "OPERATOR"], "reason": "任命"}
        )

        assert response.status_code == 409
        assert "必须是三个人" in text_of(response)
        assert StaffMember.objects.get(account_id=clerk.id).roles == [Role.AUDIT_ADMINISTRATOR]

    def test_ask_for_the_number_of_whoever_becomes_an_administrator(self) -> None:
        clerk = member(Post.REVIEW)
        browser = security()
        form = {"roles": ["OPERATOR"], "reason": "任命"}

        refused = browser.post(address(clerk, "tasks"), form)
        done = browser.post(address(clerk, "tasks"), {**form, "id_number": id_number(sequence=9)})

        assert refused.status_code == 422
        assert "须登记本人证件号码" in text_of(refused)
        assert done["Location"] == address(clerk)
        assert StaffMember.objects.get(account_id=clerk.id).roles == [Role.OPERATOR]
        assert 'name="id_number"' not in text_of(browser.get(address(clerk, "tasks")))

    def test_ask_for_a_reason_and_keep_what_was_chosen(self) -> None:
        clerk = member(Post.REVIEW)

        response = security().post(address(clerk, "tasks"), {"posts": ["DELIVERY"], "reason": ""})

        assert response.status_code == 422
        assert re.search(r'value="DELIVERY"[^>]*checked', response.content.decode())
        assert StaffMember.objects.get(account_id=clerk.id).posts == [Post.REVIEW]

    def test_log_somebody_out_with_his_next_request(self) -> None:
        clerk = member(Post.REVIEW)
        his = at_desk(clerk)
        before = his.get("/desk/").status_code

        done = security().post(address(clerk, "log-out"), {"reason": "可疑登录"})

        assert before == 200
        assert done["Location"] == address(clerk)
        assert his.get("/desk/").status_code in {302, 401}

    def test_transfer_somebody(self) -> None:
        clerk = member(Post.REVIEW)

        done = system().post(
            address(clerk, "transfer"),
            {"agency": OTHER, "division": DISTRICT, "duty": "主任", "reason": "调任"},
        )

        kept = StaffMember.objects.get(account_id=clerk.id)
        assert done["Location"] == address(clerk)
        assert (kept.agency_code, kept.posts, kept.duty) == (OTHER, [], "主任")

    def test_let_somebody_leave(self) -> None:
        clerk = member(Post.REVIEW)
        his = at_desk(clerk)

        system().post(address(clerk, "leave"), {"reason": "离职"})

        assert not Account.objects.get(id=clerk.id).is_active
        assert his.get("/desk/").status_code in {302, 401}
        assert "已离岗" in text_of(system_again().get(address(clerk)))

    def test_write_an_absence_down_with_its_substitute(self) -> None:
        clerk, colleague = member(Post.REVIEW), member(Post.DECISION, name="李四", login="li.si")
        browser, today = security(), clock.civil_date(clock.now())

        browser.post(
            address(clerk, "absence"),
            {
                "valid_from": today.isoformat(),
                "valid_until": (today + timedelta(days=2)).isoformat(),
                "substitute": colleague.id,
                "reason": "年休假",
            },
        )

        absence = Absence.objects.get()
        assert (absence.substitute and absence.substitute.account_id) == UUID(colleague.id)
        assert absence.valid_until - absence.valid_from == timedelta(days=3)
        assert "李四" in text_of(browser.get(address(clerk)))
        ended = browser.post(f"{address(clerk)}absences/{absence.id}/end/")
        assert ended["Location"] == address(clerk)
        assert Absence.objects.get().closed_at is not None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"valid_from": "gestern"},
            {"valid_until": ""},
            {"valid_until": "0001-01-01"},
            {"valid_until": "9999-12-31"},
            {"substitute": "nobody"},
        ],
    )
    def test_refuse_terms_that_are_none(self, wrong: dict[str, str]) -> None:
        clerk, today = member(Post.REVIEW), clock.civil_date(clock.now()).isoformat()
        form = {"valid_from": today, "valid_until": today, "substitute": "", "reason": "年休假", **wrong}

        response = security().post(address(clerk, "absence"), form)

        assert response.status_code == 422
        assert not Absence.objects.exists()

    def test_show_a_new_password_once(self) -> None:
        clerk = member(Post.REVIEW)

        page = text_of(security().post(address(clerk, "password"), {"reason": "忘记密码"}))

        found = re.search(r"data-initial-password>([^<]+)<", page)
        assert found is not None
        assert Account.objects.get(id=clerk.id).check_password(found.group(1))

    def test_reset_a_second_factor_by_two_people(self) -> None:
        clerk = member(Post.REVIEW)
        with_app(clerk, at=clock.now() - timedelta(hours=1))
        asking, approving = security(), system()
        asking.post(address(clerk, "reset-factor"), {"reason": "手机遗失"})
        reset = FactorReset.objects.get()

        own = asking.post(f"/desk/accounts/resets/{reset.id}/approve/")
        seen = text_of(approving.get("/desk/accounts/resets/"))
        done = approving.post(f"/desk/accounts/resets/{reset.id}/approve/")

        assert own.status_code == 409
        assert "手机遗失" in seen
        assert done["Location"] == "/desk/accounts/resets/"
        assert not selectors.own_factors(actor=clerk).factors

    def test_ask_for_the_second_factor_anew_before_anything_is_typed(self) -> None:
        clerk = member(Post.REVIEW)
        administrator = staff(roles=[Role.SECURITY_ADMINISTRATOR], login_name="sec.admin", at=clock.now())
        browser = at_desk(administrator)
        with_app(administrator, at=clock.now() - timedelta(hours=1))

        asked = browser.get(address(clerk, "tasks"))
        posted = browser.post(address(clerk, "tasks"), {"posts": ["DECISION"], "reason": "x"})

        wanted = f"/my/account/factors/confirm/?next=%2Fdesk%2Faccounts%2F{clerk.id}%2Ftasks%2F"
        assert (asked["Location"], posted["Location"]) == (wanted, wanted)
        assert StaffMember.objects.get(account_id=clerk.id).posts == [Post.REVIEW]

    @pytest.mark.parametrize("act", ["delete", "become", "tasks2"])
    def test_are_no_others(self, act: str) -> None:
        assert security().get(address(member(Post.REVIEW), act)).status_code == 404

    def test_know_no_account_that_is_not_staffs(self) -> None:
        person = citizen()

        assert security().get(address(person)).status_code == 404
        assert security_again().post(address(person, "log-out"), {"reason": "x"}).status_code == 404
        assert not SignIn.objects.filter(account_id=person.id, ended_at__isnull=False).exists()


def system_again() -> Browser:
    return at_desk(staff(roles=[Role.OPERATOR], at=clock.now()))


def security_again() -> Browser:
    return at_desk(staff(roles=[Role.SECURITY_ADMINISTRATOR], at=clock.now()))

"""
Docked systems in the data room: an operator registers one, tests it, lets it go live, and mends what was refused.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories import identity
from tongban.foundation import clock
from tongban.resources.docking import services
from tongban.resources.docking.adapters import front_end
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.values import MessageState, ReportKind, SystemState
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

ROOM = "/desk/data/docking/"
SYSTEM = f"{ROOM}systems/{dock.CODE}/"


def browser_of(*roles: Role, agency_code: str = make.AGENCY) -> Browser:
    browser = Browser()
    at = clock.now()
    account = identity.staff(roles=roles, agency_code=agency_code, division_code=make.DIVISION, at=at)
    identity.log_in(browser, account, at=at)
    return browser


def text(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


class TestOperator:
    def test_registers_a_system_and_begins_its_tests(self) -> None:
        dock.register("first-system")
        browser = browser_of(Role.OPERATOR)
        form = {
            "code": dock.CODE,
            "name": "卫健业务系统",
            "agency_code": make.AGENCY,
            "way": "TABLES",
            "takes_from": "ACCEPTANCE",
            "items": "test-permit\nother",
        }

        wrong = browser.post(f"{ROOM}new/", {**form, "code": "X"})
        right = browser.post(f"{ROOM}new/", form)
        begun = browser.post(f"{SYSTEM}test/")
        checked = browser.post(f"{SYSTEM}check/")

        with front_end.engine_of("").begin() as database:
            database.execute(sa.schema.DropSchema("dock_health_system", cascade=True))
        assert wrong.status_code == 422
        assert "卫健业务系统" in wrong.content.decode()
        assert (right.status_code, begun.status_code, checked.status_code) == (302, 302, 302)
        system = DockedSystem.objects.get(code=dock.CODE)
        assert (system.state, system.items) == (SystemState.TESTING, ["test-permit", "other"])
        page = text(browser.get(SYSTEM))
        assert "trial.result" in page
        assert "不符合" in page

    def test_changes_settings_and_is_never_shown_what_is_secret(self) -> None:
        dock.live(settings={"dsn": "postgresql://node:secret-word@db.example.org/front", "schema": "front"})
        browser = browser_of(Role.OPERATOR)
        form = {"name": "卫健新库", "items": "test-permit", "schema": "front", "dsn": ""}

        shown = text(browser.get(f"{SYSTEM}change/"))
        renamed = browser.post(f"{SYSTEM}change/", form)
        before = DockedSystem.objects.get(code=dock.CODE)
        moved = browser.post(f"{SYSTEM}change/", {**form, "dsn": "postgresql://other@db.example.org/x"})
        wrong = browser.post(f"{SYSTEM}change/", {**form, "name": " "})

        after = DockedSystem.objects.get(code=dock.CODE)
        assert "secret-word" not in shown
        assert 'value="front"' in shown
        assert (renamed.status_code, moved.status_code, wrong.status_code) == (302, 302, 422)
        assert (before.name, before.items, before.state) == ("卫健新库", ["test-permit"], SystemState.LIVE)
        assert before.settings["dsn"].startswith("postgresql://node:secret-word@")
        assert (after.state, after.certificate) == (SystemState.TESTING, None)
        assert after.settings["dsn"] == "postgresql://other@db.example.org/x"

    def test_suspends_with_a_reason_and_takes_cases_back(self) -> None:
        dock.live()
        dock.given()
        browser = browser_of(Role.OPERATOR)

        refused = browser.post(f"{SYSTEM}suspend/", {"reason": " "})
        done = browser.post(f"{SYSTEM}suspend/", {"reason": "升级"}, follow=True)

        assert refused.status_code == 422
        assert "收回 1 件办件" in text(done)

    def test_reads_why_a_message_was_refused_and_replays_it(self) -> None:
        system = dock.live(items=["another"])
        number = dock.given()
        dock.tell(system, number, ReportKind.STEP, step_name="审查", outcome="PASS")
        message = DockMessage.objects.get(direction="IN")
        browser = browser_of(Role.OPERATOR)

        listed = text(browser.get(f"{SYSTEM}?only=errors"))
        page = text(browser.get(f"{ROOM}messages/{message.pk}/"))
        replayed = text(browser.post(f"{ROOM}messages/{message.pk}/", follow=True))

        assert "unknown_case" in listed
        assert "没有交给本系统的这一办件" in page
        assert "重放后仍被退回" in replayed
        assert DockMessage.objects.filter(direction="IN", state=MessageState.REFUSED).count() == 2

    def test_gives_once_more_what_was_given(self) -> None:
        dock.live()
        dock.given()
        DockMessage.objects.update(state=MessageState.TAKEN)
        message = DockMessage.objects.get(direction="OUT")

        services.replay(message_id=message.pk, actor=dock.operator(), at=dock.AT)

        message.refresh_from_db()
        assert (message.state, message.version) == (MessageState.QUEUED, 2)
        assert message.story[-1][1] == "replayed"


class TestClerk:
    def test_is_told_that_the_system_has_the_case(self) -> None:
        dock.live()
        number = dock.given()
        browser = Browser()
        at = clock.now()
        reviewer = identity.staff(Post.REVIEW, agency_code=make.AGENCY, division_code=make.DIVISION, at=at)
        identity.log_in(browser, reviewer, at=at)

        page = text(browser.get(f"/desk/cases/{number}/"))

        assert "由本机构的业务系统办理" in page


class TestSteward:
    def test_watches_systems_of_his_agency_only_and_changes_none(self) -> None:
        dock.live()
        dock.given()
        message = DockMessage.objects.get(direction="OUT")
        own = browser_of(Role.DATA_STEWARD)
        other = browser_of(Role.DATA_STEWARD, agency_code=make.OTHER_AGENCY)

        assert "卫健业务系统" in text(own.get(ROOM))
        assert text(own.get(SYSTEM)).count("11010519491231002X") == 0
        assert "卫健业务系统" not in text(other.get(ROOM))
        assert other.get(SYSTEM).status_code == 404
        assert other.get(f"{ROOM}messages/{message.pk}/").status_code == 404
        assert own.post(f"{SYSTEM}suspend/", {"reason": "x"}).status_code == 403
        assert own.get(f"{ROOM}new/").status_code == 403
        assert own.get(f"{SYSTEM}change/").status_code == 403

    def test_sees_health_without_a_password(self) -> None:
        dock.live(settings={"dsn": "postgresql://node:secret-word@db.example.org:5432/front"})

        page = text(browser_of(Role.DATA_REVIEWER).get(SYSTEM))

        assert "postgresql://…@db.example.org:5432/front" in page
        assert "secret-word" not in page

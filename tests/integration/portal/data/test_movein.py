"""
平台迁入 in the data room: registered, tried, loaded, cut over; conflicts decided; nothing for others.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as node
from django.test import Client as Browser
from django.urls import reverse

from tests.factories import casework, identity
from tests.factories import docking as dock
from tests.factories.mariadb import mariadb
from tests.factories.old_platform import MAPPING, OldHall
from tongban.foundation import clock
from tongban.foundation.clock import civil_date
from tongban.resources.movein import services, tasks
from tongban.resources.movein.models import MoveConflict, MovedItem, MoveRun, OldPlatform
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db
CODE = "old-hall"
PLATFORM = f"/desk/data/move-in/at/{CODE}/"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """
    Run a database server for the old platform.
    """
    with mariadb() as dsn:
        yield dsn


@pytest.fixture
def hall(database: str, monkeypatch: pytest.MonkeyPatch) -> OldHall:
    """
    Give an old platform with one whole case and one that cannot be taken.
    """
    chosen = node.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.1"})
    monkeypatch.setattr(node, "TONGBAN_OUTGOING", chosen)
    old = OldHall(dsn=database)
    old.rebuild()
    old.whole_case(1)
    old.case(2, status="X", remark="请尽快")
    return old


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let jobs run where they are asked for.
    """

    def run(_name: str, *, once: str, code: str, kind: str) -> None:
        tasks.run_platform(code=code, kind=kind)

    monkeypatch.setattr("tongban.resources.movein.services.loading.jobs.defer", run)


def browser_of(*roles: Role) -> Browser:
    """
    Return a browser in which somebody with these roles is logged in.
    """
    browser = Browser()
    at = clock.now()
    identity.log_in(browser, identity.staff(roles=roles, at=at, division_code="511600000000"), at=at)
    return browser


def text(response: Any) -> str:
    """
    Return a page that was shown.
    """
    assert response.status_code == 200, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


def loaded(hall: OldHall) -> None:
    """
    Register and load.
    """
    at = clock.now()
    services.register(text=MAPPING, settings={"dsn": hall.dsn}, actor=dock.operator(), at=at)
    services.load(code=CODE, actor=dock.operator(), at=at)


class TestAnOperator:
    def test_registers_tries_and_reads_what_would_be_lost(self, hall: OldHall) -> None:
        browser = browser_of(Role.OPERATOR)

        wrong = browser.post(reverse("data:movein-register"), {"mapping": "[platform", "dsn": hall.dsn})
        assert wrong.status_code == 422
        assert "[platform" in wrong.content.decode()
        browser.post(reverse("data:movein-register"), {"mapping": MAPPING, "dsn": hall.dsn})
        browser.post(PLATFORM + "do/try/")

        page = text(browser.get(PLATFORM))
        report = text(browser.get(reverse("data:movein-run", kwargs={"run": MoveRun.objects.get().pk})))
        assert "试装" in page
        assert "tongban:" not in page
        assert "代码没有对应关系" in report
        assert "HY2020-00002" in report
        assert "remark" in report

    def test_loads_follows_and_cuts_over(self, hall: OldHall) -> None:
        loaded(hall)
        browser = browser_of(Role.OPERATOR)
        item = MovedItem.objects.get(old_code="HY-1").pk
        day = (clock.now() + timedelta(days=1)).date().isoformat()

        browser.post(PLATFORM + "do/load/")
        browser.post(PLATFORM + "do/follow/")
        refused = browser.post(f"{PLATFORM}items/{item}/cut-over/", {"on": "2020-01-01"})
        browser.post(f"{PLATFORM}items/{item}/cut-over/", {"on": day})

        assert refused.status_code == 422
        assert "切换日期不能早于今天" in refused.content.decode()
        assert OldPlatform.objects.get().state == "FOLLOWING"
        assert str(MovedItem.objects.get(old_code="HY-1").cut_over_on) == day
        browser.post(f"{PLATFORM}items/{item}/back/")
        assert MovedItem.objects.get(old_code="HY-1").cut_over_on is None

    def test_sees_why_a_run_failed(self, hall: OldHall) -> None:
        loaded(hall)
        hall.do("ALTER TABLE apply_case RENAME COLUMN item_name TO title")

        browser_of(Role.OPERATOR).post(PLATFORM + "do/load/")

        assert "原平台没有这一列" in text(browser_of(Role.OPERATOR).get(PLATFORM))

    def test_keeps_the_address_when_the_mapping_changes(self, hall: OldHall) -> None:
        loaded(hall)
        browser = browser_of(Role.OPERATOR)
        assert hall.dsn not in text(browser.get(PLATFORM + "map/"))

        browser.post(PLATFORM + "map/", {"mapping": MAPPING.replace("原政务大厅系统", "老系统"), "dsn": ""})

        platform = OldPlatform.objects.get()
        assert (platform.name, platform.settings["dsn"]) == ("老系统", hall.dsn)


class TestAReviewer:
    def test_decides_conflicts_and_changes_nothing_else(self, hall: OldHall) -> None:
        loaded(hall)
        platform = OldPlatform.objects.get()
        conflict = MoveConflict.objects.create(
            platform=platform,
            matter="LATE_CASE",
            case_number="HY2020-00009",
            case_key="9",
            old_item="HY-1",
            old_state="02",
            found_at=clock.now(),
            rule="HOLD",
        )
        browser = browser_of(Role.DATA_REVIEWER)

        assert "HY2020-00009" in text(browser.get(PLATFORM))
        assert browser.post(PLATFORM + "do/load/").status_code == 403
        assert "HY2020-00009" in text(browser.get(f"{PLATFORM}conflicts/{conflict.pk}/"))
        assert browser.get(f"{PLATFORM}conflicts/0/").status_code == 404
        assert browser.post(f"{PLATFORM}conflicts/{conflict.pk}/", {}).status_code == 422
        browser.post(f"{PLATFORM}conflicts/{conflict.pk}/", {"believe": "OURS"})

        conflict.refresh_from_db()
        assert conflict.decision == "OURS"


class TestOthers:
    @pytest.mark.parametrize("role", [Role.DATA_STEWARD, Role.SEAL_KEEPER])
    def test_see_nothing_of_it(self, hall: OldHall, role: Role) -> None:
        loaded(hall)
        browser = browser_of(role)

        for address in ("/desk/data/move-in/", PLATFORM, PLATFORM + "map/", PLATFORM + "do/load/"):
            assert browser.get(address).status_code in {403, 404}


class TestPeople:
    def test_are_led_to_the_old_platform_until_the_cut_over(self, hall: OldHall) -> None:
        at = clock.now()
        offering = casework.publish(at=at)
        mapping = MAPPING.replace('offering = "OFF-HYGIENE"', f'offering = "{offering}"')
        services.register(text=mapping, settings={"dsn": hall.dsn}, actor=dock.operator(), at=at)
        services.load(code=CODE, actor=dock.operator(), at=at)
        citizen = Browser()
        identity.log_in(citizen, identity.citizen(at=at), at=at)

        guide = text(citizen.get(f"/items/{offering}/"))
        begun = citizen.post(f"/apply/{offering}/")
        led = citizen.get(f"/apply/{offering}/")
        assert "https://old.example/apply" in guide
        assert f"/apply/{offering}/" not in guide
        assert begun.status_code == 409
        assert led["Location"] == f"/items/{offering}/"
        assert "原政务大厅系统" in begun.content.decode()

        services.cut_over(code=CODE, old_item="HY-1", on=civil_date(at), actor=dock.operator(), at=at)
        assert f"/apply/{offering}/" in text(citizen.get(f"/items/{offering}/"))
        assert citizen.post(f"/apply/{offering}/").status_code == 302

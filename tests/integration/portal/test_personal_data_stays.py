"""
Names, numbers, telephones and answers of one person, sought everywhere after a whole case: in every table, in what is
logged, on every page and behind every reading operation that anybody but the person opens.

What may show them is named here, and nothing else.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.db import connection
from django.test import Client as Browser

from tests.factories import api, portal
from tests.factories.identity import citizen, id_number, log_in
from tests.integration.portal.test_crawl import CONSOLES, browser_of, crawl
from tongban.business.licences.models import Licence
from tongban.foundation import clock, events, logging
from tongban.foundation.actors import Actor
from tongban.support.identity.values import Post, Role
from tongban.support.privacy import services as privacy

pytestmark = pytest.mark.django_db

NAME, PHONE, NUMBER = "欧阳霓裳", "19987650123", id_number(sequence=891)
SECRETS = (NAME, PHONE, NUMBER)
ANSWERS = {**portal.ANSWERS, "a-contact": NAME, "a-mobile": PHONE}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """
    What the process logs, as the node writes it.
    """
    written = StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stderr", written)
        logging.configure("json", level="DEBUG")
        yield written
    structlog.reset_defaults()
    logging.configure("json")


@pytest.fixture
def person(db: None, tmp_path: Path, settings: Any) -> Actor:
    """
    Somebody whose name nobody else bears.
    """
    settings.TONGBAN_HOME = tmp_path
    return citizen(name=NAME, number=NUMBER, phone=PHONE)


@pytest.fixture
def case(log: StringIO, person: Actor, monkeypatch: pytest.MonkeyPatch) -> str:
    """
    A case of the person's that was granted, one that waits, a draft, a licence, messages, a copy of everything.
    """
    del log
    monkeypatch.setattr(portal, "ANSWERS", ANSWERS)
    browser = Browser()
    log_in(browser, person, at=clock.now())
    portal.publish_permit()
    number = portal.apply(browser)
    portal.grant(number)
    portal.apply(browser)
    portal.begin(browser)
    events.deliver_all(at=clock.now())
    checked = replace(person, checked_level=4, checked_at=clock.now())
    privacy.make_copy(request_id=privacy.ask_for_copy(actor=checked, at=clock.now()), at=clock.now())
    return number


class Recording(Browser):
    """
    A browser that keeps every page it was given.
    """

    pages: dict[str, str]

    def get(self, path: str, *parts: Any, **more: Any) -> Any:  # type: ignore[override]
        response: Any = super().get(path, *parts, **more)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        self.pages[path] = content.decode(errors="replace")
        return response


def recording(role: str) -> Recording:
    made = Recording(raise_request_exception=False)
    made.cookies, made.pages = browser_of(role).cookies, {}
    return made


def told(texts: dict[str, str]) -> dict[str, list[str]]:
    """
    Return where something of the person stands in clear, and what.
    """
    found = {where: [secret for secret in SECRETS if secret in text] for where, text in texts.items()}
    return {where: secrets for where, secrets in found.items() if secrets}


def rows() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [row[0] for row in cursor.fetchall()]
        held = {}
        for name in names:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{name}\" t")
            held[name] = str(cursor.fetchone()[0])
    return held


class TestTables:
    def test_hold_nothing_of_the_person_in_clear(self, case: str) -> None:
        texts = rows()
        hexadecimal = {
            f"{name} (bytes)": text
            for name, text in texts.items()
            for secret in SECRETS
            if secret.encode().hex() in text
        }

        assert case in texts["casework_case"]
        assert told(texts) == {}
        assert hexadecimal == {}


class TestLog:
    def test_names_nobody(self, case: str, log: StringIO) -> None:
        for role in ("acceptance", "audit"):
            crawl(recording(role), "/desk/")
        Browser(raise_request_exception=False).post(
            "/api/v1/sessions",
            json.dumps({"login": NUMBER, "password": NAME, "kind": "PERSON"}),
            "application/json",
        )

        assert "event" in log.getvalue()
        assert case
        assert told({"log": log.getvalue()}) == {}


class TestPages:
    def test_of_the_person_show_them(self, person: Actor, case: str) -> None:
        browser = Recording()
        browser.pages = {}
        log_in(browser, person, at=clock.now())

        crawl(browser, "/my/", f"/my/cases/{case}/")

        assert {secret for secrets in told(browser.pages).values() for secret in secrets} >= {NAME}

    def test_of_staff_show_masked_data_only(self, case: str) -> None:
        found = (f"/desk/cases/{case}/", f"/desk/cases/?q={case}", f"/desk/licences/?q={case}")
        seen: dict[str, str] = {}

        for role in ("acceptance", "decision", "counter", "supervisor", "audit"):
            browser = recording(role)
            crawl(browser, "/desk/", CONSOLES.get(role, "/desk/cases/"), *found)
            seen |= {f"{role} {address}": page for address, page in browser.pages.items()}

        assert len(seen) > 50
        assert told(seen) == {}

    def test_of_the_public_show_nothing(self, case: str) -> None:
        browser = Recording(raise_request_exception=False)
        browser.pages = {}

        crawl(browser, "/", "/progress/", "/verify/")

        assert case
        assert len(browser.pages) > 5
        assert told(browser.pages) == {}

    def test_that_refuse_do_not_say_it_either(self, case: str) -> None:
        browser = browser_of("acceptance")

        refused = {
            str(typed): browser.post(f"/desk/cases/{case}/reveal/", typed, follow=True).content.decode()
            for typed in ({}, {"purpose": ""}, {"purpose": "OTHER"}, {"purpose": "x" * 201})
        }

        assert all("请说明查看原因" in page for page in refused.values())
        assert told(refused) == {}


class TestOperations:
    def test_of_staff_and_systems_give_masked_data_only(self, case: str) -> None:
        callers = {
            "staff": api.staff(*Post, roles=(Role.SUPERVISOR,), login_name="clerk.all"),
            "system": api.system("cases:read", "cases:write", "licences:read", "catalogue:write"),
        }
        licence = Licence.objects.get()
        known = {"number": case, "identifier": licence.identifier}
        answers = {
            f"{name} {path}": caller.get(path).content.decode(errors="replace")
            for name, caller in callers.items()
            for path in paths(known)
        }

        assert any(case in answer for answer in answers.values())
        assert told(answers) == {}


def paths(known: dict[str, str]) -> list[str]:
    """
    Return every reading operation of the contract whose parameters are known.
    """
    contract = json.loads((Path(__file__).parents[3] / "docs/reference/openapi-v1.json").read_text())
    found = []
    for path, operations in contract["paths"].items():
        filled = re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "{?}"), path)
        if "get" in operations and "{?}" not in filled:
            found.append(filled.removeprefix("/api/v1"))
    return found

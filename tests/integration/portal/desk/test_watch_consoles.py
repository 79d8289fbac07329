"""
The consoles of the audit and of the security administrator: each sees its own, nobody else sees either.
"""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from tests.factories import identity
from tongban.foundation import audit, clock
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.audit import Outcome
from tongban.support.identity.values import Post, Role
from tongban.support.security.models import SecurityEvent, SecurityRule
from tongban.support.security.services import send_alarms
from tongban.support.security.values import AlarmState, EventKind, EventState, Severity

pytestmark = pytest.mark.django_db

CONSOLES = ("/desk/audit/", "/desk/security/", "/desk/security/rules/", "/desk/security/1/")
MOBILE = identity.mobile(78)
STRANGE = '=HYPERLINK("http://evil.example","x")'


def browser_of(*roles: Role, posts: tuple[Post, ...] = ()) -> Browser:
    browser = Browser()
    at = clock.now()
    identity.log_in(browser, identity.staff(*posts, roles=roles, at=at), at=at)
    return browser


def write(subject: str, *, action: str = "tests.thing.do", outcome: Outcome = Outcome.SUCCESS) -> None:
    actor = Actor(kind=ActorKind.STAFF, id="somebody", session_id="session-1")
    audit.record(action=action, actor=actor, subject=subject, at=clock.now(), outcome=outcome, note=STRANGE)


def event(state: EventState = EventState.OPEN) -> SecurityEvent:
    at = clock.now()
    return SecurityEvent.objects.create(
        kind=EventKind.MASS_READS,
        key="clerk",
        severity=Severity.HIGH,
        state=state,
        count=31,
        first_at=at - timedelta(minutes=5),
        last_at=at,
        facts={"entries": [{"id": 7, "at": "2026", "action": "a.b.c", "subject": "<b>", "address": ""}]},
    )


def actions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action FROM foundation_audit WHERE action LIKE 'security.%%' AND outcome = 'SUCCESS'"
        )
        return [row[0] for row in cursor.fetchall()]


class TestConsoles:
    @pytest.mark.parametrize(
        ("roles", "seen"),
        [
            ((Role.AUDIT_ADMINISTRATOR,), {"/desk/audit/"}),
            (
                (Role.SECURITY_ADMINISTRATOR,),
                {"/desk/security/", "/desk/security/rules/", "/desk/security/1/"},
            ),
            ((Role.OPERATOR,), set()),
            ((Role.SUPERVISOR, Role.CATALOGUE_EDITOR), set()),
            ((), set()),
        ],
    )
    def test_are_seen_by_their_own_administrator_alone(self, roles: tuple[Role, ...], seen: set[str]) -> None:
        kept = event()
        browser = browser_of(*roles, posts=tuple(Post) if not roles else ())

        told = {path: browser.get(path.replace("/1/", f"/{kept.pk}/")).status_code for path in CONSOLES}

        assert {path for path, status in told.items() if status == 200} == seen
        assert {status for path, status in told.items() if path not in seen} <= {403}

    def test_send_others_to_the_login(self) -> None:
        assert {Browser().get(path).status_code for path in CONSOLES} == {302}

    @pytest.mark.parametrize(
        "path", ["/desk/audit/export/", "/desk/security/1/acknowledge/", "/desk/security/1/close/"]
    )
    def test_change_nothing_for_others(self, path: str) -> None:
        kept = event()
        address = path.replace("/1/", f"/{kept.pk}/")

        told = {
            browser_of(role).post(address, {"words": "x"}).status_code
            for role in (Role.OPERATOR, Role.SUPERVISOR)
        }

        assert told == {403}
        assert SecurityEvent.objects.get().state == EventState.OPEN
        assert actions() == []


class TestAudit:
    def test_finds_by_what_is_asked_for(self) -> None:
        write("one")
        write("two", outcome=Outcome.REFUSED)
        browser = browser_of(Role.AUDIT_ADMINISTRATOR)

        everything = browser.get("/desk/audit/").content.decode()
        refused = browser.get("/desk/audit/", {"outcome": "REFUSED"}).content.decode()
        by_subject = browser.get("/desk/audit/", {"subject": "one", "action": "tests."}).content.decode()
        earlier = browser.get("/desk/audit/", {"since": "2026-01-01", "until": "2026-01-02"}).content.decode()

        assert "subject=one" in everything
        assert "subject=two" in everything
        assert "subject=one" not in refused
        assert "subject=two" in refused
        assert "subject=two" not in by_subject
        assert "subject=one" in by_subject
        assert "没有符合条件的审计记录" in earlier

    def test_pages_by_keyset(self) -> None:
        for number in range(120):
            write(f"n{number:03}")
        browser = browser_of(Role.AUDIT_ADMINISTRATOR)
        seen: list[str] = []

        query: dict[str, str] = {"action": "tests."}
        for _ in range(3):
            response = browser.get("/desk/audit/", query)
            page = response.content.decode()
            seen += [f"n{number:03}" for number in range(120) if f"subject=n{number:03}&" in page]
            following = re.search(r'rel="next" href="[^"]*cursor=([^"&]+)', page)
            query["cursor"] = following.group(1) if following else ""

        assert sorted(seen) == [f"n{number:03}" for number in range(120)]

    def test_refuses_a_cursor_of_somebody_elses_making(self) -> None:
        assert browser_of(Role.AUDIT_ADMINISTRATOR).get("/desk/audit/", {"cursor": "AAAA"}).status_code == 422

    def test_hands_out_a_table_that_calculates_nothing_and_writes_it_down(self) -> None:
        write(STRANGE)
        browser = browser_of(Role.AUDIT_ADMINISTRATOR)

        response: Any = browser.post("/desk/audit/export/", {"form": "csv", "action": "tests."})
        text = b"".join(response.streaming_content).decode("utf-8-sig")

        rows = list(csv.reader(io.StringIO(text)))
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-')
        assert [row[4] for row in rows[1:]] == [f"'{STRANGE}"]
        assert actions() == ["security.audit.export"]

    def test_hands_out_lines_for_machines(self) -> None:
        write("one")
        browser = browser_of(Role.AUDIT_ADMINISTRATOR)

        response: Any = browser.post("/desk/audit/export/", {"form": "jsonl", "subject": "one"})
        lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]

        assert [(line["subject"], line["session_id"], line["facts"]) for line in lines] == [
            ("one", "session-1", {"note": STRANGE})
        ]

    @pytest.mark.parametrize(
        "query",
        [
            {"since": "x", "until": "2026-99-99"},
            {"since": "2026-12-01", "until": "2026-01-01"},
            {"since": "0001-01-01", "until": "9999-12-31"},
            {"actor": "' OR 1=1 --", "action": "%", "subject": "x" * 500, "address": "1'"},
        ],
    )
    def test_takes_odd_questions_for_what_they_are(self, query: dict[str, str]) -> None:
        assert browser_of(Role.AUDIT_ADMINISTRATOR).get("/desk/audit/", query).status_code == 200


class TestSecurity:
    def test_shows_an_event_and_takes_it_to_its_end(self) -> None:
        kept = event()
        browser = browser_of(Role.SECURITY_ADMINISTRATOR)

        page = browser.get(f"/desk/security/{kept.pk}/").content.decode()
        taken = browser.post(f"/desk/security/{kept.pk}/acknowledge/")
        without = browser.post(f"/desk/security/{kept.pk}/close/", {"words": " "})
        closed = browser.post(f"/desk/security/{kept.pk}/close/", {"words": "已核实"})
        late = browser.post(f"/desk/security/{kept.pk}/close/", {"words": "再关"})

        assert "大量查看个人信息" in page
        assert "&lt;b&gt;" in page
        assert [answer.status_code for answer in (taken, without, closed, late)] == [302, 422, 302, 409]
        assert "请写明情况" in without.content.decode()
        assert SecurityEvent.objects.get().words == "已核实"
        assert actions() == ["security.event.acknowledge", "security.event.close"]

    def test_changes_a_rule(self) -> None:
        browser = browser_of(Role.SECURITY_ADMINISTRATOR)
        sent = {
            "kind": "MASS_READS",
            "is_on": "1",
            "threshold": "12",
            "window_minutes": "30",
            "severity": "LOW",
        }

        changed = browser.post("/desk/security/rules/", sent)
        wrong = browser.post("/desk/security/rules/", {**sent, "threshold": "-5"})
        unknown = browser.post("/desk/security/rules/", {**sent, "kind": "ANYTHING"})

        assert [answer.status_code for answer in (changed, wrong, unknown)] == [302, 422, 404]
        rule = SecurityRule.objects.get()
        assert (rule.threshold, rule.window_minutes, rule.is_alarm) == (12, 30, False)

    def test_keeps_where_alarms_are_sent_and_shows_what_was_told(self) -> None:
        kept = event()
        SecurityEvent.objects.update(alarm=AlarmState.QUEUED)
        browser = browser_of(Role.SECURITY_ADMINISTRATOR)

        saved = browser.post("/desk/security/contact/", {"mobile": MOBILE})
        wrong = browser.post("/desk/security/contact/", {"mobile": "12"})
        rules = browser.get("/desk/security/rules/").content.decode()
        send_alarms(at=clock.now())
        inbox = browser.get("/desk/messages/").content.decode()
        read = browser.post("/desk/messages/read/")
        after = browser.get("/desk/messages/").content.decode()

        assert [answer.status_code for answer in (saved, wrong, read)] == [302, 422, 302]
        assert "11 位手机号码" in wrong.content.decode()
        # Saved empty, the page would end the messages.
        assert 'value="12"' in wrong.content.decode()
        assert MOBILE not in rules
        assert f"{MOBILE[:3]}****{MOBILE[-4:]}" in rules
        assert f'href="/desk/security/{kept.pk}/">安全告警：大量查看个人信息</a>' in inbox
        assert ("未读" in inbox, "未读" in after) == (True, False)

    def test_says_how_much_waits_beside_the_name_of_the_console(self) -> None:
        event()
        closed = event(EventState.CLOSED)
        browser = browser_of(Role.SECURITY_ADMINISTRATOR)

        page = browser.get("/desk/security/").content.decode()
        ended = browser.get("/desk/security/", {"state": "CLOSED"}).content.decode()

        assert 'tb-desk__badge--bad">1<' in page
        assert f"/desk/security/{closed.pk}/" not in page
        assert f"/desk/security/{closed.pk}/" in ended

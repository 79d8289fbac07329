"""
Who was told no, and who showed a secret that is not good, stands in the audit trail: once, and not once a try.
"""

from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.factories import identity
from tongban.foundation import clock
from tongban.foundation.models import AuditEntry
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

FROM = "192.0.2.44"
TOKENS = "/api/v1/tokens"


def entries(action: str) -> list[tuple[str, str, str, str]]:
    rows = AuditEntry.objects.filter(action=action).order_by("id")
    return [(row.actor_kind, row.subject, row.outcome, row.address) for row in rows]


class TestRefusals:
    def test_of_staff_name_them_and_the_door(self) -> None:
        browser = Browser(REMOTE_ADDR=FROM)
        clerk = identity.staff(Post.COUNTER)
        identity.log_in(browser, clerk, at=clock.now())

        for _ in range(3):
            assert browser.get("/desk/audit/").status_code == 403

        assert entries("security.audit.read") == [("STAFF", "/desk/audit/", "REFUSED", FROM)]

    def test_of_strangers_are_no_entries(self) -> None:
        browser = Browser(REMOTE_ADDR=FROM)

        browser.get("/desk/audit/")
        browser.get("/api/v1/cases/510000000000001/")

        assert not AuditEntry.objects.filter(outcome="REFUSED").exists()


class TestMisuse:
    def test_of_a_token_is_an_entry_by_where_it_came_from(self) -> None:
        http = Browser(REMOTE_ADDR=FROM, headers={"Authorization": "Bearer tb_made_up"})

        for _ in range(3):
            assert http.get("/api/v1/me").status_code == 401

        assert entries("identity.token.misuse") == [("ANONYMOUS", "/api/v1/me", "REFUSED", FROM)]

    def test_of_a_systems_secret_is_an_entry_whatever_the_protocol_answers(self) -> None:
        http = Browser(REMOTE_ADDR=FROM)
        form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "guessed"}

        refused = http.post(TOKENS, urlencode(form), "application/x-www-form-urlencoded")

        assert refused.json()["error"] == "invalid_client"
        assert entries("identity.client.misuse") == [("ANONYMOUS", TOKENS, "REFUSED", FROM)]

    def test_is_not_what_somebody_does_who_shows_nothing(self) -> None:
        http = Browser(REMOTE_ADDR=FROM)

        assert http.get("/api/v1/me").status_code == 401

        assert not AuditEntry.objects.filter(action__endswith=".misuse").exists()

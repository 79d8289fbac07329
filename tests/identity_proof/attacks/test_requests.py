"""
Injection, redirection, foreign hosts, odd requests: through the real doors, as those who stand before them.
"""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client as Browser

from tests.factories.database import contents
from tests.identity_proof.attacks.area import OWN_LOGS, Area, count, harm_of, unchanged
from tests.identity_proof.attacks.payloads import ELSEWHERE, HOSTS, INJECTIONS
from tongban.config import env
from tongban.config import settings as node_settings

pytestmark = pytest.mark.django_db

QUERIES = {
    "search": ("nobody", "/search?q={}"),
    "suggestions": ("nobody", "/search/suggest?q={}"),
    "progress": ("nobody", "/progress?number={0}&code={0}"),
    "search of the interface": ("nobody", "/api/v1/search?q={}"),
    "progress of the interface": ("nobody", "/api/v1/progress?number={0}&query_code={0}"),
    "text of cases of the desk": ("clerk", "/desk/cases/?q={0}"),
    "cases of the desk": ("clerk", "/desk/cases/?q={0}&status={0}&cursor={0}"),
    "inbox": ("clerk", "/desk/?q={0}&view={0}&case={0}&cursor={0}"),
    "audit": ("auditor", "/desk/audit/?subject={0}&action={0}&actor={0}&since={0}&cursor="),
    "own cases": ("attacker", "/my/cases/?cursor={0}&state={0}"),
    "login that leads on": ("nobody", "/my/login/?next={0}"),
}
PLACES = {
    "offering": ("nobody", "/items/{}/"),
    "agency": ("nobody", "/agencies/{}/"),
    "event": ("nobody", "/events/{}/"),
    "verification": ("nobody", "/verify/{}"),
    "offering of the interface": ("nobody", "/api/v1/offerings/{}"),
    "own case": ("attacker", "/my/cases/{}/"),
    "case of the desk": ("clerk", "/desk/cases/{}/"),
    "own licence": ("attacker", "/my/licences/{}/"),
    "application": ("attacker", "/apply/{}/"),
}
VERDICTS = frozenset({"verification"})
"""Doors that answer to anything: that it is nothing of ours."""
METHODS = ("TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND", "MOVE", "LOCK", "get", "PATCH", "PUT", "DELETE")
FORMS = {
    "login": ("nobody", "/my/login/", ("login", "password", "next")),
    "codes": ("nobody", "/my/register/", ("id_number", "mobile", "name")),
    "reset": ("nobody", "/my/reset/", ("login", "mobile")),
    "language": ("nobody", "/language", ("language", "next")),
    "reveal": ("stranger", "/desk/cases/{number}/reveal/", ("purpose", "reason")),
}


@pytest.fixture
def area(settings: Any, tmp_path: Any) -> Area:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    settings.TONGBAN_HOME = tmp_path
    return Area()


def a_third(turn: int) -> list[tuple[str, str]]:
    """
    Return every third payload, others at every door: each is tried at many, and the suite stays short.
    """
    return list(INJECTIONS.items())[turn % 3 :: 3]


class TestInjection:
    def test_into_queries_gets_nowhere(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        harm = {}

        for turn, (door, (who, address)) in enumerate(QUERIES.items()):
            # A cursor that is none is refused before the text is looked for: a field alone is tried with everything.
            payloads = list(INJECTIONS.items()) if door.startswith("text of") else a_third(turn)
            for name, payload in payloads:
                response = area.browsers[who].get(address.format(quote(payload, safe="%")))
                harm[door, name] = harm_of(
                    response, secrets=[] if who == "clerk" else area.secrets, payload=payload
                )

        count("injection", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []

    def test_into_addresses_gets_nowhere(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        harm = {}

        for turn, (door, (who, address)) in enumerate(PLACES.items()):
            for name, payload in a_third(turn):
                response = area.browsers[who].get(address.format(quote(payload, safe="%")))
                told = harm_of(response, secrets=area.secrets, payload=payload)
                is_refused = response.status_code in {301, 302, 400, 404, 422}
                harm[door, name] = told or ("" if is_refused or door in VERDICTS else "let in")

        count("injection", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []

    def test_into_forms_gets_nowhere(self, area: Area) -> None:
        before = contents(without=OWN_LOGS | {"identity_code", "messaging_outgoingtext"})
        harm = {}

        for turn, (door, (who, address, fields)) in enumerate(FORMS.items()):
            for name, payload in a_third(turn):
                form = urlencode(dict.fromkeys(fields, payload), errors="surrogatepass").encode()
                browser = area.browsers[who]
                place = address.format(**area.ids)
                response = browser.post(place, form, content_type="application/x-www-form-urlencoded")
                harm[door, name] = harm_of(response, secrets=area.secrets, payload=payload)

        count("injection", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before, without=OWN_LOGS | {"identity_code", "messaging_outgoingtext"}) == []

    def test_into_headers_gets_nowhere(self, area: Area) -> None:
        names = (
            "User-Agent",
            "Referer",
            "Accept-Language",
            "X-Request-ID",
            "Idempotency-Key",
            "Authorization",
            "X-Forwarded-For",
            "X-Original-URL",
            "If-None-Match",
        )
        harm = {}

        for turn, header in enumerate(names):
            for name, payload in a_third(turn):
                value = payload.encode("utf-8").decode("latin-1").replace("\r", " ").replace("\n", " ")
                path = "/api/v1/me" if header in {"Authorization", "Idempotency-Key"} else "/help"
                response = Browser(raise_request_exception=False).get(path, headers={header: value})
                told = harm_of(response, secrets=area.secrets, payload=payload)
                harm[header, name] = told or (
                    "" if path == "/help" or response.status_code == 401 else "let in"
                )

        count("injection", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}


class TestRedirection:
    def test_leads_nobody_elsewhere(self, area: Area) -> None:
        harm = {}
        browser = area.browsers["nobody"]

        for target in ELSEWHERE:
            answers = {
                "language": browser.post("/language", {"language": "en", "next": target}),
                "elder": browser.post("/elder", {"elder": "1", "next": target}),
                "login page": browser.get("/my/login/", {"next": target}),
                "login": log_in(area, target),
                "logout": area.browsers["operator"].post("/my/logout/", {"next": target}),
            }
            for door, response in answers.items():
                told = harm_of(response)
                is_linked = f'href="{target}"' in response.content.decode("utf-8", "replace")
                harm[door, target] = told or ("linked" if is_linked else "")

        count("open redirection", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}


def log_in(area: Area, target: str) -> Any:
    from tests.factories import api, identity  # noqa: PLC0415

    browser = Browser(raise_request_exception=False)
    return browser.post(
        "/my/login/", {"login": api.CITIZEN_MOBILE, "password": identity.PASSWORD, "next": target}
    )


class TestHosts:
    def test_of_others_are_not_answered_to(self, settings: Any, area: Area) -> None:
        settings.ALLOWED_HOSTS = ["testserver"]
        told = {}

        for host in HOSTS:
            for path in ("/", "/my/login/", "/api/v1/me"):
                response = Browser(raise_request_exception=False).get(
                    path, headers={"Host": host}, SERVER_NAME="testserver"
                )
                body = response.content.decode()
                told[host, path] = (
                    "" if response.status_code == 400 and "attacker" not in body else response.status_code
                )

        count("foreign host", len(told))
        assert {key: status for key, status in told.items() if status and key[0] != ""} == {}

    def test_are_those_of_the_node_and_not_any(self) -> None:
        assert env.run.hosts == node_settings.ALLOWED_HOSTS
        assert "*" not in node_settings.ALLOWED_HOSTS

    def test_named_beside_the_host_are_not_believed(self, area: Area) -> None:
        headers = (
            "X-Forwarded-Host",
            "X-Host",
            "X-Original-Host",
            "Forwarded",
            "X-Forwarded-Server",
            "X-HTTP-Host-Override",
        )
        told = {
            (header, path): "attacker.example"
            in Browser(raise_request_exception=False)
            .get(
                path,
                headers={header: "host=attacker.example" if header == "Forwarded" else "attacker.example"},
            )
            .content.decode()
            for header in headers
            for path in ("/", "/my/login/", "/my/reset/", "/api/v1/docs", "/sitemap")
        }

        count("foreign host", len(told))
        assert not any(told.values()), told


class TestOddRequests:
    def test_by_other_methods_do_nothing(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        number = area.world.case_number
        paths = ("/my/cases/", f"/my/cases/{number}/withdraw/", "/desk/", "/api/v1/cases", "/", "/language")
        harm = {}

        for method in METHODS:
            for path in paths:
                response = area.browsers["attacker"].generic(method, path)
                harm[method, path] = harm_of(response, secrets=area.secrets)

        count("odd request", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []

    def test_that_claim_another_method_or_address_are_taken_as_they_are(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        number = area.world.case_number
        claims = {
            "X-HTTP-Method-Override": "DELETE",
            "X-HTTP-Method": "PUT",
            "X-Method-Override": "POST",
            "X-Original-URL": f"/desk/cases/{number}/",
            "X-Rewrite-URL": f"/desk/cases/{number}/",
            "X-Forwarded-Prefix": "/desk",
            "X-Accel-Redirect": "/files/",
            "X-Sendfile": "/etc/passwd",
            "X-Forwarded-User": "operator",
            "Remote-User": "operator",
            "X-Remote-User": "operator",
            "X-Real-IP": "127.0.0.1",
            "X-Client-Cert": "x",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Proto": "https",
            "Transfer-Encoding": "chunked",
        }
        harm = {}

        for header, value in claims.items():
            for path in (f"/my/cases/{number}/", f"/desk/cases/{number}/", "/desk/audit/", "/metrics?x=1"):
                response = area.browsers["attacker"].get(path, headers={header: value})
                told = harm_of(response, secrets=area.secrets)
                is_in = response.status_code == 200 and not path.startswith("/metrics")
                harm[header, path] = told or ("let in" if is_in else "")

        count("odd request", len(harm))
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []

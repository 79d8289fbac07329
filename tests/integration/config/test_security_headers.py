"""
What every answer tells the browser, and what no page holds: code or style of its own.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLResolver, get_resolver

from tests.factories import identity
from tongban.config import settings as node_settings
from tongban.foundation import clock
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

PUBLIC = frozenset({"/sso/jwks.json"})
"""The same for everybody, and meant to be remembered."""
NOT_READY_IN_TESTS = "/readyz"
"""No worker gives signs of life there."""
TEMPLATES = Path(node_settings.__file__).parents[1]
INLINE = {
    "script without a source": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")[^>]*>", re.IGNORECASE
    ),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "address elsewhere": re.compile(
        r"<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE
    ),
}


def plain_paths(resolver: URLResolver, prefix: str = "") -> list[str]:
    """
    Return every address that has no part to be filled in.
    """
    found: list[str] = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += plain_paths(entry, route)
        elif not re.search(r"[<(\\^$]", route):
            found.append("/" + route)
    return sorted(set(found))


def visits() -> Iterator[tuple[str, str, Any]]:
    """
    Yield every plain page as those see it who have something to see there.
    """
    at = clock.now()
    paths = plain_paths(get_resolver())
    shown = {
        "nobody": (None, ("/",)),
        "citizen": (identity.citizen(at=at), ("/my/", "/apply/", "/desk/", "/sso/")),
        "clerk": (identity.staff(*Post, roles=[Role.SUPERVISOR], at=at), ("/desk/", "/my/")),
        "auditor": (identity.staff(roles=[Role.AUDIT_ADMINISTRATOR], at=at), ("/desk/audit/",)),
        "guard": (identity.staff(roles=[Role.SECURITY_ADMINISTRATOR], at=at), ("/desk/security/",)),
    }
    for name, (actor, starts) in shown.items():
        browser = Browser(raise_request_exception=False)
        if actor is not None:
            identity.log_in(browser, actor, at=at)
        for path in paths:
            if path.startswith(starts) and not path.endswith("logout/"):
                yield name, path, browser.get(path)


SHARED = {"/.well-known/tongban-presentation-keys.json"}
"""Made to be read by pages of others: keys with which anybody checks what is shown to him."""


def is_strict(headers: Mapping[str, str], *, is_shared: bool = False) -> bool:
    policy = headers.get("Content-Security-Policy", "")
    return (
        "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
        and not re.search(r"unsafe|\*|https?:|script-src[^;]*data:", policy)
        and headers.get("X-Content-Type-Options") == "nosniff"
        and headers.get("X-Frame-Options") == "DENY"
        and headers.get("Referrer-Policy") == "same-origin"
        and headers.get("Cross-Origin-Opener-Policy") == "same-origin"
        and headers.get("Cross-Origin-Resource-Policy") == ("cross-origin" if is_shared else "same-origin")
    )


class TestHeaders:
    def test_stand_on_every_answer_and_keep_private_ones_out_of_shared_memory(self) -> None:
        weak, kept, broken, seen = {}, {}, {}, set()
        for name, path, response in visits():
            seen.add(path)
            if not is_strict(response.headers, is_shared=path in SHARED):
                weak[name, path] = response.headers.get("Content-Security-Policy", "")
            control = response.headers.get("Cache-Control", "")
            is_private = name != "nobody" and response.status_code == 200
            if response.status_code >= 500 and path != NOT_READY_IN_TESTS:
                broken[name, path] = response.status_code
            if is_private and path not in PUBLIC and not ("no-store" in control or "private" in control):
                kept[name, path] = control

        assert len(seen) > 60
        assert (weak, kept, broken) == ({}, {}, {})

    def test_hold_browsers_to_tls_where_the_node_is_reached_by_it(self, settings: Any) -> None:
        plain = Browser().get("/").headers
        settings.TONGBAN_BASE_URL = "https://zwfw.example"
        encrypted = Browser().get("/").headers

        assert "Strict-Transport-Security" not in plain
        assert encrypted["Strict-Transport-Security"] == "max-age=31536000"


class TestPages:
    @pytest.mark.parametrize("kind", INLINE)
    def test_hold_no_code_and_no_style_of_their_own(self, kind: str) -> None:
        found = {
            str(path.relative_to(TEMPLATES)): match.group(0)
            for path in TEMPLATES.rglob("*.html")
            if (
                match := INLINE[kind].search(
                    re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
                )
            )
        }

        assert found == {}

    def test_take_nothing_for_safe_that_is_not_ours(self) -> None:
        """
        Templates escape everything; who marks text as safe in one would open it to whatever is in the text.
        """
        doubtful = {
            str(path.relative_to(TEMPLATES)): match.group(0)
            for path in TEMPLATES.rglob("*.html")
            if (
                match := re.search(
                    r"\|\s*safe\b|\{%-?\s*autoescape\s+false", path.read_text(encoding="utf-8")
                )
            )
        }

        assert doubtful == {}

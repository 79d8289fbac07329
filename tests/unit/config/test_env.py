"""
What follows from settings.
"""

import json
import os
import subprocess
import sys

import pytest

from tongban.config.env import RunSettings

ASK = """
import json
from tongban.config import settings
print(json.dumps([settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_SECURE,
    settings.CSRF_COOKIE_SECURE, settings.LANGUAGE_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
    settings.CSRF_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE, getattr(settings, "SESSION_COOKIE_DOMAIN", None),
    getattr(settings, "SESSION_COOKIE_PATH", "/"), settings.ALLOWED_HOSTS]))
"""
MACHINE = ["localhost", "127.0.0.1", "::1", "[::1]"]


class TestHosts:
    @pytest.mark.parametrize(
        ("chosen", "hosts"),
        [
            ({}, MACHINE),
            ({"public_url": "https://zwfw.example:8443/"}, ["zwfw.example", *MACHINE]),
            ({"host": "0.0.0.0"}, ["*"]),
            ({"host": "0.0.0.0", "public_url": "https://zwfw.example"}, ["zwfw.example", *MACHINE]),
            ({"allowed_hosts": "a.example, b.example"}, ["a.example", "b.example"]),
        ],
    )
    def test_are_those_people_use(self, chosen: dict[str, str], hosts: list[str]) -> None:
        assert RunSettings(**chosen).hosts == hosts  # type: ignore[arg-type]


class TestCookies:
    def test_of_a_node_behind_tls_belong_to_this_host_alone(self, tmp_path: object) -> None:
        environment = {
            name: text for name, text in os.environ.items() if not name.startswith(("TONGBAN_", "DATABASE_"))
        } | {
            "TONGBAN_HOME": str(tmp_path),
            "TONGBAN_PUBLIC_URL": "https://zwfw.example",
            "DJANGO_SETTINGS_MODULE": "tongban.config.settings",
        }

        told = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
        ).stdout

        assert json.loads(told) == [
            "__Host-tongban_session",
            "__Host-tongban_csrf",
            True,
            True,
            True,
            True,
            True,
            "Lax",
            None,
            "/",
            ["zwfw.example", *MACHINE],
        ]

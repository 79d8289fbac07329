"""
Nothing leaves the node past `foundation.outgoing`, but what is named here with the reason why it may.
"""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src"

CLIENTS = frozenset(
    {
        *(
            "httpx",
            "httpcore",
            "requests",
            "urllib.request",
            "urllib3",
            "aiohttp",
            "http.client",
            "xmlrpc.client",
        ),
        *(
            "smtplib",
            "ftplib",
            "poplib",
            "imaplib",
            "telnetlib",
            "django.core.mail",
            "paramiko",
            "ldap",
            "ldap3",
        ),
        *("websockets", "websocket", "authlib.integrations", "requests_oauthlib", "socket", "asyncio"),
    }
)
"""Whatever opens a connection, sockets themselves included."""

MAY = {
    "tongban.foundation.outgoing": "the guard itself",
    "tongban.support.messaging.adapters.http_gateway": "the SMS gateway's address stands in the settings",
    "tongban.support.messaging.adapters.http_phones": "the simulated gateway's address stands in the settings",
    "tongban.support.identity.adapters.http_authority": "the authorities' addresses stand in the settings",
    "tongban.config.kms": "the key service's address stands in the settings",
    "tongban.config.worker": "asks the machine for its own name",
    "tongban.support.documents.adapters.read_pdf": "needs a loop to compute in; it can open nothing",
    "tongban.support.documents.adapters.clamd": "the virus scanner's address stands in the settings",
    "tongban.resources.exchange.adapters.jetstream": "the cluster's addresses stand in the settings",
    "tongban.config.serve": "asks its own web server whether it is ready",
    "tongban.config.status": "asks its own web server whether it is ready",
}
"""Module -> why no user can choose the address that it calls."""


@cache
def importers() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = set()
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            taken = {client for client in CLIENTS for name in names if f"{name}.".startswith(f"{client}.")}
            if taken:
                found.setdefault(module, set()).update(taken)
    return found


class TestOutgoingCalls:
    def test_go_through_the_guard_or_to_addresses_of_the_settings(self) -> None:
        strangers = {module: sorted(names) for module, names in importers().items() if module not in MAY}

        assert strangers == {}, "call foundation.outgoing.fetch, or give the reason in MAY"

    def test_are_named_here_only_while_they_are_made(self) -> None:
        assert set(MAY) - set(importers()) == set()

    def test_by_the_vendor_client_take_nothing_from_the_environment(self) -> None:
        """
        A proxy or a password file of whoever started the node would be trusted unseen.
        """
        users = [module for module, names in importers().items() if "httpx" in names]
        unguarded = [
            f"{module}:{call.lineno}"
            for module in users
            for call in ast.walk(
                ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
            )
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "httpx"
            and call.func.attr in {"get", "post", "put", "request", "Client", "stream"}
            and not any(keyword.arg == "trust_env" for keyword in call.keywords)
        ]

        assert users
        assert unguarded == []

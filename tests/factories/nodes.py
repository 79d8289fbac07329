"""
Several whole nodes in one process and one database: each has the tables of exchange and trust, and of apps that a test
names, in a schema of its own.

What they say to one another over HTTP goes through Django's test client, with the other node's tables and settings.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client, override_settings

from tests.factories.trust import administrator
from tongban.foundation import clock
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.errors import UpstreamError
from tongban.foundation.outgoing import Answer, OutgoingFailed
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.adapters.neighbours import NodeTables
from tongban.resources.exchange.selectors import nodes as selectors
from tongban.resources.exchange.services import (
    nodes,
    nodes_calls,
    nodes_joining,
    nodes_keys,
    nodes_lists,
    nodes_rounds,
)
from tongban.resources.exchange.services.receiving import answer_envelope
from tongban.resources.exchange.values.nodes import NodeFacts, NodeState, OwnNode
from tongban.support.trust import services as trust

NATION, PROVINCE, CITY, OTHER = "000000000000", "510000000000", "511600000000", "510100000000"
FAR = "500000000000"
"""In no area of the others but the nation's."""
NAMES = {NATION: "国家", PROVINCE: "四川省", CITY: "广安市", OTHER: "成都市", FAR: "重庆市"}
AT = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
APPS = ("exchange", "trust")
SETTER = system_actor("tests.nodes")


@dataclass
class Country:
    """
    The nodes, what time it is for them, and which of them nobody reaches.
    """

    at: datetime = AT
    silent: set[str] = field(default_factory=set)
    sources: dict[str, NodeTables] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Addresses that were called."""
    paths: list[str] = field(default_factory=lambda: ['"$user", public'])
    """Where tables are looked for, the place one is at last."""

    @property
    def actor(self) -> Actor:
        """Who decides at every node."""
        return administrator()

    @contextmanager
    def located(self, code: str) -> Iterator[None]:
        """
        Be at a node for a while: its tables, its settings, its neighbours.
        """
        self.paths.append(f"node_{code}, public")
        self.look_here()
        own = settings.TONGBAN_NODE.model_copy(
            update={"division_code": code, "name": NAMES[code], "name_en": ""}
        )
        put_back = ports.know_neighbours_by(self.sources[code])
        with override_settings(TONGBAN_NODE=own, TONGBAN_BASE_URL=url_of(code)):
            yield
        put_back()
        self.paths.pop()
        self.look_here()

    def look_here(self, **_signal: Any) -> None:
        """
        Look for tables where one is; also when a connection was given back meanwhile and another one is opened.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {self.paths[-1]}")

    def fetch(self, method: str, url: str, **request: Any) -> Answer:
        """
        Stand in for `foundation.outgoing.fetch`.
        """
        self.asked.append(url)
        code, _slash, path = url.removeprefix("https://node-").partition(".example/")
        if code in self.silent:
            raise OutgoingFailed(node=code)
        with self.located(code):
            answer = Client().generic(
                method,
                f"/{path}",
                request.get("content") or b"",
                "application/json",
                headers=_headers(request),
            )
        named = {name.lower(): text for name, text in answer.headers.items()}
        return Answer(url=url, status=answer.status_code, headers=named, content=answer.content)

    def carry(self, peer: ports.Peer, envelope: bytes) -> bytes:
        """
        Stand in for the carrier.
        """
        if peer.code in self.silent:
            raise UpstreamError(node=peer.code)
        with self.located(peer.code):
            try:
                return answer_envelope(data=envelope, at=self.at)
            except Exception as error:
                raise UpstreamError(node=peer.code) from error

    def go_on(self, *, minutes: int = 1, everybody: tuple[str, ...] = tuple(NAMES)) -> None:
        """
        Let minutes pass; every node does each minute what it does.
        """
        for _minute in range(minutes):
            self.at += timedelta(minutes=1)
            for code in everybody:
                if code in self.sources and code not in self.silent:
                    with self.located(code):
                        nodes_rounds.look_after_nodes(at=self.at)

    def exchange(self) -> None:
        """
        Let every node bring the others what it has for them, those below first.
        """
        for code in sorted(self.sources, reverse=True):
            with self.located(code):
                services.begin_streams(at=self.at)
                services.number_entries(at=self.at)
                for receiver in services.due_receivers(at=self.at):
                    while services.send_to(receiver=receiver, at=self.at).is_more:
                        pass

    def ask(self, code: str, *, parent: str = PROVINCE, fingerprint: str = "") -> str:
        """
        Have a node ask to join another; return the fingerprint of its key.
        """
        with self.located(parent):
            nodes_keys.ensure_identity(actor=SETTER, at=self.at)
        with self.located(code):
            nodes_joining.ask_to_join(
                parent_url=url_of(parent), parent_fingerprint=fingerprint, actor=self.actor, at=self.at
            )
            return self.own(code).fingerprint

    def join(self, code: str, *, parent: str = PROVINCE) -> None:
        """
        Have a node join another, approved.
        """
        fingerprint = self.ask(code, parent=parent)
        with self.located(parent):
            nodes.approve(code=code, fingerprint=fingerprint, actor=self.actor, at=self.at)
        self.go_on()

    def own(self, code: str) -> OwnNode:
        """
        Return a node as it sees itself.
        """
        with self.located(code):
            return selectors.own_node(actor=self.actor)

    def seen(self, by: str) -> dict[str, NodeFacts]:
        """
        Return the nodes that a node knows.
        """
        with self.located(by):
            return {each.code: each for each in selectors.nodes(actor=self.actor).items}

    def states(self, by: str) -> dict[str, NodeState]:
        """
        Return how the nodes stand that a node knows.
        """
        return {code: each.state for code, each in self.seen(by).items()}

    def neighbours(self, code: str) -> ports.Neighbours:
        """
        Return with whom a node exchanges.
        """
        with self.located(code):
            return ports.neighbours()


def url_of(code: str) -> str:
    """
    Return where a node is reached.
    """
    return f"https://node-{code}.example"


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    return {name: text for name, text in (request.get("headers") or {}).items() if name != "Content-Type"}


@contextmanager
def tables_of_nodes(*codes: str, and_of: tuple[str, ...] = ()) -> Iterator[None]:
    """
    Make the tables of nodes, and authorities of each; once for a module, outside of any test.

    :param and_of: further apps of which each node has tables of its own
    """
    tables = [
        model._meta.db_table for app in (*APPS, *and_of) for model in apps.get_app_config(app).get_models()
    ]
    with country(*codes) as made, connection.cursor() as cursor:
        for code in codes:
            cursor.execute(f"CREATE SCHEMA node_{code}")
            for table in tables:
                cursor.execute(f"CREATE TABLE node_{code}.{table} (LIKE public.{table} INCLUDING ALL)")
            with made.located(code):
                trust.ensure_authorities(name=NAMES[code], is_demonstration=True, actor=SETTER, at=made.at)
    yield
    with connection.cursor() as cursor:
        for code in codes:
            cursor.execute(f"DROP SCHEMA node_{code} CASCADE")


@contextmanager
def country(*codes: str) -> Iterator[Country]:
    """
    Give nodes of these codes, whose tables are there (`tables_of_nodes`).
    """
    made = Country()
    made.sources = {code: NodeTables(now=lambda: made.at) for code in codes}
    patch = pytest.MonkeyPatch()
    patch.setattr(nodes_lists, "fetch", made.fetch)
    patch.setattr(nodes_calls, "fetch", made.fetch)
    # One after the other: threads would not see what the test has not committed.
    patch.setattr(nodes_lists, "side_by_side", lambda act, targets: [act(each) for each in targets])
    patch.setattr(clock, "now", lambda: made.at)
    uncarry = ports.carry_by(made.carry)
    connection_created.connect(made.look_here)
    yield made
    connection_created.disconnect(made.look_here)
    uncarry()
    patch.undo()


def empty_tables(*codes: str, of: tuple[str, ...]) -> None:
    """
    Empty tables of nodes, after a test whose transactions were real.
    """
    tables = [model._meta.db_table for app in of for model in apps.get_app_config(app).get_models()]
    names = ", ".join(f"node_{code}.{table}" for code in codes for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")

"""
Where attacks take place: somebody whose things are wanted, those who want them, and what must not have happened.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.test import Client as Browser

from tests.factories import api, identity
from tests.factories import casework as make
from tests.factories.database import contents
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.support.identity.values import Post, Role

MARK = "1333"
"""What payloads try to let happen carries this number, or three times it."""
VICTIM = "王小明"
CODE = re.compile(
    r"<script>alert\(1333|<img src=x onerror|<svg/onload|\" autofocus onfocus=alert\(1333", re.IGNORECASE
)
OWN_LOGS = frozenset({"foundation_audit", "search_searchlogentry"})

COUNTED: dict[str, int] = {}
"""Family -> how many different things were tried; printed at the end."""


def count(family: str, number: int) -> None:
    """
    Remember how much a test tried.
    """
    COUNTED[family] = COUNTED.get(family, 0) + number


@dataclass
class Area:
    """
    A victim with a case, a draft, a file, a message and a licence; and attackers of every kind.
    """

    world: api.World = field(default_factory=api.world)
    browsers: dict[str, Browser] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at = clock.now()
        self.attacker = api.citizen(name="李明", phone="19900000777")
        self.actors = {
            "nobody": ANONYMOUS,
            "victim": self.world.citizen.actor,
            "attacker": self.attacker.actor,
            "clerk": self.world.clerk.actor,
            "stranger": identity.staff(
                *Post,
                login_name="stranger.all",
                agency_code="11511700MB0000001A",
                division_code="511702000000",
                at=at,
            ),
            "operator": identity.staff(roles=[Role.OPERATOR], login_name="operator.bad", at=at),
            "auditor": identity.staff(roles=[Role.AUDIT_ADMINISTRATOR], login_name="auditor.bad", at=at),
        }
        for name, actor in self.actors.items():
            self.browsers[name] = Browser(raise_request_exception=False)
            if actor is not ANONYMOUS:
                identity.log_in(self.browsers[name], actor, at=at)
        self.foreign_system = api.system(
            "cases:read", "cases:write", client_id="foreign-system", agency_code="11511700MB0000001A"
        )

    @property
    def secrets(self) -> list[str]:
        """
        Return what only the victim, and who works on the case, may read.
        """
        return [VICTIM, api.CITIZEN_MOBILE, self.world.query_code]

    @property
    def ids(self) -> dict[str, str]:
        """
        Return the victim's things by the names that addresses give them.
        """
        return {
            "number": self.world.case_number,
            "draft_id": self.world.draft_id,
            "file_id": self.world.file_id,
            "message_id": self.world.message_id,
            "item_id": self.world.work_item_id,
            "identifier": self.world.licence_identifier,
            "material": "floor_plan",
            "step": "form",
            "act": "withdraw",
            "outcome": "grant",
            "code": self.world.offering_code,
            "token": self.world.licence_token,
            "event_id": "1",
            "client_id": "agency-system",
        }


def harm_of(response: Any, *, secrets: Sequence[str] = (), payload: str = "") -> str:
    """
    Return what an attack achieved, nothing where it achieved nothing.
    """
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode("utf-8", "replace")
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    shown = [secret for secret in secrets if secret in text and secret not in payload]
    achieved = {
        f"answered {response.status_code}": response.status_code >= 500,
        "a header": any("X-Injected" in name for name in response.headers),
        "a cookie": any(MARK in morsel.OutputString() for morsel in response.cookies.values()),
        "a way elsewhere": leads_elsewhere(response.headers.get("Location", "")),
        "a calculation": "3999" in text and "1333*3" in payload,
        "code in a page": is_page and bool(CODE.search(text)),
        "a file of the machine": "root:x:0:" in text,
        f"a look at {shown}": bool(shown),
    }
    return ", ".join(what for what, is_so in achieved.items() if is_so)


def leads_elsewhere(target: str) -> bool:
    """
    Whether a browser that follows leaves the node.
    """
    return bool(target) and (
        urlsplit(target).netloc not in {"", "testserver"} or target.startswith(("//", "/\\", "\\"))
    )


def unchanged(before: dict[str, str], *, without: frozenset[str] = OWN_LOGS) -> list[str]:
    """
    Return the tables that are not as they were.
    """
    after = contents(without=without)
    return sorted(name for name in after if after[name] != before.get(name))


def offering() -> str:
    """
    Return a published offering.
    """
    return make.publish(at=clock.now())

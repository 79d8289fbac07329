"""
`tongban list-clients`: which systems are let in.
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import selectors
from tongban.support.identity.values import ClientFacts

ACTOR = system_actor("identity.list_clients")


def list_clients(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON array.")] = False,
) -> None:
    """
    List the systems that were ever let in, with what their tokens may do. Secrets are kept nowhere.
    """
    clients = selectors.clients(actor=ACTOR)
    if as_json:
        told = json.dumps([asdict(client) for client in clients], default=_text, ensure_ascii=False)
        sys.stdout.write(told + "\n")
        return
    at = clock.now()
    for client in clients:
        agency = client.agency_code or "-"
        used = client.last_used_at.isoformat(timespec="seconds") if client.last_used_at else "-"
        columns = (
            client.client_id,
            _state(client, at=at),
            agency,
            " ".join(client.scopes) or "-",
            " ".join(client.networks) or "-",
            used,
            client.responsible_code or "-",
            client.name,
        )
        sys.stdout.write("  ".join(columns) + "\n")


def _state(client: ClientFacts, *, at: datetime) -> str:
    if client.revoked_at is not None:
        return "revoked"
    if client.expires_at is not None and client.expires_at <= at:
        return "expired"
    changes_over = client.old_secret_until is not None and client.old_secret_until > at
    return "changing-over" if changes_over else "open"


def _text(value: datetime) -> str:
    return value.isoformat()

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
        sys.stdout.write(
            f"{client.client_id}  {_state(client, at=at)}  {agency}  {' '.join(client.scopes) or '-'}  {client.name}\n"
        )


def _state(client: ClientFacts, *, at: datetime) -> str:
    if client.revoked_at is not None:
        return "revoked"
    return "expired" if client.expires_at is not None and client.expires_at <= at else "open"


def _text(value: datetime) -> str:
    return value.isoformat()

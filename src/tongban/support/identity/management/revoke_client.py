"""
`tongban revoke-client`: let a system in no more.
"""

import json
import sys
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services

ACTOR = system_actor("identity.revoke_client")


def revoke_client(
    *,
    client_id: Annotated[str, typer.Argument(help="Name the system calls itself by; see list-clients.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Let a system in no more. Its tokens end at once; its id is never given again.
    """
    client = services.revoke_client(client_id=client_id, actor=ACTOR, at=clock.now())
    if as_json:
        revoked_at = client.revoked_at.isoformat() if client.revoked_at else None
        sys.stdout.write(json.dumps({"client_id": client.client_id, "revoked_at": revoked_at}) + "\n")
    else:
        sys.stdout.write(f"{client.client_id} ({client.name}) is let in no more.\n")

"""
`tongban assign-client`: who answers for another system.
"""

import sys
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services

ACTOR = system_actor("identity.assign_client")


def assign_client(
    *,
    client_id: Annotated[str, typer.Argument(help="Name the system calls itself by; see list-clients.")],
    responsible: Annotated[
        str, typer.Argument(help="Staff code of a colleague who works for the system's agency.")
    ],
) -> None:
    """
    Say who answers for a system from now on. Whoever did before may know its secret: change it too.
    """
    client = services.assign_client(client_id=client_id, responsible=responsible, actor=ACTOR, at=clock.now())
    sys.stdout.write(
        f"{client.responsible_name} ({client.responsible_code}) answers for {client.client_id}.\n"
    )
    if client.should_rotate:
        sys.stdout.write(f"Its secret is older: tongban rotate-client {client.client_id}\n")

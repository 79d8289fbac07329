"""
`tongban restrict-client`: from where another system may come, and until when.
"""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services

ACTOR = system_actor("identity.restrict_client")


def restrict_client(
    *,
    client_id: Annotated[str, typer.Argument(help="Name the system calls itself by.")],
    network: Annotated[
        list[str] | None,
        typer.Option(help="Address or network (CIDR) it may come from; repeatable. None: from anywhere."),
    ] = None,
    days: Annotated[int, typer.Option(help="For how many days from now; 0: until revoked.", min=0)] = 0,
) -> None:
    """
    Say anew from where a system may come and until when; tokens it holds obey at once.
    """
    at = clock.now()
    facts = services.restrict_client(
        client_id=client_id,
        networks=network or (),
        expires_at=at + timedelta(days=days) if days else None,
        actor=ACTOR,
        at=at,
    )
    until = facts.expires_at.isoformat() if facts.expires_at else "-"
    sys.stdout.write(f"{facts.client_id}  {' '.join(facts.networks) or '-'}  {until}\n")

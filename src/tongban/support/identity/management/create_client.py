"""
`tongban create-client`: let another system in.
"""

import json
import sys
from datetime import timedelta
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services
from tongban.support.identity.values import Scope

ACTOR = system_actor("identity.create_client")


def create_client(
    *,
    client_id: Annotated[str, typer.Argument(help="Name the system calls itself by.")],
    name: Annotated[str, typer.Option(help="Name for people.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What its tokens may do for its agency; repeatable. See docs/how-to/connect-a-system.md."
        ),
    ] = None,
    agency: Annotated[str, typer.Option(help="Code of the agency it works for.")] = "",
    division: Annotated[str, typer.Option(help="Division whose subtree it may look into, 12 digits.")] = "",
    days: Annotated[int, typer.Option(help="For how many days; 0: until revoked.", min=0)] = 0,
    network: Annotated[
        list[str] | None,
        typer.Option(help="Address or network (CIDR) it may come from; repeatable. None: from anywhere."),
    ] = None,
    responsible: Annotated[
        str, typer.Option(help="Staff code of the colleague of that agency who answers for it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Let another system in. Its secret is shown once and kept nowhere.
    """
    at = clock.now()
    services.require_known_place(agency_code=agency, division_code=division, actor=ACTOR)
    receipt = services.create_client(
        client_id=client_id,
        name=name,
        scopes=[wanted.value for wanted in scope or ()],
        agency_code=agency,
        division_code=division,
        actor=ACTOR,
        at=at,
        expires_at=at + timedelta(days=days) if days else None,
        networks=network or (),
        responsible=responsible,
    )
    if as_json:
        told = {"client_id": receipt.client_id, "client_secret": receipt.client_secret}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(f"client id      {receipt.client_id}\nclient secret  {receipt.client_secret}\n")

"""
`tongban rotate-client`: a new secret for another system, without a break.
"""

import json
import sys
from datetime import timedelta
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services

ACTOR = system_actor("identity.rotate_client")


def rotate_client(
    *,
    client_id: Annotated[str, typer.Argument(help="Name the system calls itself by.")],
    overlap_hours: Annotated[
        int, typer.Option(help="For how many hours the old secret holds too; 0: it ends at once.", min=0)
    ] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Give a system a new secret, shown once; the old one holds a while longer, so that nothing stands still.
    """
    receipt = services.rotate_client(
        client_id=client_id, overlap=timedelta(hours=overlap_hours), actor=ACTOR, at=clock.now()
    )
    if as_json:
        told = {"client_id": receipt.client_id, "client_secret": receipt.client_secret}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(f"client id      {receipt.client_id}\nclient secret  {receipt.client_secret}\n")

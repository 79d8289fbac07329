"""
`tongban create-ticket-application`, `disable-ticket-application`.
"""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.federation import services

ACTOR = system_actor("federation.ticket_applications")
AppMark = Annotated[str, typer.Argument(help="Mark the application calls itself by.")]


def create_ticket_application(
    *,
    appmark: AppMark,
    name: Annotated[str, typer.Option(help="Name for people, shown when they are asked to agree.")],
    goto_url: Annotated[list[str], typer.Option(help="Where browsers are led back to; repeatable.")],
    logout_url: Annotated[str, typer.Option(help="Where the end of a login is told.")] = "",
    legal_persons: Annotated[
        bool, typer.Option("--legal-persons", help="It takes people who act for a legal person too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Let an application log people in by ticket, token and user info. Its key is shown once.
    """
    receipt = services.register_ticket_application(
        appmark=appmark,
        name=name,
        goto_urls=goto_url,
        logout_url=logout_url,
        user_types=["1", "2"] if legal_persons else ["1"],
        actor=ACTOR,
        at=clock.now(),
    )
    if as_json:
        sys.stdout.write(json.dumps(asdict(receipt)) + "\n")
    else:
        sys.stdout.write(f"appmark  {receipt.appmark}\nappword  {receipt.appword}\n")


def disable_ticket_application(*, appmark: AppMark) -> None:
    """
    Let an application in no more; its tokens end at once.
    """
    services.disable_ticket_application(appmark=appmark, actor=ACTOR, at=clock.now())
    sys.stdout.write(f"{appmark} is let in no more.\n")

"""
Commands that keep applications of the ticket protocol: create, list, renew the key, disable and enable.
"""

import json
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.federation import selectors, services
from tongban.support.federation.values import ApplicationReceipt, UserType

ACTOR = system_actor("federation.ticket_applications")
AsJson = Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")]
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
    as_json: AsJson = False,
) -> None:
    """
    Let an application log people in by ticket, token and user info. Its key is shown once.
    """
    receipt = services.register_ticket_application(
        appmark=appmark,
        name=name,
        goto_urls=goto_url,
        logout_url=logout_url,
        user_types=UserType.values if legal_persons else [UserType.PERSON.value],
        actor=ACTOR,
        at=clock.now(),
    )
    _tell(receipt, as_json=as_json)


def renew_ticket_application_key(
    *,
    appmark: AppMark,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=168, help="For how long the old key is believed beside the new one.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """
    Give an application a new key. Its calls may be signed by the old one meanwhile.
    """
    receipt = services.renew_ticket_key(
        appmark=appmark, overlap=timedelta(hours=overlap_hours), actor=ACTOR, at=clock.now()
    )
    _tell(receipt, as_json=as_json)


def list_ticket_applications(*, as_json: AsJson = False) -> None:
    """
    List the applications that log people in by ticket.
    """
    applications = selectors.ticket_applications(actor=ACTOR)
    if as_json:
        sys.stdout.write(
            json.dumps([asdict(each) for each in applications], default=str, ensure_ascii=False) + "\n"
        )
        return
    for each in applications:
        state = "disabled" if each.disabled_at else "open"
        sys.stdout.write(f"{each.appmark}  {state}  {each.name}  {' '.join(each.user_types)}\n")


def disable_ticket_application(*, appmark: AppMark) -> None:
    """
    Let an application in no more; its tokens end at once.
    """
    services.disable_ticket_application(appmark=appmark, actor=ACTOR, at=clock.now())
    sys.stdout.write(f"{appmark} is let in no more.\n")


def enable_ticket_application(*, appmark: AppMark) -> None:
    """
    Let an application in again, by the key it had. Nothing that ended comes back.
    """
    services.enable_ticket_application(appmark=appmark, actor=ACTOR, at=clock.now())
    sys.stdout.write(f"{appmark} is let in again.\n")


def _tell(receipt: ApplicationReceipt, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(receipt)) + "\n")
    else:
        sys.stdout.write(f"appmark  {receipt.appmark}\nappword  {receipt.appword}\n")

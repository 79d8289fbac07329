"""
`tongban create-staff`: make a staff account.
"""

import json
import sys
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import selectors, services
from tongban.support.identity.values import THREE_ADMINISTRATORS, Post, Role

ACTOR = system_actor("identity.create_staff")
THREE = frozenset(THREE_ADMINISTRATORS)


def create_staff(
    *,
    login_name: Annotated[
        str, typer.Argument(help="Small letters, digits, dots, hyphens; begins with a letter.")
    ],
    name: Annotated[str, typer.Option(help="Name as it stands on documents.")],
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    division: Annotated[
        str, typer.Option(help="Division whose subtree the account may look into, 12 digits.")
    ],
    post: Annotated[
        list[Post] | None, typer.Option(help="What the account may do to cases; repeatable.")
    ] = None,
    role: Annotated[list[Role] | None, typer.Option(help="What it may do beside cases; repeatable.")] = None,
    id_number: Annotated[
        str,
        typer.Option(
            help="ID number, kept sealed and shown nowhere. Asked for, or read from the second line of standard input, "
            "where one of the three administrators is made: they are three people."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Make a staff account. The password is asked for, or read from the first line of standard input.
    """
    services.require_known_place(agency_code=agency, division_code=division, actor=ACTOR)
    receipt = services.create_staff(
        login_name=login_name,
        name=name,
        agency_code=agency,
        division_code=division,
        posts=post or (),
        roles=role or (),
        password=_asked("Password", is_hidden=True),
        id_number=id_number or (_asked("ID number") if THREE.intersection(role or ()) else ""),
        actor=ACTOR,
        at=clock.now(),
    )
    if as_json:
        told = {"account_id": str(receipt.account_id), "login_name": receipt.login_name}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(
            f"{receipt.login_name} ({receipt.name}) can log in now, and changes this password first.\n"
        )
        for missing in selectors.missing_administrators(actor=ACTOR):
            sys.stdout.write(
                f"Nobody is {missing.value} yet: three people share the node's administration.\n"
            )


def _asked(what: str, *, is_hidden: bool = False) -> str:
    if sys.stdin.isatty():
        answer: str = typer.prompt(what, hide_input=is_hidden, confirmation_prompt=is_hidden)
        return answer
    return sys.stdin.readline().rstrip("\n")

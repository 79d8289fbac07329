"""
`tongban reset-factor`: let somebody set a second factor up anew, where no two administrators are left to do it.
"""

import sys
from typing import Annotated

import typer

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.support.identity import services

ACTOR = system_actor("identity.reset_factor")


def reset_factor(*, login_name: Annotated[str, typer.Argument(help="Login name of the account.")]) -> None:
    """
    Take every second factor of an account away; its sessions end. Administrators do it on the pages, two together.
    """
    services.reset_factors_by_node(login_name=login_name, actor=ACTOR, at=clock.now())
    sys.stdout.write(f"{login_name} sets a second factor up at the next log-in.\n")

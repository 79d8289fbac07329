"""
`tongban simulate`: run a stand-in for a party outside the node. Stand-ins live in a checkout, beside the product.
"""

import sys
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from tongban.config import env
from tongban.foundation.exits import NodeProblem

SMS_PORT = 8025


class Party(StrEnum):
    """
    Who can be simulated.
    """

    SMS = "sms"


class NoSimulators(NodeProblem):
    """
    The installation has no checkout beside it.
    """

    exit_code = 20


def simulate(
    party: Annotated[Party, typer.Argument(help="Who is simulated.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = SMS_PORT,
    slow: Annotated[float, typer.Option(help="Every answer comes so many seconds later.")] = 0.0,
    down: Annotated[float, typer.Option(help="Share of requests answered by 503.")] = 0.0,
    wrong: Annotated[float, typer.Option(help="Share of requests answered by nonsense.")] = 0.0,
    lost: Annotated[float, typer.Option(help="Share of messages that never arrive.")] = 0.0,
    undelivered: Annotated[float, typer.Option(help="Share of messages reported as undelivered.")] = 0.0,
) -> None:
    """
    Run a stand-in for a party outside the node until Ctrl-C. It believes the name and key of this node's settings.

    GET /messages shows what would have arrived; PUT /dials changes how badly it behaves while it runs.
    """
    if not (env.SOURCE_ROOT / "simulators").is_dir():
        raise NoSimulators("There are no simulators here; they come with the source, not with the package.")
    sys.path.insert(0, str(env.SOURCE_ROOT))
    dials = import_module(f"simulators.{party}.gateway").Dials()
    dials.turn({"slow_seconds": slow, "down": down, "wrong": wrong, "lost": lost, "undelivered": undelivered})
    sys.stdout.write(f"simulated {party} gateway: http://{host}:{port}/messages\n")
    sys.stdout.flush()
    import_module(f"simulators.{party}.server").serve(
        host=host,
        port=port,
        app_id=env.messaging.sms_app_id,
        secret=env.messaging.sms_secret.get_secret_value(),
        dials=dials,
    )

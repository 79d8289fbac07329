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
AUTHORITY_PORT = 8026
AUTHENTICATOR_PORT = 8027


class Party(StrEnum):
    """
    Who can be simulated.
    """

    SMS = "sms"
    AUTHORITY = "authority"
    AUTHENTICATOR = "authenticator"


class NoSimulators(NodeProblem):
    """
    The installation has no checkout beside it.
    """

    exit_code = 20


class NoSuchDial(NodeProblem):
    """
    The party cannot misbehave in this way.
    """

    exit_code = 2


def simulate(
    party: Annotated[Party, typer.Argument(help="Who is simulated.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on; 8025 for sms, 8026 for authority, 8027 for authenticator."),
    ] = None,
    slow: Annotated[float, typer.Option(help="Every answer comes so many seconds later.")] = 0.0,
    down: Annotated[float, typer.Option(help="Share of requests answered by 503.")] = 0.0,
    wrong: Annotated[float, typer.Option(help="Share of requests answered by nonsense.")] = 0.0,
    lost: Annotated[float, typer.Option(help="sms: share of messages that never arrive.")] = 0.0,
    undelivered: Annotated[float, typer.Option(help="sms: share of messages reported as undelivered.")] = 0.0,
    disagree: Annotated[
        float, typer.Option(help="authority: share of answers that are the wrong way round.")
    ] = 0.0,
    strangers: Annotated[
        bool,
        typer.Option("--strangers", help="authority: people it does not know are whoever is named first."),
    ] = False,
) -> None:
    """
    Run a stand-in for a party outside the node until Ctrl-C. It believes the name and key of this node's settings.

    sms: GET /messages shows what would have arrived. PUT /dials changes how badly a party behaves while it runs.
    """
    if not (env.SOURCE_ROOT / "simulators").is_dir():
        raise NoSimulators("There are no simulators here; they come with the source, not with the package.")
    sys.path.insert(0, str(env.SOURCE_ROOT))
    own = {"lost": lost, "undelivered": undelivered} if party is Party.SMS else {"disagree": disagree}
    foreign = [disagree] if party is Party.SMS else [lost, undelivered]
    if any(foreign):
        raise NoSuchDial(f"The simulated {party} has no such dial; see `tongban simulate --help`.")
    values = {"slow_seconds": slow, "down": down, "wrong": wrong, **own}
    if party is Party.SMS:
        _run_sms(host=host, port=port or SMS_PORT, values=values)
    elif party is Party.AUTHENTICATOR:
        _run_authenticator(host=host, port=port or AUTHENTICATOR_PORT, values=values)
    else:
        _run_authority(host=host, port=port or AUTHORITY_PORT, values=values, strangers=strangers)


def _run_sms(*, host: str, port: int, values: dict[str, float]) -> None:
    dials = import_module("simulators.sms.gateway").Dials()
    dials.turn(values)
    _say(f"simulated sms gateway: http://{host}:{port}/messages")
    import_module("simulators.sms.server").serve(
        host=host,
        port=port,
        app_id=env.messaging.sms_app_id,
        secret=env.messaging.sms_secret.get_secret_value(),
        dials=dials,
    )


def _run_authority(*, host: str, port: int, values: dict[str, float], strangers: bool) -> None:
    dials = import_module("simulators.authority.registers").Dials()
    dials.turn(values)
    _say(f"simulated authorities: http://{host}:{port}/dials")
    import_module("simulators.authority.server").serve(
        host=host,
        port=port,
        app_id=env.authority.app_id,
        secret=env.authority.secret.get_secret_value(),
        dials=dials,
        believes_strangers=strangers,
    )


def _run_authenticator(*, host: str, port: int, values: dict[str, float]) -> None:
    dials = import_module("simulators.authenticator.platforms").Dials()
    dials.turn(values)
    _say(f"simulated platforms: http://{host}:{port}/dials")
    import_module("simulators.authenticator.server").serve(
        host=host,
        port=port,
        client_id=env.federation.authenticator_id,
        client_secret=env.federation.authenticator_secret.get_secret_value(),
        dials=dials,
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

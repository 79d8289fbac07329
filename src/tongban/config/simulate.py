"""
`tongban simulate`: run a stand-in for a party outside the node. Stand-ins live in a checkout, beside the product.
"""

import os
import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from tongban.config import env
from tongban.foundation.exits import NodeProblem

PORTS = {
    "sms": 8025,
    "authority": 8026,
    "authenticator": 8027,
    "kms": 8028,
    "signer": 8029,
    "agency-tables": 8030,
}


class Party(StrEnum):
    """
    Who can be simulated.
    """

    SMS = "sms"
    AUTHORITY = "authority"
    AUTHENTICATOR = "authenticator"
    KMS = "kms"
    SIGNER = "signer"
    AGENCY_TABLES = "agency-tables"
    AGENCY_FILES = "agency-files"
    AGENCY_INTERFACE = "agency-interface"


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


class NoPlace(NodeProblem):
    """
    The party has no place where it meets the node.
    """

    exit_code = 2


class NoToken(NodeProblem):
    """
    The node has nothing to be known by at the party.
    """

    exit_code = 2


def simulate(
    party: Annotated[Party, typer.Argument(help="Who is simulated.")],
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            help="Port to listen on; 8025 for sms, 8026 for authority, 8027 for authenticator, 8028 for kms, "
            "8029 for signer, 8030 for agency-tables, 8031 for agency-files, "
            "8032 for agency-interface."
        ),
    ] = None,
    slow: Annotated[float, typer.Option(help="Every answer comes so many seconds later.")] = 0.0,
    down: Annotated[float, typer.Option(help="Share of requests answered by 503.")] = 0.0,
    wrong: Annotated[float, typer.Option(help="Share of requests answered by nonsense.")] = 0.0,
    lost: Annotated[float, typer.Option(help="sms: share of messages that never arrive.")] = 0.0,
    undelivered: Annotated[float, typer.Option(help="sms: share of messages reported as undelivered.")] = 0.0,
    disagree: Annotated[
        float, typer.Option(help="authority, authenticator, kms, signer: share of answers that are not so.")
    ] = 0.0,
    strangers: Annotated[
        bool,
        typer.Option("--strangers", help="authority: people it does not know are whoever is named first."),
    ] = False,
    seed: Annotated[str, typer.Option(help="kms, signer: what its keys come from.")] = "demo-kms-seed",
    twice: Annotated[float, typer.Option(help="agency-*: share of reports that come twice.")] = 0.0,
    silent: Annotated[float, typer.Option(help="agency-*: share of cases nothing is heard of.")] = 0.0,
    at_place: Annotated[
        str,
        typer.Option(
            "--at",
            help="agency-tables: address of the database as SQLAlchemy writes it, postgresql+psycopg://…",
        ),
    ] = "",
    schema: Annotated[str, typer.Option(help="agency-tables: schema of its tables in PostgreSQL.")] = "",
    client: Annotated[str, typer.Option(help="agency-interface: its client id at the node.")] = "",
    system: Annotated[str, typer.Option(help="agency-interface: code under which it is docked.")] = "",
) -> None:
    """
    Run a stand-in for a party outside the node until Ctrl-C. It believes the name and key of this node's settings.

    sms: GET /messages shows what would have arrived. PUT /dials changes how badly a party behaves while it runs.
    """
    if not (env.SOURCE_ROOT / "simulators").is_dir():
        raise NoSimulators("There are no simulators here; they come with the source, not with the package.")
    sys.path.insert(0, str(env.SOURCE_ROOT))
    server = _server(
        party,
        strangers=strangers,
        seed=seed,
        place=at_place,
        schema=schema,
        client=client,
        system=system,
        host=host,
        port=port or PORTS[party],
    )
    dials = {"slow_seconds": slow, "down": down, "wrong": wrong} | {
        name: share for name, share in _own_dials(lost, undelivered, disagree, twice, silent) if share
    }
    try:
        server.dials.turn(dials)
    except ValueError as error:
        raise NoSuchDial(f"The simulated {party} refuses: {error}; see `tongban simulate --help`.") from None
    sys.stdout.write(f"simulated {party}: {server.url}/{'messages' if party is Party.SMS else 'dials'}\n")
    sys.stdout.flush()
    server.run()


def _own_dials(
    lost: float, undelivered: float, disagree: float, twice: float, silent: float
) -> list[tuple[str, float]]:
    return [
        ("lost", lost),
        ("undelivered", undelivered),
        ("disagree", disagree),
        ("twice", twice),
        ("silent", silent),
    ]


def _server(
    party: Party,
    *,
    strangers: bool,
    seed: str,
    place: str,
    schema: str,
    client: str,
    system: str,
    host: str,
    port: int,
) -> Any:
    """
    Return the server of a party that knows this node.
    """
    state: Any
    if party is Party.AGENCY_INTERFACE:
        return _agency_interface(place, client=client, system=system, host=host, port=port)
    if party in {Party.AGENCY_TABLES, Party.AGENCY_FILES}:
        return _agency(party, place, schema=schema, host=host, port=port)
    match party:
        case Party.SMS:
            state = [
                _part("sms.gateway").Gateway(
                    accounts=_customer(env.messaging.sms_app_id, env.messaging.sms_secret)
                )
            ]
        case Party.AUTHORITY:
            state = [
                _part("authority.registers").Registers(believes_strangers=strangers),
                _part("customers").Customers(secrets=_customer(env.authority.app_id, env.authority.secret)),
            ]
        case Party.AUTHENTICATOR:
            secret = env.federation.authenticator_secret.get_secret_value()
            state = [
                _part("authenticator.platforms").Platforms(
                    client_id=env.federation.authenticator_id, client_secret=secret
                )
            ]
        case Party.KMS:
            token = env.keys.kms_token.get_secret_value()
            if not token:
                raise NoToken("The simulated kms knows a node by its token; set TONGBAN_KEYS_KMS_TOKEN.")
            state = [_part("kms.gateway").Vault(tokens=frozenset({token}), seed=seed.encode())]
        case Party.SIGNER:
            state = [
                _part("signer.device").Device(seed=seed.encode()),
                _part("customers").Customers(
                    secrets=_customer(env.trust.signer_app_id, env.trust.signer_secret)
                ),
            ]
    return _part(f"{party}.server").Server(*state, host=host, port=port)


def _agency(party: Party, place: str, *, schema: str, host: str, port: int) -> Any:
    """
    Return an agency's own system at the place where it meets the node.
    """
    if not place:
        raise NoPlace("The simulated agency needs the place where it meets the node; give it with --at.")
    if party is Party.AGENCY_TABLES:
        engine = import_module("sqlalchemy").create_engine(place)
        agency = _part("agency.tables").Tables(engine=engine, schema=schema)
    else:
        agency = _part("agency.files").Files(folder=Path(place))
    return _part("agency.server").Server(agency.office, agency.work_until, host=host, port=port)


def _agency_interface(place: str, *, client: str, system: str, host: str, port: int) -> Any:
    """
    Return an agency at the node's API; its two secrets come by the environment.
    """
    if not place or not client:
        raise NoPlace("The simulated agency needs the node's address and its client id: --at and --client.")
    node = _part("agency.interface").Node(
        url=place, client_id=client, client_secret=os.environ.get("AGENCY_CLIENT_SECRET", "")
    )
    agency = _part("agency.interface").Interface(
        call=node.call, system=system, secret=os.environ.get("AGENCY_PUSH_SECRET", "").encode()
    )
    return _part("agency.interface").Server(agency, host=host, port=port)


def _part(name: str) -> ModuleType:
    return import_module(f"simulators.{name}")


def _customer(name: str, secret: SecretStr) -> dict[str, bytes]:
    return {name: secret.get_secret_value().encode()}

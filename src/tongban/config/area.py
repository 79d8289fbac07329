"""
Loading a sample area: divisions, agencies, code lists, items, complete offerings, licence types, demo accounts.

An area is a folder; see `data/guangan/README.md` for its files. Loading it again changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.values import FeedItem, ImportReceipt, PublishOutcome
from tongban.business.licences import services as licences
from tongban.config import demo_node, env
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.calendar import current_calendar
from tongban.resources.caselibrary import services as caselibrary
from tongban.resources.datasets import services as datasets
from tongban.resources.docking import services as docking
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow, LoadReceipt
from tongban.resources.sharing import services as sharing
from tongban.support.identity import selectors
from tongban.support.identity import services as identity
from tongban.support.identity.values import DemoAccounts, Role, Scope
from tongban.support.mandates import services as mandates
from tongban.support.seals import services as seals
from tongban.support.seals.services import DemoAgency
from tongban.support.search import services as search
from tongban.support.trust import services as trust

ACTOR = system_actor("config.load_area")
DEMO_CLIENT = "hr-demo"

Progress = Callable[[str, int, int], None]
"""Called with the name of a part, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaReceipt:
    """
    What loading an area did.
    """

    divisions: LoadReceipt
    agencies: LoadReceipt
    items: ImportReceipt
    offerings: dict[str, int]
    """Complete offerings by outcome: new, changed, unchanged."""
    licence_types: int
    accounts: DemoAccounts | None
    seals: int
    """Seals that were made."""
    licences: int
    """Licences of before that were taken in."""
    data_services: int
    """Data services that were brought."""
    datasets: int
    """Datasets that were brought into the catalogue."""
    registers: int
    """Files that were loaded into the base registers."""
    cases: int
    """Rows of the case library that were taken in."""
    docked_systems: int
    """Agencies' own systems that were registered."""
    nodes: int
    """Nodes below that ask to join."""


def load_area(
    path: Path,
    *,
    at: datetime,
    demo_password: str | None = None,
    progress: Progress = lambda _part, _done, _all: None,
) -> AreaReceipt:
    """
    Load the area in the folder `path`; parts that are there already stay as they are.

    :param demo_password: password of the demo accounts; None opens no accounts
    :param progress: called as the parts advance
    :raises RegisterFileInvalid: a line of a register file cannot be read
    :raises ImportFileUnreadable: items.jsonl is not a feed
    :raises msgspec.ValidationError: an offering file is not of the form asked for
    """
    divisions = registers.load_divisions(
        rows=registers.read_rows(path / "divisions.jsonl", DivisionRow), actor=ACTOR, at=at
    )
    progress("divisions", 1, 1)
    agencies = registers.load_agencies(
        rows=registers.read_rows(path / "agencies.jsonl", AgencyRow), actor=ACTOR, at=at
    )
    progress("agencies", 1, 1)
    catalogue.load_code_lists(actor=ACTOR, at=at)
    search.seed_lexicon(actor=ACTOR, at=at)
    items = _load_items(path / "items.jsonl", source=path.name, at=at, progress=progress)
    offerings = _load_offerings(path / "offerings", source=path.name, at=at, progress=progress)
    accounts = _load_accounts(path, at=at, password=demo_password)
    return AreaReceipt(
        divisions=divisions,
        agencies=agencies,
        items=items,
        offerings=offerings,
        licence_types=_load_licence_types(path / "licence_types.json", at=at),
        accounts=accounts,
        seals=_load_seals(path, office=_office(path, Role.SEAL_KEEPER), at=at) if accounts else 0,
        licences=_load_licences(path, office=_office(path, Role.LICENCE_EDITOR), at=at) if accounts else 0,
        datasets=_load_datasets(path, at=at) if accounts else 0,
        registers=_load_registers(path / "registers", at=at) if accounts else 0,
        cases=_load_library(path / "case_library.jsonl", at=at) if accounts else 0,
        docked_systems=_load_docking(path / "docking.json", at=at) if accounts else 0,
        data_services=_load_data_services(path, at=at) if accounts else 0,
        nodes=demo_node.ask_to_join(actor=ACTOR, at=at) if accounts else 0,
    )


def _load_items(path: Path, *, source: str, at: datetime, progress: Progress) -> ImportReceipt:
    size = path.stat().st_size
    return catalogue.import_items(
        path=path,
        source=source,
        actor=ACTOR,
        at=at,
        progress=lambda state: progress("items", state.bytes_read, size),
    )


def _load_offerings(folder: Path, *, source: str, at: datetime, progress: Progress) -> dict[str, int]:
    files = sorted(folder.glob("*.json"))
    outcomes = dict.fromkeys((outcome.value for outcome in PublishOutcome), 0)
    for done, file in enumerate(files, start=1):
        item = msgspec.json.decode(file.read_bytes(), type=FeedItem)
        receipt = catalogue.publish_offering(item=item, source=source, actor=ACTOR, at=at)
        outcomes[receipt.outcome.value] += 1
        progress("offerings", done, len(files))
    return outcomes


def _load_library(path: Path, *, at: datetime) -> int:
    """
    Take cases of an earlier system into the case library.
    """
    if not path.exists():
        return 0
    rows = [
        msgspec.json.decode(line, type=caselibrary.DemoCase)
        for line in path.read_bytes().splitlines()
        if line.strip()
    ]
    taken = caselibrary.load_demo_cases(rows=rows, at=at)
    caselibrary.note_missing(at=at)
    return taken


def _load_licence_types(path: Path, *, at: datetime) -> int:
    rows: list[dict[str, Any]] = msgspec.json.decode(path.read_bytes())
    licences.load_licence_types(rows=rows, actor=ACTOR, at=at)
    return len(rows)


def _load_accounts(path: Path, *, at: datetime, password: str | None) -> DemoAccounts | None:
    if password is None:
        return None
    opened = identity.load_demo_accounts(
        staff=_lines(path / "staff.jsonl"),
        persons=_lines(path / "persons.jsonl"),
        password=password,
        actor=ACTOR,
        at=at,
    )
    if (path / "mandates.json").exists():
        rows: mandates.DemoRows = msgspec.json.decode((path / "mandates.json").read_bytes())
        mandates.load_demo_mandates(rows=rows, actor=ACTOR, at=at)
    return opened


def _office(path: Path, role: Role) -> dict[str, Any] | None:
    """
    Return the first member of staff with a role, as the file has him; None: nobody has it.
    """
    return next((row for row in _lines(path / "staff.jsonl") if role in row["roles"]), None)


def _load_seals(path: Path, *, office: dict[str, Any] | None, at: datetime) -> int:
    agencies = registers.read_rows(path / "agencies.jsonl", AgencyRow)
    # A node that is prepared has them; one that only loads the area needs them too.
    trust.ensure_authorities(name=env.node.name, is_demonstration=env.node.is_demo, actor=ACTOR, at=at)
    return seals.load_demo_seals(
        agencies=[
            DemoAgency(code=row.code, name=row.name, division_code=row.division_code) for row in agencies
        ],
        office_code=office["agency_code"] if office else "",
        actor=ACTOR,
        at=at,
    )


def _load_licences(path: Path, *, office: dict[str, Any] | None, at: datetime) -> int:
    file = path / "licences.jsonl"
    issued = next(_lines(file), None) if file.exists() else None
    if issued is None or office is None:
        return 0
    return licences.load_demo_licences(
        path=file,
        agency=(issued["issuer_code"], issued["issuer_name"]),
        division_code=office["division_code"],
        office_code=office["agency_code"],
        actor=ACTOR,
        at=at,
    )


def _load_datasets(path: Path, *, at: datetime) -> int:
    agencies = registers.read_rows(path / "agencies.jsonl", AgencyRow)
    return datasets.load_demo(
        path / "datasets.jsonl", agencies={row.code: row.name for row in agencies}, actor=ACTOR, at=at
    )


def _load_registers(path: Path, *, at: datetime) -> int:
    if not (path / "registers.json").exists():
        return 0
    return registers.load_demo_registers(path=path, actor=ACTOR, at=at, calendar=current_calendar())


def _load_data_services(path: Path, *, at: datetime) -> int:
    """
    Bring data services of the first steward's agency, and a request of the second one's.
    """
    file = path / "data_services.json"
    stewards = [row for row in _lines(path / "staff.jsonl") if Role.DATA_STEWARD in row["roles"]]
    if not file.exists() or len(stewards) < 2:  # noqa: PLR2004 -- one offers, another applies
        return 0
    provider, applicant = stewards[:2]
    if not any(client.client_id == DEMO_CLIENT for client in selectors.clients(actor=ACTOR)):
        identity.create_client(
            client_id=DEMO_CLIENT,
            name="业务系统（演示）",
            scopes=[Scope.DATA_CALL],
            agency_code=applicant["agency_code"],
            division_code=applicant["division_code"],
            actor=ACTOR,
            at=at,
        )
    names = {row.code: row.name for row in registers.read_rows(path / "agencies.jsonl", AgencyRow)}
    return sharing.load_demo_services(
        msgspec.json.decode(file.read_bytes()),
        provider={**provider, "agency_name": names[provider["agency_code"]]},
        applicant=Actor(
            kind=ActorKind.STAFF,
            id=applicant["login_name"],
            name=applicant["name"],
            agency_code=applicant["agency_code"],
            division_code=applicant["division_code"],
            roles=frozenset(applicant["roles"]),
        ),
        actor=ACTOR,
        calendar=current_calendar(),
        at=at,
    )


def _load_docking(path: Path, *, at: datetime) -> int:
    return docking.load_demo_systems(path=path, actor=ACTOR, at=at) if path.exists() else 0


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield msgspec.json.decode(line)

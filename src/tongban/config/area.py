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
from tongban.foundation.actors import system_actor
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow, LoadReceipt
from tongban.support.identity import services as identity
from tongban.support.identity.values import DemoAccounts
from tongban.support.mandates import services as mandates
from tongban.support.search import services as search

ACTOR = system_actor("config.load_area")

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
    return AreaReceipt(
        divisions=divisions,
        agencies=agencies,
        items=items,
        offerings=offerings,
        licence_types=_load_licence_types(path / "licence_types.json", at=at),
        accounts=_load_accounts(path, at=at, password=demo_password),
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


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield msgspec.json.decode(line)

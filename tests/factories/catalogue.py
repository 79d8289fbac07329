"""
Feed rows for tests of the catalogue.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tongban.business.catalogue import services
from tongban.business.catalogue.values import FeedItem, ImportReceipt, Objection, PublishedOffering
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.clock import CHINA

AGENCY = "115113016823646795"
FAULTY_AGENCY = "1111111111111111"
DISTRICT = "511602000000"
AT = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
NODE = system_actor("tests")


def row(code: str = "A-1", **changes: Any) -> dict[str, Any]:
    """
    Return a feed row; `changes` go into its elements, those named `item_…` beside them.
    """
    beside = {
        name.removeprefix("item_"): value for name, value in changes.items() if name.startswith("item_")
    }
    within = {name: value for name, value in changes.items() if not name.startswith("item_")}
    elements = {
        "name": "旅馆业特种行业许可证核发",
        "service_type": "01",
        "agency_code": AGENCY,
        "agency_name": "广安市广安区行政审批局",
        "division_code": DISTRICT,
        "applicants": ["2"],
        "legal_themes": ["150"],
        "statutory_limit": {"amount": 20},
        "promised_limit": {"amount": 5},
    }
    return {"code": code, **beside, "elements": {**elements, **within}}


def item(code: str = "A-1", **changes: Any) -> FeedItem:
    """
    Return a feed row as the value the services take.
    """
    return msgspec.convert(row(code, **changes), FeedItem)


def publish(code: str = "A-1", *, at: datetime = AT, **changes: Any) -> PublishedOffering:
    """
    Publish an offering.
    """
    return services.publish_offering(item=item(code, **changes), source="tests", actor=NODE, at=at)


def lines(*rows: dict[str, Any] | str | bytes) -> bytes:
    """
    Return rows as JSON lines; texts and bytes go in as they are.
    """
    encoded = [
        entry
        if isinstance(entry, bytes)
        else (entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)).encode()
        for entry in rows
    ]
    return b"\n".join(encoded) + b"\n"


def feed(
    path: Path, data: bytes, *, source: str = "tests", at: datetime = AT
) -> tuple[ImportReceipt, list[Objection]]:
    """
    Import `data` and return the receipt and every objection.
    """
    path.write_bytes(data)
    objections: list[Objection] = []
    receipt = services.import_items(path=path, source=source, actor=NODE, at=at, report=objections.append)
    return receipt, objections


def editor(agency_code: str = AGENCY) -> Actor:
    """
    Return a member of staff who keeps the offerings of one agency.
    """
    return Actor(
        kind=ActorKind.STAFF, id="editor-1", agency_code=agency_code, roles=frozenset({"CATALOGUE_EDITOR"})
    )

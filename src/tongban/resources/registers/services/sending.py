"""
Records to other nodes: a city's go up, because whoever registers keeps the register; the province passes them on.

Not downward: what a lower node needs of a higher one it asks (verification) or is granted (data services), so that no
node holds everybody of the country. Corrections go to the nodes that sent or used the datum, wherever they are.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings

from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Operation
from tongban.resources.registers.values import Definition, RecordState

RECORDS: Final = "registers.records"
CORRECTIONS: Final = "registers.corrections"


class SaidBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    数据来源 of one field, as the sending node knows it.
    """

    agency_code: str
    at: str
    """Moment, RFC 3339 in UTC."""
    is_source: bool


class RecordSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    基础信息记录 on the wire.
    """

    register: str
    fields: dict[str, str]
    lineage: dict[str, SaidBy]


class CorrectionSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    更正 on the wire: one datum, as it is right.
    """

    register: str
    record_key: str
    field: str
    value: str
    agency_code: str
    at: str
    dispute_number: str


def is_sent_up(register: Definition) -> bool:
    """
    Return whether a parent receives this register from here.
    """
    names = {name.strip() for name in settings.TONGBAN_REGISTERS.sent_up.split(",")}
    if register.code.value not in names:
        return False
    around = exchange.neighbours()
    return around.own_key is not None and around.parent is not None


def tell_parent(
    register: Definition,
    *,
    record_id: UUID,
    fields: Mapping[str, str],
    lineage: Mapping[str, Mapping[str, Any]],
    state: str,
    is_new: bool,
    at: datetime,
) -> None:
    """
    Tell the node above how a record stands now, in the open transaction.
    """
    operation = Operation.INSERT if is_new else Operation.UPDATE
    streams.publish(
        dataset=RECORDS,
        key=str(record_id),
        operation=Operation.DELETE if state == RecordState.ENDED else operation,
        content=content_of(register.code, fields=fields, lineage=lineage),
        at=at,
    )


def content_of(
    register: str, *, fields: Mapping[str, str], lineage: Mapping[str, Mapping[str, Any]]
) -> RecordSent:
    """
    Return a record as it goes to other nodes.
    """
    return RecordSent(
        register=str(register),
        fields=dict(fields),
        lineage={
            name: SaidBy(agency_code=trace["s"], at=trace["t"], is_source=trace["a"])
            for name, trace in lineage.items()
        },
    )


def tell_nodes(*, nodes: Collection[str], record_id: UUID, content: CorrectionSent, at: datetime) -> int:
    """
    Tell nodes of a correction, in the open transaction; return how many are told.
    """
    own = exchange.neighbours().own_code
    return sum(
        streams.publish(
            dataset=CORRECTIONS,
            key=f"{record_id}/{content.field}",
            operation=Operation.UPDATE,
            content=content,
            at=at,
            to=node,
        )
        for node in sorted(set(nodes) - {own, ""})
    )

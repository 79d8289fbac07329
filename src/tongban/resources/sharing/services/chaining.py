"""
A correction goes the way its datum went: down the chain of nodes that asked for one another, to agencies at its end.

A node that only asked in its subscribers' stead holds no record, and no use of one: it has the evidence of the call,
with the request's id, which is the same at each hop. By these ids it is told, finds its subscribers, and tells the
nodes below that asked. The datum itself is not sent: whoever needs it asks again (疑义校核; ADR-0104).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused
from tongban.resources.registers import services as registers
from tongban.resources.registers.events import RecordCorrected
from tongban.resources.registers.values import RegisterCode, definition
from tongban.resources.sharing.models import Call, Grant
from tongban.resources.sharing.services.telling import tell_agency

CORRECTIONS: Final = "sharing.corrections"
IDS_AT_ONCE: Final = 500
"""Of requests in one message."""


class DataCorrected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    已更正的数据 on the wire: which answers had it in them. Without the datum, and without whose it is.
    """

    register: str
    fields: tuple[str, ...]
    dispute_number: str
    request_ids: tuple[str, ...]


def contracts() -> tuple[Contract, ...]:
    """
    Return what nodes tell each other of data that was asked for through them.
    """
    return (
        Contract(
            code=CORRECTIONS,
            title=gettext_lazy("代理查询数据的更正"),
            shape=DataCorrected,
            direction=Direction.ADDRESSED,
            take=take_corrections,
        ),
    )


@transaction.atomic
def tell_down(fact: RecordCorrected, *, at: datetime) -> int:
    """
    Tell the nodes that were given a datum since it was wrong, by the ids of their requests; return how many messages.
    """
    uses = set(registers.uses_by_nodes(fact))
    calls = Call.objects.filter(
        grant_id__in={UUID(grant) for grant, _moment in uses}, at__in={moment for _grant, moment in uses}
    )
    given = [call for call in calls if (str(call.grant_id), call.at) in uses]
    content = DataCorrected(
        register=fact.register, fields=fact.fields, dispute_number=fact.dispute_number, request_ids=()
    )
    return _tell_nodes(given, content, at=at)


def take_corrections(entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
    """
    Take what a node says that was asked: tell the agencies whose systems asked, and the nodes below that did.

    Only of calls whose evidence that node has signed; ids of others are passed over.
    """
    for entry in entries:
        content: DataCorrected = entry.content
        calls = [
            call
            for call in Call.objects.filter(request_id__in=content.request_ids)
            if any(hop["node"] == source for hop in call.hops or ())
        ]
        _tell_nodes([call for call in calls if call.client_id == call.agency_code], content, at=at)
        _tell_agencies([call for call in calls if call.client_id != call.agency_code], content, at=at)
    return []


def _tell_nodes(calls: Iterable[Call], content: DataCorrected, *, at: datetime) -> int:
    asked: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        asked[call.client_id].add(call.request_id)
    told = 0
    for node, ids in sorted(asked.items()):
        ordered = sorted(ids)
        for start in range(0, len(ordered), IDS_AT_ONCE):
            part = msgspec.structs.replace(content, request_ids=tuple(ordered[start : start + IDS_AT_ONCE]))
            told += streams.publish(
                dataset=CORRECTIONS,
                key=f"{content.dispute_number}/{start}",
                operation=Operation.UPDATE,
                content=part,
                at=at,
                to=node,
            )
    return told


def _tell_agencies(calls: Iterable[Call], content: DataCorrected, *, at: datetime) -> None:
    grants = Grant.objects.select_related("request__service").filter(
        id__in={call.grant_id for call in calls if call.grant_id}, request__isnull=False
    )
    for grant in grants:
        if grant.request is not None:
            words = _("经上级节点查询得到的“%(fields)s”已更正（%(number)s），请重新核对") % {
                "fields": _titles(content),
                "number": content.dispute_number,
            }
            key = f"corrected:{content.dispute_number}"
            tell_agency(grant.request, grant.agency_code, words=words, key=key, at=at)


def _titles(content: DataCorrected) -> str:
    if content.register not in RegisterCode.values:
        return "、".join(content.fields)
    rules = {rule.name: str(rule.title) for rule in definition(RegisterCode(content.register)).fields}
    return "、".join(rules.get(name, name) for name in content.fields)

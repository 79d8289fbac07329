"""
Handing entries to the app that takes them; one poisoned row stops nobody.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import structlog
from django.db import InterfaceError, OperationalError, transaction

from tongban.foundation import crypto
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Inbound, ReceivedError
from tongban.resources.exchange.rules.batches import Entry
from tongban.resources.exchange.services.passing import pass_on
from tongban.resources.exchange.services.publishing import SEALED_AS
from tongban.resources.exchange.values import CHILDREN, PARENT, Contract, Operation, Received, Refused
from tongban.resources.exchange.values.wire import Line, RefusedLine

logger = structlog.get_logger(__name__)

LONGEST_CODE = 64
LONGEST_TEXT = 500
READ_ONLY = "25006"
"""SQLSTATE read_only_sql_transaction."""


def apply(
    inbound: Inbound, entries: Sequence[Entry], contract: Contract, *, at: datetime, is_snapshot: bool = False
) -> list[RefusedLine]:
    """
    Hand lines to the app, or pass them on; keep and return those that it, or their shape, refused.

    :param is_snapshot: all of them bear one number, so who was refused shows only where a row stands alone
    """
    good, refused = _shaped(entries, contract)
    if inbound.audience not in (PARENT, CHILDREN, ports.neighbours().own_code):
        bad = pass_on(good, contract, source=inbound.source, to=inbound.audience)
        refused += _named(bad, good)
    else:
        told = _taken(good, contract, inbound.source, at=at, is_snapshot=is_snapshot)
        refused += told
        if contract.is_passed_on:
            left_out = {(each.number, each.key) for each in told}
            taken = [each for each in good if (each.number, each.key) not in left_out]
            pass_on(taken, contract, source=inbound.source, to="")
    _keep(inbound, entries, refused, at=at)
    return refused


def _shaped(entries: Sequence[Entry], contract: Contract) -> tuple[list[Received], list[RefusedLine]]:
    good, refused = [], []
    decode = msgspec.json.Decoder(contract.shape).decode
    for entry in entries:
        line = entry.line
        try:
            good.append(_received(line, decode(entry.content)))
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            refused.append(_refused(line.number, line.key, "shape", str(error)))
    return good, refused


def _received(line: Line, content: Any) -> Received:
    return Received(
        number=line.number,
        key=line.key,
        operation=Operation(line.operation),
        made_at=datetime.fromtimestamp(line.made / 1000, tz=UTC),
        origin=line.origin,
        content=content,
    )


def _taken(
    entries: Sequence[Received], contract: Contract, source: str, *, at: datetime, is_snapshot: bool
) -> list[RefusedLine]:
    """
    Apply; where that fails, halve until the row for which it does stands alone.

    :raises OperationalError: the database goes away or has no space, which is nobody's row's fault
    """
    if not entries:
        return []
    try:
        refused = _attempt(entries, contract, source, at=at, is_snapshot=is_snapshot)
    except Exception as error:  # whatever an app does with a stranger's row, the others go on
        if is_away(error):
            raise
        if len(entries) == 1:
            row = entries[0]
            logger.warning(
                "row_not_taken",
                dataset=contract.code,
                source=source,
                number=row.number,
                exc_info=not isinstance(error, _WhichOne),
            )
            return [_refused(row.number, row.key, "not_storable", type(error).__name__)]
    else:
        return _named(refused, entries)
    middle = len(entries) // 2
    first = _taken(entries[:middle], contract, source, at=at, is_snapshot=is_snapshot)
    return first + _taken(entries[middle:], contract, source, at=at, is_snapshot=is_snapshot)


@transaction.atomic
def _attempt(
    entries: Sequence[Received], contract: Contract, source: str, *, at: datetime, is_snapshot: bool
) -> Sequence[Refused]:
    refused = contract.take(entries, source, at)
    if refused and is_snapshot and len(entries) > 1:
        raise _WhichOne
    return refused


def is_away(error: Exception) -> bool:
    """
    Tell whether the database is away, full, busy or read-only: nothing that a row could have done.

    What COPY raises comes straight from the driver; Django wraps what other statements raise.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.InternalError):
        return cause.sqlstate == READ_ONLY
    driver = (psycopg.OperationalError, psycopg.InterfaceError)
    return isinstance(error, (OperationalError, InterfaceError, *driver))


class _WhichOne(Exception):
    """
    Of several rows with one number some were refused.
    """


def _named(refused: Sequence[Refused], entries: Sequence[Received]) -> list[RefusedLine]:
    if not refused:
        return []
    keys = {each.number: each.key for each in entries}
    return [
        _refused(each.number, keys[each.number], each.code, each.text)
        for each in refused
        if each.number in keys
    ]


def _refused(number: int, key: str, code: str, text: str) -> RefusedLine:
    return RefusedLine(
        number=number, key=key, code=storable(code, LONGEST_CODE), text=storable(text, LONGEST_TEXT)
    )


def storable(text: str, longest: int) -> str:
    """
    Return what a column can keep of a text.
    """
    return text[:longest].replace("\x00", "\ufffd")


def _keep(
    inbound: Inbound, entries: Sequence[Entry], refused: Sequence[RefusedLine], *, at: datetime
) -> None:
    """
    Keep what was not taken, and call mended what came before with a key that was taken now.
    """
    bad = {(each.number, each.key): each for each in refused}
    _mend(inbound, [entry.line for entry in entries if (entry.line.number, entry.line.key) not in bad])
    if not bad:
        return
    contents = {(entry.line.number, entry.line.key): entry.content for entry in entries}
    ReceivedError.objects.bulk_create(
        (
            ReceivedError(
                inbound=inbound,
                number=each.number,
                key=each.key,
                code=each.code,
                text=each.text,
                content=crypto.seal(contents[each.number, each.key], context=SEALED_AS),
                at=at,
            )
            for each in bad.values()
        ),
        update_conflicts=True,
        unique_fields=["inbound", "number", "key"],
        update_fields=["code", "text", "content", "at"],
    )


def _mend(inbound: Inbound, taken: Sequence[Line]) -> None:
    waiting = ReceivedError.objects.filter(inbound=inbound, mended_by=None)
    if not taken or not waiting.exists():
        return
    numbers = {line.key: line.number for line in taken}
    for error in waiting.filter(key__in=list(numbers)):
        if numbers[error.key] >= error.number:
            error.mended_by = numbers[error.key]
            error.save(update_fields=["mended_by"])

"""
Taking a batch into the library once its sample was right: a chunk and its marks in one transaction, each once.
"""

import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

from django.db import connection

from tongban.business.licences import rules
from tongban.business.licences.events import LICENCE_REPLACED
from tongban.business.licences.models import Licence, StockBatch, StockLicence
from tongban.business.licences.rules.stock import KnownType
from tongban.business.licences.services.collecting import TypesInForce
from tongban.business.licences.services.issuing import TOKEN_BYTES
from tongban.business.licences.services.recording import record
from tongban.business.licences.services.stock_documents import queue_stock_documents
from tongban.business.licences.services.stock_keeping import end_batch, held_batch
from tongban.business.licences.values import (
    CURRENT,
    BatchState,
    HolderKind,
    LicenceEventKind,
    LicenceStatus,
    StockProblem,
    StockState,
)
from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json, sm3_hex
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.fields import SealedTextField
from tongban.support.identity.selectors.holders import holders_of

CHUNK: Final = 1_000
SERIALS: Final = "SELECT nextval('licences_serial') FROM generate_series(1, %s)"
EVENTS: Final = """
INSERT INTO licences_licenceevent
    (licence_id, kind, at, reason, legal_basis, case_number, actor_kind, actor_id)
SELECT id, 'COLLECTED', %(at)s, %(reason)s, '', '', %(actor_kind)s, %(actor_id)s FROM unnest(%(ids)s::uuid[]) AS id
"""
MARK: Final = """
UPDATE licences_stocklicence AS row SET state = 'TAKEN', licence_id = taken.licence_id, content = NULL,
    holder_index = NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS taken (id, licence_id)
WHERE row.id = taken.id
"""


def take_batch_in(*, batch_id: uuid.UUID, actor: Actor, at: datetime) -> int:
    """
    Take what is ready of a batch into the library, and end the batch; return how many licences that were.

    Safe to run twice, and to break off: what is in is passed over.

    :raises StockNotFound: there is no such batch
    """
    total = 0
    types = TypesInForce()
    while (taken := _take_chunk(batch_id, types=types, actor=actor, at=at)) is not None:
        total += taken
    return total


@business_transaction
def _take_chunk(batch_id: uuid.UUID, *, types: TypesInForce, actor: Actor, at: datetime) -> int | None:
    """
    Take the next rows in; return how many, None where none are left.
    """
    batch = held_batch(batch_id)
    if batch.state != BatchState.TAKING:
        return None
    rows = list(StockLicence.objects.filter(batch=batch, state=StockState.READY).order_by("line")[:CHUNK])
    if not rows:
        end_batch(batch, BatchState.DONE, actor=actor, at=at)
        queue_stock_documents(batch.id)
        return None
    taken = _taken(batch, rows, types=types, actor=actor, at=at)
    audit.record(
        action="licences.stock.take",
        actor=actor,
        subject=str(batch.id),
        at=at,
        first_line=rows[0].line,
        last_line=rows[-1].line,
        taken=len(taken),
    )
    return len(taken)


def _taken(
    batch: StockBatch, rows: Sequence[StockLicence], *, types: TypesInForce, actor: Actor, at: datetime
) -> list[Licence]:
    before = _library_of(rows)
    people = holders_of({row.content["holder"]["code"] for row in rows if _is_person(row)})
    serials = _serials(len(rows))
    pairs: list[tuple[StockLicence, Licence]] = []
    for row, serial in zip(rows, serials, strict=True):
        kind = next(iter(types(row.type_code)), None)
        if kind is None:
            _put_off(row, StockState.REFUSED, StockProblem.TYPE_UNKNOWN)
            continue
        known = people.get(row.content["holder"]["code"]) if _is_person(row) else None
        is_same = known is not None and known.name == row.content["holder"]["name"]
        person_id = known.person_id if known and is_same else ""
        licence = _licence(row, batch, kind, serial=serial, person_id=person_id, at=at)
        if _give_way(row, licence, before, actor=actor, at=at):
            pairs.append((row, licence))
    licences = [licence for _row, licence in pairs]
    with connection.cursor() as cursor:
        _copy(cursor, licences)
        facts: dict[str, Any] = {
            "reason": batch.source,
            "at": at,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
        }
        cursor.execute(EVENTS, {**facts, "ids": [licence.id for licence in licences]})
        cursor.execute(MARK, [[row.id for row, _licence in pairs], [licence.id for licence in licences]])
    return licences


class Library:
    """
    What of the library has to do with some rows: newest versions by licence, current ones of only types by holder.
    """

    def __init__(self, licences: Sequence[Licence]) -> None:
        self.by_licence: dict[tuple[str, str, str], Licence] = {}
        self.only: dict[tuple[str, bytes], Licence] = {}
        self.identifiers: set[str] = set()
        for licence in sorted(licences, key=lambda licence: licence.version):
            self.add(licence)

    def add(self, licence: Licence) -> None:
        """
        Note a licence that is in, or goes in with this chunk.
        """
        self.identifiers.add(licence.identifier)
        self.by_licence[licence.type_code, licence.issuer_code, licence.number] = licence
        if licence.is_only and licence.status in CURRENT:
            self.only[licence.type_code, bytes(licence.holder_index)] = licence


def _library_of(rows: Sequence[StockLicence]) -> Library:
    same = Licence.objects.locked().filter(number__in=[row.number for row in rows])
    only = (
        Licence.objects.current()
        .locked()
        .filter(
            is_only=True,
            type_code__in={row.type_code for row in rows},
            holder_index__in=[row.holder_index for row in rows if row.holder_index],
        )
    )
    given = [row.content["identifier"] for row in rows if row.content["identifier"]]
    named = Licence.objects.filter(identifier__in=given) if given else Licence.objects.none()
    return Library([*same.order_by("id"), *only.order_by("id"), *named])


def _give_way(row: StockLicence, licence: Licence, library: Library, *, actor: Actor, at: datetime) -> bool:
    """
    Make room for a licence: what stands in its place becomes the version before it, or the row waits for a person.
    """
    same = library.by_licence.get((licence.type_code, licence.issuer_code, licence.number))
    if same is not None and same.case_number:
        return _put_off(row, StockState.DISPUTED, StockProblem.ISSUED_HERE)
    if same is not None and same.version >= rules.LAST_VERSION:
        return _put_off(row, StockState.DISPUTED, StockProblem.CONTENT_DIFFERS)
    if same is None and licence.identifier in library.identifiers:
        return _put_off(row, StockState.REFUSED, StockProblem.IDENTIFIER_WRONG)
    other = library.only.get((licence.type_code, bytes(licence.holder_index)))
    is_second = licence.is_only and licence.status in CURRENT and other is not None and other is not same
    if is_second and not row.is_settled:
        return _put_off(row, StockState.DISPUTED, StockProblem.SECOND_OF_ONLY)
    if same is not None:
        licence.root_id, licence.version, licence.serial = same.root_id, same.version + 1, same.serial
        licence.identifier = _identifier(licence)
    for old in (same, other if is_second else None):
        if old is not None:
            licence.replaces = old.identifier
            _replace(old, licence, actor=actor, at=at)
    library.add(licence)
    return True


def _replace(old: Licence, licence: Licence, *, actor: Actor, at: datetime) -> None:
    if old.status not in CURRENT:
        return
    old.status = LicenceStatus.REPLACED
    if old._state.adding:  # noqa: SLF001 - goes in with the same chunk, and is written as it stands then
        return
    old.save(update_fields=["status"])
    record(
        old,
        LicenceEventKind.REPLACED,
        topic=LICENCE_REPLACED,
        actor=actor,
        at=at,
        replaced_by=licence.identifier,
    )


def _put_off(row: StockLicence, state: StockState, problem: StockProblem) -> bool:
    row.state, row.problem = state, problem
    StockLicence.objects.filter(id=row.id).update(state=state, problem=problem)
    return False


def _licence(
    row: StockLicence, batch: StockBatch, kind: KnownType, *, serial: int, person_id: str, at: datetime
) -> Licence:
    content = row.content
    holder = content["holder"]
    identifier = uuid.uuid4()
    issued = row.issued_date or date.fromisoformat(content["valid_from"])
    parsed = rules.parsed_identifier(content["identifier"]) if content["identifier"] else None
    licence = Licence(
        id=identifier,
        root_id=identifier,
        version=parsed.version if parsed else 1,
        serial=parsed.serial if parsed else f"{issued.year}{serial:07d}",
        number=row.number,
        type_code=row.type_code,
        type_name=kind.definition.name,
        type_name_en=kind.definition.name_en,
        type_version=kind.version,
        is_only=not kind.definition.allows_several,
        issuer_code=row.issuer_code,
        issuer_name=content["issuer_name"],
        division_code=content["division_code"],
        holder_kind=holder["kind"],
        holder_name=holder["name"],
        holder_code=holder["code"],
        holder_code_type=holder["code_type"],
        holder_index=rules.holder_index(holder["code"]),
        person_id=person_id,
        face=content["face"],
        face_digest=sm3_hex(canonical_json({"face": content["face"]})),
        status=content["status"],
        issued_at=datetime.combine(issued, time(0), tzinfo=CHINA),
        valid_from=date.fromisoformat(content["valid_from"]),
        valid_until=date.fromisoformat(content["valid_until"]) if content["valid_until"] else None,
        check_due_date=rules.next_turn(
            date.fromisoformat(content["valid_from"]), kind.definition.check_months, after=civil_date(at)
        ),
        case_number="",
        token=secrets.token_urlsafe(TOKEN_BYTES),
        file_id=row.scan_file_id,
        grade=row.grade,
        compared_by=content["compared_by"],
        compared_agency=batch.agency_name if content["compared_by"] else "",
        compared_at=_moment(content["compared_date"]),
    )
    licence.identifier = _identifier(licence)
    return licence


def _copy(cursor: Any, licences: Sequence[Licence]) -> None:
    columns = Licence._meta.concrete_fields  # noqa: SLF001 - Django's way of looking at a model
    names = ", ".join(f'"{column.column}"' for column in columns)
    with cursor.copy(f"COPY licences_licence ({names}) FROM STDIN") as copy:
        for licence in licences:
            copy.write_row([_stored(column, getattr(licence, column.attname)) for column in columns])


def _stored(column: Any, value: Any) -> Any:
    if isinstance(column, SealedTextField):
        return crypto.seal(column.encode(value), context=column.context)
    if isinstance(value, Enum):
        return value.value
    return bytes(value) if isinstance(value, bytes) else value


def _moment(day: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(0), tzinfo=CHINA) if day else None


def _identifier(licence: Licence) -> str:
    segment = rules.issuer_segment(issuer_code=licence.issuer_code, division_code=licence.division_code)
    parts = rules.Identifier(
        type_code=licence.type_code, issuer_code=segment, serial=licence.serial, version=licence.version
    )
    return str(parts)


def _serials(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(SERIALS, [count])
        return [number for (number,) in cursor.fetchall()]


def _is_person(row: StockLicence) -> bool:
    kind: Any = row.content["holder"]["kind"]
    return bool(kind == HolderKind.PERSON)

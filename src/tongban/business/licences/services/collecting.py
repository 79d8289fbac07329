"""
存量归集: licences issued before are read from a file, cleaned, matched and graded, and wait for the sampling check.

Nothing of a file gets into the library before somebody else than who brought it has compared a random sample with the
scans or registers it comes from. Rows are written by `COPY`, a chunk and a mark of how far it goes in one transaction:
a run that was broken off goes on behind the last whole chunk, and the same file again changes nothing.

Source: 国办函〔2016〕108号, 电子证照管理 (存量证照归集).
"""

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from typing import Any, Final

import msgspec
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence, LicenceTypeVersion, StockBatch, StockLicence
from tongban.business.licences.rules.grades import grade_of
from tongban.business.licences.rules.stock import CleanLicence, KnownType, Wrong, cleaned
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.services.stock_files import NoScans, Scans
from tongban.business.licences.services.stock_keeping import WAITING, end_batch, held_batch, same_digest
from tongban.business.licences.values import (
    CURRENT,
    BatchFacts,
    BatchState,
    HolderKind,
    StockProblem,
    StockRow,
    StockState,
    Supply,
    VersionState,
)
from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json, sm3_hex
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, Text
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose
from tongban.support.identity.selectors.holders import holders_of

CHUNK: Final = 2_000
SCAN_OWNER: Final = "licences.stock"
CONTENT: Final = "licences.stock.content"
LONGEST_SOURCE: Final = 32
COLUMNS: Final = (
    "id", "batch_id", "line", "type_code", "issuer_code", "number", "issued_date", "digest", "content",
    "holder_index", "grade", "state", "problem", "repairs", "is_settled", "is_sampled", "checked_by", "note",
    "decided_by", "scan_file_id",
)  # fmt: skip
SAMPLE = """
UPDATE licences_stocklicence SET is_sampled = TRUE
WHERE id IN (
    SELECT id FROM licences_stocklicence WHERE batch_id = %(batch)s AND state = 'READY'
    ORDER BY md5(id::text || %(salt)s)
    LIMIT (
        SELECT ceil(count(*) * %(percent)s / 100.0) FROM licences_stocklicence
        WHERE batch_id = %(batch)s AND state = 'READY'
    )
)
"""

Key = tuple[str, str, str]
"""Type, issuer and number: what makes two rows one licence."""


def collect_licences(
    *,
    rows: Iterable[StockRow],
    facts: BatchFacts,
    actor: Actor,
    at: datetime,
    scans: Scans | None = None,
    tell: Callable[[int], None] = lambda _lines: None,
) -> uuid.UUID:
    """
    Read a file of licences into its batch, and draw the sample; the same file goes on where it was broken off.

    :param scans: where the scans lie that rows name
    :param tell: given how many rows are in, after every chunk
    :returns: the id of the batch
    :raises NotPermitted: the actor does not collect licences, or not for this agency
    :raises InvalidInput: what is said of the file cannot be
    """
    permissions.collect_licences.require(actor, agency_code=facts.agency_code)
    _require_facts(facts)
    batch_id, done = _begin(facts, actor=actor, at=at)
    if done is None:
        return batch_id
    types = TypesInForce()
    waiting = (row for row in rows if row.line > done)
    while chunk := list(islice(waiting, CHUNK)):
        tell(_stage(batch_id, chunk, types=types, scans=scans or NoScans(), actor=actor, at=at))
    _draw_sample(batch_id, actor=actor, at=at)
    return batch_id


class TypesInForce:
    """
    The types of the directory by code and by name, each asked for once.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[KnownType, ...]] = {}

    def __call__(self, asked: str) -> tuple[KnownType, ...]:
        """
        Return the types in force that have this code or this name.
        """
        if asked not in self._found:
            in_force = LicenceTypeVersion.objects.filter(state=VersionState.PUBLISHED)
            rows = in_force.filter(type_id=asked) or in_force.filter(type__name=asked)
            self._found[asked] = tuple(
                KnownType(
                    code=row.type_id, version=row.version or 0, definition=read_definition(row.definition)
                )
                for row in rows
            )
        return self._found[asked]


def _require_facts(facts: BatchFacts) -> None:
    wrong: dict[str, Text] = {}
    if not 0 < len(facts.source.strip()) <= LONGEST_SOURCE:
        wrong["source"] = _("请填写来源，不超过 32 个字符")
    for name in ("sample_percent", "wanted_percent"):
        if not 1 <= getattr(facts, name) <= 100:  # noqa: PLR2004 - per cent
            wrong[name] = _("请填写 1 到 100 的整数")
    if not facts.agency_code or not facts.agency_name:
        wrong["agency_code"] = _("请填写提供机构的代码和名称")
    if wrong:
        raise InvalidInput(fields=wrong)


@business_transaction
def _begin(facts: BatchFacts, *, actor: Actor, at: datetime) -> tuple[uuid.UUID, int | None]:
    """
    Return the batch of a file, and how far it has been read; None: to its end.
    """
    batch, is_new = StockBatch.objects.get_or_create(
        source=facts.source.strip(),
        file_digest=facts.file_digest,
        defaults={
            "file_name": facts.file_name[:200],
            "supply": facts.supply,
            "agency_code": facts.agency_code,
            "agency_name": facts.agency_name,
            "division_code": facts.division_code,
            "sample_percent": facts.sample_percent,
            "wanted_percent": facts.wanted_percent,
            "brought_by_kind": actor.kind.value,
            "brought_by": actor.id,
            "brought_at": at,
        },
    )
    permissions.collect_licences.require(actor, agency_code=batch.agency_code)
    if is_new:
        audit.record(
            action="licences.stock.collect",
            actor=actor,
            subject=str(batch.id),
            at=at,
            source=batch.source,
            file_digest=batch.file_digest,
            supply=batch.supply,
        )
    return batch.id, batch.lines if batch.state == BatchState.RECEIVING else None


@business_transaction
def _stage(
    batch_id: uuid.UUID,
    chunk: Sequence[StockRow],
    *,
    types: TypesInForce,
    scans: Scans,
    actor: Actor,
    at: datetime,
) -> int:
    """
    Write a chunk of rows, and how far it goes; return how many rows are in.
    """
    batch = held_batch(batch_id)
    if batch.state != BatchState.RECEIVING or chunk[0].line <= batch.lines:
        return batch.lines  # the same file is being read twice at once, and the other run was quicker
    staged = [_staged(row, batch, types=types, on=civil_date(at)) for row in chunk]
    outdated = _match(staged)
    for row in staged:
        _keep_scan(row, scans, actor=actor, at=at)
    StockLicence.objects.filter(id__in=outdated).update(
        state=StockState.OLDER, content=None, holder_index=None
    )
    _copy(staged)
    batch.lines = chunk[-1].line
    batch.save(update_fields=["lines"])
    return batch.lines


@dataclass(kw_only=True, slots=True)
class Staged:
    """
    A row on its way into the table, named as its columns are, with what it says.
    """

    batch_id: uuid.UUID
    line: int
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    type_code: str = ""
    issuer_code: str = ""
    number: str = ""
    issued_date: date | None = None
    digest: str = ""
    content: dict[str, Any] | None = None
    holder_index: bytes | None = None
    grade: str = ""
    state: str = StockState.REFUSED
    problem: str = ""
    repairs: list[str] = field(default_factory=list)
    is_settled: bool = False
    is_sampled: bool = False
    checked_by: str = ""
    note: str = ""
    decided_by: str = ""
    scan_file_id: uuid.UUID | None = None
    clean: CleanLicence | None = None
    written: bytes = b""
    """The content as canonical JSON."""


Row = Staged | StockLicence


def _staged(row: StockRow, batch: StockBatch, *, types: TypesInForce, on: date) -> Staged:
    staged = Staged(batch_id=batch.id, line=row.line)
    try:
        clean, repairs = cleaned(
            row,
            find_type=types,
            division_code=batch.division_code,
            issuer=(batch.agency_code, batch.agency_name),
            on=on,
        )
    except Wrong as wrong:
        staged.problem = wrong.problem
        staged.number = row.told.get("number", "")[:60]
        return staged
    staged.clean = clean
    staged.state = StockState.READY
    staged.type_code, staged.issuer_code, staged.number = clean.type_code, clean.issuer_code, clean.number
    staged.issued_date = clean.issued_date
    staged.repairs = [repair.value for repair in repairs]
    staged.content = content_of(clean)
    staged.written = canonical_json(staged.content)
    staged.digest = same_digest(staged.written)
    staged.holder_index = rules.holder_index(clean.holder.code)
    staged.grade = grade_of(
        supply=Supply(batch.supply),
        is_from_issuer=clean.issuer_code == batch.agency_code,
        is_compared=bool(clean.compared_by),
    )
    return staged


def content_of(clean: CleanLicence) -> dict[str, Any]:
    """
    Return what of a row is kept until it is taken in.
    """
    return {
        "identifier": clean.identifier,
        "issuer_name": clean.issuer_name,
        "division_code": clean.division_code,
        "holder": msgspec.to_builtins(clean.holder),
        "face": clean.face,
        "valid_from": clean.valid_from.isoformat(),
        "valid_until": clean.valid_until.isoformat() if clean.valid_until else "",
        "status": clean.status.value,
        "scan": clean.scan,
        "compared_by": clean.compared_by,
        "compared_date": clean.compared_date.isoformat() if clean.compared_date else "",
    }


def _match(staged: Sequence[Staged]) -> list[uuid.UUID]:
    """
    Compare rows with what waits, with what is in the library, and with who has an account. Four queries.

    :returns: rows that wait and are outdated by one of these
    """
    ready = [row for row in staged if row.state == StockState.READY]
    numbers = list({row.number for row in ready})
    waiting: dict[Key, Row] = {}
    for known in StockLicence.objects.filter(number__in=numbers, state__in=WAITING).defer("content"):
        if _is_later(known, waiting.get(_key(known))):
            waiting[_key(known)] = known
    issued_here = Licence.objects.filter(number__in=numbers).exclude(case_number="").order_by("version")
    library = {
        (type_code, issuer_code, number): face_digest
        for type_code, issuer_code, number, face_digest in issued_here.values_list(
            "type_code", "issuer_code", "number", "face_digest"
        )
    }
    only = _current_of_only_types(ready)
    people = holders_of(_people(ready))
    outdated: list[uuid.UUID] = []
    for row in ready:
        _settle(row, waiting, library, outdated)
        if row.state == StockState.READY:
            _dispute(row, only, {number: known.name for number, known in people.items()})
        if row.state in WAITING:
            waiting[_key(row)] = row
    return outdated


def _settle(row: Staged, waiting: dict[Key, Row], library: dict[Key, str], outdated: list[uuid.UUID]) -> None:
    before = waiting.get(_key(row))
    issued_here = library.get(_key(row))
    if issued_here is not None:
        if issued_here == sm3_hex(canonical_json({"face": (row.content or {}).get("face")})):
            row.state = StockState.DUPLICATE
        else:
            row.state, row.problem = StockState.DISPUTED, StockProblem.ISSUED_HERE
        return
    if before is None:
        return
    if before.digest == row.digest:
        row.state = StockState.DUPLICATE
    elif before.state == StockState.DISPUTED or _is_later(row, before):
        if before.state != StockState.TAKEN:
            _outdate(before, outdated)
    elif _is_later(before, row):
        row.state = StockState.OLDER
    else:
        row.state, row.problem = StockState.DISPUTED, StockProblem.CONTENT_DIFFERS


def _outdate(before: Row, outdated: list[uuid.UUID]) -> None:
    if isinstance(before, Staged):
        before.state, before.problem = StockState.OLDER, ""
    else:
        outdated.append(before.id)


def _dispute(row: Staged, only: dict[tuple[str, bytes], str], names: dict[str, str]) -> None:
    if row.clean is None:
        return
    holder = row.clean.holder
    if holder.kind == HolderKind.PERSON and names.get(holder.code, holder.name) != holder.name:
        row.state, row.problem = StockState.DISPUTED, StockProblem.NAME_DIFFERS
        return
    if row.clean.definition.allows_several or row.clean.status not in CURRENT:
        return
    place = (row.type_code, bytes(row.holder_index or b""))
    if only.setdefault(place, row.number) != row.number:
        row.state, row.problem = StockState.DISPUTED, StockProblem.SECOND_OF_ONLY


def _current_of_only_types(ready: Sequence[Staged]) -> dict[tuple[str, bytes], str]:
    wanted = [row for row in ready if row.clean is not None and not row.clean.definition.allows_several]
    if not wanted:
        return {}
    codes = {row.type_code for row in wanted}
    current = Licence.objects.current().filter(
        type_code__in=codes, holder_index__in=[row.holder_index for row in wanted if row.holder_index]
    )
    return {
        (type_code, bytes(index)): number
        for type_code, index, number in current.values_list("type_code", "holder_index", "number")
    }


def _people(ready: Sequence[Staged]) -> set[str]:
    return {
        row.clean.holder.code
        for row in ready
        if row.clean is not None and row.clean.holder.kind == HolderKind.PERSON
    }


def _key(row: Row) -> Key:
    return row.type_code, row.issuer_code, row.number


def _is_later(row: Row, than: Row | None) -> bool:
    if than is None:
        return True
    return (row.issued_date or date.min) > (than.issued_date or date.min)


def _keep_scan(row: Staged, scans: Scans, *, actor: Actor, at: datetime) -> None:
    """
    Keep the scan that a row names, judged like any file that is handed in; a row whose scan is not there is refused.
    """
    if row.clean is None or not row.clean.scan or row.state not in {StockState.READY, StockState.DISPUTED}:
        return
    content = scans.read(row.clean.scan)
    try:
        if content is not None:
            kept = documents.receive_upload(
                content=BytesIO(content),
                name=row.clean.scan.rsplit("/", 1)[-1],
                purpose=Purpose.LICENCE,
                owner=Owner(kind=SCAN_OWNER, key=str(row.id)),
                actor=actor,
                at=at,
            )
            row.scan_file_id = kept.id
            return
    except documents.UploadRefused:
        pass
    row.state, row.problem = StockState.REFUSED, StockProblem.SCAN_MISSING


def _copy(staged: Sequence[Staged]) -> None:
    with connection.cursor() as cursor:
        statement = f"COPY licences_stocklicence ({', '.join(COLUMNS)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            for row in staged:
                copy.write_row(tuple(_stored(row, name) for name in COLUMNS))


def _stored(row: Staged, name: str) -> Any:
    value = getattr(row, name)
    if name in {"content", "holder_index"}:
        if row.state not in {StockState.READY, StockState.DISPUTED} or value is None:
            return None
        return crypto.seal(row.written, context=CONTENT) if name == "content" else bytes(value)
    return str(value) if isinstance(value, str | uuid.UUID) else value


@business_transaction
def _draw_sample(batch_id: uuid.UUID, *, actor: Actor, at: datetime) -> None:
    """
    Draw the sample by a lot nobody could know when the file was made; where there is nothing to take in, end.
    """
    batch = held_batch(batch_id)
    if batch.state != BatchState.RECEIVING:
        return
    with connection.cursor() as cursor:
        facts: dict[str, Any] = {
            "batch": batch.id,
            "salt": secrets.token_hex(16),
            "percent": batch.sample_percent,
        }
        cursor.execute(SAMPLE, facts)
        batch.sampled = cursor.rowcount
    batch.state = BatchState.SAMPLING
    batch.save(update_fields=["state", "sampled"])
    audit.record(
        action="licences.stock.sample",
        actor=actor,
        subject=str(batch.id),
        at=at,
        lines=batch.lines,
        sampled=batch.sampled,
    )
    if not batch.sampled:
        end_batch(batch, BatchState.DONE, actor=actor, at=at)

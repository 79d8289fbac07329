"""
Importing a feed of offerings, of any size and of any quality.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from tongban.business.catalogue import permissions, rules
from tongban.business.catalogue.events import OFFERINGS_IMPORTED, OfferingsImported
from tongban.business.catalogue.selectors.lists import known_codes
from tongban.business.catalogue.services import merging
from tongban.business.catalogue.services.reading import ImportFileUnreadable, RawRow, excerpt_of, rows_of
from tongban.business.catalogue.values import FeedItem, ImportProgress, ImportReceipt, Objection
from tongban.business.catalogue.values.objections import sentences
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.resources.registers.selectors import known_agency_codes, known_division_codes

__all__ = ["ImportFileUnreadable", "import_items"]

BATCH_ROWS = 2000
FIELD = re.compile(r"`\$\.?([^`]*)`$")
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The one character JSON can write and PostgreSQL cannot keep."""
NAMED_FIELD = re.compile(r"field `([^`]+)`")

Progress = Callable[[ImportProgress], None]
Report = Callable[[Objection], None]


def import_items(
    *,
    path: Path,
    source: str,
    actor: Actor,
    at: datetime,
    report: Report = lambda _objection: None,
    progress: Progress = lambda _progress: None,
) -> ImportReceipt:
    """
    Import a feed: JSON lines, a JSON array, or CSV, told by its first characters.

    Rows are merged in batches of 2,000, each in a transaction of its own: an import that is broken off
    leaves whole batches, and importing the file again finishes it. Memory stays bounded whatever the size.
    Faulty codes are kept and flagged; rows that cannot be understood, repeat a code of the same file, or
    belong to another source are refused; both go to `report`. Importing the same again changes nothing; a
    changed element makes a new version.

    :param source: whose feed it is; a code belongs to the source that brought it first
    :param report: called with every objection, as it arises
    :param progress: called after every batch
    :raises NotPermitted: the actor does not keep the catalogue
    :raises ImportFileUnreadable: the file as a whole is not a feed; nothing was imported
    """
    permissions.change_catalogue.require(actor)
    run = _Run(
        source=source,
        actor=actor,
        at=at,
        report=report,
        agencies=known_agency_codes(actor=actor),
        codes=known_codes(lists=rules.CODE_LISTS.values(), actor=actor),
    )
    merging.prepare_tables()
    rows = rows_of(path)
    # While PostgreSQL merges one batch, the next is read and digested beside it.
    with ThreadPoolExecutor(max_workers=1) as reader:
        batch = run.stage(rows)
        while batch.rows:
            ahead = reader.submit(run.stage, rows)
            run.merge(batch)
            progress(ImportProgress(bytes_read=batch.bytes_read, rows=run.counts["rows"]))
            batch = ahead.result()
    receipt = run.receipt()
    _record(receipt, actor=actor, at=at)
    return receipt


@dataclass(kw_only=True, slots=True)
class _Batch:
    """
    Some rows, read and checked, but not yet in the database.
    """

    rows: int = 0
    bytes_read: int = 0
    staged: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    raw: dict[int, RawRow] = field(default_factory=dict)
    flags: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    divisions: dict[int, str] = field(default_factory=dict)
    refused: list[tuple[RawRow, str, str]] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class _Run:
    """
    One import while it runs.
    """

    source: str
    actor: Actor
    at: datetime
    report: Report
    agencies: dict[str, str]
    codes: dict[str, frozenset[str]]
    """Code list -> its codes."""
    divisions: dict[str, bool] = field(default_factory=dict)
    """Division codes met so far, and whether the register holds them."""
    key: str = field(default_factory=lambda: token_hex(8))
    batches: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    decoder: "msgspec.json.Decoder[FeedItem]" = field(default_factory=lambda: msgspec.json.Decoder(FeedItem))

    def stage(self, rows: Iterator[tuple[RawRow, int]]) -> _Batch:
        """
        Read and check the next rows; touches neither the database nor the counts.
        """
        batch = _Batch()
        today = civil_date(self.at)
        for row, bytes_read in islice(rows, BATCH_ROWS):
            batch.rows += 1
            batch.bytes_read = bytes_read
            item, reason, where = self._read(row, today=today)
            if item is None:
                batch.refused.append((row, reason, where))
                continue
            batch.staged[row.number], flags = merging.staged_row(row.number, item, on=today)
            if item.elements.agency_code not in self.agencies:
                flags.append(("unknown_agency", "elements.agency_code"))
            wide = {where for reason, where in flags if reason == "full_width_code"}
            flags += [
                ("unknown_code", f"elements.{name}")
                for name in dict.fromkeys(row[0] for row in rules.unknown_codes(item.elements, self.codes))
                if f"elements.{name}" not in wide
            ]
            batch.raw[row.number] = row
            batch.flags[row.number] = flags
            batch.divisions[row.number] = item.elements.division_code
        return batch

    def merge(self, batch: _Batch) -> None:
        """
        Merge one batch, and object to what cannot be taken.
        """
        self.batches += 1
        self.counts["rows"] += batch.rows
        for row, reason, where in batch.refused:
            self._say(row, reason, where, severity="rejected")
        if not batch.staged:
            return
        merged = _merge_batch(
            batch.staged, source=self.source, at=self.at, batch=f"{self.key}-{self.batches}"
        )
        self._flag_divisions(batch)
        self._object(batch, merged)
        for outcome in ("new", "changed", "unchanged"):
            self.counts[outcome] += getattr(merged, outcome)

    def receipt(self) -> ImportReceipt:
        """
        Return what was done so far.
        """
        names = ("rows", "new", "changed", "unchanged", "rejected", "flagged")
        return ImportReceipt(
            source=self.source,
            batch=self.key,
            reasons=dict(self.reasons.most_common()),
            **{name: self.counts[name] for name in names},
        )

    def _read(self, row: RawRow, *, today: date) -> tuple[FeedItem | None, str, str]:
        if row.objection is not None:
            return None, row.objection, ""
        try:
            item = self.decoder.decode(row.data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return None, *_reason_of(error)
        reason, where = _refusal(item, row.data, today=today)
        return (item if reason is None else None), reason or "", where

    def _flag_divisions(self, batch: _Batch) -> None:
        # Asked by batch: a register may hold every village there is.
        new = {code for code in batch.divisions.values() if code not in self.divisions}
        if new:
            known = known_division_codes(codes=new, actor=self.actor)
            self.divisions |= {code: code in known for code in new}
        for number, code in batch.divisions.items():
            if not self.divisions[code]:
                batch.flags[number].append(("unknown_division", "elements.division_code"))

    def _object(self, batch: _Batch, merged: merging.Merged) -> None:
        for number in sorted(merged.duplicates):
            self._say(batch.raw[number], "duplicate_code", "code", severity="rejected")
        for number in sorted(merged.foreign):
            self._say(batch.raw[number], "owned_by_other_source", "code", severity="rejected")
        for number in merged.different_definitions:
            batch.flags[number].append(("definition_differs", "elements.service_type"))
        refused = {*merged.duplicates, *merged.foreign}
        for number, found in batch.flags.items():
            if found and number not in refused:
                self.counts["flagged"] += 1
                for reason, where in found:
                    self._say(batch.raw[number], reason, where, severity="flagged")

    def _say(self, row: RawRow, reason: str, where: str, *, severity: str) -> None:
        if severity == "rejected":
            self.counts["rejected"] += 1
        self.reasons[reason] += 1
        message, message_en = sentences(reason)
        self.report(
            Objection(
                row=row.number,
                severity=severity,
                reason=reason,
                field=where,
                message=message,
                message_en=message_en,
                excerpt=excerpt_of(row),
            )
        )


@business_transaction
def _merge_batch(
    staged: dict[int, tuple[Any, ...]], *, source: str, at: datetime, batch: str
) -> merging.Merged:
    merged = merging.merge(staged.values(), source=source, at=at, batch=batch)
    if merged.new or merged.changed:
        events.announce(
            topic=OFFERINGS_IMPORTED,
            key=source,
            at=at,
            payload=OfferingsImported(source=source, batch=batch, new=merged.new, changed=merged.changed),
        )
    return merged


@business_transaction
def _record(receipt: ImportReceipt, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action="catalogue.items.import",
        actor=actor,
        subject=receipt.source,
        at=at,
        batch=receipt.batch,
        rows=receipt.rows,
        new=receipt.new,
        changed=receipt.changed,
        rejected=receipt.rejected,
        flagged=receipt.flagged,
    )


def _refusal(item: FeedItem, data: bytes, *, today: date) -> tuple[str | None, str]:
    if item.effective_from is not None and item.effective_from > today:
        return "not_yet_effective", "effective_from"
    if wrong := rules.contradictions(item.elements):
        return "inconsistent", f"elements.{wrong[0]}"
    if b"\\u0000" in data and NUL.search(data):
        return "control_character", ""
    return None, ""


def _reason_of(error: Exception) -> tuple[str, str]:
    """
    Return the stable reason and the field for what the decoder complained about.
    """
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        return "bad_encoding", ""
    if not isinstance(error, msgspec.ValidationError):
        return ("truncated" if "truncated" in text else "not_json"), ""
    found = FIELD.search(text)
    where = found.group(1) if found else ""
    named = NAMED_FIELD.search(text)
    if named:
        where = f"{where}.{named.group(1)}".lstrip(".")
    for sign, reason in SIGNS:
        if sign in text:
            return reason, where
    return "bad_value", where


#: What msgspec says -> our reason; the first that fits.
SIGNS = (
    ("missing required field", "missing_field"),
    ("unknown field", "unknown_field"),
    ("of length <=", "too_long"),
    ("Invalid enum value", "bad_value"),
    ("matching regex", "bad_value"),
    (", got `", "wrong_type"),
)

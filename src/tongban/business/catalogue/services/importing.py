"""
Importing a feed of offerings, of any size and of any quality.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from tongban.business.catalogue import permissions, rules
from tongban.business.catalogue.events import OFFERINGS_IMPORTED, OfferingsImported
from tongban.business.catalogue.services import merging
from tongban.business.catalogue.services.reading import ImportFileUnreadable, RawRow, excerpt_of, rows_of
from tongban.business.catalogue.values import FeedItem, ImportProgress, ImportReceipt, Objection
from tongban.business.catalogue.values.objections import sentences
from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.resources.registers.selectors import known_agency_codes

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
    permissions.require_manager(actor)
    started = time.monotonic()
    run = _Run(source=source, actor=actor, at=at, report=report, agencies=known_agency_codes(actor=actor))
    merging.prepare_tables()
    rows = rows_of(path)
    while batch := list(islice(rows, BATCH_ROWS)):
        run.take(row for row, _ in batch)
        progress(ImportProgress(bytes_read=batch[-1][1], rows=run.counts["rows"]))
    receipt = run.receipt(seconds=time.monotonic() - started)
    _record(receipt, actor=actor, at=at)
    return receipt


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
    key: str = field(default_factory=lambda: token_hex(8))
    batches: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    decoder: "msgspec.json.Decoder[FeedItem]" = field(default_factory=lambda: msgspec.json.Decoder(FeedItem))

    def take(self, rows: Iterator[RawRow]) -> None:
        """
        Merge one batch, and object to what cannot be taken.
        """
        self.batches += 1
        today = civil_date(self.at)
        staged: dict[int, tuple[Any, ...]] = {}
        raw: dict[int, RawRow] = {}
        flags: dict[int, list[tuple[str, str]]] = {}
        for row in rows:
            self.counts["rows"] += 1
            item = self._read(row, today=today)
            if item is not None:
                staged[row.number], flags[row.number] = merging.staged_row(row.number, item, on=today)
                raw[row.number] = row
                if item.elements.agency_code not in self.agencies:
                    flags[row.number].append(("unknown_agency", "elements.agency_code"))
        if not staged:
            return
        merged = _merge_batch(staged, source=self.source, at=self.at, batch=f"{self.key}-{self.batches}")
        self._object(raw, flags, merged)
        for outcome in ("new", "changed", "unchanged"):
            self.counts[outcome] += getattr(merged, outcome)

    def receipt(self, *, seconds: float) -> ImportReceipt:
        """
        Return what was done so far.
        """
        names = ("rows", "new", "changed", "unchanged", "rejected", "flagged")
        return ImportReceipt(
            source=self.source,
            batch=self.key,
            reasons=dict(self.reasons.most_common()),
            seconds=round(seconds, 3),
            **{name: self.counts[name] for name in names},
        )

    def _read(self, row: RawRow, *, today: date) -> FeedItem | None:
        reason, where = row.objection, ""
        item: FeedItem | None = None
        if reason is None:
            try:
                item = self.decoder.decode(row.data)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                reason, where = _reason_of(error)
        if item is not None:
            reason, where = _refusal(item, row.data, today=today)
        if reason is None:
            return item
        self._say(row, reason, where, severity="rejected")
        return None

    def _object(
        self, raw: dict[int, RawRow], flags: dict[int, list[tuple[str, str]]], merged: merging.Merged
    ) -> None:
        for number in sorted(merged.duplicates):
            self._say(raw[number], "duplicate_code", "code", severity="rejected")
        for number in sorted(merged.foreign):
            self._say(raw[number], "owned_by_other_source", "code", severity="rejected")
        for number in merged.different_definitions:
            flags[number].append(("definition_differs", "elements.service_type"))
        refused = {*merged.duplicates, *merged.foreign}
        for number, found in flags.items():
            if found and number not in refused:
                self.counts["flagged"] += 1
                for reason, where in found:
                    self._say(raw[number], reason, where, severity="flagged")

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

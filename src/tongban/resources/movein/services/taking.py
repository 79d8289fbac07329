"""
Rows of an old platform into the library: put into its words, judged, taken; what is lost is counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.services import Taken, WholeCase
from tongban.resources.caselibrary.values import CaseContent, Content, Fault, Kind, case_key, kind_of
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.values import Operation
from tongban.resources.movein.models import OldPlatform
from tongban.resources.movein.ports import OldDatabase
from tongban.resources.movein.rules.converting import Converted, converted
from tongban.resources.movein.services import conflicts
from tongban.resources.movein.values import (
    EXAMPLES,
    Found,
    LossReport,
    Mapping,
    Row,
    TableMapping,
    Tally,
    ValueFault,
)

CASES_AT_ONCE: Final = 500


@dataclass(kw_only=True, slots=True)
class Taking:
    """
    Taking rows of one old platform, as long as its database is open.
    """

    platform: OldPlatform
    mapping: Mapping
    database: OldDatabase
    report: LossReport
    at: datetime
    is_try: bool = False
    """Everything is done and undone: what would be lost is known, and nothing is kept."""
    zone: ZoneInfo = field(init=False)
    node: str = field(init=False)
    meetings: conflicts.Meetings = field(init=False)

    def __post_init__(self) -> None:
        """
        Look up what holds for every row.
        """
        self.zone = ZoneInfo(self.mapping.platform.time_zone)
        self.node = exchange.neighbours().own_code
        self.meetings = conflicts.Meetings(platform=self.platform, rules=self.mapping.conflicts, at=self.at)

    def take(self, rows: Sequence[Row]) -> None:
        """
        Take cases with everything of them; all or none. Idempotent.

        :param rows: of the table of cases
        """
        parts = self._parts_of([row[self.mapping.case.key] for row in rows])
        with transaction.atomic():
            allowed = self.meetings.allowed(list(self._cases(rows, parts)))
            whole = [
                WholeCase(number=self._number, contents=(case, *self._contents(case, parts[key])))
                for key, case in allowed
            ]
            self._count(whole, library.take_own(whole, at=self.at) if whole else Taken())
            self.report.held, self.meetings.held = self.report.held + self.meetings.held, 0
            transaction.set_rollback(self.is_try)

    @property
    def _number(self) -> int:
        # The library believes what is newer; what is read again unchanged changes nothing there.
        return int(self.at.timestamp() * 1000)

    def _parts_of(self, keys: Sequence[Any]) -> dict[Any, dict[Kind, list[Row]]]:
        found: dict[Any, dict[Kind, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for kind, table in self.mapping.parts.items():
            rows = self.database.rows_of(
                table.table, table.reads(), column=table.case, values=keys, key=table.key
            )
            for row in rows:
                found[row[table.case]][kind].append(row)
        return found

    def _cases(
        self, rows: Sequence[Row], parts: dict[Any, dict[Kind, list[Row]]]
    ) -> Iterable[tuple[Any, str, CaseContent]]:
        table = self.mapping.case
        seen: set[str] = set()
        for row in rows:
            old_item = str(row[table.item] or "") if table.item else ""
            item = self.mapping.items.get(old_item)
            known = {
                "node": self.node,
                "system": self.platform.code,
                "local_task_code": old_item,
                "task_code": item.task_code if item else "",
            }
            key = row[table.key]
            named = table.sources()["number"].column
            example = str((row[named] if named else "") or key)
            done = self._converted(Kind.CASE, table, row, known, example=example)
            if not isinstance(done.content, CaseContent):
                self._lose_parts(parts[key], example=example)
            elif done.content.number in seen:
                # Which of the two is the case, only the old platform knows.
                self._tally(Kind.CASE).refused += 1
                self._find(self.report.refused, Kind.CASE, ValueFault.REPEATED.value, "number", example)
                self._lose_parts(parts[key], example=example)
            else:
                seen.add(done.content.number)
                yield key, old_item, done.content

    def _contents(self, case: CaseContent, parts: dict[Kind, list[Row]]) -> Iterable[Content]:
        for kind, rows in parts.items():
            table = self.mapping.parts[kind]
            for place, row in enumerate(rows, start=1):
                known = {
                    "node": self.node,
                    "system": self.platform.code,
                    "number": case.number,
                    "part": str(place),
                }
                done = self._converted(kind, table, row, known, example=case.number)
                if done.content is not None:
                    yield done.content

    def _converted(
        self, kind: Kind, table: TableMapping, row: Row, known: dict[str, Any], *, example: str
    ) -> Converted:
        tally = self._tally(kind)
        tally.read += 1
        done = converted(kind, table, row, known=known, zone=self.zone)
        for trouble in done.troubles:
            self._find(self.report.refused, kind, trouble.fault.value, trouble.field, example)
        for name in done.shortened:
            self._find(self.report.shortened, kind, "", name, example)
        unmapped = [(trouble.field, trouble.code) for trouble in done.troubles if trouble.code]
        for name, code in (*done.replaced, *unmapped):
            codes = self.report.unmapped.setdefault(f"{kind.value}.{name}", {})
            codes[code] = codes.get(code, 0) + 1
        tally.refused += done.content is None
        return done

    def _lose_parts(self, parts: dict[Kind, list[Row]], *, example: str) -> None:
        for kind, rows in parts.items():
            tally = self._tally(kind)
            tally.read += len(rows)
            tally.refused += len(rows)
            self._find(self.report.refused, kind, Fault.CASE_MISSING.value, "", example, count=len(rows))

    def _count(self, whole: Sequence[WholeCase], taken: Taken) -> None:
        for entry, fault in taken.faulty:
            kind = kind_of(entry.content)
            self._tally(kind).refused += 1
            self._find(self.report.refused, kind, fault.value, "", entry.content.number)
        refused = {
            case_key(entry.content) for entry, _fault in taken.faulty if kind_of(entry.content) is Kind.CASE
        }
        for case in whole:
            if case_key(case.contents[0]) in refused:
                for content in case.contents[1:]:
                    kind = kind_of(content)
                    self._tally(kind).refused += 1
                    self._find(self.report.refused, kind, Fault.CASE_MISSING.value, "", content.number)
        for entry in taken.settled:
            self._tally(kind_of(entry.content)).same += 1
        for entry in taken.changed:
            if entry.operation is not Operation.DELETE:
                tally = self._tally(kind_of(entry.content))
                tally.same -= 1
                tally.taken += 1
        for entry in taken.waiting:
            self._tally(kind_of(entry.content)).waiting += 1

    def _tally(self, kind: Kind) -> Tally:
        return self.report.tallies.setdefault(kind.value, Tally())

    @staticmethod
    def _find(found: list[Found], kind: Kind, code: str, name: str, example: str, *, count: int = 1) -> None:
        key = (kind.value, code, name)
        same = next((each for each in found if (each.kind, each.code, each.field) == key), None)
        if same is None:
            same = Found(kind=kind.value, code=code, field=name)
            found.append(same)
        same.count += count
        if len(same.examples) < EXAMPLES and example not in same.examples:
            same.examples.append(example)

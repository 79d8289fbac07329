"""
Our cases of items that were cut over, written into a table of the old platform for as long as both run.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tongban.foundation.clock import civil_date
from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.ports import CaseKey
from tongban.resources.caselibrary.values import CaseContent, Content, ResultContent
from tongban.resources.exchange import ports as exchange
from tongban.resources.movein.models import OldPlatform, WrittenCase
from tongban.resources.movein.services.taking import Taking
from tongban.resources.movein.values import BackMapping, PlatformState, Row

AT_ONCE: Final = 500
LONGEST_CODE: Final = 50
"""Of 实施编码（本地） in the library."""


def note_changes(keys: Collection[CaseKey], at: datetime) -> None:
    """
    Remember which cases of this node changed, for every old platform that is told of them. In the caller's transaction.
    """
    told = OldPlatform.objects.filter(
        writes_back=True, state__in=[PlatformState.LOADED, PlatformState.FOLLOWING]
    )
    rows = [
        WrittenCase(platform_id=code, system=system, case_number=number, changed_at=at)
        for code in told.values_list("code", flat=True)
        for _node, system, number in sorted(keys)
        if system != code
    ]
    if rows:
        WrittenCase.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["platform", "case_number"],
            update_fields=["changed_at", "written_at"],
        )


def write(taking: Taking) -> int:
    """
    Write cases that wait into the old platform; return how many. Repeating it after a crash ends the same.
    """
    back = taking.mapping.back
    if back is None:
        return 0
    waiting = list(taking.platform.written.filter(written_at=None).order_by("id")[:AT_ONCE])
    node = exchange.neighbours().own_code
    held = library.held_contents([(node, row.system, row.case_number) for row in waiting])
    ours = _offerings(taking)
    rows: list[Row] = []
    done, foreign = [], []
    for row in waiting:
        contents = held.get((node, row.system, row.case_number), ())
        case = contents[0] if contents else None
        if isinstance(case, CaseContent) and case.local_task_code in ours:
            rows.append(_row(back, case, contents, taking.zone))
            row.state, row.written_at = case.state, taking.at
            done.append(row)
        else:
            foreign.append(row.pk)
    if rows:
        taking.database.write(back.table, key=back.key, rows=rows)
    for row in done:
        # Unless it changed again meanwhile: then it waits once more.
        same = WrittenCase.objects.filter(pk=row.pk, changed_at=row.changed_at)
        same.update(state=row.state, written_at=row.written_at)
    WrittenCase.objects.filter(pk__in=foreign, written_at=None, state="").delete()
    return len(rows)


def _offerings(taking: Taking) -> set[str]:
    items = taking.platform.items.filter(cut_over_on__lte=civil_date(taking.at))
    return {code[:LONGEST_CODE] for code in items.values_list("offering_code", flat=True)}


def _row(back: BackMapping, case: CaseContent, contents: Collection[Content], zone: ZoneInfo) -> Row:
    result = next((each for each in contents if isinstance(each, ResultContent)), None)
    row: Row = {back.key: case.number}
    for column, source in back.sources().items():
        value = source.value or _field(source.column, case, result, zone)
        if source.codes:
            text = "" if value is None else str(value)
            value = source.codes.get(text, text if source.otherwise is None else source.otherwise)
        row[column] = (source.default or None) if value in {None, ""} else value
    return row


def _field(name: str, case: CaseContent, result: ResultContent | None, zone: ZoneInfo) -> Any:
    """
    Return what a field of ours holds, as a database takes it.
    """
    place: Any = case
    if name.startswith("result."):
        place, name = result, name.removeprefix("result.")
    for part in name.split("."):
        place = getattr(place, part) if place is not None else None
    # Columns of old platforms know no offset.
    return place.astimezone(zone).replace(tzinfo=None) if isinstance(place, datetime) else place

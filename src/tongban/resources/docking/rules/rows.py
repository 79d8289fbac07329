"""
Rows of the national tables as messages, and messages as rows. Texts are in Chinese: they are written into the tables.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final

import msgspec

from tongban.resources.docking.values import (
    BegunCaseFacts,
    CorrectionAsked,
    GivenCase,
    Outgoing,
    OutKind,
    Report,
    ReportKind,
)
from tongban.resources.docking.values.tables import (
    BY_NAME,
    DELETE,
    INSERT,
    NEW,
    UPDATE,
    Column,
    Fault,
    Kind,
    Row,
)

BEIJING: Final = timezone(timedelta(hours=8))
EARLIEST: Final = datetime(1, 1, 1)  # noqa: DTZ001 -- the national tables hold Beijing time without an offset
GUIDS: Final = uuid.UUID("0d5a8f6e-6a3b-5c7d-9e21-7f5b1c2d3e4f")
"""Namespace of the row_guid of rows that the node writes (RFC 9562 version 5)."""
CORRECTION_STEP: Final = "补正告知"
"""process_name by which up_pro_process carries a correction notice; the national tables have none for it."""
OUTCOMES: Final = {"1": "PASS", "2": "RETURN", "9": "OTHER"}
"""event_name, code list T23."""
LONGEST_STOP_DAYS: Final = 400
RESULT_CODES: Final = {
    "GRANTED": "0",
    "ISSUED": "0",
    "REFUSED": "1",
    "VOIDED": "2",
    "PASSED_ON": "4",
    "LAPSED": "5",
    "WITHDRAWN": "5",
    "ACCEPTANCE_REFUSED": "6",
}
"""办结结果, code list T22, by kind of the case's event."""
STEP_NAMES: Final = {
    "CORRECTION_REQUESTED": CORRECTION_STEP,
    "DELIVERED": "结果送达",
    "RETURNED": "办件收回",
}


class Unreadable(Exception):
    """
    A row says nothing that can be taken; `fault` says why.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.fault = Fault(code=code, text=text)


def faults_of(row: Row) -> list[Fault]:
    """
    Return what is wrong with the columns of a row: missing, too long, not a time, no known code.
    """
    return [fault for column in row.table.columns for fault in _faults(row, column)]


def _faults(row: Row, column: Column) -> Iterator[Fault]:
    value = row.values.get(column.name)
    text = row.text(column.name)
    where = f"{column.title}（{column.name}）"
    if not text:
        if column.is_required:
            yield Fault(code="missing", text=f"{where}不能为空")
    elif column.kind is Kind.MOMENT and not isinstance(value, datetime):
        yield Fault(code="not_a_time", text=f"{where}不是时间")
    elif column.kind is Kind.INTEGER and not re.fullmatch(r"-?\d{1,9}", text):
        yield Fault(code="not_a_number", text=f"{where}不是整数")
    elif column.length and len(text) > column.length:
        yield Fault(code="too_long", text=f"{where}超过 {column.length} 字")
    elif column.codes and text not in column.codes:
        yield Fault(code="unknown_code", text=f"{where}应为 {'、'.join(sorted(column.codes))} 之一")


def reports_of(row: Row) -> list[Report]:
    """
    Return what a row of an up_* table reports; one of a special procedure that is over may say two things.

    :raises Unreadable: it says nothing that can be taken
    """
    if row.text("cd_operation") == DELETE:
        raise Unreadable("delete_not_allowed", "已报送的记录不能删除；办件有误请报送办结结果“作废”")
    faults = faults_of(row)
    if faults:
        raise Unreadable(faults[0].code, "；".join(fault.text for fault in faults)[:2000])
    return _READERS[row.table.name](row)


def moment_of(row: Row, name: str) -> datetime:
    """
    Return a column of Beijing time with its offset.
    """
    value = row.values[name]
    assert isinstance(value, datetime)  # noqa: S101 -- faults_of has seen to it
    return value if value.tzinfo else value.replace(tzinfo=BEIJING)


def _report(row: Row, kind: ReportKind, at: str, *, part: str = "", **words: Any) -> Report:
    return Report(
        id=f"{row.table.name}:{row.guid}{part}",
        case_number=row.text("project_no"),
        kind=kind,
        at=moment_of(row, at),
        **words,
    )


def _accept(row: Row) -> list[Report]:
    handler = row.text("handle_user_name")
    return [_report(row, ReportKind.ACCEPTED, "accept_date", handler=handler, case=_begun(row))]


def _begun(row: Row) -> BegunCaseFacts:
    """
    Return what an acceptance says of the case; of one that was given to the system the node knows better.
    """
    texts = {name: row.text(name) for name in _BEGUN_TEXTS}
    try:
        return msgspec.convert(
            {
                **texts,
                "task_version": int(row.text("task_version")),
                "apply_date": moment_of(row, "apply_date"),
                "promise_date": moment_of(row, "promise_date") if row.values.get("promise_date") else None,
            },
            BegunCaseFacts,
        )
    except msgspec.ValidationError as error:
        raise Unreadable("row_not_readable", f"受理信息无法读取：{error}") from error


_BEGUN_TEXTS: Final = tuple(
    field.name
    for field in msgspec.structs.fields(BegunCaseFacts)
    if field.name not in {"task_version", "apply_date", "promise_date"}
)


def _material(row: Row) -> list[Report]:
    return [
        _report(
            row,
            ReportKind.MATERIAL,
            "cd_time",
            material_name=row.text("material_name")[:200],
            step_name=row.text("get_type"),
        )
    ]


def _process(row: Row) -> list[Report]:
    handler, words = row.text("handle_user_name"), row.text("handle_explain")
    if row.text("process_name") == CORRECTION_STEP:
        items = corrections_in(words)
        return [_report(row, ReportKind.CORRECTION, "event_end_time", handler=handler, items=items)]
    if moment_of(row, "event_end_time") < moment_of(row, "event_start_time"):
        raise Unreadable("time_order", "结束时间早于开始时间")
    return [
        _report(
            row,
            ReportKind.STEP,
            "event_end_time",
            handler=handler,
            step_name=row.text("process_name"),
            outcome=OUTCOMES[row.text("event_name")],
            opinion=words,
        )
    ]


def corrections_in(words: str) -> list[CorrectionAsked]:
    """
    Read "材料：原因；材料：原因"; words without a colon are about the form.
    """
    items = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[；;\n]", words))):
        name, colon, reason = part.replace(":", "：", 1).partition("：")
        items.append(
            CorrectionAsked(name=name[:200], reason=reason)
            if colon
            else CorrectionAsked(name="申请表", reason=part)
        )
    return items


def _special(row: Row) -> list[Report]:
    begins, ends = moment_of(row, "special_time"), moment_of(row, "end_time")
    if ends < begins:
        raise Unreadable("time_order", "结束时间早于开始时间")
    handler = row.text("handle_user")
    if row.text("special_type") == "1":
        days = row.text("special_explain")
        if not re.fullmatch(r"\d{1,2}", days):
            raise Unreadable("not_a_number", "延长审批请在说明（special_explain）中填写延长的工作日数")
        reason = row.text("special_reason")
        return [
            _report(row, ReportKind.EXTENDED, "special_time", handler=handler, days=int(days), reason=reason)
        ]
    reports = []
    if row.text("cd_operation") == INSERT or not row.text("result"):
        reports.append(
            _report(
                row,
                ReportKind.PROCEDURE_BEGINS,
                "special_time",
                handler=handler,
                procedure=row.text("special_name"),
                reason=row.text("special_reason"),
                legal_basis=[row.text("remark")[:200]] if row.text("remark") else [],
                days=min(max((ends - begins).days, 1), LONGEST_STOP_DAYS),
            )
        )
    if row.text("result"):
        result = row.text("result")
        reports.append(
            _report(row, ReportKind.PROCEDURE_ENDS, "end_time", part=":end", handler=handler, result=result)
        )
    return reports


def _result(row: Row) -> list[Report]:
    words, remark = row.text("result_explain"), row.text("remark")
    ends: dict[str, tuple[ReportKind, dict[str, Any]]] = {
        "0": (
            ReportKind.GRANTED,
            {
                "opinion": words or "准予",
                "certificate_name": row.text("result_cetr_name")[:200],
                "certificate_number": row.text("result_cetr_no"),
            },
        ),
        "1": (ReportKind.REFUSED, {"reason": words, "legal_basis": [remark[:200]] if remark else []}),
        "2": (ReportKind.VOIDED, {"reason": words}),
        "3": (ReportKind.VOIDED, {"reason": words}),
        "4": (ReportKind.PASSED_ON, {"reason": words, "to_agency": remark[:200]}),
        "5": (ReportKind.WITHDRAWN, {"reason": words}),
        "6": (ReportKind.NOT_ACCEPTED, {"reason": words, "to_agency": remark[:200]}),
    }
    kind, said = ends[row.text("result_type")]
    return [_report(row, kind, "result_date", handler=row.text("handle_user_name"), **said)]


_READERS: Final[dict[str, Callable[[Row], list[Report]]]] = {
    "up_pro_accept": _accept,
    "up_pro_material": _material,
    "up_pro_process": _process,
    "up_pro_special_procedure": _special,
    "up_pro_result": _result,
}


def rows_of(message: Outgoing, *, system: str, source: str, batch: str) -> list[Row]:
    """
    Return the dn_* rows of something that is given to a system; the same message has the same rows each time.

    :param source: data_source of the node
    :param batch: batch number of this round
    """
    tables = _case_rows(message) if message.kind is OutKind.CASE else _change_rows(message)
    common = {
        "cd_batch": batch[:32],
        "cd_time": local(message.at),
        "data_source": source[:3],
        "is_sync": NEW,
    }
    return [
        Row(
            table=BY_NAME[name],
            values={
                "row_guid": uuid.uuid5(
                    GUIDS, f"{system}:{message.id}:{message.version}:{name}:{position}"
                ).hex,
                "cd_operation": INSERT,
                **common,
                **_cut(name, values),
            },
        )
        for position, (name, values) in enumerate(tables)
    ]


def abnormal_row(row: Row, fault: Fault, *, at: datetime, source: str) -> Row:
    """
    Return the row of dn_audit_abnormal that says why a row was refused; the same fault has the same row each time.
    """
    moment = row.values.get("cd_time")
    values: dict[str, Any] = {
        "row_guid": uuid.uuid5(GUIDS, f"{row.table.name}:{row.guid}:{moment}:{fault.code}:{fault.text}").hex,
        "cd_operation": INSERT,
        "cd_time": local(at),
        "data_source": source[:3],
        "is_sync": NEW,
        "err_type": fault.code,
        "remark": fault.text or fault.code,
        "table_name": row.table.title,
        "table_sql_name": row.table.name,
        "table_row_guid": row.guid,
        "table_cd_batch": row.text("cd_batch") or None,
        "table_cd_source": row.text("data_source") or None,
        "table_cd_time": moment if isinstance(moment, datetime) else None,
        "table_update_time": local(at),
    }
    return Row(table=BY_NAME["dn_audit_abnormal"], values=_cut("dn_audit_abnormal", values))


def local(at: datetime) -> datetime:
    """
    Return Beijing time without an offset, to the second: what the national tables hold.
    """
    return at.astimezone(BEIJING).replace(tzinfo=None, microsecond=0)


Pair = tuple[str, dict[str, Any]]


def _case_rows(message: Outgoing) -> list[Pair]:
    case = message.case
    if case is None:
        return []
    named = {column.name for column in BY_NAME["dn_pro_accept"].columns}
    values = {name: _plain(value) for name, value in msgspec.structs.asdict(case).items() if name in named}
    values["form_data"] = msgspec.json.encode(case.form).decode()
    return [
        ("dn_pro_accept" if case.accept_date else "dn_pro_apply", values),
        *(_material_row(case, part.name, part.get_type, part.file_id) for part in case.materials),
    ]


def _material_row(case: GivenCase, name: str, get_type: str, file_id: str) -> Pair:
    return (
        "dn_pro_material",
        {
            "project_no": case.project_no,
            "material_name": name,
            "get_type": get_type,
            "get_num": 1,
            "material_attach_name": file_id or None,
        },
    )


def _change_rows(message: Outgoing) -> list[Pair]:
    data, when = message.data, local(message.at)
    number = {"project_no": message.case_number}
    if message.event in {"CLOCK_STOPPED", "EXTENDED"}:
        return [("dn_pro_special_procedure", {**number, **_stop(message.event, data, when)})]
    if message.event in RESULT_CODES:
        return [
            (
                "dn_pro_result",
                {
                    **number,
                    "cd_operation": UPDATE if message.event == "ISSUED" else INSERT,
                    "result_type": RESULT_CODES[message.event],
                    "result_date": when,
                    "result_explain": str(data.get("opinion") or data.get("reason") or "") or None,
                    "result_cetr_name": data.get("name"),
                    "result_cetr_no": data.get("identifier"),
                    "is_delivery_results": "0",
                },
            )
        ]
    words = str(data.get("reason") or data.get("result") or data.get("name") or message.event)
    return [
        (
            "dn_pro_process",
            {
                **number,
                "process_name": STEP_NAMES.get(message.event, message.event),
                "event_name": "9",
                "event_start_time": when,
                "event_end_time": when,
                "handle_user_name": "通办平台",
                "handle_explain": words,
            },
        )
    ]


def _stop(event: str, data: dict[str, Any], when: datetime) -> dict[str, Any]:
    extended = event == "EXTENDED"
    days = int(data.get("days", 0)) if extended else int(data.get("limit", {}).get("amount", 1))
    return {
        "special_type": "1" if extended else "2",
        "special_name": "延长审批" if extended else str(data.get("name", "")),
        "special_time": when,
        "special_reason": str(data.get("reason", "")) or "见告知书",
        "special_explain": str(days),
        "end_time": when + timedelta(days=days),
        "remark": data.get("basis"),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return local(value)
    return datetime.combine(value, time(23, 59, 59)) if isinstance(value, date) else value


def _cut(table: str, values: dict[str, Any]) -> dict[str, Any]:
    """
    Keep values within their columns: a text that is too long ends in an ellipsis, none is refused by the database.
    """
    lengths = {column.name: column.length for column in BY_NAME[table].columns if column.length}
    return {
        name: f"{value[: lengths[name] - 1]}…"
        if isinstance(value, str) and len(value) > lengths.get(name, len(value))
        else value
        for name, value in values.items()
    }


def in_order(rows: Sequence[Row]) -> list[Row]:
    """
    Return rows by when they were written, of the same moment by the order that the exchange asks for.
    """
    return sorted(rows, key=lambda row: (_written(row), row.table.rank, row.guid))


def up_to_horizon(rows: Sequence[Row], *, limit: int) -> list[Row]:
    """
    Keep rows that nothing unread can come before: where a table had more than `limit`, others wait for its rest.
    """
    horizons = []
    for name in {row.table.name for row in rows}:
        own = [row for row in rows if row.table.name == name]
        if len(own) >= limit:
            horizons.append((max(_written(row) for row in own), name))
    return [
        row
        for row in rows
        if all(_written(row) < moment or row.table.name == name for moment, name in horizons)
    ]


def _written(row: Row) -> datetime:
    moment = row.values.get("cd_time")
    return moment if isinstance(moment, datetime) else EARLIEST

"""
`tongban move-in`: let an older platform's cases move in, run both, cut items over one by one.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.exits import NodeProblem
from tongban.resources.caselibrary.values import Kind
from tongban.resources.movein import selectors, services
from tongban.resources.movein.values import LossReport, Rule, RunLine, TableLoss, label_of
from tongban.resources.movein.values import Progress as HowFar

ACTOR: Final = system_actor("movein.by_hand")


class MoveInAct(StrEnum):
    """
    What can be done.
    """

    LIST = "list"
    SHOW = "show"
    REGISTER = "register"
    MAP = "map"
    CHECK = "check"
    TRY = "try"
    LOAD = "load"
    FOLLOW = "follow"
    PAUSE = "pause"
    CUT_OVER = "cut-over"
    GO_BACK = "go-back"
    CONFLICTS = "conflicts"
    DECIDE = "decide"
    END = "end"


class NotMovedIn(NodeProblem):
    """
    The mapping is wrong, the old platform is not reached, or its state does not allow the act; the sentence says why.
    """

    exit_code = 45


def move_in(
    act: Annotated[MoveInAct, typer.Argument(help="What is wanted.")],
    code: Annotated[str, typer.Argument(help="Code of the old platform, as its mapping says.")] = "",
    *,
    mapping: Annotated[
        Path | None, typer.Option(help="register, map: the mapping file (TOML).", exists=True)
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="register, map: JSON of dsn and schema; /dev/stdin reads it from a pipe."),
    ] = None,
    item: Annotated[str, typer.Option(help="cut-over, go-back: the old platform's code of the item.")] = "",
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="cut-over: from which day on.")
    ] = None,
    conflict: Annotated[int, typer.Option(help="decide: number of the conflict.")] = 0,
    believe: Annotated[str, typer.Option(help="decide: old or ours.")] = "",
    most: Annotated[int | None, typer.Option(help="try: at most so many cases.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """
    Let an older platform move in: check a mapping against it, try it, load it, follow it, cut its items over.

    Addresses and passwords come from a file: an argument would stand in the shell's history.

    :raises NotMovedIn: it cannot be done; the sentence says why
    """
    at = clock.now()
    acts: dict[MoveInAct, Callable[[], None]] = {
        MoveInAct.LIST: lambda: _list(as_json=as_json),
        MoveInAct.SHOW: lambda: _show(code, as_json=as_json),
        MoveInAct.REGISTER: lambda: _register(mapping, settings),
        MoveInAct.MAP: lambda: _map(mapping, settings),
        MoveInAct.CHECK: lambda: _say_tables(services.check(code=code, actor=ACTOR, at=at), as_json=as_json),
        MoveInAct.TRY: lambda: _run(
            lambda tell: services.try_load(code=code, actor=ACTOR, at=at, most=most, tell=tell),
            as_json=as_json,
        ),
        MoveInAct.LOAD: lambda: _run(
            lambda tell: services.load(code=code, actor=ACTOR, at=at, tell=tell), as_json=as_json
        ),
        MoveInAct.FOLLOW: lambda: _do(services.begin_to_follow, code, _("两个平台开始并行运行")),
        MoveInAct.PAUSE: lambda: _do(services.pause, code, _("已暂停")),
        MoveInAct.CUT_OVER: lambda: _cut_over(code, item, (on or at.astimezone(clock.CHINA)).date()),
        MoveInAct.GO_BACK: lambda: _go_back(code, item),
        MoveInAct.CONFLICTS: lambda: _conflicts(code, as_json=as_json),
        MoveInAct.DECIDE: lambda: _decide(conflict, believe),
        MoveInAct.END: lambda: _do(services.end, code, _("原平台已停用")),
    }
    try:
        acts[act]()
    except ServiceError as refusal:
        raise NotMovedIn(_words(refusal)) from refusal


def _register(mapping: Path | None, settings: Path | None) -> None:
    code = services.register(
        text=_text(mapping), settings=_settings(settings) or {}, actor=ACTOR, at=clock.now()
    )
    print(_("已登记原平台 %(code)s，请先检查并试装") % {"code": code})


def _map(mapping: Path | None, settings: Path | None) -> None:
    code = services.change_mapping(
        text=_text(mapping), settings=_settings(settings), actor=ACTOR, at=clock.now()
    )
    print(_("已更换 %(code)s 的映射，请重新试装") % {"code": code})


def _do(work: Callable[..., None], code: str, done: str) -> None:
    work(code=code, actor=ACTOR, at=clock.now())
    print(done)


def _cut_over(code: str, item: str, on: date) -> None:
    services.cut_over(code=code, old_item=item, on=on, actor=ACTOR, at=clock.now())
    print(_("事项 %(item)s 自 %(on)s 起在本平台申请") % {"item": item, "on": on})


def _go_back(code: str, item: str) -> None:
    services.go_back(code=code, old_item=item, actor=ACTOR, at=clock.now())
    print(_("事项 %(item)s 重新在原平台申请") % {"item": item})


def _decide(conflict: int, believe: str) -> None:
    if believe.upper() not in {Rule.OLD, Rule.OURS}:
        raise InvalidInput(fields={"believe": _("请写明 old 或 ours")})
    services.decide(conflict_id=conflict, decision=Rule(believe.upper()), actor=ACTOR, at=clock.now())
    print(_("已裁定"))


def _run(work: Callable[[Callable[[HowFar], None]], RunLine], *, as_json: bool) -> None:
    with _progress(is_quiet=as_json) as tell:
        line = work(tell)
    if as_json:
        _say_json(line.report)
        return
    _say_report(line.report)


@contextmanager
def _progress(*, is_quiet: bool) -> Iterator[Callable[[HowFar], None]]:
    columns = (TextColumn(_("办件")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=is_quiet) as progress:
        task = progress.add_task("", total=None)
        yield lambda how_far: progress.update(task, completed=how_far.cases, total=how_far.total)


def _say_report(report: LossReport) -> None:
    if report.tables:
        _say_tables(report.tables, as_json=False)
    _say(
        _("装入结果"),
        (_("类别"), _("读取"), _("新增或变更"), _("未变"), _("等待"), _("未装入")),
        [
            (str(kind.label), tally.read, tally.taken, tally.same, tally.waiting, tally.refused)
            for kind in Kind
            if (tally := report.tallies.get(kind.value))
        ],
    )
    _say(
        _("退回原因"),
        (_("类别"), _("原因"), _("字段"), _("行数"), _("举例")),
        [
            (_kind(found.kind), label_of(found.code), found.field, found.count, "、".join(found.examples))
            for found in report.refused
        ],
    )
    _say(
        _("没有对应关系的代码"),
        (_("字段"), _("原代码"), _("行数")),
        [(name, old, rows) for name, codes in report.unmapped.items() for old, rows in sorted(codes.items())],
    )
    _say(
        _("截短的内容"),
        (_("类别"), _("字段"), _("行数")),
        [(_kind(found.kind), found.field, found.count) for found in report.shortened],
    )
    if report.held:
        print(_("等待裁定的冲突：%(count)s") % {"count": report.held})
    if report.is_without_loss:
        print(_("没有损失。"))


def _say_tables(losses: list[TableLoss], *, as_json: bool) -> None:
    if as_json:
        _say_json(losses)
        return
    _say(
        _("原平台的表"),
        (_("表"), _("行数"), _("读作"), _("不带走的列"), _("无主行"), _("重复")),
        [
            (
                loss.name,
                loss.rows,
                _kind(loss.kind) if loss.kind else _("不带走"),
                "、".join(f"{column} ({rows})" for column, rows in loss.columns.items()),
                loss.orphans or "",
                loss.repeated or "",
            )
            for loss in losses
        ],
    )


def _list(*, as_json: bool) -> None:
    lines = selectors.platforms(actor=ACTOR, at=clock.now())
    if as_json:
        _say_json(lines)
        return
    _say(
        _("原平台"),
        (_("代码"), _("名称"), _("状态"), _("已切换事项"), _("冲突"), _("最近错误")),
        [
            (
                line.code,
                line.name,
                line.state.label,
                f"{line.cut_over}/{line.items}",
                line.conflicts or "",
                line.last_error,
            )
            for line in lines
        ],
    )


def _show(code: str, *, as_json: bool) -> None:
    detail = selectors.platform(code=code, actor=ACTOR, at=clock.now())
    if as_json:
        _say_json(detail)
        return
    _say(
        detail.line.name,
        (_("原事项编码"), _("事项编码"), _("切换日期")),
        [(item.old_code, item.offering_code, item.cut_over_on or _("未切换")) for item in detail.items],
    )
    if detail.runs:
        _say_report(detail.runs[0].report)


def _conflicts(code: str, *, as_json: bool) -> None:
    lines = selectors.conflicts(code=code, actor=ACTOR).items
    if as_json:
        _say_json(lines)
        return
    _say(
        _("冲突"),
        (_("编号"), _("种类"), _("办件编号"), _("原平台状态"), _("新平台状态")),
        [(line.id, line.matter.label, line.case_number, line.old_state, line.our_state) for line in lines],
    )


def _say(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """
    Print a table; none where there is nothing to say.
    """
    if not rows:
        return
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*map(str, row))
    Console().print(table)


def _say_json(thing: object) -> None:
    sys.stdout.write(json.dumps(msgspec.to_builtins(thing), ensure_ascii=False) + "\n")


def _kind(kind: str) -> str:
    return str(Kind(kind).label)


def _text(path: Path | None) -> str:
    if path is None:
        raise InvalidInput(fields={"mapping": _("请指定映射文件")})
    return path.read_text(encoding="utf-8")


def _settings(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise InvalidInput(fields={"settings": _("连接参数不是 JSON")}) from error


def _words(refusal: ServiceError) -> str:
    fields = refusal.fields if isinstance(refusal, InvalidInput) else {}
    return "\n".join([str(refusal), *(f"  {place}: {says}" for place, says in fields.items())])

"""
`tongban docking`: register agencies' own systems, begin their tests, let them go live, suspend them.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.exits import NodeProblem
from tongban.resources.docking import selectors, services
from tongban.resources.docking.services import SystemForm
from tongban.resources.docking.values import Way

if TYPE_CHECKING:
    from collections.abc import Callable

ACTOR: Final = system_actor("docking.by_hand")


class DockingAct(StrEnum):
    """
    What can be done.
    """

    LIST = "list"
    REGISTER = "register"
    TEST = "test"
    LIVE = "live"
    SUSPEND = "suspend"


class NotDone(NodeProblem):
    """
    The system cannot be registered so, there is none, or its state does not allow the act; the sentence says why.
    """

    exit_code = 44


def docking(
    act: Annotated[DockingAct, typer.Argument(help="What is wanted.")],
    code: Annotated[str, typer.Argument(help="Code of the system.")] = "",
    *,
    name: Annotated[str, typer.Option(help="register: name of the system.")] = "",
    agency: Annotated[str, typer.Option(help="register: published code of its agency.")] = "",
    way: Annotated[str, typer.Option(help="register: tables, interface or files.")] = "",
    takes_from: Annotated[str, typer.Option(help="register: submission or acceptance.")] = "acceptance",
    item: Annotated[
        list[str] | None,
        typer.Option(help="register: code of an offering, or its beginning; again for more."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="register: JSON of dsn, schema, client_id, url, secret; /dev/stdin reads it from a pipe."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="suspend: why; it is kept.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="list: one JSON object for machines.")] = False,
) -> None:
    """
    Register an agency's own system, begin its tests, let it take cases once it is certified, suspend it; list all.

    Addresses and secrets come from a file: an argument would stand in the shell's history.

    :raises NotDone: what is said of the system is wrong, there is none, or its state does not allow it
    """
    form = SystemForm(
        code=code,
        name=name,
        agency_code=agency,
        way=way.upper(),
        takes_from=takes_from.upper(),
        items=item or [],
        settings=_settings(settings),
    )
    acts: dict[DockingAct, Callable[[], str]] = {
        DockingAct.REGISTER: lambda: _register(form),
        DockingAct.TEST: lambda: _test(code),
        DockingAct.LIVE: lambda: _live(code),
        DockingAct.SUSPEND: lambda: _suspend(code, reason),
    }
    if act is DockingAct.LIST:
        _list(as_json=as_json)
        return
    try:
        print(acts[act]())
    except ServiceError as refusal:
        raise NotDone(_words(refusal)) from refusal


def _register(form: SystemForm) -> str:
    services.register_system(form=form, actor=ACTOR, at=clock.now())
    return _("已登记，请开始联调")


def _test(code: str) -> str:
    services.begin_tests(code=code, actor=ACTOR, at=clock.now())
    if selectors.system(code=code, actor=ACTOR, at=clock.now()).line.way is Way.TABLES:
        services.make_tables(code=code)
    return _("联调已开始")


def _live(code: str) -> str:
    services.go_live(code=code, actor=ACTOR, at=clock.now())
    return _("系统已正式运行")


def _suspend(code: str, reason: str) -> str:
    returned = services.suspend(code=code, reason=reason, actor=ACTOR, at=clock.now())
    return _("已暂停，收回 %(count)s 件办件") % {"count": returned}


def _list(*, as_json: bool) -> None:
    lines = selectors.systems(actor=ACTOR, at=clock.now())
    if as_json:
        sys.stdout.write(msgspec.json.encode({"ok": True, "systems": lines}).decode() + "\n")
        return
    table = Table(_("系统代码"), _("系统名称"), _("方式"), _("状态"), _("待送出"), _("差错"))
    for line in lines:
        cells = (line.code, line.name, line.way.label, line.state.label, line.waiting, line.faults)
        table.add_row(*(str(cell) for cell in cells))
    Console().print(table)


def _settings(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as error:
        raise NotDone(_("读不懂设置文件：%(reason)s") % {"reason": error}) from error


def _words(refusal: ServiceError) -> str:
    fields = refusal.fields if isinstance(refusal, InvalidInput) else {}
    return "；".join([str(refusal), *(f"{name}：{text}" for name, text in fields.items())])

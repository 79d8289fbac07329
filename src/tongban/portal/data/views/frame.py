"""
What every page of the room shares: who may be here, and the side bar.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.portal.data import permissions
from tongban.resources.caselibrary import selectors as caselibrary
from tongban.resources.datasets import selectors as datasets
from tongban.resources.docking import selectors as docking
from tongban.resources.exchange import selectors as exchange
from tongban.resources.exchange.selectors import nodes
from tongban.resources.movein import selectors as movein
from tongban.resources.registers import selectors as registers
from tongban.resources.sharing import selectors as sharing
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import Role

Entry = tuple[str, str, str, bool, int | None, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """
    One thing to look after, as the home page shows it.
    """

    title: str
    says: str
    """One sentence: how it stands, and what to do where something is to be done."""
    href: str
    icon: str
    state: str = "good"
    """"good": nothing to do; "warn": something waits; "bad": something is broken."""


def staff(request: HttpRequest) -> Actor:
    """
    Return the member of staff who works here, and refuse everybody else.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: somebody else is
    """
    actor = actor_of(request)
    permissions.open_room.require(actor)
    return actor


def data_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    actor: Actor,
    current: str,
    status: int = 200,
) -> HttpResponse:
    """
    Draw a page of the room with its side bar.

    :param current: name of the entry of the side bar that is lit
    """
    frame = {
        "desk_nav": _navigation(actor, current=current),
        "desk_person": (actor.name, _roles(actor)),
        "is_without_factor": not identity.policy().staff_needs_factor,
    }
    return render(request, template, {**frame, **context}, status=status)


def entry(name: str, title: str, icon: str, *, current: str, count: int | None = None) -> Entry:
    """
    Return an entry of the side bar; its page is `data:{name}`.
    """
    return (reverse(f"data:{name}"), title, icon, current == name, count, False)


def _navigation(actor: Actor, *, current: str) -> list[tuple[str, list[Entry]]]:
    """
    Return the groups of the side bar; each app's page shows itself only to those who may open it.
    """
    groups: list[tuple[str, list[Entry]]] = [
        ("", [entry("home", _("概览"), "layout-grid", current=current)]),
        (_("信息资源目录"), _datasets(actor, current=current)),
        (_("数据交换"), [*_exchange(actor, current=current), *_nodes(actor, current=current)]),
        (_("办件库"), _library(actor, current=current)),
        (_("基础信息资源库"), _registers(actor, current=current)),
        (_("系统对接"), [*_docking(actor, current=current), *_movein(actor, current=current)]),
        (_("数据服务"), _sharing(actor, current=current)),
        (_("本人"), [(reverse("desk:inbox-show"), _("返回办理台"), "switch-horizontal", False, None, False)]),
    ]
    return [(title, entries) for title, entries in groups if entries]


def _datasets(actor: Actor, *, current: str) -> list[Entry]:
    if not datasets.may_read(actor=actor):
        return []
    in_review, late = datasets.waiting(actor=actor, at=clock.now())
    return [
        entry("datasets", _("信息资源"), "books", current=current, count=in_review or None),
        entry("datasets-duties", _("目录更新责任"), "clock-plus", current=current, count=late or None),
    ]


def _nodes(actor: Actor, *, current: str) -> list[Entry]:
    if not nodes.may_read_nodes(actor=actor):
        return []
    return [entry("nodes", _("节点"), "world", current=current)]


def _exchange(actor: Actor, *, current: str) -> list[Entry]:
    if not exchange.may_watch(actor=actor):
        return []
    return [
        entry("exchange-network", _("全网运行"), "radio", current=current),
        entry("exchange", _("交换链路"), "arrows-exchange", current=current),
        entry("exchange-errors", _("交换差错"), "alert-triangle", current=current),
        entry("exchange-days", _("交换对账"), "list-check", current=current),
    ]


def _library(actor: Actor, *, current: str) -> list[Entry]:
    entries = []
    if caselibrary.sees_cases(actor=actor):
        entries += [
            entry("library", _("办件查询"), "files", current=current),
            entry("library-person", _("按证件号码查询"), "search", current=current),
        ]
    if caselibrary.sees_quality(actor=actor):
        entries += [
            entry("library-quality", _("办件质量"), "clipboard-check", current=current),
            entry("library-sources", _("办件来源"), "transfer", current=current),
        ]
    if caselibrary.may_export(actor=actor):
        entries.append(entry("library-export", _("导出国家表"), "download", current=current))
    return entries


def _docking(actor: Actor, *, current: str) -> list[Entry]:
    return (
        [entry("docking", _("部门系统"), "plug", current=current)] if docking.may_watch(actor=actor) else []
    )


def _movein(actor: Actor, *, current: str) -> list[Entry]:
    if not movein.may_watch(actor=actor):
        return []
    return [entry("movein", _("平台迁入"), "switch-horizontal", current=current)]


def _registers(actor: Actor, *, current: str) -> list[Entry]:
    if not registers.may_open_registers(actor=actor):
        return []
    entries = [
        entry("registers", _("基础库概况"), "database", current=current),
        entry("registers-loads", _("数据批次"), "upload", current=current),
        entry("registers-matches", _("待匹配数据"), "puzzle", current=current),
        entry("registers-disputes", _("疑义校核"), "message", current=current),
    ]
    if registers.may_look_at_records(actor=actor):
        entries.append(entry("registers-look", _("查看一条记录"), "eye", current=current))
    return entries


def _sharing(actor: Actor, *, current: str) -> list[Entry]:
    if not sharing.may_open(actor=actor):
        return []
    waiting = sharing.waiting_requests(actor=actor) or None
    return [
        entry("services", _("数据服务目录"), "database", current=current),
        entry("requests", _("用数申请"), "inbox", current=current, count=waiting),
        entry("grants", _("数据授权"), "key", current=current),
        entry("sharing-figures", _("运行情况"), "chart-bar", current=current),
        entry("sharing-calls", _("调用存证"), "list-check", current=current),
    ]


def _roles(actor: Actor) -> str:
    return "、".join(str(Role(role).label) for role in sorted(actor.roles) if role in Role.values)

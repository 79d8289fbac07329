"""
What every page of the desk shares: who may be here, the side bar, words and lights.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongban.business.casework.selectors import InboxCounts, inbox_counts, sees_cases
from tongban.business.casework.values import CaseStatus
from tongban.business.licences import selectors as licences
from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.portal.desk import permissions
from tongban.support.federation import selectors as federation
from tongban.support.identity import selectors as accounts
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import Post, Role
from tongban.support.messaging import selectors as messaging
from tongban.support.privacy import selectors as privacy
from tongban.support.seals import selectors as seals
from tongban.support.search import selectors as search
from tongban.support.security import selectors as security
from tongban.support.trust import selectors as trust

LIGHTS = {"GREEN": "on_time", "YELLOW": "soon", "RED": "late", "GREY": "paused"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """
    A filter of the inbox.
    """

    key: str
    name: str
    statuses: tuple[CaseStatus, ...]


def chips() -> tuple[Chip, ...]:
    """
    Return the filters of the inbox, in order.
    """
    return (
        Chip(
            key="accept",
            name=_("待受理"),
            statuses=(CaseStatus.SUBMITTED, CaseStatus.PRE_CHECKED, CaseStatus.CORRECTED),
        ),
        Chip(key="correction", name=_("补正中"), statuses=(CaseStatus.CORRECTION,)),
        Chip(key="examine", name=_("审查决定"), statuses=(CaseStatus.ACCEPTED,)),
        Chip(key="paused", name=_("已暂停"), statuses=(CaseStatus.SUSPENDED,)),
        Chip(
            key="deliver",
            name=_("待送达"),
            statuses=(CaseStatus.GRANTED, CaseStatus.ISSUED, CaseStatus.REFUSED),
        ),
    )


def staff(request: HttpRequest) -> Actor:
    """
    Return the member of staff, and refuse everybody else.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: a person is logged in
    """
    actor = actor_of(request)
    permissions.open_desk.require(actor)
    return actor


def desk_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    actor: Actor,
    current: str,
    at: datetime,
    status: int = 200,
    counts: InboxCounts | None = None,
) -> HttpResponse:
    """
    Draw a page of the desk with its side bar: two queries, for the counts, unless the page has asked, and for messages.

    :param current: name of the entry of the side bar that is lit
    """
    counts = counts or counts_of(actor, at=at)
    frame = {
        "desk_nav": _navigation(actor, current=current, counts=counts),
        "desk_person": (actor.name, _posts(actor)),
        "is_without_factor": not identity.policy().staff_needs_factor,
    }
    return render(request, template, {**frame, **context}, status=status)


def counts_of(actor: Actor, *, at: datetime) -> InboxCounts | None:
    """
    Return how much waits, None for those who see no cases. One query at most.
    """
    if not sees_cases(actor=actor):
        return None
    return inbox_counts(actor=actor, on=civil_date(at), calendar=current_calendar())


def left_words(left: int, state: str) -> str:
    """
    Return the working days left, in words.
    """
    if state == "paused":
        return _("暂停")
    if left == 1:
        return _("今天")
    return _("%(days)s 天") % {"days": left}


Entry = tuple[str, str, str, bool, int | None, bool]


def _navigation(actor: Actor, *, current: str, counts: InboxCounts | None) -> list[tuple[str, list[Entry]]]:
    total = counts.total if counts else None
    is_late = bool(counts and counts.overdue)
    groups: list[tuple[str, list[Entry]]] = []
    if not console_of(actor):
        groups.append(
            (
                "",
                [
                    (reverse("desk:inbox-show"), _("待办"), "inbox", current == "inbox", total, is_late),
                    (reverse("desk:done-list"), _("我已处理"), "send", current == "done", None, False),
                ],
            )
        )
    if permissions.open_counter.allows(actor):
        entry: Entry = (reverse("desk:accept-start"), _("受理一件"), "scan", current == "accept", None, False)
        certify: Entry = (
            reverse("desk:certify-start"),
            _("核验身份"),
            "id",
            current == "certify",
            None,
            False,
        )
        guardians: Entry = (
            reverse("desk:guardian-record"),
            _("登记监护"),
            "users",
            current == "guardians",
            None,
            False,
        )
        relatives: Entry = (
            reverse("desk:relative-record"),
            _("登记亲友代办"),
            "heart-handshake",
            current == "relatives",
            None,
            False,
        )
        found: Entry = (
            reverse("desk:mandate-find"),
            _("查找和终止代办"),
            "users-group",
            current == "mandates",
            None,
            False,
        )
        elsewhere: Entry = (
            reverse("desk:elsewhere-list"),
            _("异地可办"),
            "arrows-exchange",
            current == "elsewhere",
            None,
            False,
        )
        groups.append((_("窗口"), [entry, elsewhere, certify, guardians, relatives, found]))
    find: list[Entry] = [
        (reverse("desk:case-list"), _("办件"), "search", current == "cases", None, False),
        (reverse("desk:licence-list"), _("证照"), "certificate", current == "licences", None, False),
        (
            reverse("desk:shared-licence-list"),
            _("共享证照"),
            "send",
            current == "shared-licences",
            None,
            False,
        ),
    ]
    find.extend(_licences(actor, current=current))
    if privacy.sees_objections(actor=actor):
        find.append((reverse("desk:objection-list"), _("异议"), "eye", current == "objections", None, False))
    if search.may_read_report(actor=actor):
        find.append(
            (
                reverse("desk:search-report"),
                _("无结果搜索"),
                "list-search",
                current == "searches",
                None,
                False,
            )
        )
    if not console_of(actor):
        groups.append((_("查询"), find))
    if not console_of(actor):
        groups.append((_("印章"), _seals(actor, current=current)))
    if accounts.may_list_staff(actor=actor):
        groups.append((_("账号"), _administration(actor, current=current)))
    watch = _watch(actor, current=current)
    if watch:
        groups.append((_("安全与审计"), watch))
    # Rooms do not import each other; whether somebody may enter this one is known by its action.
    open_room = policy.find_action("data.page.open")
    if open_room is not None and open_room.allows(actor):
        room: Entry = (reverse("data:home"), _("数据共享"), "arrows-exchange", False, None, False)
        groups.append((pgettext("menu", "数据"), [room, *_told(actor, current=current)]))
    own: Entry = (reverse("workspace:account-show"), _("账号与安全"), "user-circle", False, None, False)
    groups.append((_("本人"), [own]))
    return groups


def _licences(actor: Actor, *, current: str) -> list[Entry]:
    entries: list[Entry] = []
    if licences.keeps_directory(actor=actor):
        href = reverse("desk:licence-type-list")
        entries.append((href, _("证照目录"), "list-check", current == "licence-types", None, False))
        href = reverse("desk:licence-peers")
        entries.append((href, _("证照跨区域"), "arrows-exchange", current == "licence-peers", None, False))
        href = reverse("desk:licence-stock-list")
        entries.append((href, _("存量证照"), "list-check", current == "licence-stock", None, False))
    if licences.may_read_quality(actor=actor):
        href = reverse("desk:licence-quality-list")
        entries.append((href, _("证照质量"), "list-check", current == "licence-quality", None, False))
    return entries


def console_of(actor: Actor) -> str:
    """
    Return the first page of somebody who administers and works on no case; "" for everybody else. No query.

    The three administrators see their own consoles and nothing of cases.
    """
    if permissions.open_work.allows(actor):
        return ""
    if accounts.may_list_staff(actor=actor):
        return reverse("desk:account-list")
    return reverse("desk:audit-list")


def _administration(actor: Actor, *, current: str) -> list[Entry]:
    """
    Return the consoles of the system and of the security administrator. No query.
    """
    entries: list[Entry] = [
        (
            reverse("desk:account-list"),
            _("工作人员账号"),
            "users",
            current == "accounts",
            None,
            False,
        ),
        (
            reverse("desk:account-resets"),
            _("待批准的重置"),
            "lock",
            current == "resets",
            None,
            False,
        ),
    ]
    if accounts.may_keep_clients(actor=actor):
        href = reverse("desk:client-list")
        entries.append((href, _("系统接入"), "arrows-exchange", current == "clients", None, False))
        entries.append((reverse("desk:stock-list"), _("存量账号"), "users", current == "stock", None, False))
    if federation.may_keep_parties(actor=actor):
        href = reverse("desk:login-list")
        entries.append((href, _("登录接入"), "user-circle", current == "logins", None, False))
    if trust.may_read(actor=actor):
        href = reverse("desk:certificate-list")
        entries.append((href, _("证书"), "certificate", current == "certificates", None, False))
        href = reverse("desk:issuer-list")
        entries.append((href, _("信任的签发机构"), "shield-check", current == "issuers", None, False))
    if accounts.may_read_limits(actor=actor):
        href = reverse("desk:limit-list")
        entries.append((href, _("安全策略"), "lock", current == "limits", None, False))
    return entries


def _seals(actor: Actor, *, current: str) -> list[Entry]:
    """
    Return what somebody does with seals, and what he was told. One query.
    """
    entries: list[Entry] = []
    if seals.sees_seals(actor=actor):
        entries.append(
            (
                reverse("desk:seal-list"),
                pgettext("menu", "电子印章"),
                "certificate-2",
                current == "seals",
                None,
                False,
            )
        )
    sign = reverse("desk:seal-sign")
    entries.append((sign, _("文件签章"), "signature", current == "sign", None, False))
    batches = reverse("desk:batch-list")
    entries.append((batches, _("批量签章"), "signature", current == "batches", None, False))
    signings = reverse("desk:signing-list")
    entries.append((signings, _("多方签章"), "users-group", current == "signings", None, False))
    told = reverse("desk:message-list")
    unread = messaging.unread_notices(actor=actor)
    entries.append((told, _("消息"), "bell", current == "messages", unread or None, False))
    return entries


def _watch(actor: Actor, *, current: str) -> list[Entry]:
    """
    Return the consoles of the security and of the audit administrator; two queries for the first, none for others.
    """
    if security.may_read_audit(actor=actor):
        return [(reverse("desk:audit-list"), _("审计"), "history", current == "audit", None, False)]
    if not security.may_read_events(actor=actor):
        return []
    waiting = security.open_events(actor=actor)
    unread = messaging.unread_notices(actor=actor)
    return [
        (reverse("desk:message-list"), _("消息"), "bell", current == "messages", unread, False),
        (
            reverse("desk:security-list"),
            _("安全事件"),
            "shield-check",
            current == "security",
            waiting,
            waiting > 0,
        ),
        (
            reverse("desk:security-rules"),
            _("告警规则"),
            "adjustments",
            current == "security-rules",
            None,
            False,
        ),
    ]


def _told(actor: Actor, *, current: str) -> list[Entry]:
    """
    Return what the system administrator was told, who has no other list of it. One query for him.
    """
    if not console_of(actor) or security.may_read_audit(actor=actor) or security.may_read_events(actor=actor):
        return []
    unread = messaging.unread_notices(actor=actor)
    href = reverse("desk:message-list")
    return [(href, _("消息"), "bell", current == "messages", unread or None, False)]


def _posts(actor: Actor) -> str:
    names = [str(Post(post).label) for post in sorted(actor.posts) if post in Post.values]
    names += [str(Role(role).label) for role in sorted(actor.roles) if role in Role.values]
    return " · ".join(names)

"""
安全策略: how the doors of this node are guarded, for security administrators.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.errors import Text
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.identity import selectors
from tongban.support.identity.values import PolicyGroup, PolicyRule, PolicyUnit

SECONDS_OF_A_MINUTE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitLine:
    """
    A limit as the page shows it.
    """

    label: Text
    value: Text
    safe: Text
    setting: str
    is_weaker: bool


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show every limit with its value, what is safe, and the setting it stands in.
    """
    actor, at = staff(request), clock.now()
    rules = selectors.security_limits(actor=actor)
    groups = [
        (PolicyGroup(group).label, [_line(rule) for rule in members])
        for group, members in groupby(rules, key=lambda rule: rule.group)
    ]
    context = {"groups": groups, "weaker": sum(rule.is_weaker for rule in rules)}
    return desk_page(request, "desk/limits.html", context, actor=actor, current="limits", at=at)


def _line(rule: PolicyRule) -> LimitLine:
    return LimitLine(
        label=rule.label,
        value=_words(rule.value, rule.unit),
        safe=_words(rule.safe, rule.unit),
        setting=rule.setting,
        is_weaker=rule.is_weaker,
    )


def _words(value: int | str | timedelta, unit: PolicyUnit) -> Text:
    if isinstance(value, timedelta):
        return _term(value)
    if isinstance(value, str):
        return {"required": _("必须"), "optional": _("可选")}.get(value, value)
    if not value:
        return _("不限")
    return _("%(count)s %(unit)s") % {"count": value, "unit": unit.label}


def _term(term: timedelta) -> Text:
    minutes, seconds = divmod(int(term.total_seconds()), SECONDS_OF_A_MINUTE)
    if seconds:
        return _("%(seconds)s 秒") % {"seconds": minutes * SECONDS_OF_A_MINUTE + seconds}
    hours, minutes = divmod(minutes, 60)
    parts = [
        _("%(hours)s 小时") % {"hours": hours} if hours else "",
        _("%(minutes)s 分钟") % {"minutes": minutes} if minutes or not hours else "",
    ]
    return " ".join(filter(None, parts))

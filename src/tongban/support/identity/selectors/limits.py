"""
安全策略: the limits of the doors as they are set on this node, beside what is safe.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import Text
from tongban.support.identity import permissions
from tongban.support.identity.values import PolicyGroup, PolicyRule, PolicyUnit

Weakness = Callable[[Any, Any], bool]
"""Whether the first value guards less than the second."""


@dataclass(frozen=True, slots=True)
class _Row:
    group: PolicyGroup
    name: str
    """Of the setting, within its class."""
    label: Text
    unit: PolicyUnit
    is_weaker: Weakness


def _fewer(value: Any, safe: Any) -> bool:
    return bool(value < safe)


def _more(value: Any, safe: Any) -> bool:
    return bool(value > safe)


def _more_or_none(value: Any, safe: Any) -> bool:
    """
    Nought switches the limit off.
    """
    return not value or bool(value > safe)


def _other(value: Any, safe: Any) -> bool:
    return bool(value != safe)


IDENTITY: Final = (
    _Row(PolicyGroup.PASSWORD, "password_length", _("密码最短长度"), PolicyUnit.CHARACTERS, _fewer),
    _Row(PolicyGroup.PASSWORD, "password_classes", _("至少包含的字符种类"), PolicyUnit.KINDS, _fewer),
    _Row(PolicyGroup.PASSWORD, "password_history", _("不能重复使用最近的密码"), PolicyUnit.TIMES, _fewer),
    _Row(
        PolicyGroup.PASSWORD, "staff_password_days", _("工作人员密码有效期"), PolicyUnit.DAYS, _more_or_none
    ),
    _Row(PolicyGroup.LOCK, "lock_after_failures", _("连续输错后锁定"), PolicyUnit.TIMES, _more),
    _Row(PolicyGroup.LOCK, "lock_for", _("锁定时长"), PolicyUnit.TERM, _fewer),
    _Row(PolicyGroup.FACTOR, "staff_second_factor", _("工作人员第二重认证"), PolicyUnit.CHOICE, _other),
    _Row(PolicyGroup.FACTOR, "fresh_factor", _("高风险操作前，第二重认证的有效时长"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.FACTOR, "fresh_check_lasts", _("个人二次认证的有效时长"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.SESSION, "staff_session_idle", _("工作人员无操作后退出"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.SESSION, "staff_session_absolute", _("工作人员登录最长时间"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.SESSION, "sessions_per_staff", _("工作人员同时登录"), PolicyUnit.PLACES, _more),
    _Row(PolicyGroup.SESSION, "session_idle", _("个人无操作后退出"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.SESSION, "session_absolute", _("个人登录最长时间"), PolicyUnit.TERM, _more),
    _Row(PolicyGroup.SESSION, "sessions_per_person", _("个人同时登录"), PolicyUnit.PLACES, _more),
)
RATES: Final = (
    _Row(PolicyGroup.RATE, "per_person", _("每人每分钟请求"), PolicyUnit.TIMES, _more_or_none),
    _Row(PolicyGroup.RATE, "per_client", _("每个系统每分钟请求"), PolicyUnit.TIMES, _more_or_none),
    _Row(PolicyGroup.RATE, "per_address", _("每个地址每分钟请求"), PolicyUnit.TIMES, _more_or_none),
)


def may_read_limits(*, actor: Actor) -> bool:
    """
    Return whether the actor sees how the doors are guarded. No query.
    """
    return permissions.read_limits.allows(actor)


def security_limits(*, actor: Actor) -> list[PolicyRule]:
    """
    Return the limits in force, by group, each with its safe value and the setting it stands in. No query.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.read_limits.require(actor)
    return [
        *(_rule(row, settings.TONGBAN_IDENTITY) for row in IDENTITY),
        *(_rule(row, settings.TONGBAN_RATES) for row in RATES),
    ]


def _rule(row: _Row, chosen: Any) -> PolicyRule:
    """
    Return a row with what is set; defaults and names come from the settings themselves, so that none is said twice.
    """
    value, safe = getattr(chosen, row.name), type(chosen).model_fields[row.name].default
    return PolicyRule(
        group=row.group,
        label=row.label,
        unit=row.unit,
        value=_plain(value),
        safe=_plain(safe),
        setting=f"{chosen.model_config['env_prefix']}{row.name}".upper(),
        is_weaker=row.is_weaker(value, safe),
    )


def _plain(value: Any) -> int | str | timedelta:
    return value if isinstance(value, int | timedelta) else str(value)

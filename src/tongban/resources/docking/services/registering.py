"""
The life of a docked system: registered, tested, certified, live, suspended.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.resources.docking import permissions
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.services.giving import return_cases
from tongban.resources.docking.values import SYSTEM_CODE_PATTERN, SystemState, TakesFrom, Way
from tongban.resources.registers import selectors as registers

MOST_ITEMS = 500
LONGEST_NAME = 100


class SystemCodeTaken(Conflict):
    """
    Another system has this code; codes are never given twice, because the log goes on naming the system.
    """

    code = "system_code_taken"
    message = _("系统代码已被使用")


class SystemStateForbids(Conflict):
    """
    The system's state does not allow it: only one that passed the conformance checks goes live.
    """

    code = "system_state_forbids"
    message = _("系统当前状态为“%(state)s”，不能进行此操作")


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemForm:
    """
    What is said of a system when it is registered.
    """

    code: str
    name: str
    agency_code: str
    way: str
    takes_from: str = TakesFrom.ACCEPTANCE
    items: Sequence[str] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    """By way; TABLES: dsn (empty: a schema of this node), schema; INTERFACE: client_id, url, secret; FILES: format."""


@business_transaction
def register_system(*, form: SystemForm, actor: Actor, at: datetime, is_demo: bool = False) -> DockedSystem:
    """
    Register a system; it is a draft until its tests begin.

    :raises NotPermitted: the actor does not run the node
    :raises InvalidInput: something about it is wrong; `fields` says what
    :raises SystemCodeTaken: the code is in use
    """
    permissions.manage_systems.require(actor)
    code = form.code.strip().lower()
    _require_sound(form, code=code)
    agency = _agency(form.agency_code, actor=actor)
    if DockedSystem.objects.filter(code=code).exists():
        raise SystemCodeTaken(system_code=code)
    system = DockedSystem.objects.create(
        code=code,
        name=form.name.strip(),
        agency_code=agency.code,
        division_code=agency.division_code,
        way=form.way,
        takes_from=form.takes_from,
        items=_codes(form.items),
        settings=form.settings,
        client_id=str(form.settings.get("client_id", "")),
        is_demo=is_demo,
        created_at=at,
        changed_at=at,
    )
    audit.record(action="docking.system.register", actor=actor, subject=code, at=at, way=form.way)
    return system


@business_transaction
def change_system(
    *, code: str, name: str, items: Sequence[str], settings: dict[str, Any], actor: Actor, at: datetime
) -> None:
    """
    Change name, items and settings. Other settings end the certificate: what was checked was another connection.

    :param settings: only those that change; others stay as they are
    """
    permissions.manage_systems.require(actor)
    system = locked(code)
    wrong: dict[str, Text] = {}
    if not name.strip() or len(name) > LONGEST_NAME:
        wrong["name"] = _("请填写系统名称，不超过 100 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    after = {**system.settings, **settings}
    if after != system.settings and system.state in {SystemState.CONFORMANT, SystemState.LIVE}:
        _move(system, SystemState.TESTING, at=at)
        system.certificate = None
    system.name, system.items, system.settings = name.strip(), _codes(items), after
    system.client_id = str(after.get("client_id", ""))
    system.save()
    audit.record(action="docking.system.change", actor=actor, subject=code, at=at, settings=sorted(settings))


@business_transaction
def begin_tests(*, code: str, actor: Actor, at: datetime) -> None:
    """
    Let the node look for what the system writes; only trial cases are given to it yet.

    :raises SystemStateForbids: it is live
    """
    permissions.manage_systems.require(actor)
    system = locked(code)
    _require_state(system, SystemState.DRAFT, SystemState.TESTING, SystemState.CONFORMANT)
    _move(system, SystemState.TESTING, at=at)
    system.next_attempt_at, system.failures = None, 0
    system.save()
    audit.record(action="docking.system.test", actor=actor, subject=code, at=at)


@business_transaction
def go_live(*, code: str, actor: Actor, at: datetime) -> None:
    """
    Let the system take its agency's cases.

    :raises SystemStateForbids: it has no certificate of conformance
    """
    permissions.manage_systems.require(actor)
    system = locked(code)
    _require_state(system, SystemState.CONFORMANT, SystemState.SUSPENDED)
    if system.certificate is None:
        raise SystemStateForbids(system_code=code, state=str(SystemState(system.state).label))
    _move(system, SystemState.LIVE, at=at)
    system.next_attempt_at, system.failures = None, 0
    system.save()
    audit.record(action="docking.system.go_live", actor=actor, subject=code, at=at)


@business_transaction
def suspend(*, code: str, reason: str, actor: Actor, at: datetime) -> int:
    """
    Stop giving cases to the system; those it has not ended go back to the desk. Return how many.
    """
    permissions.manage_systems.require(actor)
    system = locked(code)
    _require_state(system, SystemState.TESTING, SystemState.CONFORMANT, SystemState.LIVE)
    if not reason.strip():
        raise InvalidInput(fields={"reason": _("请写明暂停原因")})
    _move(system, SystemState.SUSPENDED, at=at)
    system.save()
    returned = return_cases(system, actor=actor, at=at)
    audit.record(
        action="docking.system.suspend", actor=actor, subject=code, at=at, reason=reason, cases=returned
    )
    return returned


def locked(code: str) -> DockedSystem:
    """
    Return a system, its row held.

    :raises NotFound: there is none
    """
    system = DockedSystem.objects.select_for_update(no_key=True).filter(code=code).first()
    if system is None:
        raise NotFound(system_code=code)
    return system


def _move(system: DockedSystem, state: SystemState, *, at: datetime) -> None:
    system.state, system.changed_at = state, at


def _require_state(system: DockedSystem, *allowed: SystemState) -> None:
    if system.state not in allowed:
        raise SystemStateForbids(system_code=system.code, state=str(SystemState(system.state).label))


def _require_sound(form: SystemForm, *, code: str) -> None:
    wrong: dict[str, Text] = {}
    if not re.fullmatch(SYSTEM_CODE_PATTERN, code):
        wrong["code"] = _("请用 3 至 16 位小写字母、数字和连字符，以字母开头")
    if not form.name.strip() or len(form.name) > LONGEST_NAME:
        wrong["name"] = _("请填写系统名称，不超过 100 字")
    if form.way not in Way.values:
        wrong["way"] = _("请选择对接方式")
    if form.takes_from not in TakesFrom.values:
        wrong["takes_from"] = _("请选择接件环节")
    if len(form.items) > MOST_ITEMS:
        wrong["items"] = _("事项过多")
    if wrong:
        raise InvalidInput(fields=wrong)


def _agency(code: str, *, actor: Actor) -> registers.AgencyFacts:
    try:
        return registers.agency_by_code(code=code.strip(), actor=actor)
    except registers.UnknownAgency as error:
        raise InvalidInput(fields={"agency_code": str(error)}) from error


def _codes(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(item.strip() for item in items if item.strip()))

"""
The life of an old platform: registered with its mapping, loaded, run beside, ended.
"""

from collections.abc import Mapping as Mapped
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.resources.movein import permissions
from tongban.resources.movein.models import MovedItem, OldPlatform
from tongban.resources.movein.rules import mapping as rules
from tongban.resources.movein.values import Mapping, MappingFault, PlatformState


class MappingWrong(InvalidInput):
    """
    The mapping file cannot be used; `fields` says what is wrong at which place of it.
    """

    code = "mapping_wrong"
    message = _("映射文件有误，请按提示修改")


class PlatformKnown(Conflict):
    """
    An old platform with this code is registered already.
    """

    code = "old_platform_known"
    message = _("这个原平台已经登记")


class PlatformStateForbids(Conflict):
    """
    The old platform's state does not allow it.
    """

    code = "old_platform_state_forbids"
    message = _("原平台当前状态为“%(state)s”，不能进行此操作")


class OfferingMovesElsewhere(Conflict):
    """
    An item of the mapping is one of another old platform's.
    """

    code = "offering_moves_elsewhere"
    message = _("事项 %(offering_code)s 已列在另一个原平台之下")


@business_transaction
def register(*, text: str, settings: Mapped[str, Any], actor: Actor, at: datetime) -> str:
    """
    Register an old platform by its mapping file; return its code. Nothing is read from it yet.

    :param text: the mapping, TOML
    :param settings: dsn; schema
    :raises NotPermitted: the actor does not run the node
    :raises MappingWrong: the mapping cannot be used
    :raises PlatformKnown: it is registered already
    """
    permissions.manage_platforms.require(actor)
    mapping = sound_mapping(text)
    _require_dsn(settings)
    code = mapping.platform.code
    if OldPlatform.objects.filter(code=code).exists():
        raise PlatformKnown(platform=code)
    platform = OldPlatform.objects.create(
        code=code, settings=dict(settings), created_at=at, changed_at=at, **_facts(mapping, text)
    )
    _keep_items(platform, mapping)
    audit.record(action="movein.platform.register", actor=actor, subject=code, at=at)
    return code


@business_transaction
def change_mapping(
    *, text: str, settings: Mapped[str, Any] | None = None, actor: Actor, at: datetime, code: str = ""
) -> str:
    """
    Replace the mapping of an old platform; return its code. What was loaded stays until it is read again.

    :param settings: None: as before
    :param code: whose mapping it must be; empty: that of the platform it names
    :raises MappingWrong: the mapping cannot be used, or leaves out an item that has been cut over
    :raises PlatformStateForbids: it has ended
    :raises NotFound: there is no such platform
    """
    permissions.manage_platforms.require(actor)
    mapping = sound_mapping(text)
    if code and mapping.platform.code != code:
        raise MappingWrong(fields={"platform.code": _("代码登记后不能改")})
    platform = locked(mapping.platform.code)
    if platform.state == PlatformState.ENDED:
        raise PlatformStateForbids(platform=platform.code, state=str(PlatformState.ENDED.label))
    if settings is not None:
        _require_dsn(settings)
        platform.settings = dict(settings)
    for name, value in _facts(mapping, text).items():
        setattr(platform, name, value)
    platform.after_key, platform.next_attempt_at = None, None
    platform.save()
    _keep_items(platform, mapping)
    audit.record(action="movein.platform.map", actor=actor, subject=platform.code, at=at)
    return platform.code


@business_transaction
def begin_to_follow(*, code: str, actor: Actor, at: datetime) -> None:
    """
    Let both platforms run beside one another: what changes there is taken, what changes here is written back.

    :raises PlatformStateForbids: it is not loaded
    """
    _move(code, PlatformState.FOLLOWING, {PlatformState.LOADED}, actor=actor, at=at)
    audit.record(action="movein.platform.follow", actor=actor, subject=code, at=at)


@business_transaction
def pause(*, code: str, actor: Actor, at: datetime) -> None:
    """
    Read and write nothing of it for now; what is missed is caught up later.

    :raises PlatformStateForbids: it is not followed
    """
    _move(code, PlatformState.LOADED, {PlatformState.FOLLOWING}, actor=actor, at=at)
    audit.record(action="movein.platform.pause", actor=actor, subject=code, at=at)


@business_transaction
def end(*, code: str, actor: Actor, at: datetime) -> None:
    """
    Let go of it: every item is applied for here, nothing is read or written any more, its password is forgotten.

    :raises PlatformStateForbids: an item of it is not cut over
    """
    permissions.manage_platforms.require(actor)
    platform = locked(code)
    if platform.items.filter(cut_over_on=None).exists() and platform.address:
        raise PlatformStateForbids(platform=code, state=str(_("还有事项没有切换")))
    _move(code, PlatformState.ENDED, set(PlatformState) - {PlatformState.ENDED}, actor=actor, at=at)
    audit.record(action="movein.platform.end", actor=actor, subject=code, at=at)
    OldPlatform.objects.filter(code=code).update(settings={})


def sound_mapping(text: str) -> Mapping:
    """
    Return a mapping in which nothing is wrong by itself.

    :raises MappingWrong: something is
    """
    try:
        mapping = rules.read(text)
    except rules.MappingUnreadable as error:
        raise MappingWrong(fields={"mapping": str(error)}) from error
    refuse_faults(rules.faults(mapping))
    return mapping


def refuse_faults(faults: list[MappingFault]) -> None:
    """
    Refuse a mapping with faults.

    :raises MappingWrong: there is any
    """
    if faults:
        raise MappingWrong(
            fields={
                fault.place: f"{fault.problem.label}{'：' + fault.about if fault.about else ''}"
                for fault in faults
            }
        )


def locked(code: str) -> OldPlatform:
    """
    Return an old platform, its row held.

    :raises NotFound: there is none
    """
    platform = OldPlatform.objects.select_for_update(no_key=True).filter(code=code).first()
    if platform is None:
        raise NotFound(platform=code)
    return platform


def _facts(mapping: Mapping, text: str) -> dict[str, Any]:
    facts = mapping.platform
    return {
        "name": facts.name,
        "address": facts.address,
        "mapping": text,
        "writes_back": mapping.back is not None,
    }


def _require_dsn(settings: Mapped[str, Any]) -> None:
    # Never this node's own database: whoever maps its tables would read what only services may.
    if not settings.get("dsn"):
        raise InvalidInput(fields={"dsn": _("请填写原平台数据库的地址")})


def _keep_items(platform: OldPlatform, mapping: Mapping) -> None:
    moved = {item.old_code: item for item in platform.items.filter(cut_over_on__isnull=False)}
    gone = moved.keys() - mapping.items.keys()
    if gone:
        raise MappingWrong(
            fields={f"items.{code}": _("事项已经切换，不能从映射中去掉") for code in sorted(gone)}
        )
    offerings = {item.offering for item in mapping.items.values()}
    taken = MovedItem.objects.filter(offering_code__in=offerings).exclude(platform=platform).first()
    if taken is not None:
        raise OfferingMovesElsewhere(offering_code=taken.offering_code)
    # Made anew: two items may have changed places.
    platform.items.all().delete()
    MovedItem.objects.bulk_create(
        MovedItem(
            platform=platform,
            old_code=old_code,
            offering_code=item.offering,
            cut_over_on=moved[old_code].cut_over_on if old_code in moved else None,
        )
        for old_code, item in mapping.items.items()
    )


def _move(code: str, state: PlatformState, before: set[PlatformState], *, actor: Actor, at: datetime) -> None:
    permissions.manage_platforms.require(actor)
    platform = locked(code)
    if platform.state not in before:
        raise PlatformStateForbids(platform=code, state=str(PlatformState(platform.state).label))
    platform.state, platform.changed_at = state, at
    platform.next_attempt_at, platform.failures = None, 0
    platform.save()

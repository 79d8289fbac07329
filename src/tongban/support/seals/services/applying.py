"""
Asking for a seal, its change or its renewal; reviewing what was asked for.
"""

import re
import uuid
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, Text
from tongban.support.seals import permissions
from tongban.support.seals.models import Seal
from tongban.support.seals.services.recording import check, held_seal, move, permit, record
from tongban.support.seals.values import (
    ApplicationKind,
    ReceiptOfStep,
    SealAction,
    SealKind,
    SealState,
)

LONGEST_NAME: Final = 200
LONGEST_CAPTION: Final = 12
LONGEST_BASIS: Final = 500
LONGEST_YEARS: Final = 10
USUAL_YEARS: Final = 5
DIVISION: Final = re.compile(r"\d{12}")
AGENCY: Final = re.compile(r"[0-9A-Z]{6,18}")


class SealAskedFor(Conflict):
    """
    The agency has a seal of this name, or has asked for one.
    """

    code = "seal_asked_for"
    message = _("本机构已有同名印章，或者已有同名印章正在申请")


@business_transaction
def apply_for_seal(
    *,
    agency_code: str,
    agency_name: str,
    division_code: str,
    name: str,
    kind: SealKind,
    basis: str,
    actor: Actor,
    at: datetime,
    caption: str = "",
    years: int = USUAL_YEARS,
) -> ReceiptOfStep:
    """
    申请: ask for a new seal of an agency.

    :param agency_code: 统一社会信用代码
    :param division_code: twelve digits
    :param name: 印章名称, e.g. the name of the agency with 行政审批专用章; one of a kind within the agency
    :param basis: why there shall be one: the document that founds the agency, a decision
    :param caption: words across the middle of the picture, at most twelve
    :param years: term asked for, one to ten
    :raises NotPermitted: the actor does not keep the seals of this agency
    :raises InvalidInput: a field is empty, too long or impossible; every field at once
    :raises SealAskedFor: there is one of this name, or one is being asked for
    """
    permissions.request_seal.require(actor, agency_code=agency_code, division_code=division_code)
    _check_form(
        agency_code=agency_code,
        agency_name=agency_name,
        division_code=division_code,
        name=name,
        caption=caption,
        basis=basis,
        years=years,
    )
    _refuse_second(agency_code=agency_code, name=name)
    seal = Seal.objects.create(
        code=_next_code(division_code),
        name=name,
        kind=kind,
        caption=caption,
        agency_code=agency_code,
        agency_name=agency_name,
        division_code=division_code,
        is_demonstration=settings.TONGBAN_NODE.is_demo,
        application_kind=ApplicationKind.NEW,
        basis=basis,
        applied_by=actor.id,
        applied_at=at,
        state_changed_at=at,
        years=years,
    )
    return _asked(seal, actor=actor, at=at)


@business_transaction
def apply_for_next_version(
    *,
    seal_id: uuid.UUID,
    kind: ApplicationKind,
    basis: str,
    actor: Actor,
    at: datetime,
    agency_name: str = "",
    name: str = "",
    caption: str | None = None,
    years: int = USUAL_YEARS,
) -> ReceiptOfStep:
    """
    变更, 续期: ask for the next version of a seal; the present one goes on until the new one is handed out.

    :param seal_id: of the version that is in use, suspended or expired
    :param kind: CHANGE or RENEWAL
    :param agency_name: new name of the agency; empty: as it is. A renewal changes no word of the seal.
    :param name: new name of the seal; empty: as it is
    :param caption: new words; None: as they are
    :raises SealNotFound: no such seal that the actor may know of
    :raises StepRefused: this version can have no successor
    :raises SealAskedFor: a successor has been asked for
    :raises InvalidInput: a field is impossible, or a renewal would change the seal
    """
    old = held_seal(seal_id, actor=actor)
    place = {"agency_code": old.agency_code, "division_code": old.division_code}
    permissions.read_seal.require(actor, **place)
    permissions.request_seal.require(actor, **place)
    check(old, SealAction.REPLACE, actor=actor)
    words = {
        "agency_name": agency_name or old.agency_name,
        "name": name or old.name,
        "caption": old.caption if caption is None else caption,
    }
    is_same = all(getattr(old, field) == text for field, text in words.items())
    if kind is ApplicationKind.NEW or (kind is ApplicationKind.RENEWAL) != is_same:
        raise InvalidInput(fields={"kind": _("变更须改动印章内容，续期不得改动印章内容")})
    _check_form(**place, **words, basis=basis, years=years)
    if words["name"] != old.name:
        _refuse_second(agency_code=old.agency_code, name=words["name"])
    seal = Seal(
        code=old.code,
        version=old.version + 1,
        kind=old.kind,
        **place,
        **words,
        is_demonstration=settings.TONGBAN_NODE.is_demo,
        application_kind=kind,
        basis=basis,
        replaces=old,
        applied_by=actor.id,
        applied_at=at,
        state_changed_at=at,
        years=years,
    )
    _insert_successor(seal)
    return _asked(seal, actor=actor, at=at)


@business_transaction
def review_seal(*, seal_id: uuid.UUID, actor: Actor, at: datetime, note: str = "") -> ReceiptOfStep:
    """
    审核: find that the seal may be made.

    :raises SealNotFound: no such seal that the actor may know of
    :raises SamePerson: the actor has asked for it himself
    :raises StepRefused: it was reviewed before
    """
    return _reviewed(seal_id, SealAction.REVIEW, actor=actor, at=at, note=note)


@business_transaction
def reject_seal(*, seal_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> ReceiptOfStep:
    """
    驳回: find that it may not, and say why.

    :raises InvalidInput: there is no reason
    :raises SealNotFound: as `review_seal`
    :raises SamePerson: as `review_seal`
    :raises StepRefused: as `review_seal`
    """
    return _reviewed(seal_id, SealAction.REJECT, actor=actor, at=at, note=note)


@business_transaction
def withdraw_application(*, seal_id: uuid.UUID, actor: Actor, at: datetime, note: str = "") -> ReceiptOfStep:
    """
    撤回申请: take back what was asked for, as long as nothing was made.

    :raises SealNotFound: no such seal that the actor may know of
    :raises NotPermitted: the actor does not keep the seals of its agency
    :raises StepRefused: it was made, rejected or withdrawn
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.WITHDRAW, actor=actor)
    check(seal, SealAction.WITHDRAW, actor=actor, reason=note)
    return move(seal, SealAction.WITHDRAW, actor=actor, at=at, note=note)


def _reviewed(
    seal_id: uuid.UUID, action: SealAction, *, actor: Actor, at: datetime, note: str
) -> ReceiptOfStep:
    seal = held_seal(seal_id, actor=actor)
    permit(seal, action, actor=actor)
    check(seal, action, actor=actor, reason=note)
    return move(seal, action, actor=actor, at=at, note=note)


def _asked(seal: Seal, *, actor: Actor, at: datetime) -> ReceiptOfStep:
    record(seal, SealAction.APPLY, actor=actor, at=at, note=seal.basis, kind=seal.application_kind)
    return ReceiptOfStep(seal_id=seal.id, code=seal.code, version=seal.version, state=SealState(seal.state))


def _refuse_second(*, agency_code: str, name: str) -> None:
    # Two clicks at once would otherwise both find nothing.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"seals:{agency_code}:{name}"])
    gone = [SealState.REJECTED, SealState.WITHDRAWN, SealState.DESTROYED, SealState.REPLACED]
    if Seal.objects.filter(agency_code=agency_code, name=name).exclude(state__in=gone).exists():
        raise SealAskedFor(name=name)


def _insert_successor(seal: Seal) -> None:
    given_up = [SealState.REJECTED, SealState.WITHDRAWN]
    # An attempt that led nowhere keeps its number: the log of a seal tells of it too.
    seal.version += Seal.objects.filter(replaces=seal.replaces, state__in=given_up).count()
    try:
        with transaction.atomic():
            seal.save(force_insert=True)
    except IntegrityError as error:
        raise SealAskedFor(name=seal.name) from error


def _next_code(division_code: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('seals_code_serial')")
        serial: int = cursor.fetchone()[0]
    return f"{division_code[:6]}{serial:07d}"


def _check_form(
    *,
    agency_code: str,
    agency_name: str,
    division_code: str,
    name: str,
    caption: str,
    basis: str,
    years: int,
) -> None:
    faults: dict[str, Text] = {}
    if AGENCY.fullmatch(agency_code) is None:
        faults["agency_code"] = _("机构编码不正确")
    if DIVISION.fullmatch(division_code) is None:
        faults["division_code"] = _("行政区划代码应为 12 位数字")
    for field, text, longest in (
        ("agency_name", agency_name, LONGEST_NAME),
        ("name", name, LONGEST_NAME),
        ("basis", basis, LONGEST_BASIS),
    ):
        if not text.strip() or len(text) > longest:
            faults[field] = _("请填写，且不要过长")
    if len(caption) > LONGEST_CAPTION:
        faults["caption"] = _("附加文字不超过 12 字")
    if not 1 <= years <= LONGEST_YEARS:
        faults["years"] = _("有效年数为 1 至 10 年")
    if faults:
        raise InvalidInput(fields=faults)

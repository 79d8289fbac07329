"""
Issuing licences, and changing them by a new version.
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.events import LICENCE_ISSUED, LICENCE_REPLACED
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.services import composing, faces
from tongban.business.licences.services.recording import lock_name, record, require_words
from tongban.business.licences.services.rendering import queue_document
from tongban.business.licences.values import (
    HOLDER_LINES,
    Holder,
    LicenceEventKind,
    LicenceReceipt,
    LicenceStatus,
    TypeDefinition,
)
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json, sm3_hex
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput, Text

TOKEN_BYTES: Final = 18
"""144 random bits in the QR code."""
SERIAL_DIGITS: Final = 7
LONGEST_CASE_NUMBER: Final = 50
LONGEST_NUMBER: Final = 60
LONGEST_LINE: Final = 500
"""Characters of one line of a face."""


class LicenceIsSuspended(Conflict):
    """
    The holder's licence of this type is suspended; it must be resumed or revoked first.
    """

    code = "licence_is_suspended"
    message = _("持证主体的同类证照处于暂停状态，请先恢复或撤销")


class LicenceNumberTaken(Conflict):
    """
    The number that the agency's own system gave stands on another licence of this type and issuer.
    """

    code = "licence_number_taken"
    message = _("证照编号 %(number)s 已用于本机构的另一份同类证照")


def issue_licence(
    *,
    type_code: str,
    holder: Holder,
    face: Mapping[str, Any],
    issuer_code: str,
    issuer_name: str,
    division_code: str,
    case_number: str,
    actor: Actor,
    at: datetime,
    validity_months: int | None = None,
    number: str = "",
) -> LicenceReceipt:
    """
    Issue the licence that a case ends in; for the same case and type again: the same licence, no second one.

    Where the type allows one licence per holder and the holder has a current one, a new version of it is issued
    and the old one is marked as replaced. The document is made by a job.

    Runs inside the caller's transaction, so that the decision and the licence are one.
    Source: 行政许可法 art. 39; identifier by GB/T 36904-2018.

    :param face: values by key; the lines of the type's face are filled from these and from the holder
    :param issuer_code: published code of the agency
    :param division_code: 12 digits
    :param validity_months: overrides what the type says; None: as the type says
    :param number: 证照编号 that the agency's own system gave; empty: the node gives one
    :raises RuntimeError: no transaction is open
    :raises InvalidInput: the given number cannot be a licence's
    :raises LicenceNumberTaken: the given number is another licence's
    :raises NotPermitted: the actor does not work for the issuing agency
    :raises UnknownLicenceType: no such type
    :raises TypeWithdrawn: no version of the type is in force
    :raises IssuerNotAllowed: the type names its issuers, and this agency is none of them
    :raises HolderNotAllowed: the type is not for this kind of holder
    :raises FaceInvalid: a line lacks its value, or has one that the type does not allow
    :raises PeriodOver: licences of this type ended on a day that is over
    :raises LicenceIsSuspended: the holder's only licence of this type is suspended
    """
    require_transaction()
    permissions.issue_licence.require(actor, issuer_code=issuer_code)
    lock_name(f"case:{case_number}:{type_code}")
    issued = Licence.objects.filter(case_number=case_number, type_code=type_code).first()
    if issued is not None:
        return receipt_of(issued)
    version, definition = faces.in_force(type_code)
    faces.require_parties(definition, issuer_code=issuer_code, holder=holder)
    valid_from = civil_date(at)
    licence = Licence(
        type_code=type_code,
        type_name=definition.name,
        type_name_en=definition.name_en,
        type_version=version,
        is_only=not definition.allows_several,
        issuer_code=issuer_code,
        issuer_name=issuer_name,
        division_code=division_code,
        holder_kind=rules.holder_kind(holder.kind),
        holder_name=holder.name,
        holder_code=holder.code,
        holder_code_type=holder.code_type,
        holder_index=rules.holder_index(holder.code),
        person_id=holder.person_id or "",
        face=faces.filled(definition, holder, face),
        issued_at=at,
        valid_from=valid_from,
        valid_until=faces.period(definition, valid_from=valid_from, months=validity_months),
        check_due_date=rules.months_later(valid_from, definition.check_months)
        if definition.check_months
        else None,
        case_number=case_number,
    )
    before = _current_of_holder(licence) if licence.is_only else None
    return _put_in_place(licence, before, definition, actor=actor, at=at, number=number.strip())


@business_transaction
def amend_licence(
    *,
    identifier: str,
    face: Mapping[str, str],
    case_number: str,
    reason: str,
    legal_basis: str,
    actor: Actor,
    at: datetime,
    validity_months: int | None = None,
) -> LicenceReceipt:
    """
    Issue a new version of a licence with some lines of its face changed; the old version is marked as replaced.

    Holder, issuer, serial and printed number stay. Repeating it for the same case gives the same version.
    Source: 行政许可法 art. 49 (at the holder's application), art. 8 (where the public interest asks for it).

    :param face: new values by key; lines not named keep theirs
    :param case_number: number of the case, or of the document, by which the change was decided; one for each change
    :param validity_months: a new period from today; None: the old one goes on
    :raises InvalidInput: nothing is changed, or what cannot be; no reason, legal basis or case, or that of another
        licence
    :raises LicenceNotFound: no current licence has this identifier
    :raises NotPermitted: the actor does not decide for the issuing agency
    :raises LicenceIsSuspended: it must be resumed first
    """
    parsed = rules.parsed_identifier(identifier)
    found = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if found is None:
        raise LicenceNotFound
    permissions.require_change(actor, found)
    require_words(reason=reason, legal_basis=legal_basis)
    case_number = case_number.strip()
    _require_case(case_number)
    lock_name(f"case:{case_number}:{found.type_code}")
    issued = Licence.objects.filter(case_number=case_number, type_code=found.type_code).first()
    if issued is not None:
        if issued.root_id != found.root_id or issued.version <= found.version:
            raise InvalidInput(fields={"case_number": _("该编号已用于签发证照，请填写本次变更的编号")})
        return receipt_of(issued)
    before = Licence.objects.current().locked().filter(root_id=found.root_id).first()
    if before is None or before.id != found.id:
        raise LicenceNotFound
    changed = _changed_face(before, face, is_fresh=validity_months is not None)
    definition = faces.require_lines(before, changed, only=face)
    valid_from = civil_date(at)
    fresh = validity_months is not None
    copied = (
        "type_code",
        "type_name",
        "type_name_en",
        "type_version",
        "check_due_date",
        "is_only",
        "issuer_code",
        "issuer_name",
        "division_code",
    )
    holder = ("holder_kind", "holder_name", "holder_code", "holder_code_type", "holder_index", "person_id")
    licence = Licence(
        **{name: getattr(before, name) for name in copied + holder},
        face=changed,
        issued_at=at,
        valid_from=valid_from if fresh else before.valid_from,
        valid_until=_valid_until(valid_from, validity_months) if fresh else before.valid_until,
        case_number=case_number,
    )
    grounds = {"reason": reason.strip(), "legal_basis": legal_basis.strip()}
    return _put_in_place(licence, before, definition, actor=actor, at=at, grounds=grounds)


def receipt_of(licence: Licence) -> LicenceReceipt:
    """
    Return what is told about a licence that was issued.
    """
    return LicenceReceipt(
        id=licence.id,
        identifier=licence.identifier,
        number=licence.number,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        version=licence.version,
        status=LicenceStatus(licence.status),
        issued_at=licence.issued_at,
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
    )


def _require_case(case_number: str) -> None:
    if not case_number:
        raise InvalidInput(fields={"case_number": _("请填写变更所依据的办件编号或文书编号")})
    if len(case_number) > LONGEST_CASE_NUMBER:
        raise InvalidInput(fields={"case_number": _("编号不能超过 50 个字符")})


def _changed_face(before: Licence, face: Mapping[str, str], *, is_fresh: bool) -> list[dict[str, Any]]:
    """
    Return the lines of a face with new values in place of old ones.

    :raises InvalidInput: a line that is not there, is the holder's own, or is emptied; or nothing changes at all
    """
    lines = {line["key"]: line for line in before.face}
    wrong: dict[str, Text] = {}
    for key, value in face.items():
        if key not in lines:
            wrong[key] = _("该证照的照面没有此项")
        elif key in HOLDER_LINES:
            wrong[key] = _("持证主体不能变更，请重新签发")
        elif not value.strip():
            wrong[key] = _("请填写变更后的内容")
        elif len(value.strip()) > LONGEST_LINE:
            wrong[key] = _("不能超过 500 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    changed = [{**line, "value": face.get(key, line["value"]).strip()} for key, line in lines.items()]
    if changed == before.face and not is_fresh:
        raise InvalidInput(fields={"face": _("请至少变更一项照面内容或有效期")})
    return changed


def _current_of_holder(licence: Licence) -> Licence | None:
    lock_name(f"holder:{licence.type_code}:{bytes(licence.holder_index).hex()}")
    same = Licence.objects.current().locked()
    return same.filter(type_code=licence.type_code, holder_index=licence.holder_index).first()


def _put_in_place(
    licence: Licence,
    before: Licence | None,
    definition: TypeDefinition,
    *,
    actor: Actor,
    at: datetime,
    grounds: Mapping[str, str] | None = None,
    number: str = "",
) -> LicenceReceipt:
    grounds = grounds or {}
    _number(licence, before)
    if number:
        _take_number(licence, number)
    if before is not None:
        if before.status == LicenceStatus.SUSPENDED:
            raise LicenceIsSuspended(identifier=before.identifier)
        before.status = LicenceStatus.REPLACED
        before.save(update_fields=["status"])
        licence.replaces = before.identifier
    licence.token = secrets.token_urlsafe(TOKEN_BYTES)
    licence.face_digest = sm3_hex(canonical_json({"face": licence.face}))
    composing.require_fitting(licence, definition)
    licence.save(force_insert=True)
    if before is not None:
        record(
            before,
            LicenceEventKind.REPLACED,
            topic=LICENCE_REPLACED,
            actor=actor,
            at=at,
            case_number=licence.case_number,
            replaced_by=licence.identifier,
            **grounds,
        )
    record(
        licence,
        LicenceEventKind.ISSUED,
        topic=LICENCE_ISSUED,
        actor=actor,
        at=at,
        case_number=licence.case_number,
        **grounds,
    )
    queue_document(licence.id)
    return receipt_of(licence)


def _number(licence: Licence, before: Licence | None) -> None:
    licence.id = uuid.uuid4()
    if (
        before is not None
        and before.issuer_code == licence.issuer_code
        and before.version < rules.LAST_VERSION
    ):
        licence.root_id, licence.version = before.root_id, before.version + 1
        licence.serial, licence.number = before.serial, before.number
    else:
        licence.root_id, licence.version = licence.id, 1
        licence.serial = _next_serial(licence.issued_at)
        licence.number = f"{licence.division_code[:6]}{licence.type_code[-3:]}{licence.serial}"
    licence.identifier = str(
        rules.Identifier(
            type_code=licence.type_code,
            issuer_code=rules.issuer_segment(
                issuer_code=licence.issuer_code, division_code=licence.division_code
            ),
            serial=licence.serial,
            version=licence.version,
        )
    )


def _take_number(licence: Licence, number: str) -> None:
    """
    Put the agency's own number in place of the node's; the 电子证照标识 stays the node's.
    """
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise InvalidInput(
            fields={"certificate_number": _("证照编号不能超过 60 个字符，且不含换行等控制字符")}
        )
    lock_name(f"number:{licence.type_code}:{licence.issuer_code}:{number}")
    same = Licence.objects.filter(type_code=licence.type_code, issuer_code=licence.issuer_code, number=number)
    if same.exclude(root_id=licence.root_id).exists():
        raise LicenceNumberTaken(number=number)
    licence.number = number


def _next_serial(at: datetime) -> str:
    # A sequence never waits and never repeats; its only gaps are transactions that were rolled back.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('licences_serial')")
        (number,) = cursor.fetchone()
    return f"{civil_date(at).year}{number:0{SERIAL_DIGITS}d}"


def _valid_until(valid_from: date, months: int | None) -> date | None:
    return None if months is None else rules.months_later(valid_from, months)

"""
What the directory says of a licence that is to be issued: by whom, to whom, with which face, until when.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.models import Licence, LicenceType, LicenceTypeVersion
from tongban.business.licences.permissions import UnknownLicenceType
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.values import Fault, Holder, HolderKind, TypeDefinition, VersionState
from tongban.foundation.errors import Conflict, InvalidInput


class HolderNotAllowed(Conflict):
    """
    Licences of this type are not issued to this kind of holder.
    """

    code = "holder_not_allowed"
    message = _("该类证照不能颁发给此类持证主体")


class TypeWithdrawn(Conflict):
    """
    The type is out of use, or was never published; no licence of it is issued.
    """

    code = "licence_type_withdrawn"
    message = _("该类证照已停用或尚未发布，不能签发")


class IssuerNotAllowed(Conflict):
    """
    The directory names who issues licences of this type, and this agency is not among them.
    """

    code = "issuer_not_allowed"
    message = _("证照目录没有把本机构列为该类证照的颁发机构")


class FaceInvalid(InvalidInput):
    """
    What would stand on the face is not what the type says; `fields` names the lines.
    """

    code = "licence_face_invalid"
    message = _("照面内容不符合证照目录的规定")


class PeriodOver(Conflict):
    """
    Licences of this type end on a fixed day, and that day is over.
    """

    code = "licence_period_over"
    message = _("该类证照规定的截止日期已过")


def in_force(code: str) -> tuple[int, TypeDefinition]:
    """
    Return number and definition of the version by which licences of a type are issued now.

    One query, two where there is none.

    :raises UnknownLicenceType: the directory has no such type
    :raises TypeWithdrawn: no version of it is in force
    """
    version = LicenceTypeVersion.objects.filter(type_id=code, state=VersionState.PUBLISHED).first()
    if version is not None and version.version is not None:
        return version.version, read_definition(version.definition)
    if LicenceType.objects.filter(code=code).exists():
        raise TypeWithdrawn(type_code=code)
    raise UnknownLicenceType(type_code=code)


def require_parties(definition: TypeDefinition, *, issuer_code: str, holder: Holder) -> None:
    """
    Refuse an issuer or a kind of holder that the type is not for.

    :raises IssuerNotAllowed: the type names its issuers, and this agency is none of them
    :raises HolderNotAllowed: the type is not for this kind of holder
    """
    if definition.issuers and issuer_code not in {body.code for body in definition.issuers}:
        raise IssuerNotAllowed(issuer_code=issuer_code)
    kind = rules.holder_kind(holder.kind)
    if kind.value not in definition.holder_kinds:
        raise HolderNotAllowed(holder_kind=kind.value)


def filled(definition: TypeDefinition, holder: Holder, form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Return the lines of a face, filled from holder and form.

    :raises FaceInvalid: a line lacks its value, or has one that the type does not allow
    """
    is_person = rules.holder_kind(holder.kind) is HolderKind.PERSON
    lines = rules.filled_face(definition.fields, holder=holder, form=form, is_person=is_person)
    values = {line["key"]: line["value"] for line in lines}
    _refuse(definition, rules.face_faults(definition.fields, values))
    return lines


def period(definition: TypeDefinition, *, valid_from: date, months: int | None) -> date | None:
    """
    Return the first day on which a licence that begins on `valid_from` is no longer valid; None: it has no date.

    :param months: as the decision says; None: as the type says
    :raises PeriodOver: licences of this type ended on a day that is over
    """
    until = rules.valid_until(definition.validity, valid_from=valid_from, months=months)
    if until is not None and until <= valid_from:
        raise PeriodOver(until=until.isoformat())
    return until


def next_check(licence: Licence, *, on: date) -> date | None:
    """
    Return by when a licence that is checked today must be checked again; None: never. One query.
    """
    version = LicenceTypeVersion.objects.get(type_id=licence.type_code, version=licence.type_version)
    months = read_definition(version.definition).check_months
    return None if months is None else rules.months_later(on, months)


def require_lines(
    licence: Licence, lines: Sequence[Mapping[str, Any]], *, only: Collection[str]
) -> TypeDefinition:
    """
    Refuse new lines that the version of the type does not allow by which a licence was issued, and return it.

    One query.

    :param only: keys of the lines that are new; what stood there before is not looked at again
    :raises FaceInvalid: names the lines
    """
    version = LicenceTypeVersion.objects.get(type_id=licence.type_code, version=licence.type_version)
    definition = read_definition(version.definition)
    values = {line["key"]: line["value"] for line in lines}
    faults = rules.face_faults(definition.fields, values)
    _refuse(definition, {key: fault for key, fault in faults.items() if key in only})
    return definition


def _refuse(definition: TypeDefinition, faults: Mapping[str, Fault]) -> None:
    if not faults:
        return
    labels = {field.key: field.label for field in definition.fields}
    raise FaceInvalid(
        fields={
            key: str(_("%(line)s：%(fault)s") % {"line": labels.get(key, key), "fault": fault.label})
            for key, fault in faults.items()
        }
    )

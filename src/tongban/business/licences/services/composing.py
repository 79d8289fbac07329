"""
The layout of a licence: what its type designed, filled with what it says, and its metadata (GB/T 36903-2018).
"""

from dataclasses import replace
from typing import Any, Final

from django.conf import settings

from tongban.business.licences import rules
from tongban.business.licences.models import Licence, LicenceTypeVersion
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.selectors.verification import verification_url
from tongban.business.licences.services.faces import FaceInvalid
from tongban.business.licences.values import HolderKind, TypeDefinition
from tongban.foundation.clock import civil_date
from tongban.foundation.codes.masking import mask_id
from tongban.support.documents import services as documents
from tongban.support.documents.values import (
    DocumentFacts,
    FaceLineText,
    FaceTemplate,
    FaceValues,
    Layout,
    LicenceMetadata,
)

HOLDER_CODE_TYPES: Final = {"111": "公民身份号码", "001": "统一社会信用代码"}
"""持证主体代码类型; others are 其他."""
OTHER_CODE_TYPE: Final = "其他"


def laid_out(licence: Licence) -> Layout:
    """
    Return the layout of a licence by the version of its type that it was issued by. One query.

    :raises NotPrintable: no installed font has a character of the face
    :raises TextTooLong: a line does not fit, however small
    """
    return composed(licence, _definition(licence))


def composed(licence: Licence, definition: TypeDefinition) -> Layout:
    """
    Return the layout of a licence of this definition. No query.

    :raises NotPrintable: no installed font has a character of the face
    :raises TextTooLong: a line does not fit, however small
    """
    template = (
        documents.read_template(definition.template)
        if definition.template
        else documents.default_face_template()
    )
    facts = _facts(licence, definition)
    return documents.lay_out_face(template=template, values=_values(licence, template), facts=facts)


def from_scan(licence: Licence, picture: bytes) -> Layout:
    """
    Return the layout of a licence that shows the scan of its paper, with the same data for machines. One query.

    :param picture: PNG or JPEG
    """
    return documents.scanned_layout(pictures=[picture], facts=_facts(licence, _definition(licence)))


def for_people(layout: Layout) -> Layout:
    """
    Return the layout of the copy that is shown around: without the data for machines, which name the holder in full.
    """
    return replace(layout, metadata={}, attachments=())


def require_fitting(licence: Licence, definition: TypeDefinition) -> None:
    """
    Refuse a licence whose face does not fit its design: it could never have a document.

    A character that no font has is no reason: the font can be installed later.

    :raises FaceInvalid: a line is too long for the face
    """
    try:
        composed(licence, definition)
    except documents.TextTooLong as error:
        raise FaceInvalid(fields={"face": str(error)}) from error
    except (documents.NotPrintable, documents.FontsMissing):
        return


def _definition(licence: Licence) -> TypeDefinition:
    version = LicenceTypeVersion.objects.get(type_id=licence.type_code, version=licence.type_version)
    return read_definition(version.definition)


def _facts(licence: Licence, definition: TypeDefinition) -> DocumentFacts:
    metadata = _metadata(licence, definition)
    lines = tuple(
        FaceLineText(key=one["key"], label=one["label"], value=one["value"]) for one in licence.face
    )
    return DocumentFacts(
        title=f"{licence.type_name}（{licence.number}）",
        author=licence.issuer_name,
        created_at=licence.issued_at,
        keywords=(licence.identifier, licence.number),
        metadata=metadata.custom_data(),
        attachments=(documents.structured_face(metadata, lines),),
    )


def _values(licence: Licence, template: FaceTemplate) -> FaceValues:
    last = rules.last_valid_date(licence.valid_until)
    told = {
        **{line["key"]: _shown(line, licence.holder_kind) for line in licence.face},
        "title": licence.type_name,
        "title_en": licence.type_name_en,
        "number": licence.number,
        "identifier": licence.identifier,
        "issuer_name": licence.issuer_name,
        "issued_date": civil_date(licence.issued_at).isoformat(),
        "valid_from": licence.valid_from.isoformat(),
        "last_valid_date": last.isoformat() if last else "",
        "verification_url": verification_url(licence.token),
        "demonstration": "1" if settings.TONGBAN_NODE.is_demo else "",
    }
    return FaceValues(
        # A design may ask for what this licence does not say; it stays empty there.
        fields={**dict.fromkeys(documents.face_fields(template), ""), **told},
        lines=tuple(
            FaceLineText(key=line["key"], label=line["label"], value=_shown(line, licence.holder_kind))
            for line in licence.face
        ),
    )


def _metadata(licence: Licence, definition: TypeDefinition) -> LicenceMetadata:
    return LicenceMetadata(
        name=licence.type_name,
        type_name=licence.type_name,
        type_code=licence.type_code,
        defining_body_name=definition.defining_body_name,
        defining_body_code=definition.defining_body_code,
        number=licence.number,
        identifier=licence.identifier,
        issuer_name=licence.issuer_name,
        issuer_code=licence.issuer_code,
        issued_date=civil_date(licence.issued_at),
        holder_names=(licence.holder_name,),
        holder_codes=(licence.holder_code,),
        holder_code_type=licence.holder_code_type,
        holder_code_type_name=HOLDER_CODE_TYPES.get(licence.holder_code_type, OTHER_CODE_TYPE),
        valid_from=licence.valid_from,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        replaces_identifier=licence.replaces,
        face={line["key"]: line["value"] for line in licence.face if line["value"]},
    )


def _shown(line: dict[str, Any], holder_kind: str) -> str:
    # A licence is shown around; an identity number on it is not needed to check it.
    if line["key"] == "holder_code" and holder_kind == HolderKind.PERSON:
        return mask_id(line["value"])
    return str(line["value"])

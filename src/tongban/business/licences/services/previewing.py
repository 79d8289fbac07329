"""
A face as it will look, with made-up values: for whoever compiles a type.
"""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from tongban.business.licences import rules
from tongban.business.licences.services.compiling import with_template
from tongban.business.licences.values import FaceField, FieldKind, TypeDefinition
from tongban.foundation.clock import civil_date
from tongban.support.documents import services as documents
from tongban.support.documents.values import DocumentFacts, FaceLineText, FaceValues

SAMPLE_NUMBER: Final = "0000000002026000001"
SAMPLE_ADDRESS: Final = "https://example.invalid/verify/sample"
SEAL_PLACE: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">'
    b'<circle cx="50" cy="50" r="48" fill="none" stroke="#c8102e" stroke-width="1.5" stroke-dasharray="4 3"/></svg>'
)
"""Where the seal will be: a type has none."""


def face_preview(*, code: str, definition: TypeDefinition, at: datetime) -> tuple[bytes, ...]:
    """
    Return the pages of a face as SVG, filled with made-up values, with a circle where the seal goes.

    Nothing that is kept is read or written; whoever may read the definition may see it drawn.

    :raises DefinitionIncomplete: the face template cannot be read
    :raises TextTooLong: made-up values do not fit into a box
    """
    definition = with_template(definition)
    template = (
        documents.read_template(definition.template)
        if definition.template
        else documents.default_face_template()
    )
    layout = documents.lay_out_face(
        template=template,
        values=_values(code, definition, on=civil_date(at)),
        facts=DocumentFacts(title=definition.name, author=definition.defining_body_name, created_at=at),
    )
    return documents.write_svg(layout, seal_pictures={"issuer": SEAL_PLACE})


def sample_values(definition: TypeDefinition, *, on: date) -> dict[str, str]:
    """
    Return a made-up value for every field, such as its kind allows.
    """
    return {field.key: _sample(field, on=on) for field in definition.fields}


def _values(code: str, definition: TypeDefinition, *, on: date) -> FaceValues:
    samples = sample_values(definition, on=on)
    until = rules.valid_until(definition.validity, valid_from=on)
    last = until - timedelta(days=1) if until else None
    head = {
        "title": definition.name,
        "title_en": definition.name_en,
        "number": SAMPLE_NUMBER,
        "identifier": f"{rules.ROOT}.{code}.{definition.defining_body_code}.2026000001.001.0",
        "issuer_name": definition.defining_body_name,
        "issued_date": on.isoformat(),
        "valid_from": on.isoformat(),
        "last_valid_date": last.isoformat() if last else "",
        "verification_url": SAMPLE_ADDRESS,
        "demonstration": "1",
    }
    return FaceValues(
        fields={**samples, **head},
        lines=tuple(
            FaceLineText(key=field.key, label=field.label, value=samples[field.key])
            for field in definition.fields
        ),
    )


def _sample(field: FaceField, *, on: date) -> str:
    match field.kind:
        case FieldKind.NUMBER | FieldKind.INTEGER:
            return str(field.minimum if field.minimum is not None else min(field.maximum or 100, 100))
        case FieldKind.DATE:
            return on.isoformat()
        case FieldKind.CHOICE:
            return field.choices[0] if field.choices else ""
        case _:
            return str(_("示例%(label)s") % {"label": field.label})[: field.max_length]

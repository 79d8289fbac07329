"""
A form of the catalogue as a page draws it, and as it comes back.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from tongban.business.catalogue.values import FieldType, FormField
from tongban.foundation.languages import in_language
from tongban.portal.apply.values import FieldGroup, FieldView

FIELD_PREFIX = "a-"
"""Names of form controls; keeps keys of offerings apart from names of ours."""

KINDS = {
    FieldType.TEXTAREA: "textarea",
    FieldType.ADDRESS: "textarea",
    FieldType.DATE: "date",
    FieldType.CHOICE: "radio",
    FieldType.CHOICES: "checkboxes",
}
KEYPADS = {FieldType.NUMBER: "decimal", FieldType.MOBILE: "tel"}


class Posted(Protocol):
    """
    What a browser sent: names of controls, each with its values.
    """

    def __contains__(self, name: object) -> bool:
        """
        Return whether a control was sent.
        """

    def getlist(self, key: str) -> Sequence[str]:
        """
        Return the values of one control.
        """


def answers_of(posted: Posted, fields: Sequence[FormField]) -> dict[str, str]:
    """
    Return the answers a browser sent. Boxes all unticked are sent as nothing, which is an answer too.
    """
    return {
        field.key: "\n".join(posted.getlist(f"{FIELD_PREFIX}{field.key}"))
        for field in fields
        if f"{FIELD_PREFIX}{field.key}" in posted or field.type is FieldType.CHOICES
    }


def field_groups(
    fields: Sequence[FormField],
    *,
    answers: Mapping[str, str],
    errors: Mapping[str, str],
    sources: Mapping[str, str] | None = None,
    disputed: Collection[str] = (),
) -> list[FieldGroup]:
    """
    Return the fields as a page draws them, under their headings.

    :param sources: field -> where its value came from
    """
    groups: dict[str, list[FieldView]] = {}
    for field in fields:
        view = _view(
            field,
            value=answers.get(field.key, ""),
            error=errors.get(field.key, ""),
            source=(sources or {}).get(field.key, ""),
            disputed=field.key in disputed,
        )
        groups.setdefault(in_language(field.section, field.section_en), []).append(view)
    return [FieldGroup(title=title, fields=views) for title, views in groups.items()]


def shown_answer(field: FormField, value: str) -> str:
    """
    Return an answer in words: labels of what was chosen, or what was typed.
    """
    if not field.options:
        return value
    labels = {option.value: in_language(option.label, option.label_en) for option in field.options}
    return _("、").join(labels.get(part, part) for part in value.split("\n") if part)


def _view(field: FormField, *, value: str, error: str, source: str, disputed: bool) -> FieldView:
    return FieldView(
        name=f"{FIELD_PREFIX}{field.key}",
        kind=KINDS.get(field.type, "text"),
        label=in_language(field.label, field.label_en),
        hint=in_language(field.help, field.help_en),
        value=value,
        values=value.split("\n") if value else [],
        options=[(option.value, in_language(option.label, option.label_en)) for option in field.options],
        error=error,
        required=field.is_required,
        unit=in_language(field.unit, field.unit_en),
        source=_(source) if source and value else "",
        disputed=disputed,
        maxlength=field.max_length or "",
        inputmode=KEYPADS.get(field.type, ""),
    )

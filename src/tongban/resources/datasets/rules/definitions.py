"""
When a definition is whole, and in what two differ.
"""

import re
from typing import Any, Final

import msgspec

from tongban.foundation.canonical import canonical_json
from tongban.foundation.codes import is_social_credit_code
from tongban.resources.datasets.values import (
    Definition,
    Difference,
    Fault,
    Field,
    FieldType,
    Openness,
    Sharing,
)

LONGEST_TEXT_FIELD: Final = 4000
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z", re.ASCII)
_GROUP: Final = re.compile(r"\d{2}\Z", re.ASCII)
_SUBGROUP: Final = re.compile(r"\d{3}\Z", re.ASCII)
_DETAIL: Final = re.compile(r"\d{0,20}\Z", re.ASCII)


LONGEST: Final = {
    "title": 200,
    "title_en": 300,
    "summary": 2000,
    "detail_code": 20,
    "provider_code": 18,
    "provider_name": 200,
    "division_code": 12,
    "sharing_condition": 1000,
    "sharing_basis": 1000,
    "opening_condition": 1000,
    "fields": 300,
    "related": 50,
}
"""Part -> characters, or how many."""
LONGEST_CODE: Final = 48
LONGEST_NAME: Final = 63
LONGEST_TITLE: Final = 300


def faults_of(definition: Definition) -> dict[str, Fault]:
    """
    Return what keeps a definition from being reviewed: part -> fault.
    """
    faults: dict[str, Fault] = {}
    for part in ("title", "summary", "provider_name", "division_code"):
        if not getattr(definition, part).strip():
            faults[part] = Fault.MISSING
    if not (
        _GROUP.match(definition.group_code)
        and _SUBGROUP.match(definition.subgroup_code)
        and _DETAIL.match(definition.detail_code)
    ):
        faults["group_code"] = Fault.BAD_CLASS_CODE
    if not is_social_credit_code(definition.provider_code):
        faults["provider_code"] = Fault.BAD_PROVIDER
    if definition.is_confidential:
        faults["is_confidential"] = Fault.CONFIDENTIAL
    return {
        **faults,
        **_faults_of_sharing(definition),
        **_faults_of_fields(definition.fields),
        **too_long(definition),
    }


def too_long(definition: Definition) -> dict[str, Fault]:
    """
    Return the parts that no column can keep, whoever sends them: a draft may lack something, and not hold too much.
    """
    long = [part for part, most in LONGEST.items() if len(getattr(definition, part)) > most]
    if any(len(code) > LONGEST_CODE for code in definition.related):
        long.append("related")
    if any(
        len(field.name) > LONGEST_NAME or max(len(field.title), len(field.title_en)) > LONGEST_TITLE
        for field in definition.fields
    ):
        long.append("fields")
    return dict.fromkeys(long, Fault.TOO_LONG)


def canonical(definition: Definition) -> bytes:
    """
    Return the text whose digest names a definition.
    """
    return canonical_json(msgspec.to_builtins(definition))


def differences(before: Definition, after: Definition) -> tuple[Difference, ...]:
    """
    Return in what two definitions differ; fields one by one, by their names.
    """
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    changes = [
        Difference(part=part, before=old[part], after=new[part])
        for part in old
        if part != "fields" and old[part] != new[part]
    ]
    was = {field["name"]: field for field in old["fields"]}
    now = {field["name"]: field for field in new["fields"]}
    changes += [
        Difference(part=f"fields.{name}", before=was.get(name), after=now.get(name))
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    ]
    return tuple(changes)


def _faults_of_sharing(definition: Definition) -> dict[str, Fault]:
    faults: dict[str, Fault] = {}
    if definition.sharing is Sharing.CONDITIONAL and not definition.sharing_condition.strip():
        faults["sharing_condition"] = Fault.CONDITION_MISSING
    if definition.sharing is Sharing.NONE and not definition.sharing_basis.strip():
        faults["sharing_basis"] = Fault.BASIS_MISSING
    if definition.sharing is not Sharing.NONE and not definition.modes:
        faults["modes"] = Fault.NO_MODE
    if definition.openness is Openness.CONDITIONAL and not definition.opening_condition.strip():
        faults["opening_condition"] = Fault.OPENING_MISSING
    if definition.openness is not Openness.NONE and definition.sharing is Sharing.NONE:
        faults["openness"] = Fault.OPEN_BUT_NOT_SHARED
    is_personal = any(field.is_personal for field in definition.fields)
    if definition.openness is Openness.UNCONDITIONAL and is_personal:
        faults["openness"] = Fault.OPEN_BUT_PERSONAL
    return faults


def _faults_of_fields(fields: tuple[Field, ...]) -> dict[str, Fault]:
    if not fields:
        return {"fields": Fault.NO_FIELDS}
    names = [field.name for field in fields]
    faults: dict[str, Fault] = {}
    for place, field in enumerate(fields):
        if not _NAME.match(field.name) or names.count(field.name) > 1:
            faults[f"fields.{place}.name"] = Fault.FIELD_NAME
        if not field.title.strip():
            faults[f"fields.{place}.title"] = Fault.FIELD_TITLE
        if field.type is FieldType.TEXT and not 1 <= field.length <= LONGEST_TEXT_FIELD:
            faults[f"fields.{place}.length"] = Fault.FIELD_LENGTH
    return faults


def read_definition(kept: dict[str, Any]) -> Definition:
    """
    Return a definition as it was kept.
    """
    return msgspec.convert(kept, Definition)

"""
Whose a row is: by its key, else by what belongs to one record only; what is only likely is for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from uuid import UUID

from tongban.resources.registers.rules.cleaning import Cleaned
from tongban.resources.registers.values import AliasKind, Definition, MatchReason, RegisterCode, RowProblem

BIRTH: Final = slice(6, 14)
ORGANISATION: Final = slice(8, 17)
ORGANISATION_LENGTH: Final = 9
REGISTRATION_LENGTH: Final = 15


class Verdict(Enum):
    """
    What is done with a row.
    """

    TAKE = auto()
    """Into the record it is of."""
    CREATE = auto()
    WAIT = auto()
    """For a person."""
    REFUSE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """
    A record that a row may be of.
    """

    id: UUID
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """
    What was decided about a row.
    """

    verdict: Verdict
    record_id: UUID | None = None
    reason: MatchReason | None = None
    problem: RowProblem | None = None
    field: str = ""
    candidates: tuple[UUID, ...] = ()


def aliases_of(
    definition: Definition, fields: Mapping[str, str], *, key_given: str = ""
) -> dict[AliasKind, str]:
    """
    Return by what else a record with these fields is found.

    :param key_given: a wrong key: it may be a number of before the unified code
    """
    found = _ALIASES[definition.code](fields, key_given)
    return {kind: text for kind, text in found.items() if text}


def subjects_of(definition: Definition, fields: Mapping[str, str]) -> str:
    """
    Return the number of the person or entity a record is about; "" where it is about neither.
    """
    if definition.about:
        return fields.get(definition.about, "")
    return fields.get(definition.key, "") if definition.code is not RegisterCode.ADDRESS else ""


def decide(
    definition: Definition,
    row: Cleaned,
    *,
    by_key: Held | None,
    sure: Sequence[Held],
    likely: Sequence[Held],
    is_identity_source: bool,
) -> Outcome:
    """
    Return what is done with a row.

    :param by_key: the record of its key
    :param sure: records with an alias that belongs to one only
    :param likely: records that say the same otherwise
    :param is_identity_source: whoever offers it is the source of the identifying fields, and may change them
    """
    if row.problem is not None:
        return Outcome(verdict=Verdict.REFUSE, problem=row.problem, field=row.problem_field)
    if definition.key in row.fields:
        return _by_key(definition, row, by_key, is_identity_source=is_identity_source)
    if len({held.id for held in sure}) == 1:
        return Outcome(verdict=Verdict.TAKE, record_id=sure[0].id)
    if sure or likely:
        reason = MatchReason.KEY_WRONG if row.key_given else MatchReason.KEY_MISSING
        return _wait(reason, [*sure, *likely])
    problem = RowProblem.KEY_WRONG if row.key_given else RowProblem.KEY_MISSING
    return Outcome(verdict=Verdict.REFUSE, problem=problem, field=definition.key)


def _by_key(definition: Definition, row: Cleaned, held: Held | None, *, is_identity_source: bool) -> Outcome:
    if _contradicts(definition, row.fields):
        return _wait(MatchReason.CODE_CONTRADICTS, [held] if held else [])
    if held is None:
        return _new(definition, row)
    differs = any(
        row.fields.get(name) and held.fields.get(name) and row.fields[name] != held.fields[name]
        for name in definition.identifying
    )
    if differs and not is_identity_source:
        return _wait(MatchReason.IDENTITY_DIFFERS, [held])
    return Outcome(verdict=Verdict.TAKE, record_id=held.id)


def _new(definition: Definition, row: Cleaned) -> Outcome:
    missing = next(
        (rule.name for rule in definition.fields if rule.is_required and rule.name not in row.fields), ""
    )
    if missing:
        return Outcome(verdict=Verdict.REFUSE, problem=RowProblem.FIELD_MISSING, field=missing)
    return Outcome(verdict=Verdict.CREATE)


def _wait(reason: MatchReason, held: Sequence[Held]) -> Outcome:
    ids = tuple(dict.fromkeys(each.id for each in held))
    return Outcome(verdict=Verdict.WAIT, reason=reason, candidates=ids)


def _contradicts(definition: Definition, fields: Mapping[str, str]) -> bool:
    if definition.code is not RegisterCode.POPULATION:
        return False
    birth = fields.get("birth_date", "").replace("-", "")
    return bool(birth) and birth != fields[definition.key][BIRTH]


def _of_person(fields: Mapping[str, str], _given: str) -> dict[AliasKind, str]:
    number = fields.get("id_number", "")
    birth = fields.get("birth_date", "").replace("-", "") or number[BIRTH]
    name = fields.get("name", "")
    return {AliasKind.NAME_AND_BIRTH: f"{name}|{birth}" if name and birth else ""}


def _of_entity(fields: Mapping[str, str], given: str) -> dict[AliasKind, str]:
    code = fields.get("credit_code", "")
    old = fields.get("registration_number", "") or (given if len(given) == REGISTRATION_LENGTH else "")
    plain = given.replace("-", "")
    return {
        AliasKind.REGISTRATION_NUMBER: old,
        AliasKind.ORGANISATION_CODE: code[ORGANISATION]
        or (plain if len(plain) == ORGANISATION_LENGTH else ""),
        AliasKind.NAME: fields.get("name", ""),
    }


def _of_address(fields: Mapping[str, str], _given: str) -> dict[AliasKind, str]:
    return {AliasKind.ADDRESS: fields.get("address", "")}


def _of_nothing(_fields: Mapping[str, str], _given: str) -> dict[AliasKind, str]:
    return {}


_ALIASES: Final = {
    RegisterCode.POPULATION: _of_person,
    RegisterCode.ENTITY: _of_entity,
    RegisterCode.ADDRESS: _of_address,
    RegisterCode.CREDIT: _of_nothing,
    RegisterCode.LICENCE: _of_nothing,
}

"""
一数一源: whose word about a field holds.

Source: 国发〔2016〕51号 (谁主管，谁提供，谁负责); GB 32100-2015 table 1 (the first character names the registrar).
"""

from collections.abc import Collection, Mapping
from typing import Final

from tongban.resources.registers.values import Definition, FieldRule, SourceRole

REGISTRARS: Final = {
    "1": SourceRole.STAFFING,
    "3": SourceRole.JUSTICE,
    "5": SourceRole.CIVIL_AFFAIRS,
    "9": SourceRole.MARKET_REGULATION,
    "N": SourceRole.AGRICULTURE,
}


def role_of(rule: FieldRule, *, key: str) -> SourceRole:
    """
    Return which kind of agency is responsible for a field of the record with this key.
    """
    if rule.source is SourceRole.REGISTRAR:
        return REGISTRARS.get(key[:1], SourceRole.REGISTRAR)
    return rule.source


def is_authoritative(
    definition: Definition,
    rule: FieldRule,
    *,
    fields: Mapping[str, str],
    agency_code: str,
    appointed: Mapping[str, Collection[str]],
) -> bool:
    """
    Return whether an agency is the source of a field of this record.

    :param fields: the record, at least its key
    :param appointed: role -> codes of the agencies that have it in this register
    """
    role = role_of(rule, key=fields.get(definition.key, ""))
    if role is SourceRole.ISSUER:
        return bool(agency_code) and fields.get("issuer_code") == agency_code
    return agency_code in appointed.get(role, ())

"""
What a draft begins with, and the codes by which it is taken up again.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from tongban.business.catalogue.values import ApplicantKind, FormField, Prefill, Situation

RESUME_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
RESUME_LENGTH = 8


class Known(Protocol):
    """
    What the node knows about a person.
    """

    @property
    def name(self) -> str:
        """
        Name in full.
        """

    @property
    def id_number(self) -> str:
        """
        公民身份号码.
        """

    @property
    def mobile(self) -> str:
        """
        Mobile number.
        """

    @property
    def birth_date(self) -> date:
        """
        Date of birth.
        """


UNIT_KINDS = {
    "11": ApplicantKind.GOVERNMENT,
    "12": ApplicantKind.INSTITUTION,
    "51": ApplicantKind.SOCIAL_ORGANISATION,
    "52": ApplicantKind.SOCIAL_ORGANISATION,
    "53": ApplicantKind.SOCIAL_ORGANISATION,
    "91": ApplicantKind.ENTERPRISE,
    "93": ApplicantKind.ENTERPRISE,
}
"""First two characters of 统一社会信用代码, registration department and category (GB 32100), -> kind of applicant."""


def unit_kind(credit_code: str) -> ApplicantKind:
    """
    Return as what a unit applies, as far as its code tells; 个体工商户 and what is unknown are 其他组织.
    """
    return UNIT_KINDS.get(credit_code[:2].upper(), ApplicantKind.OTHER)


def unanswered(situations: Sequence[Situation], chosen: Collection[str]) -> list[str]:
    """
    Return the codes of the questions about the situation that nothing chosen answers.
    """
    return [
        situation.code
        for situation in situations
        if not any(option.code in chosen for option in situation.options)
    ]


def merged_situations(
    situations: Sequence[Situation], before: Collection[str], given: Collection[str]
) -> list[str]:
    """
    Return the answers `before` with those questions answered anew that `given` answers; unknown answers fall away.
    """
    merged: list[str] = []
    for situation in situations:
        options = [option.code for option in situation.options]
        fresh = [code for code in options if code in given]
        if not situation.is_multiple:
            fresh = fresh[:1]
        merged += fresh or [code for code in options if code in before]
    return merged


class Unit(Protocol):
    """
    What the node knows about a legal entity.
    """

    @property
    def name(self) -> str:
        """
        单位名称.
        """

    @property
    def credit_code(self) -> str:
        """
        统一社会信用代码.
        """

    @property
    def representative_name(self) -> str:
        """
        法定代表人, in full.
        """

    @property
    def address(self) -> str:
        """
        住所.
        """


def prefilled(form: Sequence[FormField], known: Known | None, *, unit: Unit | None = None) -> dict[str, str]:
    """
    Return the answers that need not be typed.

    :param unit: in whose name the person applies
    """
    if known is None:
        return {}
    values = {
        Prefill.PERSON_NAME: known.name,
        Prefill.PERSON_ID_NUMBER: known.id_number,
        Prefill.PERSON_MOBILE: known.mobile,
        Prefill.PERSON_BIRTH_DATE: known.birth_date.isoformat(),
    }
    if unit is not None:
        told = {
            Prefill.LEGAL_NAME: unit.name,
            Prefill.LEGAL_SOCIAL_CREDIT_CODE: unit.credit_code,
            Prefill.LEGAL_REPRESENTATIVE: unit.representative_name,
            Prefill.LEGAL_ADDRESS: unit.address,
        }
        values |= {prefill: value for prefill, value in told.items() if value}
    return {field.key: values[field.prefill] for field in form if field.prefill in values}


def from_licences(
    form: Sequence[FormField], licences: Sequence[tuple[str, Mapping[str, str]]]
) -> dict[str, str]:
    """
    Return the answers that stand on licences of the applicant's; what a field does not offer is left for him to say.

    :param licences: type and lines of the face, the one to be used first
    """
    found: dict[str, str] = {}
    for field in form:
        told = (lines.get(field.licence_key, "") for code, lines in licences if code == field.licence_type)
        value = next(filter(None, told), "") if field.licence_type else ""
        if value and (not field.options or value in {option.value for option in field.options}):
            found[field.key] = value
    return found


def changed_fields(known: Mapping[str, str], answers: Mapping[str, str]) -> frozenset[str]:
    """
    Return the fields that were filled in and say something else now.
    """
    return frozenset(key for key, value in known.items() if answers.get(key) != value)


def new_resume_code() -> str:
    """
    Return a code nobody can guess, e.g. "7K2M-84XQ".
    """
    raw = "".join(secrets.choice(RESUME_ALPHABET) for _ in range(RESUME_LENGTH))
    return f"{raw[:4]}-{raw[4:]}"


def normal_resume_code(text: str) -> str:
    """
    Return what somebody typed in the form in which codes are kept.
    """
    raw = "".join(character for character in text.upper() if character.isalnum())[:RESUME_LENGTH]
    return f"{raw[:4]}-{raw[4:]}"

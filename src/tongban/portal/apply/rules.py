"""
What a draft begins with, and the codes by which it is taken up again.
"""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from tongban.business.catalogue.values import FormField, Prefill

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


KNOWN = frozenset(
    {Prefill.PERSON_NAME, Prefill.PERSON_ID_NUMBER, Prefill.PERSON_MOBILE, Prefill.PERSON_BIRTH_DATE}
)
"""What the account holds of a person; those fields are marked with their source."""


def prefilled(form: Sequence[FormField], known: Known | None) -> dict[str, str]:
    """
    Return the answers that need not be typed.
    """
    if known is None:
        return {}
    values = {
        Prefill.PERSON_NAME: known.name,
        Prefill.PERSON_ID_NUMBER: known.id_number,
        Prefill.PERSON_MOBILE: known.mobile,
        Prefill.PERSON_BIRTH_DATE: known.birth_date.isoformat(),
    }
    return {field.key: values[field.prefill] for field in form if field.prefill in values}


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

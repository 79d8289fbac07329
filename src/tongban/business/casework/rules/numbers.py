"""
Numbers of cases and documents.

Case number (standards.md 2.3): 实施编码 (31) + YYYYMMDD + serial of the day, at least four digits; 43 characters.
The query code is for people: eight characters without 0/O, 1/I/L, U, typed in two groups.
"""

import secrets
from datetime import date

QUERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
QUERY_LENGTH = 8
SERIAL_DIGITS = 4
STEM_LENGTH = 39
"""Implementation code and day: what the numbers of one offering and day have in common."""

_dice = secrets.SystemRandom()
_LOOKALIKES = str.maketrans({"0": "Q", "O": "Q", "1": "7", "I": "7", "L": "7", "U": "V"})


def case_number(*, prefix: str, day: date, serial: int) -> str:
    """
    Return 办件编号. After 9,999 cases of one offering on one day the serial takes a fifth digit.

    :param prefix: 31 characters, the implementation code
    """
    return f"{prefix}{day:%Y%m%d}{serial:0{SERIAL_DIGITS}d}"


def counter_scope(*, prefix: str, day: date) -> str:
    """
    Return the name of the counter that gives the serial.
    """
    return f"case:{prefix}:{day:%Y%m%d}"


def new_query_code() -> str:
    """
    Return a query code nobody can guess, e.g. "7K2M-84XQ".
    """
    raw = "".join(_dice.choices(QUERY_ALPHABET, k=QUERY_LENGTH))
    return f"{raw[:4]}-{raw[4:]}"


def normal_query_code(text: str) -> str:
    """
    Return what somebody typed in the form in which codes are kept: capitals, one hyphen, no blanks.
    """
    raw = "".join(character for character in text.upper() if character.isalnum()).translate(_LOOKALIKES)
    return f"{raw[:4]}-{raw[4:]}" if len(raw) == QUERY_LENGTH else raw


def document_number_stem(*, agency_word: str, kind_word: str, year: int) -> str:
    """
    Return what stands before the serial and 号 in 文书编号, e.g. "广区卫健受〔2026〕" of "广区卫健受〔2026〕12号".

    Source: GB/T 9704: year in 〔〕, serial without leading zeros.
    """
    return f"{agency_word}{kind_word}〔{year}〕"

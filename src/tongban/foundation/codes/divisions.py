"""
行政区划代码, GB/T 2260: two digits for a province, four a city, six a county, nine a township, twelve a village.
"""

DIVISION_CODE_LENGTH = 12
LEVEL_DIGITS = (2, 4, 6, 9, 12)
"""Digits that tell a division apart, by level: province, city, county, township, village."""


def subtree_prefix(code: str) -> str:
    """
    Return the leading digits that every division inside `code` shares.

    `510000000000` gives `51`, `511602000000` gives `511602`, `511602001000` gives `511602001`;
    the whole nation (`000000000000`) gives the empty string, which every code starts with.

    :param code: 12 digits, or 6 digits of GB/T 2260
    """
    code = code.ljust(DIVISION_CODE_LENGTH, "0")
    if not code.strip("0"):
        return ""
    return next(code[:digits] for digits in LEVEL_DIGITS if not code[digits:].strip("0"))

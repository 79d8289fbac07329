"""
The check character of licence identifiers.
"""

from tongban.foundation.rules import implements

BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@implements("GB36904-校验位")
def licence_check_character(text: str) -> str:
    """
    Return the check character of ISO/IEC 7064 MOD 37,36.

    :param text: digits and capital letters: the segments of a licence identifier without dots and root
    :raises ValueError: another character is in it
    """
    product = 36
    for character in text:
        product = (product + BASE_36.index(character)) % 36 or 36
        product = product * 2 % 37
    return BASE_36[(37 - product) % 36]


@implements("GB36904-校验位")
def is_licence_checked(text: str) -> bool:
    """
    Return whether the last character of `text` is the check character of those before it.
    """
    if len(text) <= 1 or not all(character in BASE_36 for character in text):
        return False
    return text[-1] == licence_check_character(text[:-1])

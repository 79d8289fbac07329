"""
By what sealed values are found again: blind indexes over values in one form.
"""

from tongban.foundation import crypto
from tongban.support.identity import rules


def index_of_id_number(id_number: str) -> bytes:
    """
    Return the blind index by which an ID number is found.
    """
    return crypto.blind_index("identity.id_number", rules.normal_id_number(id_number))


def index_of_mobile(mobile: str) -> bytes:
    """
    Return the blind index by which a mobile is found.
    """
    return crypto.blind_index("identity.mobile", rules.normal_mobile(mobile))


def index_of_name(name: str) -> bytes:
    """
    Return the blind index by which a name is compared.
    """
    return crypto.blind_index("identity.name", rules.normal_name(name))

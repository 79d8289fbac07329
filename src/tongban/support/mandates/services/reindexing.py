"""
How the blind indexes of mandates are made again when their root key changes.
"""

from tongban.foundation import rotation
from tongban.foundation.codes import is_mobile
from tongban.support.identity.selectors import index_of_name
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.mandates.models import Mandate


def declare() -> None:
    """
    Say how each index follows from its row.
    """
    rotation.index_by("mandates.Mandate", "grantee_index", number_index)
    rotation.index_by("mandates.Mandate", "grantee_name_index", name_index)


def number_index(row: Mandate) -> bytes:
    """
    Return the index of the number of whom a mandate is for, under the roots in use.
    """
    # Of somebody whose account was closed there is no number left; his index is random and stays.
    number = row.grantee_number
    if not number:
        return bytes(row.grantee_index)
    return index_of_mobile(number) if is_mobile(number) else index_of_id_number(number)


def name_index(row: Mandate) -> bytes:
    """
    Return the index of his name, under the roots in use.
    """
    return index_of_name(row.grantee_name) if row.grantee_name else bytes(row.grantee_name_index)

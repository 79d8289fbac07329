"""
How identity's blind indexes are made again when their root key changes.
"""

from tongban.foundation import rotation
from tongban.support.identity.models import Person, StockAccount
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.identity.services.stock import index_of_key


def declare() -> None:
    """
    Say how each index follows from its row; codes of a moment lapse.
    """
    rotation.index_by("identity.Person", "id_number_index", _id_number_index)
    rotation.index_by("identity.Person", "mobile_index", _mobile_index)
    rotation.index_by("identity.StockAccount", "key_index", _stock_key_index)
    rotation.index_by("identity.VerificationCode", "mobile_index", None)
    rotation.index_by("identity.VerificationCode", "code_index", None)
    rotation.index_by("identity.StockAccount", "key_index", _stock_index)
    # Kept without the number it was made of: after a change of the root it is recorded again with the account.
    rotation.index_by("identity.StaffMember", "id_number_index", None)


def _stock_key_index(stock: StockAccount) -> bytes:
    return index_of_key(source=stock.source, key=stock.key)


def _id_number_index(person: Person) -> bytes:
    # Of a closed account there is no number left; its index is random and stays.
    return index_of_id_number(person.id_number) if person.id_number else bytes(person.id_number_index)


def _mobile_index(person: Person) -> bytes | None:
    return index_of_mobile(person.mobile) if person.mobile else None


def _stock_index(stock: StockAccount) -> bytes:
    return index_of_key(source=stock.source, key=stock.key)

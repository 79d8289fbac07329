"""
How identity's blind indexes are made again when their root key changes.
"""

from tongban.foundation import rotation
from tongban.support.identity.models import Person, StaffMember, StockAccount
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.identity.services.stock import index_of_key
from tongban.support.identity.values.factors import FACTOR_CONTEXT, SEALED_MEMBERS


def declare() -> None:
    """
    Say how each index follows from its row; codes of a moment lapse. Second factors lie in the library's table.
    """
    for member in SEALED_MEMBERS:
        rotation.sealed_member("mfa.Authenticator", "data", member, context=FACTOR_CONTEXT)
    rotation.index_by("identity.Person", "id_number_index", _id_number_index)
    rotation.index_by("identity.Person", "mobile_index", _mobile_index)
    rotation.index_by("identity.StockAccount", "key_index", _stock_key_index)
    rotation.index_by("identity.StaffMember", "id_number_index", _staff_index)
    rotation.index_lapses("identity.VerificationCode", "mobile_index", at="expires_at")
    rotation.index_lapses("identity.VerificationCode", "code_index", at="expires_at")


def _stock_key_index(stock: StockAccount) -> bytes:
    return index_of_key(source=stock.source, key=stock.key)


def _id_number_index(person: Person) -> bytes:
    # Of a closed account there is no number left; its index is random and stays.
    return index_of_id_number(person.id_number) if person.id_number else bytes(person.id_number_index)


def _mobile_index(person: Person) -> bytes | None:
    return index_of_mobile(person.mobile) if person.mobile else None


def _staff_index(member: StaffMember) -> bytes | None:
    if member.id_number_index is None:
        return None
    if member.id_number is None:
        # Recorded before the number was kept beside it.
        raise rotation.CannotFollow
    return index_of_id_number(member.id_number)

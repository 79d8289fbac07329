"""
How the personal data of a case are sealed: with a key of the case's own, which is kept sealed with the node's.
"""

import msgspec

from tongban.business.casework.values import Applicant, Dispute
from tongban.foundation import crypto

KEY_CONTEXT = "casework.case_key.key"
ERASED = Applicant(kind="", name="", id_type="", id_number="", mobile="")
"""Stands where the key of a case was destroyed: what the law no longer lets us keep."""


def seal_key(key: bytes) -> bytes:
    """
    Return a case's key as its table keeps it.
    """
    return crypto.seal(key.hex().encode(), context=KEY_CONTEXT)


def open_key(sealed: bytes | None) -> bytes | None:
    """
    Return the key that `seal_key` sealed; None where the case has none.
    """
    return bytes.fromhex(crypto.unseal(sealed, context=KEY_CONTEXT).decode()) if sealed else None


def applicant_index(id_number: str) -> bytes:
    """
    Return the blind index by which an applicant's cases are found.
    """
    return crypto.blind_index("case_applicant", id_number.strip().upper())


def is_erased(blob: bytes, key: bytes | None) -> bool:
    """
    Return whether nobody can read this any more, because its key was destroyed.
    """
    return key is None and bytes(blob)[:1] == bytes((crypto.OWN_KEY_VERSION,))


def seal_applicant(applicant: Applicant, number: str, key: bytes) -> bytes:
    """
    Return the applicant's data, sealed for this case.
    """
    return crypto.seal_with(key, msgspec.json.encode(applicant), context=f"casework.applicant:{number}")


def unseal_applicant(blob: bytes, number: str, key: bytes | None) -> Applicant:
    """
    Return what `seal_applicant` sealed; an empty applicant where it was erased.

    :raises SealBroken: the blob was changed or belongs to another case
    """
    if is_erased(blob, key):
        return ERASED
    plain = crypto.unseal_with(key, blob, context=f"casework.applicant:{number}")
    return msgspec.json.decode(plain, type=Applicant)


def seal_form(form: dict[str, str], number: str, key: bytes | None) -> bytes:
    """
    Return the answers of the form, sealed for this case.

    :param key: None for a case from before cases had keys
    """
    context = f"casework.form:{number}"
    plain = msgspec.json.encode(form)
    return crypto.seal_with(key, plain, context=context) if key else crypto.seal(plain, context=context)


def unseal_form(blob: bytes, number: str, key: bytes | None) -> dict[str, str]:
    """
    Return what `seal_form` sealed; nothing where it was erased.

    :raises SealBroken: the blob was changed or belongs to another case
    """
    if is_erased(blob, key):
        return {}
    return msgspec.json.decode(
        crypto.unseal_with(key, blob, context=f"casework.form:{number}"), type=dict[str, str]
    )


def seal_dispute(dispute: Dispute, number: str, key: bytes) -> bytes:
    """
    Return what the applicant says was filled in wrongly, sealed for this case.
    """
    return crypto.seal_with(key, msgspec.json.encode(dispute), context=f"casework.dispute:{number}")


def unseal_dispute(blob: bytes, number: str, key: bytes | None) -> Dispute | None:
    """
    Return what `seal_dispute` sealed; None where it was erased.

    :raises SealBroken: the blob was changed or belongs to another case
    """
    if is_erased(blob, key):
        return None
    return msgspec.json.decode(
        crypto.unseal_with(key, blob, context=f"casework.dispute:{number}"), type=Dispute
    )

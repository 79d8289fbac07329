"""
Reading base registers for the gateway.
"""

from datetime import datetime

from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import LONGEST_WORDS
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import Authority, Ground, RegisterCode
from tongban.resources.sharing.ports import RegisterQuestion


def read(asked: RegisterQuestion, *, actor: Actor, at: datetime) -> dict[str, str] | None:
    """
    Return the fields of one record that a grant opens; None: there is none. The register writes down the use.

    :raises InvalidInput: there is no such register, or the key is none
    """
    authority = Authority(
        reference=asked.reference,
        subscriber=asked.subscriber,
        agency_code=asked.agency_code,
        fields=asked.fields,
        ground=Ground(
            purpose=asked.purpose[:LONGEST_WORDS],
            legal_basis=asked.legal_basis,
            case_number=asked.case_number,
        ),
        expires_at=asked.expires_at,
    )
    found = registers.read_fields(
        register=RegisterCode(asked.register),
        key=asked.key,
        fields=sorted(asked.fields),
        authority=authority,
        actor=actor,
        at=at,
    )
    return dict(found.fields) if found.is_found else None

"""
Reading base registers for the gateway, within what a grant opens. The register writes down each use.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import LONGEST_WORDS
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import Authority, Ground, RegisterCode
from tongban.resources.sharing.ports import RegisterPage, RegisterQuestion

PAGE: Final = 100


class BaseRegisters:
    """
    The base registers of this node.
    """

    def read(self, asked: RegisterQuestion, *, key: str, actor: Actor, at: datetime) -> dict[str, str] | None:
        """
        Return the fields of one record that a grant opens; None: there is none.

        :raises InvalidInput: there is no such register, or the key is none
        """
        found = registers.read_fields(
            register=RegisterCode(asked.register),
            key=key,
            fields=sorted(asked.fields),
            authority=_authority(asked),
            actor=actor,
            at=at,
        )
        return dict(found.fields) if found.is_found else None

    def verify(
        self, asked: RegisterQuestion, *, key: str, claims: Mapping[str, str], actor: Actor, at: datetime
    ) -> dict[str, str]:
        """
        Return for each claim whether the register says so; never what it says.

        :raises FieldsNotOpened: a claim is about a field that the grant does not open
        :raises TooManyRequests: too many questions, or too many wrong claims about one record
        """
        answered = registers.verify(
            register=RegisterCode(asked.register),
            key=key,
            claims=claims,
            ground=_authority(asked).ground,
            authority=_authority(asked),
            actor=actor,
            at=at,
        )
        return {name: match.value for name, match in answered.answers.items()}

    def page(
        self, asked: RegisterQuestion, *, where: Mapping[str, str], after: str, actor: Actor, at: datetime
    ) -> RegisterPage:
        """
        Return a page of the records whose fields have these values.

        :raises FieldsNotOpened: a condition is about a field that the grant does not open
        :raises InvalidInput: no such page
        """
        found = registers.rows_after(
            register=RegisterCode(asked.register),
            after=after,
            limit=PAGE,
            fields=sorted(asked.fields),
            where=where,
            authority=_authority(asked),
            actor=actor,
            at=at,
        )
        return RegisterPage(rows=[dict(row.fields) for row in found.rows], next=found.next)


def _authority(asked: RegisterQuestion) -> Authority:
    return Authority(
        reference=asked.reference,
        subscriber=asked.subscriber,
        agency_code=asked.agency_code,
        node_code=asked.node_code,
        fields=asked.fields,
        ground=Ground(
            purpose=asked.purpose[:LONGEST_WORDS],
            legal_basis=asked.legal_basis,
            case_number=asked.case_number,
        ),
        expires_at=asked.expires_at,
    )

"""
Reading base registers for the gateway, within what a grant opens. The register writes down each use.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import LONGEST_WORDS
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import Authority, Ground, RegisterCode
from tongban.resources.sharing.ports import RegisterAnswer, RegisterQuestion

PAGE: Final = 100


class BaseRegisters:
    """
    The base registers of this node.
    """

    def read(self, asked: RegisterQuestion, *, key: str, actor: Actor, at: datetime) -> RegisterAnswer:
        """
        Return the fields of one record that a grant opens, or no row.

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
        return RegisterAnswer(rows=[dict(found.fields)] if found.is_found else [], uses=(found.reference,))

    def verify(
        self, asked: RegisterQuestion, *, key: str, claims: Mapping[str, str], actor: Actor, at: datetime
    ) -> RegisterAnswer:
        """
        Return in one row for each claim whether the register says so; never what it says.

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
        row = {name: match.value for name, match in answered.answers.items()}
        return RegisterAnswer(rows=[row], uses=(answered.reference,))

    def page(
        self, asked: RegisterQuestion, *, where: Mapping[str, str], after: str, actor: Actor, at: datetime
    ) -> RegisterAnswer:
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
        return RegisterAnswer(
            rows=[dict(row.fields) for row in found.rows],
            uses=tuple(row.reference for row in found.rows),
            next=found.next,
        )

    def again(
        self, asked: RegisterQuestion, *, uses: Sequence[str], actor: Actor, at: datetime
    ) -> tuple[str, ...] | None:
        """
        Write down that an answer of before is given again; None: the register has to be asked.
        """
        return registers.use_again(references=uses, authority=_authority(asked), actor=actor, at=at)


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

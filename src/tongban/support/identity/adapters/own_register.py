"""
Authorities answered by the node's own base registers where they know, by the one outside where they do not.

Only whether all facts are right leaves the register, as with an authority outside; the question stands in the person's
ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.errors import InvalidInput, TooManyRequests
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import Ground, Match, RegisterCode
from tongban.support.identity.ports import AuthorityChecks
from tongban.support.identity.values import Answer, Authority

ASKER: Final[Actor] = system_actor("identity.own_register")
GROUND: Final = Ground(purpose="OTHER", words="实名核验", legal_basis="个人信息保护法第13条")
FIELDS: Final = {"name": "name", "sex": "sex", "ethnicity": "ethnicity"}
"""What the authority calls a fact -> field of the population register."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnRegister:
    """
    Asks the population register of this node first; the port `AuthorityChecks`.
    """

    others: AuthorityChecks

    def check(self, *, authority: Authority, facts: Mapping[str, str], at: datetime) -> Answer:
        """
        Return what the own register says; of what it does not know, what the others say.
        """
        if authority is not Authority.POPULATION or not facts.keys() <= {"id_number", *FIELDS}:
            return self.others.check(authority=authority, facts=facts, at=at)
        claims = {FIELDS[name]: value for name, value in facts.items() if name in FIELDS and value}
        try:
            answers = registers.verify(
                register=RegisterCode.POPULATION,
                key=facts.get("id_number", ""),
                claims=claims,
                ground=GROUND,
                actor=ASKER,
                at=at,
            ).answers.values()
        except InvalidInput:
            return self.others.check(authority=authority, facts=facts, at=at)
        except TooManyRequests:
            return Answer.UNAVAILABLE
        if Match.NO in answers:
            return Answer.NO
        if Match.UNKNOWN in answers:
            return self.others.check(authority=authority, facts=facts, at=at)
        return Answer.YES

    def begin_capture(self, *, facts: Mapping[str, str], at: datetime) -> str | None:
        """
        Let the others look at the face.
        """
        return self.others.begin_capture(facts=facts, at=at)

    def capture_answer(self, *, token: str, at: datetime) -> Answer | None:
        """
        Return what the others saw.
        """
        return self.others.capture_answer(token=token, at=at)

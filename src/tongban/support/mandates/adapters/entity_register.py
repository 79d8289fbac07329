"""
The register of legal entities as an authority of identity: it compares what is asserted, and says yes or no.

So a no is asked about again, until it is known what it means: deregistered, another representative, another name.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tongban.foundation.actors import system_actor
from tongban.support.identity.services import ask_authority
from tongban.support.identity.values import Answer, Authority
from tongban.support.mandates.ports import Assertion, RegisterAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKER = system_actor("mandates.ask_register")


def ask(assertion: Assertion, *, at: datetime) -> RegisterAnswer:
    """
    Return what the register says; the port `EntityRegister`.
    """
    code = {"credit_code": assertion.credit_code}
    name = {"name": assertion.name}
    representative = {
        "representative_name": assertion.representative_name,
        "representative_number": assertion.representative_number,
    }
    questions: tuple[tuple[Mapping[str, str], Mapping[Answer, RegisterAnswer]], ...] = (
        ({**code, **name, **representative, "status": "ACTIVE"}, {Answer.YES: RegisterAnswer.AGREES}),
        ({**code, "status": "CANCELED"}, {Answer.YES: RegisterAnswer.DEREGISTERED}),
        ({**code, **name}, {Answer.NO: RegisterAnswer.DIFFERS}),
        ({**code, **representative}, {Answer.NO: RegisterAnswer.OTHER_REPRESENTATIVE}),
    )
    for facts, conclusions in questions:
        answer = ask_authority(
            authority=Authority.LEGAL_ENTITY, facts=facts, subject=assertion.credit_code, actor=ASKER, at=at
        )
        if answer is Answer.UNAVAILABLE:
            return RegisterAnswer.UNAVAILABLE
        if answer in conclusions:
            return conclusions[answer]
    # Name and representative are right, and it is neither active nor canceled: nothing to act on.
    return RegisterAnswer.DIFFERS

"""
Idempotency keys, and whose they are.
"""

from dataclasses import replace

import pytest

from tests.factories.identity import NOW
from tongban.foundation.actors import Actor, ActorKind, MandateFunction, Principal, PrincipalKind
from tongban.foundation.idempotency import once

pytestmark = pytest.mark.django_db

HIMSELF = Actor(kind=ActorKind.PERSON, id="account", person_id="wang")
FOR_COMPANY = replace(
    HIMSELF,
    acting_for=Principal(
        kind=PrincipalKind.LEGAL_ENTITY,
        id="company",
        name="广安某某有限公司",
        mandate_id="m1",
        functions=frozenset(MandateFunction),
    ),
)


def asked_by(actor: Actor, answer: str) -> str:
    _status, body = once(
        actor=actor, key="one", operation="submitCase", request=b"{}", at=NOW, act=lambda: (200, answer)
    )
    return str(body)


class TestKey:
    def test_gives_the_first_answer_again_in_the_same_name(self) -> None:
        first = asked_by(FOR_COMPANY, "the company's case")

        assert asked_by(FOR_COMPANY, "another case") == first == "the company's case"

    def test_gives_no_answer_of_another_name(self) -> None:
        asked_by(FOR_COMPANY, "the company's case")

        assert asked_by(HIMSELF, "his own case") == "his own case"

"""
Idempotency keys, and whose they are.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories.identity import NOW
from tongban.foundation.actors import Actor, ActorKind, MandateFunction, Principal, PrincipalKind
from tongban.foundation.idempotency import KEPT_FOR, forget_answers, once

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

    def test_is_forgotten_with_its_answer_after_its_time(self) -> None:
        asked_by(HIMSELF, "his case")

        forgotten = [
            forget_answers(at=NOW + KEPT_FOR),
            forget_answers(at=NOW + KEPT_FOR + timedelta(seconds=1)),
        ]

        assert forgotten == [0, 1]
        assert asked_by(HIMSELF, "another case") == "another case"

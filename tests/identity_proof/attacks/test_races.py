"""
What may happen once, tried by many at the same moment.
"""

from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import api, identity
from tests.factories import casework as make
from tests.factories.authority import fixed_authorities
from tests.factories.database import empty_logs
from tests.factories.parallel import in_parallel
from tests.identity_proof.attacks.area import count
from tongban.business.casework.models import Case
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.db import business_transaction
from tongban.support.identity import services
from tongban.support.identity.models import AssuranceGrant, SignIn, VerificationCode
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.identity.services import codes
from tongban.support.identity.values import CodePurpose

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8
MOBILE = "19900000888"


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    yield
    empty_logs()


def outcomes(results: list[Any]) -> tuple[int, int]:
    """
    Return how many succeeded, and how many were refused in words.
    """
    won = [result for result in results if not isinstance(result, Exception)]
    lost = [result for result in results if isinstance(result, Exception)]
    unexpected = [error for error in lost if not hasattr(error, "code")]
    assert unexpected == []
    return len(won), len(lost)


class TestOnce:
    def test_a_code_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A code proves one of those who show it at once, and what it proved is good for one act.
        """
        recording = RecordingCodeSender()
        before = send_codes_by(recording)
        at = clock.now()
        try:
            services.request_code(
                mobile=MOBILE, purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address="192.0.2.20", at=at
            )
        finally:
            if before is not None:
                send_codes_by(before)
        code = recording.sent[-1][1]

        # Whoever guesses in time is let as far as the comparison before anybody has proved anything.
        few, counted = MANY // 2, codes._count_try
        together = Barrier(few)

        def count_and_wait(**facts: Any) -> UUID | None:
            kept = counted(**facts)
            together.wait(timeout=120)
            return kept

        monkeypatch.setattr(codes, "_count_try", count_and_wait)
        shown = in_parallel(
            few,
            lambda _turn: services.verify_code(mobile=MOBILE, purpose=CodePurpose.REGISTER, code=code, at=at),
        )
        proof = VerificationCode.objects.get(proved_at__isnull=False).id
        use = business_transaction(codes.use_proof)
        used = in_parallel(
            MANY,
            lambda _turn: use(proof=proof, mobile=MOBILE, purpose=CodePurpose.REGISTER, at=at),
        )

        count("race", few + MANY)
        assert outcomes(shown) == (1, few - 1)
        assert outcomes(used) == (1, MANY - 1)

    def test_a_signed_text_is_used(self) -> None:
        at = clock.now()
        citizen = identity.citizen(phone=MOBILE, at=at)
        opened = services.begin_sign_in(
            session=Browser().session,
            account_id=UUID(citizen.id),
            address="192.0.2.21",
            user_agent="race",
            at=at,
        )
        me = replace(citizen, session_id=str(opened.sign_in_id))
        begun = services.begin_certificate_check(actor=me, at=at)

        with fixed_authorities():
            results = in_parallel(
                MANY,
                lambda _turn: services.finish_certificate_check(
                    challenge=begun.challenge, certificate="AAAA", signature="BBBB", actor=me, at=at
                ),
            )

        count("race", MANY)
        assert outcomes(results) == (1, MANY - 1)
        assert AssuranceGrant.objects.filter(means="CERTIFICATE").count() == 1

    def test_a_draft_becomes_a_case(self) -> None:
        at = clock.now()
        make.publish(at=at)
        citizen = api.citizen()
        draft_id = UUID("00000000-0000-4000-8000-0000000000aa")

        results = in_parallel(
            MANY,
            lambda _turn: (
                make.submit(
                    applicant_id=str(citizen.actor.person_id), actor=citizen.actor, draft_id=draft_id, at=at
                ).case_number
            ),
        )

        count("race", MANY)
        assert len(set(map(str, results))) == 1
        assert Case.objects.count() == 1

    def test_wrong_passwords_are_counted(self) -> None:
        citizen = identity.citizen(phone=MOBILE, at=clock.now())

        def guess(turn: int) -> int:
            return (
                Browser(raise_request_exception=False)
                .post(
                    "/api/v1/sessions",
                    {"login": MOBILE, "password": f"Guess-{turn}-wrong", "kind": "PERSON"},
                    "application/json",
                    REMOTE_ADDR="192.0.2.30",
                )
                .status_code
            )

        guesses = in_parallel(20, guess)
        right = Browser(raise_request_exception=False).post(
            "/api/v1/sessions",
            {"login": MOBILE, "password": identity.PASSWORD, "kind": "PERSON"},
            "application/json",
            REMOTE_ADDR="192.0.2.31",
        )

        count("race", len(guesses))
        assert set(guesses) <= {401, 429}
        assert right.status_code in {401, 429}
        assert not SignIn.objects.filter(account_id=citizen.id).exists()

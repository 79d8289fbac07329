"""
Revocation lists and status answers: what was put in comes out, and nothing of somebody else's is believed.
"""

from datetime import timedelta

import pytest

from tests.factories import certificates as make
from tests.factories.certificates import BEGIN
from tongban.foundation.crypto import status
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.revocation import (
    NotARevocationList,
    Revocation,
    RevocationReason,
    make_revocation_list,
    read_revocation_list,
)
from tongban.foundation.crypto.status import Answer, NotAStatus, StatusFailure

SOON = BEGIN + timedelta(days=7)


class TestRevocationLists:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_return_what_was_put_in(self, algorithm: Algorithm) -> None:
        root, other = make.root(algorithm=algorithm), make.root(algorithm=algorithm)
        entries = {
            2**100: Revocation(BEGIN, RevocationReason.KEY_COMPROMISE),
            7: Revocation(SOON, RevocationReason.UNSPECIFIED),
        }

        found = read_revocation_list(
            make_revocation_list(
                issuer=root.certificate,
                algorithm=algorithm,
                number=41,
                this_update=BEGIN,
                next_update=SOON,
                entries=entries,
                sign=root.key.sign,
            )
        )

        assert dict(found.entries) == entries
        assert (found.number, found.this_update, found.next_update) == (41, BEGIN, SOON)
        assert found.issuer.matches(root.certificate.subject)
        assert found.strange_extensions == ()
        assert found.is_signed_by(root.certificate)
        assert not found.is_signed_by(other.certificate)
        assert found.answers_for(SOON)
        assert not found.answers_for(SOON + timedelta(seconds=1))

    def test_may_be_empty(self) -> None:
        root = make.root()

        der = make_revocation_list(
            issuer=root.certificate,
            algorithm=Algorithm.SM2,
            number=1,
            this_update=BEGIN,
            next_update=SOON,
            entries={},
            sign=root.key.sign,
        )

        assert dict(read_revocation_list(der).entries) == {}

    @pytest.mark.parametrize("data", [b"", b"\x30\x00", b"x" * 100, b"\x30\x82\xff\xff"])
    def test_are_refused_where_they_are_none(self, data: bytes) -> None:
        with pytest.raises(NotARevocationList):
            read_revocation_list(data)

    def test_are_not_certificates(self) -> None:
        with pytest.raises(NotARevocationList):
            read_revocation_list(make.root().certificate.der)


class TestStatus:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_is_answered_for_each_that_is_asked(self, algorithm: Algorithm) -> None:
        root, other = make.root(algorithm=algorithm), make.root(algorithm=algorithm)
        question = status.make_status_request(
            serials=[1, 2, 3], issuer=root.certificate, algorithm=algorithm, nonce=b"n" * 16
        )
        asked = status.read_status_request(question)
        gone = Revocation(BEGIN, RevocationReason.CESSATION)

        answer = status.read_status_answer(
            status.make_status_answer(
                states=list(zip(asked.asked, (Answer.GOOD, gone, Answer.UNKNOWN), strict=True)),
                nonce=asked.nonce,
                at=BEGIN,
                next_update=SOON,
                issuer=root.certificate,
                sign=root.key.sign,
            )
        )

        assert [one.is_issued_by(root.certificate) for one in asked.asked] == [True] * 3
        assert [one.is_issued_by(other.certificate) for one in asked.asked] == [False] * 3
        assert answer.states == {1: Answer.GOOD, 2: gone, 3: Answer.UNKNOWN}
        assert (answer.nonce, answer.produced_at) == (b"n" * 16, BEGIN)
        assert answer.is_signed_by(root.certificate)
        assert not answer.is_signed_by(other.certificate)

    def test_says_why_there_is_no_answer(self) -> None:
        with pytest.raises(NotAStatus, match="status 01"):
            status.read_status_answer(status.make_status_failure(StatusFailure.MALFORMED))

    @pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"x" * 10_000])
    def test_is_refused_where_it_is_no_question(self, data: bytes) -> None:
        with pytest.raises(NotAStatus):
            status.read_status_request(data)

    def test_is_not_asked_of_a_crowd(self) -> None:
        root = make.root()
        question = status.make_status_request(
            serials=range(33), issuer=root.certificate, algorithm=Algorithm.SM2
        )

        with pytest.raises(NotAStatus, match="33"):
            status.read_status_request(question)

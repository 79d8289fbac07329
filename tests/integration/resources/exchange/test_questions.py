"""
Questions from node to node: by the nodes' own keys, fresh, once; refused with a reason.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import NotPermitted, UpstreamError
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.models import AnsweredQuestion
from tongban.resources.exchange.services import QuestionRefused
from tongban.resources.exchange.services.receiving import EnvelopeInvalid, NodeNotTrusted

pytestmark = pytest.mark.django_db(transaction=True)

SUBJECT = "tests.weather"
SECONDS = 5.0


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    A city and its province, which answers questions about the weather.
    """
    with two_ends(is_alone=True) as made:
        asked: list[tuple[bytes, str]] = []

        def answer(*, question: bytes, node: str, at: datetime) -> bytes:
            asked.append((question, node))
            if question == b"secret":
                raise NotPermitted
            return b"fine"

        def bring(peer: ports.Peer, envelope: bytes, *, seconds: float) -> bytes:
            assert seconds == SECONDS
            return made.carry(peer, envelope)

        ports.answer_questions_by(SUBJECT, answer)
        put_back = ports.ask_by(bring)
        made.heard = asked  # type: ignore[attr-defined]
        yield made
        put_back()
        del ports._wiring.answerers[SUBJECT]


def ask(ends: TwoEnds, content: bytes = b"how is it?", *, subject: str = SUBJECT) -> bytes:
    return services.ask_node(node=PROVINCE, subject=subject, content=content, seconds=SECONDS, at=ends.at_now)


def reason(ends: TwoEnds, **said: str) -> str:
    with pytest.raises(QuestionRefused) as refused:
        ask(ends, **said)  # type: ignore[arg-type]
    return str(refused.value.facts["reason"])


class TestAQuestion:
    def test_is_answered_to_the_node_that_signed_it(self, ends: TwoEnds) -> None:
        assert ask(ends) == b"fine"
        assert ends.heard == [(b"how is it?", CITY)]  # type: ignore[attr-defined]
        assert b"how is it?" not in ends.seen[-1]

    def test_is_refused_with_the_reason_of_whoever_refuses(self, ends: TwoEnds) -> None:
        with pytest.raises(QuestionRefused) as refused:
            ask(ends, b"secret")

        assert refused.value.facts["reason"] == "not_permitted"
        assert "四川省" in str(refused.value)
        assert str(NotPermitted.message) in str(refused.value)

    def test_is_about_something_that_somebody_answers(self, ends: TwoEnds) -> None:
        assert reason(ends, subject="tests.nothing") == "question_unknown"

    def test_is_answered_once(self, ends: TwoEnds) -> None:
        ask(ends)
        envelope = ends.seen[-1]

        ends.carry(ends.at_city().parent, envelope)  # type: ignore[arg-type]

        assert len(ends.heard) == 1  # type: ignore[attr-defined]

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_is_answered_while_it_is_fresh(self, ends: TwoEnds, minutes: int) -> None:
        now = ends.at_now

        def late(peer: ports.Peer, envelope: bytes, *, seconds: float) -> bytes:
            ends.at_now = now + timedelta(minutes=minutes)
            return ends.carry(peer, envelope)

        put_back = ports.ask_by(late)
        assert reason(ends) == "question_stale"
        put_back()
        assert ends.heard == []  # type: ignore[attr-defined]

    def test_of_a_stranger_is_not_heard(self, ends: TwoEnds) -> None:
        real, ends.city_key = ends.city_key, sm2.generate()
        at_province = ends.at_province
        ends.at_province = lambda: ports.Neighbours(  # type: ignore[method-assign]
            own_code=PROVINCE,
            own_key=ends.province_key,
            children=(ports.Peer(code=CITY, name="", name_en="", url="", keys=(real.public,)),),
        )

        with pytest.raises(NodeNotTrusted):
            ask(ends)
        ends.at_province = at_province  # type: ignore[method-assign]

    def test_that_is_no_question_is_told_so(self, ends: TwoEnds) -> None:
        assert reason(ends, subject="Not a subject") == "unreadable"

    def test_goes_to_neighbours_only(self, ends: TwoEnds) -> None:
        with pytest.raises(UpstreamError):
            services.ask_node(node="990000000000", subject=SUBJECT, content=b"", seconds=1.0, at=ends.at_now)
        with located(lambda: ports.Neighbours(own_code=CITY)), pytest.raises(UpstreamError):
            ask(ends)

    def test_for_another_node_is_none(self, ends: TwoEnds) -> None:
        ask(ends)

        with located(ends.at_city), pytest.raises((EnvelopeInvalid, NodeNotTrusted)):
            services.answer_envelope(data=ends.seen[-1], at=ends.at_now)

    def test_is_forgotten_when_it_would_be_stale(self, ends: TwoEnds) -> None:
        ask(ends)

        assert services.forget_questions(at=ends.at_now) == 0
        assert services.forget_questions(at=ends.at_now + timedelta(minutes=11)) == 1
        assert not AnsweredQuestion.objects.exists()

"""
Envelopes that are forged, altered, foreign, or do not hold what they say.
"""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from msgspec.structs import replace

from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tongban.foundation.crypto import sm2
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.models import Inbound, Position
from tongban.resources.exchange.rules import batches, envelopes
from tongban.resources.exchange.services.receiving import EnvelopeInvalid, NodeNotTrusted
from tongban.resources.exchange.values import BatchHeader, FeedTrouble, Line, MessageKind
from tongban.resources.exchange.values.wire import Header

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city and its province.
    """
    with two_ends(is_alone=True) as made:
        yield made


def envelope(
    ends: TwoEnds,
    *,
    body: bytes = b"\x90",
    key: sm2.PrivateKey | None = None,
    sender: str = CITY,
    receiver: str = PROVINCE,
    kind: MessageKind = MessageKind.BATCH,
    **said: object,
) -> bytes:
    """
    Return an envelope with an empty batch that the city has signed, but for what is said otherwise.
    """
    batch = BatchHeader(
        dataset="tests.thing",
        version=1,
        audience="PARENT",
        day=date(2026, 11, 20),
        first=1,
        last=0,
        previous=batches.START.hex(),
        chain=batches.START.hex(),
    )
    header = Header(
        kind=kind,
        id="0" * 32,
        sender=sender,
        receiver=receiver,
        sent_at=ends.at_now,
        batch=replace(batch, **said),
    )
    return envelopes.close(header, body, own=key or ends.city_key, receiver=ends.province_key.public)


def line(number: int, content: bytes = b"{}") -> Line:
    """
    Return an entry.
    """
    return Line(number, "k", "I", 0, CITY, batches.packed(content))


class TestAReceiverRefuses:
    @pytest.mark.parametrize("place", [6, 60, -200, -1])
    def test_what_was_altered_on_the_way(self, ends: TwoEnds, place: int) -> None:
        data = bytearray(envelope(ends))
        data[place] ^= 1

        with pytest.raises((NodeNotTrusted, EnvelopeInvalid)):
            ends.carry(None, bytes(data))  # type: ignore[arg-type]

        assert not Inbound.objects.exists()

    @pytest.mark.parametrize(
        ("forge", "error"),
        [
            (lambda ends: envelope(ends, key=sm2.generate()), NodeNotTrusted),
            (lambda ends: envelope(ends, sender="320000000000"), NodeNotTrusted),
            (lambda ends: envelope(ends, receiver="320000000000"), EnvelopeInvalid),
            (lambda ends: envelope(ends, kind=MessageKind.DAYS), EnvelopeInvalid),
            (lambda ends: envelope(ends, body=b"no batch"), EnvelopeInvalid),
            (lambda ends: envelope(ends, last=2_001), EnvelopeInvalid),
            (lambda ends: envelope(ends, last=1, body=batches.pack([line(2)])), EnvelopeInvalid),
            (lambda ends: envelope(ends, last=1, body=batches.pack([line(1)])), EnvelopeInvalid),
            (lambda _ends: b"", EnvelopeInvalid),
            (lambda _ends: b"TBX1\xff\xff\xff\xff", EnvelopeInvalid),
        ],
        ids=[
            "another key",
            "a stranger",
            "for another node",
            "another question",
            "no batch",
            "too many lines",
            "another number",
            "another chain",
            "nothing",
            "cut",
        ],
    )
    def test_what_is_not_as_it_says(
        self, ends: TwoEnds, forge: Callable[[TwoEnds], bytes], error: type[Exception]
    ) -> None:
        data = forge(ends)

        with pytest.raises(error):
            ends.carry(None, data)  # type: ignore[arg-type]

        assert not Inbound.objects.exists()

    def test_whoever_is_suspended(self, ends: TwoEnds, monkeypatch: pytest.MonkeyPatch) -> None:
        children = tuple(
            ports.Peer(code=each.code, name="", name_en="", url="", keys=each.keys, is_suspended=True)
            for each in ends.at_province().children
        )
        suspended = ports.Neighbours(own_code=PROVINCE, own_key=ends.province_key, children=children)
        data = envelope(ends)

        with located(lambda: suspended), pytest.raises(NodeNotTrusted):
            services.answer_envelope(data=data, at=ends.at_now)

    def test_contents_that_unpack_to_more_than_it_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "MOST_BYTES", 1000)

        with pytest.raises(batches.NotABatch):
            batches.unpack(batches.pack([line(1, b"x" * 600), line(2, b"x" * 600)]), first=1, count=2)

    def test_a_dataset_that_it_does_not_know(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        services.number_entries(at=ends.at_now)
        registered = ports._wiring.contracts
        ends.seen.clear()
        data = envelope(ends, dataset="tests.other")

        answer = ends.carry(None, data)  # type: ignore[arg-type]

        assert answer
        assert not Inbound.objects.exists()
        assert "tests.other" not in registered


class TestASender:
    def test_believes_no_answer_to_another_question(self, ends: TwoEnds) -> None:
        answers: list[bytes] = []

        def record(peer: ports.Peer, envelope: bytes) -> bytes:
            answers.append(ends.carry(peer, envelope))
            return answers[0]

        put_back = ports.carry_by(record)
        ends.write("a", "1")
        assert ends.go_on() == 1
        ends.write("b", "1")

        assert ends.go_on() == 0

        put_back()
        position = Position.objects.get()
        assert (position.number, position.trouble) == (1, FeedTrouble.SILENT)

"""
Outside parties of trust: a signature server and a time-stamp service, well and badly behaved.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from simulators.customers import Customers
from simulators.signer.device import Device
from simulators.signer.server import Server
from tests.factories import certificates as make
from tongban.foundation.crypto import algorithms, stamping, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import TIME_STAMPING
from tongban.support.trust.adapters.signing_service import SigningService
from tongban.support.trust.adapters.timestamp_service import TimestampClient
from tongban.support.trust.ports import KeyStoreFailed, TimestampFailed

SECRET = b"secret-of-this-test"
SEED = b"seed"
DIGEST = b"1" * 32


def now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - the simulator has a clock of its own


def running(server: Any) -> Iterator[Any]:
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def signer() -> Iterator[Server]:
    yield from running(Server(Device(seed=SEED), Customers(secrets={"node": SECRET})))


def service(server: Server, **changes: Any) -> SigningService:
    return SigningService(**{"url": server.url, "app_id": "node", "secret": SECRET, **changes})


class TestSigningService:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_makes_keys_and_signs_with_them(self, signer: Server, algorithm: Algorithm) -> None:
        store = service(signer)

        made = store.generate(algorithm=algorithm, label="公章", at=now())
        sign = store.signer(handle=made.handle, algorithm=algorithm, point=made.point, at=now())

        assert algorithms.public_key(algorithm, made.point).verify(sign(b"message"), b"message")
        assert signer.device.signed == 1

    def test_signs_with_the_same_key_after_a_restart(self, signer: Server) -> None:
        made = service(signer).generate(algorithm=Algorithm.SM2, label="公章", at=now())

        signer.device = Device(seed=SEED)

        sign = service(signer).signer(handle=made.handle, algorithm=Algorithm.SM2, point=made.point, at=now())
        assert algorithms.public_key(Algorithm.SM2, made.point).verify(sign(b"message"), b"message")

    def test_destroys_keys(self, signer: Server) -> None:
        store = service(signer)
        made = store.generate(algorithm=Algorithm.SM2, label="公章", at=now())

        store.destroy(handle=made.handle, at=now())

        sign = store.signer(handle=made.handle, algorithm=Algorithm.SM2, point=made.point, at=now())
        with pytest.raises(KeyStoreFailed):
            sign(b"message")

    @pytest.mark.parametrize("dial", ["down", "wrong", "disagree"])
    def test_uses_no_signature_of_a_device_that_misbehaves(self, signer: Server, dial: str) -> None:
        store = service(signer)
        made = store.generate(algorithm=Algorithm.SM2, label="公章", at=now())
        sign = store.signer(handle=made.handle, algorithm=Algorithm.SM2, point=made.point, at=now())

        signer.device.dials.turn({dial: 1})

        with pytest.raises(KeyStoreFailed):
            sign(b"message")

    def test_does_not_wait_for_ever(self, signer: Server) -> None:
        signer.device.dials.turn({"slow_seconds": 0.5})

        with pytest.raises(KeyStoreFailed):
            service(signer, timeout_seconds=0.05).generate(algorithm=Algorithm.SM2, label="x", at=now())

    def test_is_refused_with_another_secret(self, signer: Server) -> None:
        with pytest.raises(KeyStoreFailed):
            service(signer, secret=b"other").generate(algorithm=Algorithm.SM2, label="x", at=now())

    def test_refuses_a_key_that_is_none(self, signer: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Device, "generate", lambda *_asked: (200, {"key_id": "1", "public_key": "AAAA"}))

        with pytest.raises(KeyStoreFailed):
            service(signer).generate(algorithm=Algorithm.SM2, label="x", at=now())


class Stamping(BaseHTTPRequestHandler):
    """
    A time-stamp service that answers as a test says.
    """

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answer(question)  # type: ignore[attr-defined]
        self.send_response(200 if answer else 503)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: Any) -> None:
        """
        Stay quiet.
        """


@pytest.fixture
def outside() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamping)
    server.answer = stamped()  # type: ignore[attr-defined]
    yield from running(server)


def stamped(**changes: Any) -> Callable[[bytes], bytes]:
    """
    Return what answers as a service should, but for the changes.
    """
    root = make.root()
    own = make.issued(root, purposes=(TIME_STAMPING,))
    by = stamping.Stamper(certificate=own.certificate, chain=[root.certificate], sign=own.key.sign)

    def answer(question: bytes) -> bytes:
        asked = timestamps.read_request(question)
        facts = {
            "stamper": by,
            "algorithm": Algorithm.SM2,
            "digest": asked.digest,
            "at": make.BEGIN,
            "serial": 1,
            "policy": "1.2.3",
            "nonce": asked.nonce,
            **changes,
        }
        return stamping.make_answer(stamping.make_token(**facts))

    return answer


def stamp(server: Any) -> bytes:
    client = TimestampClient(url=f"http://127.0.0.1:{server.server_address[1]}/")
    return client.stamp(algorithm=Algorithm.SM2, digest=DIGEST, at=make.BEGIN)


class TestTimestampClient:
    def test_returns_what_the_service_stamped(self, outside: Any) -> None:
        assert timestamps.read_token(stamp(outside)).problems(DIGEST) == ()

    @pytest.mark.parametrize(
        "answer",
        [
            stamped(nonce=1),
            stamped(digest=b"2" * 32),
            lambda _question: b"",
            lambda _question: b"<html>",
            lambda _question: stamping.make_refusal(stamping.RefusalReason.FAILURE),
            lambda _question: stamping.make_answer(b"\x30\x00"),
        ],
        ids=["an old answer", "of something else", "503", "a page", "a refusal", "no token"],
    )
    def test_takes_no_other_answer(self, outside: Any, answer: Callable[[bytes], bytes]) -> None:
        outside.answer = answer

        with pytest.raises(TimestampFailed):
            stamp(outside)

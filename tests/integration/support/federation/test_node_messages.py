"""
Messages between nodes: believed once, for five minutes, at the door and by the node they were made for; answers too.

Whatever is wrong here is signed and sealed by the right key: a forged signature would prove nothing of the rest.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import identity as make
from tongban.foundation import clock
from tongban.support.federation import ports, rules, services
from tongban.support.federation.adapters.nodes import HttpNodes
from tongban.support.federation.models import UsedNonce
from tongban.support.federation.services import nodes
from tongban.support.federation.services.nonces import forget_nonces
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.identity.models import Person

THERE, HERE, ELSEWHERE = "510100000000", "511600000000", "510300000000"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
QUESTION = b'{"certificate_key": "x", "session": "y"}'
CASE = {
    "number": "510100000000MB00000002026112200",
    "service_name": "公共场所卫生许可",
    "service_name_en": "Hygiene permit",
    "status": "SUBMITTED",
    "status_title": "已提交",
    "status_title_en": "Submitted",
    "submitted_at": "2026-11-22T08:00:00Z",
    "due": "2026-11-30",
}


class Neighbour(ThreadingHTTPServer):
    """
    Another node, whose answers a test may bend.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Callable[[str, str], tuple[int, bytes, str]] = lambda path, nonce: (
            200,
            *answer_to(path, nonce),
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Neighbour

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body, signature = self.server.answer(self.path, self.headers["X-Tongban-Nonce"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Tongban-Signature", signature)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def answer_to(
    path: str, nonce: str, *, key: bytes = KEY, sealed_for: str = "", sender: str = THERE, signed: str = ""
) -> tuple[bytes, str]:
    """
    Return body and signature of an answer, made as the protocol says; the changes bend one thing each.
    """
    message = json.dumps({"cases": [CASE]}).encode()
    context = f"{path}|{sender}|{HERE}|{sealed_for or nonce}"
    body = rules.seal_for(key, message, context=context).encode()
    text = rules.signed_text("ANSWER", path, sender, HERE, signed or nonce, body=body)
    return body, rules.signature_of(key, text)


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    """
    The one node this node trusts.
    """
    server = Neighbour()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    node = Provider(
        code=THERE,
        kind=ProviderKind.NODE,
        name="成都市",
        name_en="Chengdu",
        url=server.url,
        client_id="node-5116",
        shared_key=KEY,
    )
    trusted = ports.trust_by(ports.FixedTrust(Topology(providers=(node,))))
    # One of its own: which nodes failed lately, a process remembers.
    caller = ports.call_nodes_by(HttpNodes(own_code=HERE))
    yield server
    ports.trust_by(trusted)
    if caller is not None:
        ports.call_nodes_by(caller)
    server.shutdown()
    server.server_close()


def send(
    *,
    to: str = nodes.CASES_PATH,
    made_for: str = nodes.CASES_PATH,
    receiver: str = HERE,
    moment: datetime | None = None,
    nonce: str = "",
    sealed_for: str = "",
) -> int:
    """
    Send a question that is signed and sealed as the protocol says, and return the status of the answer.
    """
    time, nonce = str(int((moment or clock.now()).timestamp())), nonce or secrets.token_hex(12)
    context = f"{made_for}|{THERE}|{receiver}|{sealed_for or nonce}"
    body = rules.seal_for(KEY, QUESTION, context=context).encode()
    text = rules.signed_text("POST", made_for, THERE, receiver, time, nonce, body=body)
    headers = {
        "X-Tongban-Node": THERE,
        "X-Tongban-Time": time,
        "X-Tongban-Nonce": nonce,
        "X-Tongban-Signature": rules.signature_of(KEY, text),
    }
    return Browser().post(to, body, content_type="text/plain", headers=headers).status_code


@pytest.mark.usefixtures("neighbour")
class TestQuestion:
    @pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (-4, 200), (4, 200), (6, 401)])
    def test_is_believed_for_five_minutes(self, minutes: int, status: int) -> None:
        assert send(moment=clock.now() + timedelta(minutes=minutes)) == status

    @pytest.mark.parametrize(
        ("nonce", "status"), [("n" * 15, 401), ("n" * 16, 200), ("n" * 64, 200), ("n" * 65, 401)]
    )
    def test_needs_a_number_of_its_own(self, nonce: str, status: int) -> None:
        assert send(nonce=nonce) == status

    def test_is_believed_once_as_long_as_it_could_be_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        came = clock.now()
        ahead = came + timedelta(minutes=4)
        first = send(moment=ahead, nonce="n" * 24)
        later = came + timedelta(minutes=8)
        monkeypatch.setattr(clock, "now", lambda: later)
        forget_nonces(at=later)

        again = send(moment=ahead, nonce="n" * 24)

        # A clock over there may be ahead: what came eight minutes ago is still one of now.
        assert send(moment=ahead, nonce="m" * 24) == 200
        assert (first, again) == (200, 401)

    def test_leaves_no_number_behind_once_it_is_too_old(self) -> None:
        came = clock.now()
        send(moment=came)

        gone = forget_nonces(at=came + timedelta(minutes=11))

        assert (gone, UsedNonce.objects.count()) == (1, 0)

    def test_is_believed_where_it_was_made_for(self) -> None:
        statuses = {
            "another door": send(to=nodes.PERSONS_PATH),
            "another node": send(receiver=ELSEWHERE),
            "another question": send(sealed_for="m" * 24),
        }

        assert statuses == dict.fromkeys(statuses, 401)
        assert Person.objects.count() == 0


def old_answer() -> Callable[[str, str], tuple[int, bytes, str]]:
    """
    Return a node that gives the answer to the first question to every other.
    """
    kept: list[tuple[bytes, str]] = []

    def answer(path: str, nonce: str) -> tuple[int, bytes, str]:
        kept.append(answer_to(path, nonce))
        return (200, *kept[0])

    return answer


BENT: dict[str, Callable[[str, str], tuple[int, bytes, str]]] = {
    "signed by another key": lambda path, nonce: (
        200,
        answer_to(path, nonce)[0],
        answer_to(path, nonce, key=OTHER_KEY)[1],
    ),
    "not signed": lambda path, nonce: (200, answer_to(path, nonce)[0], ""),
    "sealed by another key": lambda path, nonce: (200, *answer_to(path, nonce, key=OTHER_KEY)),
    "sealed for another question": lambda path, nonce: (200, *answer_to(path, nonce, sealed_for="m" * 24)),
    "signed for another question": lambda path, nonce: (200, *answer_to(path, nonce, signed="m" * 24)),
    "of another door": lambda path, nonce: (200, *answer_to(nodes.PERSONS_PATH, nonce)),
    "of another node": lambda path, nonce: (200, *answer_to(path, nonce, sender=ELSEWHERE)),
    "of a node that failed": lambda path, nonce: (500, *answer_to(path, nonce)),
}


class TestAnswer:
    def ask(self) -> list[tuple[bool, int]]:
        """
        Return of each node whether it answered, and how many cases it told.
        """
        actor = make.citizen(at=clock.now())
        told = services.cases_everywhere(actor=actor, at=clock.now())
        return [(place.is_answered, len(place.cases)) for place in told]

    def test_is_believed_of_the_node_that_was_asked(self, neighbour: Neighbour) -> None:
        assert self.ask() == [(True, 0), (True, 1)]

    @pytest.mark.parametrize("how", BENT)
    def test_is_not_believed(self, neighbour: Neighbour, how: str) -> None:
        neighbour.answer = BENT[how]

        assert self.ask() == [(True, 0), (False, 0)]

    def test_is_not_believed_again(self, neighbour: Neighbour) -> None:
        neighbour.answer = old_answer()
        actor = make.citizen(at=clock.now())

        told = [services.cases_everywhere(actor=actor, at=clock.now())[1].is_answered for _time in range(2)]

        assert told == [True, False]

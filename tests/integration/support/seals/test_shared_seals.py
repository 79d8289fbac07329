"""
Seals shared between nodes: the home decides about every signature and says what is true of a seal; nobody else does.

Here the home and the node that asks are one: what the asking side knows of its own is taken from it, and the wire
between them is the port. Two real nodes do it in tests/network.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec
import pytest
from django.db import transaction
from django.test import Client as Browser

from tests.factories.identity import staff
from tests.factories.ofd import plain_ofd
from tests.factories.seals import AGENCY_NAME, AT, DIVISION, NODE, People, applied, fresh, issued, people
from tests.integration.support.seals.test_signing import plain_pdf
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput, UpstreamError
from tongban.support.federation import ports, rules
from tongban.support.federation.services import MessageNotBelieved, node_path
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealUse
from tongban.support.seals.permissions import SealNotFound
from tongban.support.seals.services import borrowing, homes, lending
from tongban.support.seals.values import (
    SUBJECT,
    AuthorisationKind,
    FileVerdict,
    FileVerdictKind,
    Limits,
    NodeQuestion,
    SealedDocument,
    SealPurpose,
    SealState,
    SealTold,
    Standing,
    StateAnswer,
    StateQuestion,
    TimeSource,
)
from tongban.support.trust import selectors as trust
from tongban.support.trust.values import TimestampReport

pytestmark = pytest.mark.django_db

HOME, ASKING, FAR = "511600000000", "510100000000", "440300000000"
KEY = b"k" * 32
AGENCY = "11511602MB12345601"
"""Registered in the home's area."""


def a_node(code: str) -> Provider:
    return Provider(
        code=code, kind=ProviderKind.NODE, name=f"平台{code[:4]}", name_en="", url="http://n", shared_key=KEY
    )


@dataclass
class Wire:
    """
    Brings questions to the home, whose answers a test may bend. Port `NodeCaller`.
    """

    sender: str = ASKING
    asked: list[tuple[str, str]] = field(default_factory=list)
    """To whom, and what."""
    bend: Callable[[bytes], bytes] = bytes

    def __call__(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        question = path.rstrip("/").rpartition("/")[2]
        self.asked.append((node.code, question))
        return self.bend(
            lending.answer_node(
                question=NodeQuestion(question), node=a_node(self.sender), message=message, at=at
            )
        )


def silent(_answer: bytes) -> bytes:
    raise UpstreamError(node=HOME)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """
    A node that shares a key with the home, and with one far away, and has no seals of its own.
    """
    wire = Wire()
    trusted = ports.trust_by(
        ports.FixedTrust(Topology(providers=(a_node(HOME), a_node(FAR), a_node(ASKING))))
    )
    caller = ports.call_nodes_by(wire)
    monkeypatch.setattr(homes, "told_of", lambda asked: SealTold())
    monkeypatch.setattr(homes, "state_of", not_here)
    monkeypatch.setattr(borrowing, "_is_of_this_node", lambda agency_code, seal_code: False)
    # Threads of their own would not see what the test has not committed.
    monkeypatch.setattr(homes, "ThreadPoolExecutor", OneAfterAnother)
    homes.forget_recent()
    yield wire
    ports.trust_by(trusted)
    if caller is not None:
        ports.call_nodes_by(caller)


def not_here(**_more: object) -> None:
    raise SealNotFound


class OneAfterAnother:
    def __init__(self, **_more: object) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_more: object) -> None:
        pass


def made() -> tuple[Seal, People]:
    by = people(agency_code=AGENCY, division_code=DIVISION)
    return issued(applied(by, name=AGENCY_NAME, agency_code=AGENCY), by), by


def shared(seal: Seal, by: People, *, node_code: str = ASKING, **limits: Any) -> None:
    chosen = Limits(**({"purposes": frozenset({SealPurpose.NOTICE})} | limits))
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.NODE,
        node_code=node_code,
        limits=chosen,
        valid_from=AT,
        valid_until=AT + timedelta(days=30),
        actor=by.keeper,
        at=AT,
    )


def sealed(document: bytes | None = None, **more: Any) -> SealedDocument:
    arguments: dict[str, Any] = {
        "document": document or plain_ofd(),
        "agency_code": AGENCY,
        "purpose": SealPurpose.NOTICE,
        "case_number": "C-1",
        "actor": NODE,
        "at": AT,
    }
    return services.seal_document(**(arguments | more))


def verified(document: SealedDocument) -> FileVerdict:
    return services.verify_file(content=document.content, name="x", at=AT)


class TestSealingByTheHome:
    @pytest.mark.parametrize("make", [plain_ofd, plain_pdf])
    def test_makes_a_file_like_any_other_and_is_written_down_at_both(
        self, wire: Wire, make: Callable[[], bytes]
    ) -> None:
        seal, by = made()
        shared(seal, by)

        document = sealed(make())

        verdict = verified(document)
        assert verdict.verdict is FileVerdictKind.VALID
        assert [one.seal_state for one in verdict.signatures] == [Standing.IN_USE]
        assert [one.seal_name for one in verdict.signatures] == [AGENCY_NAME]
        assert [(use.for_node, use.home_node, use.actor_id) for use in SealUse.objects.order_by("id")] == [
            (ASKING, "", f"node-{ASKING}"),
            ("", HOME, NODE.id),
        ]
        assert SealUse.objects.get(for_node="").digest == document.digest

    def test_ends_with_the_loss_and_every_file_says_so(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by)
        document = sealed()
        verified(document)

        services.report_loss(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)
        lost = time.monotonic()

        with pytest.raises(services.NoSealInUse):
            sealed()
        while verified(document).signatures[0].seal_state is not Standing.SUSPENDED:
            assert time.monotonic() - lost < 1
        assert verified(document).verdict is FileVerdictKind.VALID

    def test_keeps_to_what_the_node_was_given(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by, uses_in_all=1)

        with pytest.raises(services.SealNotAuthorised) as licence:
            sealed(purpose=SealPurpose.LICENCE)
        sealed()
        with pytest.raises(services.SealNotAuthorised) as second:
            sealed()

        assert licence.value.facts["reason"] == "PURPOSE"
        assert second.value.facts["reason"] == "USES_IN_ALL"
        assert SealUse.objects.count() == 2

    def test_is_for_jobs_alone(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by)
        clerk = fresh(staff(roles=[], agency_code=AGENCY, division_code=DIVISION, at=AT))

        with pytest.raises(services.SealNotAuthorised):
            sealed(actor=clerk)

        assert SealUse.objects.count() == 0

    def test_is_not_for_a_node_it_was_not_shared_with(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by, node_code=FAR)

        assert borrowing.borrowed_seal(agency_code=AGENCY, seal_code="", at=AT) is None
        assert wire.asked == [(HOME, "seal")]

    def test_is_no_way_to_a_signature_without_the_seal(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by)
        services.report_loss(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)
        question = {
            "agency_code": AGENCY,
            "seal_code": seal.code,
            "version": 1,
            "kind": "ofd",
            "digest": "A" * 43 + "=",
            "path": "/Doc_0/Signs/Sign_0/Signature.xml",
            "purpose": "NOTICE",
            "case_number": "C-1",
        }

        answer = lending.answer_node(
            question=NodeQuestion.SIGN, node=a_node(ASKING), message=msgspec.json.encode(question), at=AT
        )

        assert msgspec.json.decode(answer) == {"signed": None, "refusal": "no_seal_in_use", "reason": ""}

    def test_waits_for_no_home_that_is_silent(self, wire: Wire) -> None:
        made()
        wire.bend = silent

        with pytest.raises(UpstreamError):
            sealed()

    def test_asks_nobody_about_a_seal_of_this_node(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        seal, by = made()
        services.report_loss(seal_id=seal.id, note="丢失", actor=by.keeper, at=AT)

        with pytest.raises(services.NoSealInUse):
            sealed()

        assert wire.asked == []


class TestSharing:
    @pytest.mark.parametrize(
        ("kind", "node_code"),
        [
            (AuthorisationKind.NODE, ""),
            (AuthorisationKind.NODE, "110000000000"),
            (AuthorisationKind.STANDING, ASKING),
        ],
    )
    def test_is_with_a_node_that_is_known(self, wire: Wire, kind: AuthorisationKind, node_code: str) -> None:
        seal, by = made()

        with pytest.raises(InvalidInput) as refused:
            services.authorise(
                seal_id=seal.id,
                kind=kind,
                node_code=node_code,
                limits=Limits(purposes=frozenset({SealPurpose.NOTICE})),
                valid_from=AT,
                valid_until=AT + timedelta(days=30),
                actor=by.keeper,
                at=AT,
            )

        assert list(refused.value.fields) == ["node_code"]


class TestStanding:
    def test_is_asked_of_the_home_alone_and_once_for_a_moment(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by)
        document = sealed()
        wire.asked.clear()

        verified(document)
        verified(document)

        assert wire.asked == [(HOME, "standings")]

    @pytest.mark.parametrize(
        "bend", [silent, lambda answer: b"[]", lambda answer: b'{"told": []}', lambda answer: b"\xff"]
    )
    def test_is_unknown_while_the_home_does_not_answer(
        self, wire: Wire, bend: Callable[[bytes], bytes]
    ) -> None:
        seal, by = made()
        shared(seal, by)
        document = sealed()
        wire.asked.clear()
        wire.bend = bend

        verdicts = [verified(document), verified(document)]

        assert [one.signatures[0].seal_state for one in verdicts] == [Standing.UNKNOWN] * 2
        assert ["平台5116" in one.explanation for one in verdicts] == [True] * 2
        assert verdicts[0].verdict is FileVerdictKind.VALID
        assert wire.asked == [(HOME, "standings")]

    def test_is_that_of_a_signature_that_was_never_made_there(self, wire: Wire) -> None:
        seal, by = made()
        shared(seal, by)
        with transaction.atomic():
            document = sealed()
            transaction.set_rollback(True)

        assert verified(document).signatures[0].seal_state is Standing.UNRECORDED
        assert verified(document).verdict is FileVerdictKind.INVALID

    def test_of_a_seal_is_told_under_its_code(self, wire: Wire) -> None:
        seal, _by = made()

        found = homes.state_anywhere(code=seal.code, at=AT)

        assert (found.code, found.state) == (seal.code, SealState.IN_USE)
        with pytest.raises(SealNotFound):
            homes.state_anywhere(code="5116029999999", at=AT)


class TestStampOfAnotherNode:
    @pytest.mark.parametrize(
        ("problems", "time_told", "verdict"),
        [
            (("ISSUER_UNKNOWN",), TimeSource.STAMP_UNTRUSTED, FileVerdictKind.VALID),
            (("NOT_TRUSTED",), TimeSource.STAMP_UNTRUSTED, FileVerdictKind.VALID),
            (("NOT_TRUSTED", "BAD_SIGNATURE"), TimeSource.STAMP_WRONG, FileVerdictKind.INVALID),
        ],
    )
    @pytest.mark.parametrize("make", [plain_ofd, plain_pdf])
    def test_is_no_worse_for_being_of_a_maker_nobody_knows_here(  # noqa: PLR0917
        self,
        wire: Wire,
        monkeypatch: pytest.MonkeyPatch,
        make: Callable[[], bytes],
        problems: tuple[str, ...],
        time_told: TimeSource,
        verdict: FileVerdictKind,
    ) -> None:
        seal, by = made()
        shared(seal, by)
        document = sealed(make())
        told = TimestampReport(at=AT, problems=problems, is_trusted=False, signer="")
        monkeypatch.setattr(trust, "timestamp_report", lambda token, digest: told)

        found = verified(document)

        assert (found.signatures[0].time, found.verdict) == (time_told, verdict)


class TestHomesOf:
    @pytest.mark.parametrize(
        ("area", "codes"),
        [("511602", [HOME]), ("440305", [FAR]), ("330100", []), ("5116", []), ("51160a", []), ("", [])],
    )
    def test_are_the_nodes_whose_area_it_is(self, wire: Wire, area: str, codes: list[str]) -> None:
        assert [one.code for one in homes.homes_of(area)] == codes

    def test_begin_with_the_most_local(self) -> None:
        chosen = Topology(
            providers=(
                a_node("510000000000"),
                a_node("511602000000"),
                a_node(HOME),
                replace(a_node(FAR), code="511600000001", shared_key=b""),
            )
        )
        trusted = ports.trust_by(ports.FixedTrust(chosen))

        found = [one.code for one in homes.homes_of("511602")]

        ports.trust_by(trusted)
        assert found == ["511602000000", HOME, "510000000000"]


class TestDoor:
    def test_opens_to_a_signed_question_once(self, wire: Wire) -> None:
        fresh_one = letter()

        assert [knock(fresh_one), knock(fresh_one)] == [200, 401]

    @pytest.mark.parametrize(
        "changes",
        [
            {"X-Tongban-Node": "110000000000"},
            {"X-Tongban-Node": ""},
            {"X-Tongban-Signature": "0" * 64},
            {"X-Tongban-Time": "1"},
        ],
    )
    def test_stays_shut_to_what_no_node_has_signed(self, wire: Wire, changes: dict[str, str]) -> None:
        body, headers = letter()

        assert knock((body, headers | changes)) == 401

    def test_knows_no_other_question(self, wire: Wire) -> None:
        assert knock(letter("keys"), "keys") == 404

    @pytest.mark.parametrize("message", [b"", b"[]", b'{"code": "\\u0000"}', b'{"code": 1}'])
    def test_refuses_nonsense(self, wire: Wire, message: bytes) -> None:
        with pytest.raises(MessageNotBelieved):
            lending.answer_node(question=NodeQuestion.STATE, node=a_node(ASKING), message=message, at=AT)

    def test_says_nothing_of_a_seal_nobody_was_given(self, wire: Wire) -> None:
        by = people(agency_code=AGENCY)
        code = Seal.objects.get(id=applied(by, agency_code=AGENCY)).code
        message = msgspec.json.encode(StateQuestion(code=code))

        answer = lending.answer_node(question=NodeQuestion.STATE, node=a_node(ASKING), message=message, at=AT)

        assert msgspec.json.decode(answer, type=StateAnswer).state is None


def letter(question: str = "state") -> tuple[bytes, dict[str, str]]:
    """
    Return body and headers of a question as a node signs it.
    """
    path, nonce, moment = (
        node_path(SUBJECT, question),
        secrets.token_hex(12),
        str(int(clock.now().timestamp())),
    )
    own = "511600000000"
    message = msgspec.json.encode(StateQuestion(code="5116020000001"))
    body = rules.seal_for(KEY, message, context=f"{path}|{ASKING}|{own}|{nonce}").encode()
    text = rules.signed_text("POST", path, ASKING, own, moment, nonce, body=body)
    return body, {
        "X-Tongban-Node": ASKING,
        "X-Tongban-Time": moment,
        "X-Tongban-Nonce": nonce,
        "X-Tongban-Signature": rules.signature_of(KEY, text),
    }


def knock(letter: tuple[bytes, dict[str, str]], question: str = "state") -> int:
    body, headers = letter
    answer = Browser().post(node_path(SUBJECT, question), body, content_type="text/plain", headers=headers)
    return answer.status_code

"""
Licences between nodes: what is taken from nodes below, questions to other nodes, codes of their holders.

Parent and city are one database here: what a city has and what a parent keeps are different tables. Questions go
through a wire that tests may cut, delay or bend; that they are signed, fresh and used once is proved in
tests/integration/support/federation/test_node_messages.py. How entries get there: test_exchanged.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.factories.exchange import located
from tests.factories.ofd import parts, zipped
from tests.factories.trust import establish
from tests.integration.business.licences.conftest import AT, CLERK, DECIDER, ZHANG, holder, issue
from tests.integration.business.licences.conftest import load_types as load
from tongban.business.licences import ports, selectors, services
from tongban.business.licences.models import (
    Licence,
    LicenceUse,
    PeerKey,
    PeerLicence,
    PeerType,
    PresentationCheck,
)
from tongban.business.licences.rules import holder_key
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.services import peers
from tongban.business.licences.services.peers.asking import ask
from tongban.business.licences.values import Verdict
from tongban.business.licences.values.peers import (
    ChangeHeard,
    CheckAnswer,
    CheckQuestion,
    ForeignShare,
    KeysAnswer,
    LicenceEntry,
    ShareTold,
    ToldKey,
    TypeEntry,
)
from tongban.business.licences.values.presenting import Claims, CodeVerdict
from tongban.business.licences.values.sharing import CaseInHand, ShareAnswer
from tongban.foundation import events
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import NotFound, UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.values import Contract, Operation, Received
from tongban.support.documents import services as documents
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider, ProviderKind, Topology

NATION = "000000000000"
PROVINCE, CITY, OTHER_CITY, STRANGER = "510000000000", "511600000000", "510100000000", "330100000000"


def node(code: str, name: str = "") -> Provider:
    return Provider(
        code=code,
        kind=ProviderKind.NODE,
        name=name or code,
        name_en="",
        url="http://node",
        shared_key=b"k" * 32,
    )


def city(code: str) -> Provider:
    return node(code, "广安市")


@dataclass
class Wire:
    """
    Carries messages to this same node, as if they came from `sender`.
    """

    sender: str = CITY
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)
    bend: Callable[[str, str, bytes], bytes | None] = lambda _to, _question, _message: None

    def __call__(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        question = path.rstrip("/").rpartition("/")[2]
        self.sent.append((node.code, question, message))
        bent = self.bend(node.code, question, message)
        if bent is not None:
            return bent
        return peers.answer_peer(question=question, node=city(self.sender), message=message, at=at)


def neighbours_of(code: str) -> exchange.NeighbourSource:
    """
    Return what a node knows of the others, for the exchange.
    """
    key = sm2.generate()
    peer = exchange.Peer(code=CITY, name="广安市", name_en="", url="http://node", keys=(key.public,))
    return lambda: exchange.Neighbours(own_code=code, children=(peer,) if code != CITY else ())


def silent(_to: str, _question: str, _message: bytes) -> bytes:
    raise UpstreamError


@pytest.fixture
def wire(db: None, settings: Settings) -> Iterator[Wire]:
    """
    Give this node as a province with itself as parent, and a wire between the two.
    """
    settings.TONGBAN_NODE = settings.TONGBAN_NODE.model_copy(
        update={"division_code": PROVINCE, "name": "四川省"}
    )
    trust_before = federation.trust_by(
        federation.FixedTrust(Topology(parent=PROVINCE, providers=(node(PROVINCE), node(CITY, "广安市"))))
    )
    wire = Wire()
    caller_before = federation.call_nodes_by(wire)
    with located(neighbours_of(PROVINCE)):
        yield wire
    federation.trust_by(trust_before)
    if caller_before is not None:
        federation.call_nodes_by(caller_before)


def entry(number: int, *, origin: str = CITY, **changes: Any) -> Received:
    """
    Return an entry about a licence that this node has not issued.
    """
    told: dict[str, Any] = {
        "identifier": "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
        "number": "X-1",
        "type_code": "11100000000013338W011",
        "type_name": "演示许可证",
        "type_name_en": "Demo permit",
        "version": 1,
        "issuer_code": "11430000006122244L",
        "issuer_name": "某市住房局",
        "division_code": "511602000000",
        "holder_kind": "PERSON",
        "holder_name": "张*",
        "holder_key": holder_key("11010519491231002X"),
        "status": "VALID",
        "issued_date": "2026-01-01",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        "grade": "A",
        "replaces": "",
        "is_demonstration": True,
    } | changes
    return Received(
        number=number,
        key=told["identifier"],
        operation=Operation.UPDATE,
        made_at=AT,
        origin=origin,
        content=msgspec.convert(told, LicenceEntry),
    )


def contract(code: str = "licences.licence") -> Contract:
    found = exchange.contract(code)
    assert found is not None
    return found


def take(*entries: Received, sender: str = CITY) -> list[tuple[int, str]]:
    """
    Take entries as the province; return those that it refuses, and why.
    """
    return [(one.number, one.code) for one in contract().take(entries, sender, AT)]


def tell_province() -> None:
    """
    Let this node, as a city, tell itself, as the province, of every licence it has.
    """
    with located(neighbours_of(CITY)):
        stands = contract().snapshot
        assert stands is not None
        rows = stands("", 100)
    entries = [
        Received(number=1, key=key, operation=Operation.UPDATE, made_at=AT, origin=origin[0], content=content)
        for key, content, *origin in rows
    ]
    assert contract().take(entries, CITY, AT) == []


class TestTheIndex:
    def test_does_not_let_an_old_entry_undo_a_newer_one(self, wire: Wire) -> None:
        take(entry(1), entry(2, status="REVOKED"))

        take(entry(1))

        row = PeerLicence.objects.get()
        assert (row.status, row.entry_number, row.taken_from) == ("REVOKED", 2, CITY)

    @pytest.mark.parametrize(
        ("bent", "problem"),
        [
            (entry(1, division_code="330100000000"), "outside_area"),
            (entry(1, origin=OTHER_CITY), "outside_area"),
            (entry(1, identifier="1.2.3"), "wrong_identifier"),
        ],
    )
    def test_names_what_it_does_not_take_and_goes_on(self, wire: Wire, bent: Received, problem: str) -> None:
        assert take(bent, entry(2)) == [(1, problem)]
        assert PeerLicence.objects.get().entry_number == 2

    @pytest.mark.parametrize("sender", [STRANGER, PROVINCE, NATION])
    def test_believes_nobody_who_is_not_below(self, wire: Wire, sender: str) -> None:
        assert take(entry(1, origin=sender), sender=sender) == [(1, "outside_area")]
        assert PeerLicence.objects.count() == 0

    def test_lets_no_node_speak_of_anothers_licence(self, wire: Wire) -> None:
        take(entry(1))
        theirs = entry(9, status="REVOKED", division_code="510104000000", origin=OTHER_CITY)

        refused = take(theirs, sender=OTHER_CITY)

        assert refused == [(9, "other_source")]
        assert PeerLicence.objects.get().status == "VALID"

    def test_forgets_nothing_at_the_word_of_another(self, wire: Wire) -> None:
        take(entry(1))
        gone = replace(entry(9, division_code="510104000000", origin=OTHER_CITY), operation=Operation.DELETE)

        take(gone, sender=OTHER_CITY)
        there = PeerLicence.objects.count()
        take(replace(entry(2), operation=Operation.DELETE))

        assert (there, PeerLicence.objects.count()) == (1, 0)

    def test_keeps_a_type_for_each_node_that_defines_it(self, wire: Wire) -> None:
        def told(origin: str, number: int, name: str) -> Received:
            content = TypeEntry(
                code="11100000000013338W011",
                version=1,
                state="IN_USE",
                name=name,
                name_en="",
                defining_body_code="",
                defining_body_name="",
                sharing="CONDITIONAL",
                items=(),
                digest="",
            )
            return Received(
                number=number,
                key=f"{origin}:{content.code}",
                operation=Operation.UPDATE,
                made_at=AT,
                origin=origin,
                content=content,
            )

        types = contract("licences.type")
        of_city = types.take([told(CITY, 1, "旧"), told(CITY, 2, "新")], CITY, AT)
        late = types.take([told(CITY, 1, "旧")], CITY, AT)
        of_other = types.take([told(OTHER_CITY, 1, "别"), told(CITY, 3, "冒")], OTHER_CITY, AT)

        assert (of_city, late, [(one.number, one.code) for one in of_other]) == (
            [],
            [],
            [(3, "outside_area")],
        )
        assert set(PeerType.objects.values_list("source", "name")) == {(CITY, "新"), (OTHER_CITY, "别")}


class TestVerification:
    NUMBER = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"

    def test_says_how_the_issuing_node_says_it_stands(self, wire: Wire) -> None:
        take(entry(1))
        asked: list[str] = []

        def home(to: str, question: str, _message: bytes) -> bytes:
            asked.append(f"{to} {question}")
            facts = services_verification("REVOKED")
            return msgspec.json.encode({"found": facts})

        wire.bend = home
        found = peers.verify_everywhere(number=self.NUMBER, at=AT)

        assert asked == [f"{CITY} verify"]
        assert found.source is not None
        assert (found.verification.verdict, found.source.name, found.as_of) == (
            Verdict.REVOKED,
            "广安市",
            None,
        )

    def test_says_what_it_heard_last_while_the_issuing_node_is_silent(self, wire: Wire) -> None:
        take(entry(1))
        wire.bend = silent

        found = peers.verify_everywhere(number="X-1", at=AT + timedelta(hours=1))

        assert found.source is not None
        assert (found.verification.verdict, found.source.code, found.as_of) == (Verdict.VALID, CITY, AT)
        assert found.verification.facts is not None
        assert found.verification.facts.holder_name == "张*"

    def test_knows_that_it_has_run_out_without_being_told(self, wire: Wire) -> None:
        take(entry(1, valid_until="2026-11-01"))
        wire.bend = silent

        assert peers.verify_everywhere(number="X-1", at=AT).verification.verdict is Verdict.EXPIRED

    def test_asks_the_parent_about_what_it_does_not_know_and_says_when_it_is_silent(self, wire: Wire) -> None:
        wire.sender = PROVINCE
        unknown = peers.verify_everywhere(number="no such", at=AT)
        wire.bend = silent
        unsure = peers.verify_everywhere(number="no such", at=AT)

        assert [(to, question) for to, question, _message in wire.sent] == [(PROVINCE, "verify")] * 2
        assert (unknown.verification.verdict, unknown.is_incomplete) == (Verdict.UNKNOWN, False)
        assert (unsure.verification.verdict, unsure.is_incomplete) == (Verdict.UNKNOWN, True)


class TestFilesOfOtherNodes:
    """
    A file that speaks of a licence of another node: its seals are judged here, the licence by its home.
    """

    def file(self, identifier: str = TestVerification.NUMBER) -> bytes:
        custom = (
            f'<ofd:CustomDatas><ofd:CustomData Name="ZZBS">{identifier}</ofd:CustomData></ofd:CustomDatas>'
        )
        return zipped(parts(info=custom))

    def told(self, content: bytes, *, at: datetime = AT) -> list[str]:
        checked = peers.verify_document(content=content, name="a.ofd", at=at)
        assert checked.told.as_json()["explanation"].splitlines()[1:] == list(checked.sentences)
        return list(checked.sentences)

    def test_are_told_of_as_their_home_says_now(self, wire: Wire) -> None:
        take(entry(1))
        wire.bend = lambda _to, _question, _message: msgspec.json.encode(
            {"found": services_verification("REVOKED")}
        )

        assert self.told(self.file()) == [
            f"文件所载证照（{TestVerification.NUMBER}）由广安市的平台签发，该平台刚刚答复的状态：已撤销"
        ]
        page = Client().post("/verify/", {"file": SimpleUploadedFile("a.ofd", self.file())})
        assert "状态由该平台刚刚答复" in page.content.decode()
        assert "证照已被撤销" in page.content.decode()

    def test_are_told_of_by_what_was_heard_last_while_their_home_is_silent(self, wire: Wire) -> None:
        take(entry(1))
        wire.bend = silent

        (told,) = self.told(self.file(), at=AT + timedelta(hours=1))

        assert "该平台现在没有回应" in told
        assert told.endswith("报送的状态：有效")

    def test_are_said_to_be_of_nobody_known_and_whether_everybody_answered(self, wire: Wire) -> None:
        wire.sender = PROVINCE
        (unknown,) = self.told(self.file())
        wire.bend = silent
        (unsure,) = self.told(self.file())
        page = Client().post("/verify/", {"file": SimpleUploadedFile("a.ofd", self.file())})

        assert "没有查到签发它的平台" in unknown
        assert "上级平台现在没有回应" in unsure
        assert f"文件里写有证照标识 {TestVerification.NUMBER}。上级平台现在没有回应" in page.content.decode()

    def test_have_nobody_asked_where_they_speak_of_no_licence(self, wire: Wire) -> None:
        assert self.told(self.file("1.2.3")) == []
        assert wire.sent == []


def services_verification(verdict: str) -> dict[str, Any]:
    """
    Return what a home answers about the licence of `entry`.
    """
    facts = {
        "type_name": "演示许可证",
        "type_name_en": "",
        "identifier": TestVerification.NUMBER,
        "number": "X-1",
        "holder_name": "张*",
        "issuer_code": "11430000006122244L",
        "issuer_name": "某市住房局",
        "issued_date": "2026-01-01",
        "valid_from": "2026-01-01",
        "last_valid_date": None,
        "version": 1,
        "grade": "A",
    }
    verification = {"verdict": verdict, "facts": facts, "is_demonstration": True}
    return {"verification": verification, "source": CITY, "source_name": "广安市", "as_of": None}


class TestCodesOfOtherNodes:
    KEY = sm2.generate()

    def code(self, **changes: Any) -> str:
        claims = Claims(
            **{
                "key_id": codes.key_id_of(self.KEY.public.point),
                "nonce": "n-1",
                "issued_at": AT,
                "expires_at": AT + timedelta(seconds=60),
                "identifier": TestVerification.NUMBER,
                "type_name": "演示许可证",
                "issuer_name": "某市住房局",
                "last_valid_date": None,
                "is_by_agent": False,
                "is_demonstration": True,
                "lines": (("场所", "示例店"),),
                **changes,
            }
        )
        signed = codes.signed_part(claims)
        return codes.sealed_code(signed, sm2.raw_of(self.KEY.sign(signed.encode())))

    def told_keys(self, **changes: Any) -> bytes:
        key = ToldKey(
            **{
                "source": CITY,
                "source_name": "广安市",
                "key_id": codes.key_id_of(self.KEY.public.point),
                "point": self.KEY.public.point.hex(),
                "not_before": AT - timedelta(days=9),
                "not_after": AT + timedelta(days=9),
                **changes,
            }
        )
        return msgspec.json.encode(KeysAnswer(keys=(key,)))

    def home(self, answer: dict[str, Any] | None, **key: Any) -> Callable[[str, str, bytes], bytes]:
        """
        Return a city that tells its key and answers a check so; None: it is silent.
        """

        def answered(to: str, question: str, _message: bytes) -> bytes:
            if to == CITY and question == "keys":
                return self.told_keys(**key)
            if question != "check" or answer is None:
                raise UpstreamError
            return msgspec.json.encode(answer)

        return answered

    def check(self, code: str, *, at: datetime = AT) -> Any:
        return peers.check_code_anywhere(code=code, check_id="c-1", checker="前台", actor=ANONYMOUS, at=at)

    def test_are_checked_by_their_home(self, wire: Wire) -> None:
        wire.bend = self.home({"verdict": "GENUINE", "status": "SUSPENDED"})

        found = self.check(self.code())

        assert (found.verdict, found.status, found.source_name) == (
            CodeVerdict.GENUINE,
            Verdict.SUSPENDED,
            "广安市",
        )
        assert found.claims.lines == (("场所", "示例店"),)

    def test_say_that_they_were_used_elsewhere(self, wire: Wire) -> None:
        wire.bend = self.home({"verdict": "USED", "status": None})

        found = self.check(self.code())

        assert (found.verdict, found.claims) == (CodeVerdict.USED, None)

    def test_are_genuine_and_nothing_is_known_of_the_licence_while_their_home_is_silent(
        self, wire: Wire
    ) -> None:
        wire.bend = self.home(None)

        found = self.check(self.code())

        assert (found.verdict, found.status, found.source_name) == (CodeVerdict.GENUINE, None, "广安市")
        assert found.claims is not None

    def test_are_not_asked_about_when_forged_or_late(self, wire: Wire) -> None:
        wire.bend = self.home({"verdict": "GENUINE", "status": "VALID"})
        forged = self.code().rpartition(".")[0] + "." + self.code(nonce="n-2").rpartition(".")[2]

        assert self.check(forged).verdict is CodeVerdict.FORGED
        assert self.check(self.code(), at=AT + timedelta(seconds=91)).verdict is CodeVerdict.LATE
        assert "check" not in [question for _to, question, _message in wire.sent]

    @pytest.mark.parametrize(
        "key",
        [
            {"source": OTHER_CITY},
            {"source": PROVINCE},
            {"key_id": "another"},
            {"not_after": AT - timedelta(seconds=1)},
        ],
    )
    def test_are_unknown_when_the_key_is_not_the_tellers_to_tell(
        self, wire: Wire, key: dict[str, Any]
    ) -> None:
        wire.bend = self.home({"verdict": "GENUINE", "status": "VALID"}, **key)

        assert self.check(self.code()).verdict is CodeVerdict.FOREIGN

    def test_are_believed_for_three_days_after_their_node_fell_silent(self, wire: Wire) -> None:
        wire.bend = self.home(None)
        peers.fetch_keys(at=AT)
        wire.bend = silent
        peers.fetch_keys(at=AT + timedelta(days=2))

        assert len(selectors.peer_keys(at=AT + timedelta(days=2))) == 1
        assert selectors.peer_keys(at=AT + timedelta(days=3)) == []

    def test_ask_for_unknown_keys_not_more_than_twice_a_minute(self, wire: Wire) -> None:
        wire.bend = self.home(None)
        self.check(self.code())
        asked = len(wire.sent)

        self.check(self.code(key_id="unknown"), at=AT + timedelta(seconds=5))

        assert len(wire.sent) == asked

    def test_are_forgotten_when_the_topology_file_does_not_name_the_node_any_more(self, wire: Wire) -> None:
        wire.bend = self.home(None)
        peers.fetch_keys(at=AT)

        federation.trust_by(federation.FixedTrust())
        peers.fetch_keys(at=AT)

        assert PeerKey.objects.count() == 0


class TestTheHomeOfACode:
    def test_answers_once_and_its_holder_reads_where_it_was_checked(self, wire: Wire) -> None:
        establish(at=AT)
        load()
        issued = issue()
        shown = services.open_presentation(
            identifier=issued.identifier, keys=["holder_name"], actor=ZHANG, at=AT
        )
        code = services.next_code(presentation_id=shown.id, actor=ZHANG, at=AT).code

        def answer(check_id: str) -> CheckAnswer:
            question = CheckQuestion(
                code=code,
                check_id=check_id,
                checker="某酒店前台",
                asker=OTHER_CITY,
                asker_name="成都市",
                agency_code="",
            )
            told = peers.answer_peer(
                question="check", node=node(PROVINCE), message=msgspec.json.encode(question), at=AT
            )
            return msgspec.json.decode(told, type=CheckAnswer)

        first, again, another = answer("c-1"), answer("c-1"), answer("c-2")

        assert first == again == CheckAnswer(verdict=CodeVerdict.GENUINE, status=Verdict.VALID)
        assert another == CheckAnswer(verdict=CodeVerdict.USED, status=None)
        assert PresentationCheck.objects.get().checker == "成都市 某酒店前台"

    def test_is_asked_through_the_parent_by_who_does_not_know_it(self, wire: Wire) -> None:
        federation.trust_by(federation.FixedTrust(Topology(parent=PROVINCE, providers=(node(PROVINCE),))))
        relayed: list[bytes] = []

        def parent(_to: str, question: str, message: bytes) -> bytes:
            if question != "relay":
                raise UpstreamError
            relayed.append(message)
            return b"answer"

        wire.bend = parent
        told = ask(CITY, "check", b'{"a": 1}', seconds=1, at=AT)

        assert told == b"answer"
        assert msgspec.json.decode(relayed[0]) == {"to": CITY, "question": "check", "message": '{"a": 1}'}

    @pytest.mark.parametrize(("to", "question"), [(STRANGER, "check"), (CITY, "entries"), (CITY, "relay")])
    def test_is_not_reached_with_what_the_parent_does_not_pass_on(
        self, wire: Wire, to: str, question: str
    ) -> None:
        message = msgspec.json.encode({"to": to, "question": question, "message": "{}"})

        with pytest.raises(UpstreamError):
            peers.answer_peer(question="relay", node=node(OTHER_CITY), message=message, at=AT)


class TestUseElsewhere:
    """
    走出去、走进来: a city's agency uses a licence of another city's, found by the province, decided by its home.
    """

    TYPE = "11510100MB1500000X001"
    CASE = "510104000000-2026-1"
    PERSON = "7b0f6f0e-0000-4000-8000-000000000001"
    READER = replace(CLERK, agency_code="11510104MB0000000M")

    @pytest.fixture(autouse=True)
    def licence(self, wire: Wire) -> Iterator[Licence]:
        """
        A licence of this node in the index of the parent, and a case of the other city.
        """
        load()
        receipt = issue(holder=holder(person_id=self.PERSON))
        tell_province()
        compared = {"grade": "B", "compared_at": AT, "compared_by": "李核", "compared_agency": "示例窗口"}
        Licence.objects.filter(id=receipt.id).update(original_id=uuid4(), **compared)
        wire.sender = PROVINCE
        before = list(ports._readers)
        ports.register_case_reader(self.case)
        yield Licence.objects.get(id=receipt.id)
        ports._readers[:] = before

    def case(self, number: str, actor: Actor) -> CaseInHand | None:
        if number != self.CASE or actor.id != CLERK.id:
            return None
        return CaseInHand(
            number=number,
            agency_code="11510104MB0000000M",
            agency_name="成都某局",
            division_code="510104000000",
            offering_code="0119-1",
            service_name="公租房申请",
            service_name_en="Public housing",
            holder_code="11010519491231002x",
            is_open=True,
        )

    def ask(self, settings: Settings, **changes: Any) -> ForeignShare:
        """
        Ask as the other city; what is answered is answered as the city that issued the licence.
        """
        settings.TONGBAN_NODE = settings.TONGBAN_NODE.model_copy(update={"division_code": OTHER_CITY})
        told: dict[str, Any] = {
            "case_number": self.CASE,
            "type_code": self.TYPE,
            "purpose": "核对经营场所",
            "days": 30,
            "actor": CLERK,
            "at": AT,
        } | changes
        return peers.ask_elsewhere(**told)

    def fetch(self, share: ForeignShare) -> bytes:
        return peers.fetch_copy(
            case_number=self.CASE, node_code=CITY, share_id=share.share_id, actor=CLERK, at=AT
        ).content

    def test_asks_the_holder_at_home_and_gives_the_annotated_copy_out_after_his_consent(
        self, settings: Settings, licence: Licence, wire: Wire
    ) -> None:
        asked = self.ask(settings)
        with pytest.raises(peers.RefusedElsewhere):
            self.fetch(asked)
        services.answer_share(
            share_id=asked.share_id,
            answer=ShareAnswer.CONSENT,
            actor=replace(ZHANG, person_id=self.PERSON),
            at=AT,
        )

        again = self.ask(settings)
        copy = self.fetch(again)

        assert (asked.state, asked.node.code, asked.authority) == ("ASKED", CITY, "CONSENT")
        assert (again.state, again.share_id) == ("GIVEN", asked.share_id)
        assert documents.read_ofd(copy).facts.metadata["ZZBS"] == licence.identifier
        uses = LicenceUse.objects.filter(licence=licence).order_by("id")
        assert [use.kind for use in uses] == ["ASKED", "GIVEN", "OPENED"]
        assert {use.who for use in uses} == {"成都某局"}
        assert uses.values_list("actor_id", flat=True)[2] == f"node:{OTHER_CITY}"
        assert licence.holder_code not in b"".join(message for _to, _question, message in wire.sent).decode()

    def test_finds_what_the_province_itself_has_issued(
        self, settings: Settings, licence: Licence, wire: Wire
    ) -> None:
        PeerLicence.objects.all().delete()

        def province(_to: str, question: str, message: bytes) -> bytes:
            asking = settings.TONGBAN_NODE
            settings.TONGBAN_NODE = asking.model_copy(update={"division_code": PROVINCE})
            told = peers.answer_peer(question=question, node=city(OTHER_CITY), message=message, at=AT)
            settings.TONGBAN_NODE = asking
            return told

        wire.bend = province
        asked = self.ask(settings)

        assert (asked.node.code, asked.identifier, asked.state) == (PROVINCE, licence.identifier, "ASKED")
        assert [(to, question) for to, question, _message in wire.sent[-2:]] == [
            (PROVINCE, "find"),
            (PROVINCE, "share"),
        ]

    def given(self, settings: Settings) -> ForeignShare:
        """
        A copy that the other city has got.
        """
        asked = self.ask(settings)
        services.answer_share(
            share_id=asked.share_id,
            answer=ShareAnswer.CONSENT,
            actor=replace(ZHANG, person_id=self.PERSON),
            at=AT,
        )
        return asked

    def revoke(self, licence: Licence, *, at: datetime = AT) -> None:
        services.revoke_licence(
            identifier=licence.identifier, reason="核查", legal_basis="法", actor=DECIDER, at=at
        )
        events.deliver_all(at=AT + timedelta(days=1))

    def test_is_told_what_becomes_of_the_licence_until_it_has_taken_it(
        self, settings: Settings, licence: Licence, wire: Wire
    ) -> None:
        share = self.given(settings)
        fresh = selectors.foreign_uses(actor=self.READER, is_changed=True)
        self.revoke(licence)
        known = (node(PROVINCE), node(OTHER_CITY))
        federation.trust_by(federation.FixedTrust(Topology(parent=PROVINCE, providers=known)))
        wire.bend = silent
        unheard = peers.tell_nodes(at=AT)
        wire.bend = lambda _to, _question, _message: None

        told = [peers.tell_nodes(at=AT), peers.tell_nodes(at=AT)]

        (use,) = selectors.foreign_uses(actor=self.READER, is_changed=True)
        assert (fresh, unheard, told) == ([], 0, [1, 0])
        assert (use.share_id, use.status, use.case_number) == (share.share_id, "REVOKED", self.CASE)
        assert wire.sent[-1][:2] == (OTHER_CITY, "changed")

        peers.see_foreign_change(share_id=share.share_id, actor=self.READER, at=AT)

        assert selectors.foreign_uses(actor=self.READER, is_changed=True) == []
        assert selectors.foreign_uses(actor=self.READER, case_number=self.CASE)[0].is_seen

    def test_hears_of_a_change_from_the_home_or_the_parent_only_and_keeps_the_newest(
        self, settings: Settings, licence: Licence, wire: Wire
    ) -> None:
        share = self.given(settings)

        def hear(sender: str, status: str, at: datetime) -> ChangeHeard:
            message = {"share_id": share.share_id, "status": status, "at": at}
            told = peers.answer_peer(
                question="changed", node=node(sender), message=msgspec.json.encode(message), at=AT
            )
            return msgspec.json.decode(told, type=ChangeHeard)

        heard = [
            hear(STRANGER, "REVOKED", AT),
            hear(CITY, "SUSPENDED", AT),
            hear(PROVINCE, "VALID", AT - timedelta(seconds=1)),
        ]

        (use,) = selectors.foreign_uses(actor=self.READER)
        assert [one.is_known for one in heard] == [False, True, True]
        assert (use.status, use.changed_at) == ("SUSPENDED", AT)

    def test_shows_its_own_agency_alone_what_it_uses(self, settings: Settings) -> None:
        share = self.given(settings)
        other = replace(self.READER, id="other", agency_code="11510104MB0000009M", division_code=None)

        assert selectors.foreign_uses(actor=other) == []
        with pytest.raises(NotFound):
            peers.see_foreign_change(share_id=share.share_id, actor=other, at=AT)

    def test_finds_nothing_of_another_holder_or_type(self, settings: Settings) -> None:
        with pytest.raises(services.LicenceNotHeld):
            self.ask(settings, type_code="11510100MB1500000X002")

    def test_is_refused_by_the_home_of_a_licence_that_is_not_valid(self, settings: Settings) -> None:
        Licence.objects.update(status="SUSPENDED")

        with pytest.raises(peers.RefusedElsewhere) as refusal:
            self.ask(settings)

        assert refusal.value.facts["reason"] == "licence_not_usable"

    def test_needs_a_case_of_ones_own(self, settings: Settings, wire: Wire) -> None:
        before = len(wire.sent)

        with pytest.raises(NotFound):
            self.ask(settings, actor=DECIDER)

        assert len(wire.sent) == before

    @pytest.mark.parametrize("asker", [OTHER_CITY, STRANGER])
    def test_lets_no_node_speak_for_another(self, settings: Settings, licence: Licence, asker: str) -> None:
        question = {
            "asker": asker,
            "identifier": licence.identifier,
            "holder_key": holder_key(licence.holder_code),
            "purpose": "x",
            "days": 1,
            "legal_basis": "",
            "case_number": "x",
            "agency_code": "x",
            "agency_name": "x",
            "division_code": "511602000000",
            "offering_code": "x",
            "service_name": "x",
            "service_name_en": "",
        }
        told = peers.answer_peer(
            question="share", node=node(CITY), message=msgspec.json.encode(question), at=AT
        )

        assert msgspec.json.decode(told, type=ShareTold).refusal == "licence_share_not_found"

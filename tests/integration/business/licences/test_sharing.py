from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from tests.factories import identity
from tests.integration.business.licences.conftest import (
    AT,
    COMPANY,
    DECIDER,
    LI,
    SEVERAL,
    TODAY,
    WITHOUT_POST,
    ZHANG,
    holder,
    issue,
    type_row,
)
from tongban.business.licences import ports
from tongban.business.licences.models import Licence, LicenceShare, LicenceUse, ShareNotice
from tongban.business.licences.permissions import LicenceNotFound, ShareNotFound
from tongban.business.licences.selectors import (
    count_shares_asked,
    licence_share,
    licence_shares,
    licence_uses,
    shares_of_case,
)
from tongban.business.licences.services import (
    CaseOver,
    HolderNotReachable,
    LicenceNotHeld,
    LicenceNotUsable,
    NotShareable,
    ShareAnswered,
    ShareNotOpen,
    answer_share,
    ask_for_licence,
    load_licence_types,
    read_shared_face,
    render_licence,
    revoke_licence,
    see_notices,
    suspend_licence,
)
from tongban.business.licences.services.sharing_telling import tell_users
from tongban.business.licences.values import TrustGrade
from tongban.business.licences.values.sharing import (
    CaseInHand,
    ShareAnswer,
    ShareAuthority,
    ShareReceipt,
    ShareState,
    UseKind,
)
from tongban.foundation import events
from tongban.foundation.actors import (
    ANONYMOUS,
    Actor,
    ActorKind,
    MandateFunction,
    Principal,
    PrincipalKind,
    system_actor,
)
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.looks import LookAct, LookFilter, looks_at
from tongban.foundation.models import Announcement
from tongban.support.documents import services as documents
from tongban.support.documents.permissions import FileNotFound
from tongban.support.identity.values import Post
from tongban.support.messaging.selectors import inbox, notices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cases")]

HOLDER = "7b0f6f0e-0000-4000-8000-000000000001"
OWNER = replace(ZHANG, person_id=HOLDER)
USER = "11510100MB2600000Y"
CASE = "115101000000-2026-1"
CLERK = Actor(
    kind=ActorKind.STAFF,
    id="clerk-of-user",
    name="王审",
    agency_code=USER,
    division_code="511602000000",
    posts=frozenset({Post.REVIEW}),
)
READER = replace(CLERK, id="reader", posts=frozenset({Post.DELIVERY}))
OPEN_TYPE, CLOSED_TYPE = "11510100MB1500000X004", "11510100MB1500000X005"
DAY = timedelta(days=1)


@pytest.fixture
def cases(types: None) -> Iterator[None]:
    """
    One case of another agency, which its clerk alone has a part in; and types that are open and closed.
    """

    def read(number: str, actor: Actor) -> CaseInHand | None:
        if not number.startswith(CASE) or not (actor.is_system or actor.id == CLERK.id):
            return None
        return CaseInHand(
            number=number,
            agency_code=USER,
            agency_name="示例区住房局",
            division_code="511602000000",
            offering_code="0119-1",
            service_name="公租房申请",
            service_name_en="Public housing",
            holder_code="11010519491231002X",
            is_open=not number.endswith("closed"),
        )

    before = list(ports._readers)
    rows = [
        type_row(OPEN_TYPE, sharing="OPEN"),
        type_row(CLOSED_TYPE, sharing="CLOSED", sharing_condition="某法"),
    ]
    load_licence_types(rows=rows, actor=system_actor("tests"), at=AT)
    ports.register_case_reader(read)
    yield
    ports._readers[:] = before


def held(type_code: str = SEVERAL, **changes: Any) -> Licence:
    """
    Return a licence of the holder's that a counter compared with its original: its copies need no seal.
    """
    told = {"holder": holder(person_id=HOLDER), **changes}
    receipt = issue(type_code, case_number=f"C-{uuid4().hex[:8]}", **told)
    compared = {"grade": "B", "compared_at": AT, "compared_by": "李核", "compared_agency": "示例窗口"}
    Licence.objects.filter(id=receipt.id).update(original_id=uuid4(), **compared)
    return Licence.objects.get(id=receipt.id)


def ask(**changes: Any) -> ShareReceipt:
    told: dict[str, Any] = {
        "case_number": CASE,
        "type_code": SEVERAL,
        "purpose": "核对经营场所",
        "days": 30,
        "actor": CLERK,
        "at": AT,
    } | changes
    return ask_for_licence(**told)


def answer(share: ShareReceipt, said: ShareAnswer = ShareAnswer.CONSENT, **changes: Any) -> ShareReceipt:
    told: dict[str, Any] = {"share_id": share.id, "answer": said, "actor": OWNER, "at": AT} | changes
    return answer_share(**told)


def given() -> ShareReceipt:
    held()
    return answer(ask())


def opened(file_id: UUID | None, actor: Actor, *, at: Any = AT) -> bytes:
    assert file_id is not None
    with transaction.atomic():
        file = documents.open_file(file_id=file_id, actor=actor, at=at)
    with file.content as content:
        return content.read()


def copies(share: ShareReceipt) -> tuple[UUID, UUID]:
    kept = LicenceShare.objects.get(id=share.id)
    assert kept.original_id is not None
    assert kept.copy_id is not None
    return kept.original_id, kept.copy_id


def uses(licence: Licence) -> list[str]:
    return list(LicenceUse.objects.filter(licence=licence).order_by("id").values_list("kind", flat=True))


def announced() -> list[str]:
    found = Announcement.objects.filter(topic__contains="share").order_by("id")
    return list(found.values_list("topic", flat=True))


class TestAskForLicence:
    def test_asks_the_holder_and_hands_nothing_over(self) -> None:
        licence = held()

        receipt = ask()

        facts = licence_share(share_id=receipt.id, actor=CLERK, at=AT)
        assert (receipt.state, receipt.authority) == (ShareState.ASKED, ShareAuthority.CONSENT)
        assert receipt.last_day == date(2026, 12, 21)
        assert (facts.original_id, facts.copy_id, facts.may_read) == (None, None, False)
        assert uses(licence) == ["ASKED"]
        assert announced() == ["licences.share_asked"]

    def test_asks_once_for_one_case(self) -> None:
        held()

        assert ask().id == ask(purpose="再次").id
        assert LicenceShare.objects.count() == 1

    def test_takes_what_the_law_gives_and_names_it(self) -> None:
        licence = held()

        receipt = ask(legal_basis="某法第三条")

        assert (receipt.state, receipt.authority) == (ShareState.GIVEN, ShareAuthority.LAW)
        assert uses(licence) == ["GIVEN"]
        assert licence_share(share_id=receipt.id, actor=OWNER, at=AT).legal_basis == "某法第三条"

    def test_needs_nothing_for_an_open_type(self) -> None:
        held(OPEN_TYPE)

        assert ask(type_code=OPEN_TYPE).authority is ShareAuthority.OPEN

    def test_asks_nobody_for_a_closed_type(self) -> None:
        held(CLOSED_TYPE)

        with pytest.raises(NotShareable):
            ask(type_code=CLOSED_TYPE)
        assert ask(type_code=CLOSED_TYPE, legal_basis="某法第三条").authority is ShareAuthority.LAW

    @pytest.mark.parametrize("actor", [READER, WITHOUT_POST, DECIDER, OWNER, ANONYMOUS])
    def test_is_for_who_has_a_part_in_the_case(self, actor: Actor) -> None:
        held()

        with pytest.raises(NotFound):
            ask(actor=actor)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"purpose": " "}, "purpose"),
            ({"purpose": "长" * 151}, "purpose"),
            ({"days": 0}, "days"),
            ({"days": 366}, "days"),
            ({"legal_basis": "法" * 1001}, "legal_basis"),
        ],
    )
    def test_says_what_is_wrong(self, wrong: dict[str, Any], field: str) -> None:
        held()

        with pytest.raises(InvalidInput) as caught:
            ask(**wrong)
        assert list(caught.value.fields) == [field]

    def test_is_for_open_cases(self) -> None:
        held()

        with pytest.raises(CaseOver):
            ask(case_number=f"{CASE}-closed")

    def test_finds_the_licences_of_the_applicant_alone(self) -> None:
        held(holder=replace(COMPANY, person_id=HOLDER))

        with pytest.raises(LicenceNotHeld):
            ask()

    def test_needs_an_account_to_ask(self) -> None:
        held(holder=holder(person_id=None))

        with pytest.raises(HolderNotReachable):
            ask()
        assert ask(legal_basis="某法第三条").state is ShareState.GIVEN

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"grade": TrustGrade.C}, "NOT_COMPARED"),
            ({"grade": TrustGrade.D}, "OWN_WORD"),
            ({"status": "SUSPENDED"}, "NOT_VALID"),
            ({"valid_until": TODAY}, "NOT_VALID"),
            ({"original_id": None}, "NOT_MADE"),
        ],
    )
    def test_leaves_what_cannot_be_used(self, changes: dict[str, Any], reason: str) -> None:
        licence = held()
        Licence.objects.filter(id=licence.id).update(valid_from=TODAY - DAY, **changes)

        with pytest.raises(LicenceNotUsable) as caught:
            ask()
        assert caught.value.facts["reason"] == reason

    def test_takes_the_newest_or_the_one_that_is_named(self) -> None:
        first, second = held(), held(at=AT + DAY)

        newest = licence_share(share_id=ask(at=AT + DAY).id, actor=CLERK, at=AT)
        named = licence_share(share_id=ask(number=first.number).id, actor=CLERK, at=AT)

        assert (newest.number, named.number) == (second.number, first.number)

    def test_begins_anew_when_the_term_is_over(self) -> None:
        held()
        first = ask(days=1)

        second = ask(at=AT + 2 * DAY)

        assert second.id != first.id
        assert licence_share(share_id=first.id, actor=CLERK, at=AT).state is ShareState.OVER


class TestAnswerShare:
    @pytest.mark.usefixtures("seal")
    def test_hands_over_an_annotated_copy_with_the_issuers_seal(self) -> None:
        render_licence(licence_id=issue(holder=holder(person_id=HOLDER)).id, at=AT)
        licence = Licence.objects.get()
        share = answer(ask())
        original, copy = copies(share)

        ofd, pdf = opened(original, CLERK), opened(copy, CLERK)

        assert original != licence.original_id
        text = "".join(documents.ofd_text(ofd).split())
        assert "此件由示例区行政审批局提供，仅供办理政务服务事项时使用，有效期至2026年12月21日" in text
        assert f"公租房申请（{CASE}）" in text
        assert pdf.startswith(b"%PDF")
        assert documents.read_ofd(ofd).signatures != ()
        with pytest.raises(FileNotFound):
            opened(licence.original_id, CLERK)

    def test_hands_over_what_a_counter_compared_with_its_words(self) -> None:
        ofd = opened(copies(given())[0], CLERK)

        assert "核对人：示例窗口李核" in "".join(documents.ofd_text(ofd).split())

    def test_refuses_and_says_why(self) -> None:
        licence = held()
        share = ask()

        receipt = answer(share, ShareAnswer.REFUSE, words=" 与我无关 ")

        facts = licence_share(share_id=share.id, actor=CLERK, at=AT)
        assert (receipt.state, facts.words, facts.copy_id) == (ShareState.REFUSED, "与我无关", None)
        assert uses(licence) == ["ASKED", "REFUSED"]

    def test_takes_consent_back_and_closes_everything(self) -> None:
        share = given()
        original, _copy = copies(share)

        answer(share, ShareAnswer.WITHDRAW)

        with pytest.raises(FileNotFound):
            opened(original, CLERK)
        with pytest.raises(ShareNotOpen):
            read_shared_face(share_id=share.id, actor=CLERK, at=AT)
        assert licence_share(share_id=share.id, actor=CLERK, at=AT).original_id is None
        assert opened(original, OWNER).startswith(b"PK")

    def test_changes_nothing_when_said_twice(self) -> None:
        share = given()

        assert answer(share).state is ShareState.GIVEN
        assert announced() == ["licences.share_asked", "licences.share_given"]

    @pytest.mark.parametrize(
        ("before", "said"),
        [
            (None, ShareAnswer.WITHDRAW),
            (ShareAnswer.CONSENT, ShareAnswer.REFUSE),
            (ShareAnswer.REFUSE, ShareAnswer.CONSENT),
            (ShareAnswer.REFUSE, ShareAnswer.WITHDRAW),
        ],
    )
    def test_refuses_another_answer(self, before: ShareAnswer | None, said: ShareAnswer) -> None:
        held()
        share = ask()
        if before is not None:
            answer(share, before)

        with pytest.raises(ShareAnswered):
            answer(share, said)

    def test_cannot_take_back_what_the_law_gives(self) -> None:
        held()
        share = ask(legal_basis="某法第三条")

        with pytest.raises(ShareAnswered):
            answer(share, ShareAnswer.WITHDRAW)

    def test_is_too_late_after_the_term(self) -> None:
        held()
        share = ask(days=1)

        with pytest.raises(ShareAnswered):
            answer(share, at=AT + 2 * DAY)

    def test_looks_at_the_licence_again(self) -> None:
        licence = held()
        share = ask()
        suspend_licence(
            identifier=licence.identifier, reason="检查", legal_basis="某法第一条", actor=DECIDER, at=AT
        )

        with pytest.raises(LicenceNotUsable):
            answer(share)

    @pytest.mark.parametrize("actor", [LI, CLERK, DECIDER, ANONYMOUS])
    def test_is_the_holders_alone(self, actor: Actor) -> None:
        held()
        share = ask()

        with pytest.raises(ShareNotFound):
            answer(share, actor=actor)

    def test_needs_a_mandate_to_apply(self) -> None:
        held()
        share = ask()
        principal = Principal(
            kind=PrincipalKind.PERSON,
            id=HOLDER,
            name="张小三",
            mandate_id=str(uuid4()),
            functions=frozenset({MandateFunction.QUERY}),
            assurance_level=4,
        )
        functions = frozenset({MandateFunction.QUERY, MandateFunction.APPLY})

        with pytest.raises(NotPermitted):
            answer(share, actor=replace(LI, acting_for=principal))
        receipt = answer(share, actor=replace(LI, acting_for=replace(principal, functions=functions)))

        assert receipt.state is ShareState.GIVEN


class TestReadSharedFace:
    def test_shows_the_face_and_the_holder_reads_of_it(self) -> None:
        share = given()

        face = read_shared_face(share_id=share.id, actor=CLERK, at=AT)

        assert (face.lines[2].value, face.lines[1].value) == ("示例大酒店", "11010519491231002X")
        log = licence_uses(identifier=face.identifier, actor=OWNER).items
        assert [line.kind for line in log] == [UseKind.READ, UseKind.GIVEN, UseKind.ASKED]
        assert (log[0].who, log[0].posts, log[0].case_number, log[0].purpose) == (
            "示例区住房局",
            (Post.REVIEW,),
            CASE,
            "核对经营场所",
        )
        ledger = looks_at(principal_id=HOLDER, wanted=LookFilter(act=LookAct.REVEALED)).items
        assert [(row.agency_code, row.words) for row in ledger] == [(USER, f"核对经营场所（{CASE}）")]

    def test_writes_down_that_a_copy_was_opened(self) -> None:
        share = given()

        opened(copies(share)[1], CLERK)

        licence = LicenceShare.objects.get(id=share.id).licence
        assert uses(licence) == ["ASKED", "GIVEN", "OPENED"]
        assert len(looks_at(principal_id=HOLDER, wanted=LookFilter(act=LookAct.OPENED)).items) == 1

    def test_ends_with_the_term(self) -> None:
        share = given()
        late = AT + 31 * DAY

        with pytest.raises(ShareNotOpen):
            read_shared_face(share_id=share.id, actor=CLERK, at=late)
        with pytest.raises(ShareNotOpen):
            opened(copies(share)[0], CLERK, at=late)

    def test_is_for_who_has_a_part_in_the_case(self) -> None:
        share = given()

        with pytest.raises(NotPermitted):
            read_shared_face(share_id=share.id, actor=READER, at=AT)
        with pytest.raises(FileNotFound):
            opened(copies(share)[0], READER)
        with pytest.raises(ShareNotFound):
            read_shared_face(share_id=share.id, actor=DECIDER, at=AT)


class TestSelectors:
    def test_shows_shares_to_holder_and_agency_and_nobody_else(self) -> None:
        share = given()

        seen = {
            actor.id: [row.id for row in licence_shares(actor=actor, at=AT).items]
            for actor in (OWNER, CLERK, READER, LI, DECIDER, WITHOUT_POST)
        }

        assert [key for key, rows in seen.items() if rows == [share.id]] == [OWNER.id, CLERK.id, READER.id]
        assert [row.id for row in shares_of_case(case_number=CASE, actor=CLERK, at=AT)] == [share.id]
        assert shares_of_case(case_number=CASE, actor=DECIDER, at=AT) == []

    def test_counts_what_waits_for_an_answer(self) -> None:
        held()
        share = ask()

        assert count_shares_asked(actor=OWNER, on=TODAY) == 1
        assert count_shares_asked(actor=CLERK, on=TODAY) == 0
        answer(share)
        assert count_shares_asked(actor=OWNER, on=TODAY) == 0

    def test_pages_through_shares_and_uses(self) -> None:
        licence = held()
        shares = {ask(case_number=f"{CASE}-{number}").id for number in range(3)}

        first = licence_shares(actor=OWNER, at=AT, limit=2)
        rest = licence_shares(actor=OWNER, at=AT, limit=2, cursor=first.next_cursor)
        used = licence_uses(identifier=licence.identifier, actor=OWNER, limit=2)
        more = licence_uses(identifier=licence.identifier, actor=OWNER, limit=2, cursor=used.next_cursor)

        assert {row.id for row in [*first.items, *rest.items]} == shares
        assert len(first.items) == len(used.items) == 2
        assert len(more.items) == 1

    @pytest.mark.parametrize("actor", [LI, CLERK, DECIDER, ANONYMOUS])
    def test_shows_the_log_of_use_to_the_holder(self, actor: Actor) -> None:
        licence = held()

        with pytest.raises(LicenceNotFound):
            licence_uses(identifier=licence.identifier, actor=actor)


class TestTelling:
    @pytest.mark.parametrize(
        ("basis", "title", "words"),
        [
            ("", "请求使用您的证照", "期限至 2026-12-21。请在"),
            ("某法第三条", "您的证照已被使用", "依据：某法第三条。"),
        ],
    )
    def test_tells_the_holder(self, basis: str, title: str, words: str) -> None:
        person = identity.citizen(at=AT)
        held(holder=holder(person_id=person.person_id))
        ask(legal_basis=basis)

        events.deliver_all(at=AT)

        (message,) = inbox(actor=person).items
        assert message.title == title
        assert "示例区住房局办理“公租房申请”" in message.body
        assert words in message.body

    def test_tells_the_agency_once_what_became_of_the_licence(self) -> None:
        share = given()
        licence = LicenceShare.objects.get(id=share.id).licence
        revoke_licence(
            identifier=licence.identifier, reason="骗取", legal_basis="许可法第六十九条", actor=DECIDER, at=AT
        )
        fact = last("licences.licence_revoked")

        tell_users(fact)
        tell_users(fact)

        noted = licence_share(share_id=share.id, actor=CLERK, at=AT).notices
        assert [(notice.status, notice.is_seen) for notice in noted] == [("REVOKED", False)]
        assert announced().count("licences.shared_licence_changed") == 1
        assert [row.id for row in licence_shares(actor=CLERK, at=AT, is_changed=True).items] == [share.id]

    def test_tells_who_decides_at_the_agency_in_one_message(self) -> None:
        decider, other = (
            identity.staff(Post.DECISION, agency_code=code) for code in (USER, "11510100MB1500000X")
        )
        share = given()
        licence = LicenceShare.objects.get(id=share.id).licence
        answer(ask(case_number=f"{CASE}-2"), ShareAnswer.CONSENT)
        suspend_licence(
            identifier=licence.identifier, reason="检查", legal_basis="某法第一条", actor=DECIDER, at=AT
        )

        for _twice in range(2):
            tell_users(last("licences.licence_suspended"))

        (told,) = notices(actor=decider).items
        assert "本机构有 2 个办件用过的“演示许可证”，状态变为“暂停”" in told.body
        assert notices(actor=other).items == []

    def test_lists_what_nobody_has_taken_note_of(self) -> None:
        share = given()
        licence = LicenceShare.objects.get(id=share.id).licence
        suspend_licence(
            identifier=licence.identifier, reason="检查", legal_basis="某法第一条", actor=DECIDER, at=AT
        )
        tell_users(last("licences.licence_suspended"))

        with pytest.raises(NotPermitted):
            see_notices(share_id=share.id, actor=READER, at=AT)
        assert (see_notices(share_id=share.id, actor=CLERK, at=AT), ShareNotice.objects.count()) == (1, 1)
        assert licence_shares(actor=CLERK, at=AT, is_changed=True).items == []

    def test_tells_nobody_who_got_nothing(self) -> None:
        licence = held()
        answer(ask(), ShareAnswer.REFUSE)
        suspend_licence(
            identifier=licence.identifier, reason="检查", legal_basis="某法第一条", actor=DECIDER, at=AT
        )

        tell_users(last("licences.licence_suspended"))

        assert ShareNotice.objects.count() == 0


def last(topic: str) -> events.Announced:
    found = Announcement.objects.filter(topic=topic).order_by("-id")[0]
    return events.Announced(id=found.pk, topic=found.topic, key=found.key, at=found.at, payload=found.payload)

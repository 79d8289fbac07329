"""
One document sealed by several agencies in turn.
"""

import uuid
from datetime import timedelta

import pytest

from tests.factories.identity import staff
from tests.factories.ofd import plain_ofd
from tests.factories.seals import AGENCY, AT, DIVISION, NODE, applied, fresh, issued, people
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.support.documents import services as documents
from tongban.support.documents.permissions import FileNotFound
from tongban.support.documents.ports import register_owner
from tongban.support.documents.values import Owner, Purpose, SealPlace
from tongban.support.seals import services
from tongban.support.seals.models import SealUse, SigningStep
from tongban.support.seals.selectors import signings_of
from tongban.support.seals.services import Party, SigningReceipt
from tongban.support.seals.services.parties import LASTS
from tongban.support.seals.values import (
    AuthorisationKind,
    FileVerdictKind,
    Limits,
    SealPurpose,
    SigningState,
)

pytestmark = pytest.mark.django_db
OTHER = "11511602MB0000001A"


def sealer(agency_code: str, name: str) -> Actor:
    """
    Return a member of staff who may put his agency's seal on documents.
    """
    by = people(agency_code=agency_code)
    clerk = fresh(staff(agency_code=agency_code, division_code=DIVISION, at=AT))
    seal = issued(applied(by, name=name, agency_code=agency_code), by)
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.PERSONAL,
        limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
        valid_from=AT,
        valid_until=AT + timedelta(days=60),
        account_id=uuid.UUID(clerk.id),
        actor=by.keeper,
        at=AT,
    )
    return clerk


@pytest.fixture
def first() -> Actor:
    return sealer(AGENCY, "示例区民政局")


@pytest.fixture
def second() -> Actor:
    return sealer(OTHER, "示例区财政局")


def begun(actor: Actor, *agencies: str) -> SigningReceipt:
    register_owner("tests.files", lambda _actor, _key: True)
    file = documents.keep_document(
        content=plain_ofd(),
        name="协议.ofd",
        media_type="application/ofd",
        purpose=Purpose.NOTICE,
        owner=Owner(kind="tests.files", key="1"),
        actor=NODE,
        at=AT,
    )
    return services.begin_signing(
        file_id=file.id,
        parties=[
            Party(
                agency_code=agency,
                place=SealPlace(name="issuer", page=0, x=20 + 60 * turn, y=200, width=42, height=42),
            )
            for turn, agency in enumerate(agencies)
        ],
        purpose=SealPurpose.DOCUMENT,
        case_number="C-1",
        actor=actor,
        at=AT,
    )


class TestSealInTurn:
    def test_ends_with_a_document_on_which_every_seal_is_valid(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)

        halfway = services.seal_in_turn(request_id=request.request_id, actor=first, at=AT)
        finished = services.seal_in_turn(request_id=request.request_id, actor=second, at=AT)

        assert (halfway.state, finished.state) == (SigningState.OPEN, SigningState.FINISHED)
        with documents.open_file(file_id=finished.file_id, actor=second, at=AT).content as content:
            verdict = services.verify_file(content=content.read(), name="协议.ofd", at=AT)
        assert verdict.verdict is FileVerdictKind.VALID
        assert [signature.seal_name for signature in verdict.signatures] == ["示例区民政局", "示例区财政局"]
        assert list(SealUse.objects.order_by("id").values_list("actor_id", flat=True)) == [
            first.id,
            second.id,
        ]

    def test_waits_for_who_comes_first(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)

        with pytest.raises(services.NotYourTurn):
            services.seal_in_turn(request_id=request.request_id, actor=second, at=AT)
        assert SealUse.objects.count() == 0

    def test_hides_from_agencies_without_a_part(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, "11510100MB1500000Y")

        with pytest.raises(services.SigningNotFound):
            services.seal_in_turn(request_id=request.request_id, actor=second, at=AT)
        assert signings_of(actor=second) == ()

    def test_shows_the_document_to_the_parties_only(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, "11510100MB1500000Y")
        sealed = services.seal_in_turn(request_id=request.request_id, actor=first, at=AT)

        documents.open_file(file_id=sealed.file_id, actor=first, at=AT).content.close()
        with pytest.raises(FileNotFound):
            documents.open_file(file_id=sealed.file_id, actor=second, at=AT)

    def test_asks_for_an_authorisation_like_any_use(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)
        colleague = fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))

        with pytest.raises(services.SealNotAuthorised):
            services.seal_in_turn(request_id=request.request_id, actor=colleague, at=AT)
        assert SigningStep.objects.filter(state="WAITING").count() == 2

    def test_is_too_late_after_thirty_days(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)

        with pytest.raises(services.SigningOver):
            services.seal_in_turn(request_id=request.request_id, actor=first, at=AT + LASTS)


class TestEnding:
    def test_by_declining_keeps_the_seals_that_are_there(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)
        services.seal_in_turn(request_id=request.request_id, actor=first, at=AT)

        with pytest.raises(InvalidInput):
            services.decline_signing(request_id=request.request_id, note="", actor=second, at=AT)
        ended = services.decline_signing(request_id=request.request_id, note="条款不符", actor=second, at=AT)

        assert ended.state is SigningState.DECLINED
        (line,) = signings_of(actor=first)
        assert [(party.state, party.note) for party in line.parties] == [
            ("SEALED", ""),
            ("DECLINED", "条款不符"),
        ]
        with pytest.raises(services.SigningOver):
            services.seal_in_turn(request_id=request.request_id, actor=second, at=AT)

    def test_by_withdrawing_is_for_who_asked(self, first: Actor, second: Actor) -> None:
        request = begun(first, AGENCY, OTHER)

        with pytest.raises(services.SigningNotFound):
            services.withdraw_signing(request_id=request.request_id, actor=second, at=AT)
        ended = services.withdraw_signing(request_id=request.request_id, actor=first, at=AT)

        assert ended.state is SigningState.WITHDRAWN

    def test_before_it_begins_asks_for_two_parties(self, first: Actor) -> None:
        with pytest.raises(InvalidInput):
            begun(first, AGENCY)

"""
Many files sealed at one request: each once, whatever happens to the job.
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
from tongban.support.documents.models import StoredFile
from tongban.support.documents.ports import register_owner
from tongban.support.documents.values import Owner, Purpose
from tongban.support.identity.models import StaffMember
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealBatch, SealBatchItem, SealUse
from tongban.support.seals.services import BatchFile
from tongban.support.seals.services.batches import LASTS
from tongban.support.seals.values import AuthorisationKind, Limits, SealPurpose

pytestmark = pytest.mark.django_db
OWNER = Owner(kind="tests.files", key="1")


@pytest.fixture
def clerk() -> Actor:
    register_owner("tests.files", lambda _actor, _key: True)
    return fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))


@pytest.fixture
def seal(clerk: Actor) -> Seal:
    by = people()
    seal = issued(applied(by), by)
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.PERSONAL,
        limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
        valid_from=AT,
        valid_until=AT + timedelta(days=30),
        account_id=uuid.UUID(clerk.id),
        actor=by.keeper,
        at=AT,
    )
    return seal


def kept(content: bytes) -> uuid.UUID:
    return documents.keep_document(
        content=content,
        name="决定书.ofd",
        media_type="application/ofd",
        purpose=Purpose.NOTICE,
        owner=OWNER,
        actor=NODE,
        at=AT,
    ).id


def begun(clerk: Actor, files: list[uuid.UUID]) -> uuid.UUID:
    return services.begin_batch(
        agency_code=AGENCY,
        purpose=SealPurpose.DOCUMENT,
        files=[BatchFile(file_id=file, case_number=f"C-{place}") for place, file in enumerate(files)],
        actor=clerk,
        at=AT,
    ).batch_id


def states(batch: uuid.UUID) -> list[str]:
    items = SealBatchItem.objects.filter(batch_id=batch).order_by("position")
    return list(items.values_list("state", flat=True))


class TestBatch:
    def test_seals_every_file_once_in_the_name_of_who_asked(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(plain_ofd()) for _ in range(3)])

        while services.sign_waiting(batch_id=batch, at=AT):
            pass
        ended = services.end_batch(batch_id=batch, at=AT)

        assert ended is True
        assert states(batch) == ["SEALED"] * 3
        uses = SealUse.objects.order_by("id")
        assert [(use.case_number, use.actor_id) for use in uses] == [
            ("C-0", clerk.id),
            ("C-1", clerk.id),
            ("C-2", clerk.id),
        ]
        assert SealBatch.objects.get().state == "FINISHED"

    def test_goes_on_where_it_was(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(plain_ofd()) for _ in range(2)])
        services.sign_waiting(batch_id=batch, at=AT)

        queued = services.queue_unfinished(at=AT + timedelta(minutes=6))
        services.sign_waiting(batch_id=batch, at=AT)
        more = services.sign_waiting(batch_id=batch, at=AT)

        assert (queued, more) == (1, False)
        assert SealUse.objects.count() == 2
        assert StoredFile.objects.filter(owner_kind="seals.batch").count() == 2

    def test_says_of_a_file_why_it_was_not_sealed_and_goes_on(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(b"text"), kept(plain_ofd())])

        while services.sign_waiting(batch_id=batch, at=AT):
            pass

        items = SealBatchItem.objects.filter(batch_id=batch).order_by("position")
        assert [(item.state, item.refusal) for item in items] == [
            ("REFUSED", "invalid_input"),
            ("SEALED", ""),
        ]

    def test_seals_nothing_more_once_the_seal_is_lost(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(plain_ofd()) for _ in range(2)])
        services.sign_waiting(batch_id=batch, at=AT)

        services.report_loss(seal_id=seal.id, note="丢失", actor=people().keeper, at=AT)
        services.sign_waiting(batch_id=batch, at=AT)

        items = SealBatchItem.objects.filter(batch_id=batch).order_by("position")
        assert [(item.state, item.refusal) for item in items] == [
            ("SEALED", ""),
            ("REFUSED", "no_seal_in_use"),
        ]

    def test_seals_nothing_more_once_who_asked_has_left(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(plain_ofd())])
        StaffMember.objects.filter(account_id=clerk.id).update(is_active=False)

        services.sign_waiting(batch_id=batch, at=AT)

        assert SealBatchItem.objects.get().refusal == "seal_not_authorised"
        assert SealUse.objects.count() == 0

    def test_seals_nothing_more_half_a_day_later(self, seal: Seal, clerk: Actor) -> None:
        batch = begun(clerk, [kept(plain_ofd())])

        services.sign_waiting(batch_id=batch, at=AT + LASTS)

        assert SealBatchItem.objects.get().refusal == "seal_batch_lapsed"

    @pytest.mark.parametrize("count", [0, 2])
    def test_asks_for_each_file_once_and_for_one_at_least(self, seal: Seal, clerk: Actor, count: int) -> None:
        file = kept(plain_ofd())

        with pytest.raises(InvalidInput):
            begun(clerk, [file] * count)
        assert SealBatch.objects.count() == 0

    def test_asks_for_an_authorisation(self, seal: Seal) -> None:
        other = fresh(staff(agency_code=AGENCY, division_code=DIVISION, at=AT))

        with pytest.raises(services.SealNotAuthorised):
            begun(other, [kept(plain_ofd())])

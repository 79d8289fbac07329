"""
A dataset's page says who uses it: since when, when last, and until when.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import datasets as catalogue
from tests.factories import sharing as make
from tests.factories.sharing import AT, STEWARD, Agency, call
from tongban.foundation.actors import Actor
from tongban.resources.datasets import selectors
from tongban.resources.datasets import services as datasets
from tongban.resources.datasets.models import DatasetUser
from tongban.resources.datasets.values import DatasetUse, UserKind, UserLine, VersionReceipt
from tongban.resources.sharing import services
from tongban.resources.sharing.values import ServiceAct

pytestmark = pytest.mark.django_db

NEXT_DAY = AT + timedelta(days=1)
NODE = "511300000000"


@pytest.fixture
def published() -> VersionReceipt:
    """
    Return a dataset in force.
    """
    receipt = datasets.compile_dataset(
        definition=catalogue.definition(), actor=catalogue.STEWARD, at=AT - timedelta(days=1)
    )
    datasets.submit_draft(version_id=receipt.id, actor=catalogue.STEWARD, at=AT - timedelta(days=1))
    return datasets.publish_version(
        version_id=receipt.id, actor=catalogue.REVIEWER, at=AT - timedelta(days=1)
    )


@pytest.fixture
def agency(settings: Any, published: VersionReceipt) -> Iterator[Agency]:
    """
    Run an agency that offers the dataset.
    """
    with (
        make.wired(own=make.dataset(code=published.code)),
        make.agency() as agency,
        make.let_out(settings),
    ):
        make.published(agency.url, dataset_code=published.code)
        yield agency


def users(receipt: VersionReceipt, *, actor: Actor = catalogue.STEWARD) -> list[UserLine]:
    """
    Return who uses it, as its page says.
    """
    return list(selectors.dataset(dataset_id=receipt.dataset_id, actor=actor, at=AT).users)


class TestUses:
    def test_names_the_day_of_the_last_call_and_the_end_of_the_right(
        self, agency: Agency, published: VersionReceipt
    ) -> None:
        grant_id = make.granted().grant_id
        assert grant_id is not None
        noted = [services.note_uses(at=AT)]
        (opened,) = users(published)
        call()
        call(at=NEXT_DAY)
        noted += [services.note_uses(at=NEXT_DAY), services.note_uses(at=NEXT_DAY)]
        (used,) = users(published)
        services.revoke_grant(grant_id=grant_id, words="用途已结束", actor=STEWARD, at=NEXT_DAY)
        noted += [services.note_uses(at=NEXT_DAY), services.note_uses(at=NEXT_DAY)]
        (ended,) = users(published)
        make.granted()
        (again,) = users(published)
        noted.append(services.note_uses(at=NEXT_DAY))

        assert noted == [0, 1, 0, 1, 0, 0]
        assert (opened.first_at, opened.last_on, opened.ended_at) == (AT, None, None)
        assert (used.last_on, used.ended_at) == (date(2026, 11, 21), None)
        assert (ended.last_on, ended.ended_at) == (date(2026, 11, 21), NEXT_DAY)
        assert (again.first_at, again.last_on, again.ended_at) == (AT, date(2026, 11, 21), None)

    def test_ends_with_the_term_and_with_the_service(self, agency: Agency, published: VersionReceipt) -> None:
        make.granted()
        after = AT + timedelta(days=365)

        services.note_uses(at=after)
        (expired,) = users(published)
        services.note_uses(at=AT)
        services.change_state(
            code=make.SERVICE, act=ServiceAct.WITHDRAW, words="停办", actor=STEWARD, at=NEXT_DAY
        )
        services.note_uses(at=NEXT_DAY)
        (withdrawn,) = users(published)

        assert expired.ended_at is not None
        assert AT < expired.ended_at <= after
        assert withdrawn.ended_at == NEXT_DAY

    def test_tells_agencies_from_nodes(self, agency: Agency, published: VersionReceipt) -> None:
        make.granted()
        services.open_to_node(
            service_code=make.SERVICE,
            node_code=NODE,
            fields=("name",),
            row_condition="",
            daily_quota=9,
            until=date(2026, 12, 1),
            purpose="通办",
            legal_basis="国办发〔2020〕35号",
            actor=STEWARD,
            at=AT,
        )
        call()

        services.note_uses(at=AT)

        assert {(each.kind, each.code, each.last_on) for each in users(published)} == {
            (UserKind.AGENCY, make.USER, date(2026, 11, 20)),
            (UserKind.NODE, NODE, None),
        }

    def test_never_takes_a_day_back(self, published: VersionReceipt) -> None:
        use(published, "x", last_on=date(2026, 11, 20))

        use(published, "x", last_on=None)
        use(published, "x", last_on=date(2026, 11, 1))

        assert DatasetUser.objects.get().last_on == date(2026, 11, 20)

    def test_asks_the_database_as_often_for_many_as_for_one(
        self, published: VersionReceipt, django_assert_num_queries: Any
    ) -> None:
        for number in range(30):
            datasets.note_use(
                code=published.code, kind=UserKind.AGENCY, user_code=f"{number}", user_name="某局", at=AT
            )
        uses = [
            DatasetUse(
                code=published.code,
                kind=UserKind.AGENCY,
                user_code=f"{number}",
                last_on=date(2026, 11, number + 1),
                ended_at=AT if number % 2 else None,
            )
            for number in range(30)
        ]

        with django_assert_num_queries(4):  # savepoint, rows, their update, release
            assert datasets.note_uses(uses) == 30

        with django_assert_num_queries(4):
            lines = users(published)
        assert [line.code for line in lines[:2]] == ["28", "26"]
        assert [line.ended_at for line in lines[15:]] == [AT] * 15


def use(receipt: VersionReceipt, user_code: str, *, last_on: date | None) -> None:
    """
    Note a user, and when he called last.
    """
    if not DatasetUser.objects.exists():
        datasets.note_use(
            code=receipt.code, kind=UserKind.AGENCY, user_code=user_code, user_name="某局", at=AT
        )
    datasets.note_uses(
        [
            DatasetUse(
                code=receipt.code,
                kind=UserKind.AGENCY,
                user_code=user_code,
                last_on=last_on,
                ended_at=None,
            )
        ]
    )

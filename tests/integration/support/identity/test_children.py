"""
Nobody below fourteen gets an account or a record of his own by any door: a guardian consents, at a counter.

Source: 个人信息保护法 art. 31.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.factories.identity import NODE, NOW, id_number, staff
from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct, LookFilter
from tongban.support.identity import services
from tongban.support.identity.models import Account, Person
from tongban.support.identity.services import GuardianNeeded
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

CHILD: dict[str, Any] = {
    "id_number": id_number(born_on=date(2014, 3, 1)),
    "name": "小明明",
    "mobile": "19900002345",
}
OLDER: dict[str, Any] = {**CHILD, "id_number": id_number(born_on=date(2012, 3, 1))}
DOORS: dict[str, Callable[[Actor, dict[str, Any]], object]] = {
    "another node": lambda _clerk, card: services.take_over_person(
        **card, source="511600000000", actor=NODE, at=NOW
    ),
    "a counter": lambda clerk, card: services.find_or_register_by_counter(**card, actor=clerk, at=NOW),
    "certification": lambda clerk, card: services.request_counter_code(
        **card, actor=clerk, address="127.0.0.1", at=NOW
    ),
}


@pytest.fixture
def clerk() -> Actor:
    return staff(Post.COUNTER)


@pytest.mark.parametrize("door", DOORS)
def test_a_child_below_fourteen_is_refused_by_the_clause(door: str, clerk: Actor) -> None:
    accounts = Account.objects.count()

    with pytest.raises(GuardianNeeded) as refused:
        DOORS[door](clerk, CHILD)

    assert refused.value.clause == "个人信息保护法-31"
    assert (Person.objects.count(), Account.objects.count()) == (0, accounts)


@pytest.mark.parametrize("door", DOORS)
def test_somebody_of_fourteen_is_not(door: str, clerk: Actor) -> None:
    assert DOORS[door](clerk, OLDER)


def test_a_ward_that_a_guardian_has_brought_gets_no_account_by_another_node(clerk: Actor) -> None:
    services.record_ward(id_number=CHILD["id_number"], name=CHILD["name"], actor=clerk, at=NOW)

    with pytest.raises(GuardianNeeded):
        DOORS["another node"](clerk, CHILD)

    assert Person.objects.get().account is None


def test_a_ward_who_is_known_reads_that_he_was_found(clerk: Actor) -> None:
    card = {"id_number": CHILD["id_number"], "name": CHILD["name"]}
    receipt = services.record_ward(**card, actor=clerk, at=NOW)

    services.record_ward(**card, actor=clerk, at=NOW)

    rows = looks.looks_at(principal_id=str(receipt.person_id), wanted=LookFilter()).items
    assert [row.act for row in rows] == [LookAct.FOUND]

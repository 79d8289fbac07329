"""
What is told to another node about a person stands in his ledger.
"""

from uuid import UUID

import pytest

from tests.factories import identity as people
from tongban.foundation import looks
from tongban.foundation.looks import LookAct, LookFilter
from tongban.support.federation.services.nodes import _note_question
from tongban.support.federation.values import Provider, ProviderKind

pytestmark = pytest.mark.django_db


def test_a_question_of_another_node_for_ones_cases_stands_in_the_ledger() -> None:
    person = people.citizen()
    node = Provider(
        code="510100", name="成都市", name_en="Chengdu", kind=ProviderKind.NODE, url="https://cd.example"
    )

    _note_question(person_id=UUID(str(person.person_id)), node=node, session="x", at=people.NOW)

    (row,) = looks.looks_at(principal_id=str(person.person_id), wanted=LookFilter()).items
    assert (row.act, row.thing.key) == (LookAct.HANDED_OVER, "510100")
    assert (row.thing.label, row.thing.label_en) == ("成都市", "Chengdu")

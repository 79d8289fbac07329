"""
The node's own population register as the authority that checks newcomers.
"""

from pathlib import Path

import pytest

from tests.factories.catalogue import AT
from tests.integration.resources.registers.registers import LI, WANG, load, prepare
from tongban.support.identity.adapters.own_register import OwnRegister
from tongban.support.identity.ports import FixedAuthorities
from tongban.support.identity.values import Answer, Authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(tmp_path: Path) -> FixedAuthorities:
    """
    Give the authority outside, which is asked of what the register does not know.
    """
    prepare()
    load(tmp_path, WANG)
    return FixedAuthorities(answers={Authority.POPULATION: Answer.UNAVAILABLE})


@pytest.mark.parametrize(
    ("facts", "answer", "asked"),
    [
        ({"id_number": WANG["id_number"], "name": "王示例"}, Answer.YES, 0),
        ({"id_number": WANG["id_number"], "name": "王别名"}, Answer.NO, 0),
        ({"id_number": WANG["id_number"], "name": "王示例", "sex": "1"}, Answer.UNAVAILABLE, 1),
        ({"id_number": LI["id_number"], "name": "李示范"}, Answer.UNAVAILABLE, 1),
        ({"id_number": "1", "name": "李示范"}, Answer.UNAVAILABLE, 1),
    ],
)
def test_answers_what_it_knows_and_asks_the_others_else(
    others: FixedAuthorities, facts: dict[str, str], answer: Answer, asked: int
) -> None:
    given = OwnRegister(others=others).check(authority=Authority.POPULATION, facts=facts, at=AT)

    assert (given, len(others.asked)) == (answer, asked)


def test_leaves_everything_else_to_the_others(others: FixedAuthorities) -> None:
    register = OwnRegister(others=others)

    assert register.check(authority=Authority.BANK, facts={"name": "x"}, at=AT) is Answer.YES
    assert register.begin_capture(facts={}, at=AT) == "capture-token"
    assert register.capture_answer(token="capture-token", at=AT) is Answer.YES

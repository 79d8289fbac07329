"""
全网运行: operators see the tree of nodes; the page fetches itself anew, without a script of its own.
"""

import pytest
from django.test import Client as Browser

from tests.factories import identity
from tests.factories.exchange import CITY, PROVINCE, located, two_ends
from tongban.foundation import clock
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/desk/data/exchange/network/"


def browser_of(role: Role) -> Browser:
    browser = Browser()
    at = clock.now()
    identity.log_in(browser, identity.staff(roles=(role,), at=at), at=at)
    return browser


def test_shows_the_node_above_and_this_one_with_what_waits() -> None:
    with two_ends() as ends:
        ends.at_now = clock.now()
        ends.write("a", "good")
        ends.go_on()
        ends.write("b", "good")
        ends.is_cut = True
        ends.go_on()
        with located(ends.at_city):
            response = browser_of(Role.OPERATOR).get(PAGE)

    page = response.content.decode()
    assert response.status_code == 200
    assert "四川省" in page
    assert PROVINCE in page
    assert CITY in page
    assert "待送达 1 条" in page
    assert 'hx-trigger="every 10s"' in page
    assert "tb-tree__node--up" in page or "tb-tree__node--attention" in page


def test_a_node_that_stands_alone_is_told_what_will_be_here() -> None:
    response = browser_of(Role.OPERATOR).get(PAGE)

    assert "本节点还没有加入任何节点" in response.content.decode()


def test_is_not_shown_to_those_who_do_not_watch_the_exchange() -> None:
    assert browser_of(Role.CATALOGUE_EDITOR).get(PAGE).status_code in (403, 404)

"""
The desk's page about licences of several regions: who is told, whose are known, and who may look at the exchange.
"""

from collections.abc import Iterator

import pytest
from django.test import Client

from tests.factories import identity as people
from tests.factories.exchange import located
from tongban.business.licences.models import PeerSource
from tongban.foundation import clock
from tongban.foundation.crypto import sm2
from tongban.resources.exchange import ports as exchange
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

HERE, EXCHANGE = "/desk/licence-peers/", "/desk/data/exchange/"
CITY, PROVINCE = "511600000000", "510000000000"


def browser_of(*roles: Role) -> Client:
    browser = Client()
    people.log_in(browser, people.staff(roles=list(roles)), at=clock.now())
    return browser


@pytest.fixture
def parent() -> Iterator[None]:
    """
    Give a province above.
    """
    key = sm2.generate().public
    above = exchange.Peer(code=PROVINCE, name="四川省", name_en="", url="http://p", keys=(key,))
    with located(lambda: exchange.Neighbours(own_code=CITY, parent=above)):
        yield


class TestThePage:
    def test_says_that_there_is_no_parent(self) -> None:
        page = browser_of(Role.LICENCE_EDITOR).get(HERE).content.decode()

        assert "没有上级平台" in page

    def test_names_the_parent_and_the_nodes_below(self, parent: None) -> None:
        PeerSource.objects.create(code="511602000000", name="广安区", received_at=clock.now())

        page = browser_of(Role.LICENCE_EDITOR).get(HERE).content.decode()

        assert "报送上级平台：四川省" in page
        assert "广安区" in page
        assert "报送是否通畅由运维人员查看" in page
        assert f'href="{EXCHANGE}"' not in page

    def test_leads_those_to_the_exchange_who_may_watch_it(self, parent: None) -> None:
        page = browser_of(Role.LICENCE_EDITOR, Role.OPERATOR).get(HERE).content.decode()

        assert f'href="{EXCHANGE}"' in page

    def test_is_hidden_from_who_does_not_keep_the_directory(self, parent: None) -> None:
        assert browser_of(Role.SUPERVISOR).get(HERE).status_code in {403, 404}

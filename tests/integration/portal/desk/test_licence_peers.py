"""
The desk's page about the parent: that there is none, since when it is silent, and sending once more.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import identity as people
from tongban.business.licences.models import PeerDay, PeerEntry, PeerFeed
from tongban.foundation import clock
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

HERE = "/desk/licence-peers/"
PROVINCE = "510000000000"


def browser_of(*roles: Role) -> Client:
    browser = Client()
    people.log_in(browser, people.staff(roles=list(roles)), at=clock.now())
    return browser


@pytest.fixture
def parent() -> Iterator[None]:
    """
    A province above, silent since a day ago.
    """
    node = Provider(
        code=PROVINCE, kind=ProviderKind.NODE, name="四川省", name_en="", url="http://p", shared_key=b"k" * 32
    )
    before = federation.trust_by(federation.FixedTrust(Topology(parent=PROVINCE, providers=(node,))))
    at = clock.now()
    for number, problem in ((1, ""), (2, "OUTSIDE_AREA"), (3, "")):
        PeerEntry.objects.create(
            number=number,
            kind="LICENCE",
            subject=f"licence {number}",
            content="{}",
            digest="",
            problem=problem,
            written_at=at,
            day=clock.civil_date(at),
        )
    PeerDay.objects.create(
        receiver=PROVINCE, day=clock.civil_date(at), ours=3, theirs=2, is_equal=False, compared_at=at
    )
    PeerFeed.objects.create(
        receiver=PROVINCE, position=2, trouble="SILENT", failures=3, failing_since=at - timedelta(days=1)
    )
    yield
    federation.trust_by(before)


class TestThePage:
    def test_says_that_there_is_no_parent(self) -> None:
        page = browser_of(Role.LICENCE_EDITOR).get(HERE).content.decode()

        assert "没有配置上级平台" in page

    def test_explains_what_is_sent_and_why_not(self, parent: None) -> None:
        page = browser_of(Role.LICENCE_EDITOR).get(HERE).content.decode()

        assert "上级节点没有回应" in page
        assert "从第 3 号接着报送" in page
        assert "licence 2" in page
        assert "不属于报送节点的地区" in page
        assert "不一致" in page
        assert "从这一天起重新报送" not in page

    def test_lets_a_reviewer_send_once_more(self, parent: None) -> None:
        reviewer = browser_of(Role.LICENCE_REVIEWER)
        assert "从这一天起重新报送" in reviewer.get(HERE).content.decode()

        answer = reviewer.post(HERE, {"number": "1"})

        assert answer.status_code == 302
        assert PeerFeed.objects.get().position == 0

    def test_is_hidden_from_who_does_not_keep_the_directory(self, parent: None) -> None:
        assert browser_of(Role.SUPERVISOR).get(HERE).status_code in {403, 404}
        assert browser_of(Role.LICENCE_EDITOR).post(HERE, {"number": "1"}).status_code == 403

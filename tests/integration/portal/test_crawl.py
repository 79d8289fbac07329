"""
Whoever is logged in can follow every link there is: no page breaks, and none sends him round in circles.
"""

import re
from collections import deque
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories import portal
from tests.factories.identity import log_in, staff
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')
MOST_STEPS = 6
"""Redirects that one address may need; more go in circles."""
MOST_PAGES = 400
"""Far more than the pages of the small area; what is never found is reported rather than sought for ever."""
NO_PAGES = ("/static/", "/files/", "/language", "/elder", "/api/")
"""Addresses behind which there is no page, or one that changes how all others look."""
FOR_APPLICANTS = (
    "/my/cases/",
    "/my/licences/",
    "/my/messages/",
    "/my/account/mobile/",
    "/apply/resume/",
    "/apply/test-permit/",
    "/my/cases/{case}/",
    "/my/cases/{case}/correct/",
    "/my/cases/{case}/withdraw/",
    "/rate/{case}/",
)
STAFF: dict[str, tuple[tuple[Post, ...], tuple[Role, ...]]] = {
    "acceptance": ((Post.ACCEPTANCE,), ()),
    "review": ((Post.REVIEW,), ()),
    "decision": ((Post.DECISION,), ()),
    "delivery": ((Post.DELIVERY,), ()),
    "counter": ((Post.COUNTER,), ()),
    "supervisor": ((), (Role.SUPERVISOR,)),
    "operator": ((), (Role.OPERATOR,)),
    "security": ((), (Role.SECURITY_ADMINISTRATOR,)),
    "audit": ((), (Role.AUDIT_ADMINISTRATOR,)),
    "editor": ((), (Role.CATALOGUE_EDITOR,)),
}
CONSOLES = {"operator": "/desk/accounts/", "security": "/desk/accounts/", "audit": "/desk/audit/"}
"""Where administrators land, who see nothing of cases."""


@pytest.fixture
def case(person: Actor, browser: Browser) -> str:
    """
    A case of the citizen's that was granted, another that waits, and a draft.
    """
    portal.publish_permit()
    number = portal.apply(browser)
    portal.grant(number)
    portal.apply(browser)
    portal.begin(browser)
    events.deliver_all(at=clock.now())
    return number


def browser_of(role: str) -> Browser:
    posts, roles = STAFF[role]
    browser = Browser(raise_request_exception=False)
    actor = staff(*posts, roles=roles, agency_code=make.AGENCY, at=clock.now())
    log_in(browser, actor, at=clock.now())
    return browser


def follow(browser: Browser, address: str) -> tuple[Any, list[str]]:
    """
    Return where an address ends, and the addresses on the way there.
    """
    way = [address]
    response = browser.get(address)
    while response.status_code in {301, 302, 303, 307, 308} and len(way) <= MOST_STEPS:
        way.append(response["Location"])
        response = browser.get(way[-1])
    return response, way


def crawl(browser: Browser, *starts: str, only: tuple[str, ...] = ("/",)) -> tuple[dict[str, str], set[str]]:
    """
    Follow every link from `starts` on; return what is wrong, address -> why, and the addresses that were seen.

    :param only: how addresses begin that are followed
    """
    waiting, seen, wrong = deque(starts), set(starts), dict[str, str]()
    while waiting and len(seen) <= MOST_PAGES:
        address = waiting.popleft()
        response, way = follow(browser, address)
        if response.status_code in {301, 302, 303, 307, 308}:
            wrong[address] = f"goes in circles: {way}"
        elif response.status_code >= 500:
            wrong[address] = f"status {response.status_code}"
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            for found in LINK.findall(response.content.decode()):
                link = found.replace("&amp;", "&")
                if link not in seen and link.startswith(only) and not link.startswith(NO_PAGES):
                    seen.add(link)
                    waiting.append(link)
    return wrong, seen


@pytest.fixture(autouse=True)
def raises_nothing(settings: Any) -> None:
    """
    Answer as the node does: a defect is a 500, not an exception in the test.
    """
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False


class TestEveryLink:
    def test_leads_a_citizen_somewhere(self, browser: Browser, case: str) -> None:
        browser.raise_request_exception = False

        wrong, seen = crawl(browser, "/", "/my/", "/desk/", f"/desk/cases/{case}/")

        assert wrong == {}
        assert {f"/my/cases/{case}/", "/my/licences/", "/apply/test-permit/"} <= seen
        assert len(seen) <= MOST_PAGES

    @pytest.mark.parametrize("role", STAFF)
    def test_leads_staff_somewhere(self, role: str, case: str) -> None:
        starts = [address.replace("{case}", case) for address in FOR_APPLICANTS]

        # The public pages are the same for all staff.
        only = ("/",) if role == "acceptance" else ("/desk/", "/my/")
        wrong, seen = crawl(browser_of(role), "/", "/desk/", "/my/", *starts, only=only)

        assert wrong == {}
        assert CONSOLES.get(role, "/desk/cases/") in seen
        assert len(seen) <= MOST_PAGES


class TestPagesForApplicants:
    @pytest.mark.parametrize("address", FOR_APPLICANTS)
    def test_tell_staff_where_their_desk_is(self, address: str, case: str) -> None:
        response = browser_of("acceptance").get(address.replace("{case}", case))

        page = response.content.decode()
        assert response.status_code == 403
        assert '<h1 id="oops-title">这一页给申请人用，您现在以工作人员身份登录</h1>' in page
        assert 'href="/desk/"' in page
        assert "/my/login/" not in page

    def test_tell_staff_so_after_a_form_too(self, case: str) -> None:
        response = browser_of("acceptance").post(f"/my/cases/{case}/withdraw/", {"reason": "不办了"})

        assert response.status_code == 403
        assert "这一页给申请人用" in response.content.decode()

    def test_send_the_login_page_of_staff_to_the_same_answer(self, case: str) -> None:
        response, way = follow(browser_of("acceptance"), "/my/login/?next=/my/cases/")

        assert (response.status_code, way) == (403, ["/my/login/?next=/my/cases/", "/my/cases/"])

    @pytest.mark.parametrize("address", FOR_APPLICANTS)
    def test_lead_strangers_to_the_door(self, address: str, case: str) -> None:
        response = Browser().get(address.replace("{case}", case))

        assert response.status_code == 302
        assert response["Location"].startswith("/my/login/?next=")

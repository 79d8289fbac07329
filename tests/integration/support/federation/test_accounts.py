"""
Accounts at other platforms: linked by their owner only, after a fresh check, and never opening anybody else's account.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client as Browser

from simulators.authenticator.platforms import Platforms
from simulators.authenticator.server import Server
from tests.factories import identity as make
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.federation import ports, selectors
from tongban.support.federation.adapters.topology_file import simulated_platforms
from tongban.support.federation.models import ForeignLogin, Link
from tongban.support.federation.values import Topology
from tongban.support.identity import services
from tongban.support.identity.models import Account, SignIn
from tongban.support.identity.selectors import actor_of_person
from tongban.support.identity.services import reveal_own
from tongban.support.identity.values import AssuranceLevel, Factor


@pytest.fixture
def platforms() -> Iterator[Server]:
    server = Server(Platforms(client_id="tongban", client_secret="key"))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    known = Topology(providers=simulated_platforms(server.url, client_id="tongban", client_secret="key"))
    before = ports.trust_by(ports.FixedTrust(known))
    yield server
    ports.trust_by(before)
    server.shutdown()
    server.server_close()


@pytest.fixture
def person() -> Actor:
    return make.citizen(name="张小三", level=AssuranceLevel.MOBILE, at=clock.now())


@pytest.fixture
def own(person: Actor) -> Browser:
    browser = Browser()
    make.log_in(browser, person, at=clock.now())
    SignIn.objects.update(checked_level=1, checked_at=clock.now())
    return browser


def at_platform(location: str, *, name: str, id_number: str) -> str:
    """
    Log in at the platform and return where it leads back to.
    """
    answer = httpx.get(location, params={**httpx.URL(location).params, "name": name, "id_number": id_number})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def back(browser: Browser, location: str) -> Any:
    parts = urlsplit(location)
    return browser.get(f"{parts.path}?{parts.query}")


def link(browser: Browser, person: Actor, *, code: str = "wallet", **changes: str) -> Any:
    """
    Link a platform's account, of the person himself unless said otherwise.
    """
    known = reveal_own(actor=person, at=clock.now())
    facts = {"name": known.name, "id_number": known.id_number, **changes}
    away = browser.post(f"/sso/links/{code}/")
    return back(browser, at_platform(away["Location"], **facts))


def level(person: Actor) -> int:
    found = actor_of_person(person_id=UUID(person.person_id), at=clock.now())
    return found.assurance_level if found else -1


class TestLink:
    def test_raises_the_level_and_opens_the_account_from_then_on(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        linked = link(own, person)
        fresh = Browser()
        away = fresh.get("/sso/login/wallet/?next=/my/account/")
        known = reveal_own(actor=person, at=clock.now())
        landed = back(fresh, at_platform(away["Location"], name=known.name, id_number=known.id_number))

        assert linked["Location"] == "/sso/links/"
        assert level(person) == 2
        assert landed["Location"] == "/my/account/"
        assert fresh.get("/my/account/").status_code == 200
        assert Account.objects.count() == 1
        assert [row.code for row in selectors.links(actor=person) if row.linked_at] == ["wallet"]

    def test_asks_for_a_fresh_check_first(self, platforms: Server, own: Browser, person: Actor) -> None:
        SignIn.objects.update(checked_at=clock.now() - timedelta(hours=2))

        answer = own.post("/sso/links/wallet/")

        assert answer["Location"].startswith("/my/level/check/")
        assert own.get("/sso/links/wallet/")["Location"] == "/sso/links/"
        assert Link.objects.count() == 0

    def test_of_somebody_else_is_refused(self, platforms: Server, own: Browser, person: Actor) -> None:
        refused = link(own, person, name="李四", id_number=make.id_number(sequence=77))

        assert refused.status_code == 409
        page = refused.content.decode()
        assert "不是您本人" in page
        assert "关联没有成功" in page
        assert 'href="/sso/links/"' in page
        assert (Link.objects.count(), level(person)) == (0, 1)

    def test_that_another_account_has_is_refused(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        link(own, person)
        Link.objects.update(account=Account.objects.get(id=make.citizen(at=clock.now()).id))

        refused = link(own, person)

        assert refused.status_code == 409
        assert Link.objects.count() == 1

    def test_that_proves_nothing_raises_nothing(self, platforms: Server, own: Browser, person: Actor) -> None:
        link(own, person, code="tax")

        assert (Link.objects.count(), level(person)) == (1, 1)

    def test_ends_with_what_it_proved(self, platforms: Server, own: Browser, person: Actor) -> None:
        link(own, person)
        own.post("/sso/links/wallet/end/")
        away = Browser().get("/sso/login/wallet/")

        assert Link.objects.filter(unlinked_at__isnull=True).count() == 0
        assert level(person) == 1
        assert away.status_code == 302


class TestLogIn:
    def test_opens_nothing_and_makes_nobody_where_it_was_not_linked(
        self, platforms: Server, person: Actor
    ) -> None:
        known = reveal_own(actor=person, at=clock.now())
        fresh = Browser()
        away = fresh.get("/sso/login/wallet/")

        answer = back(fresh, at_platform(away["Location"], name=known.name, id_number=known.id_number))

        assert answer.status_code == 403
        assert "还没有关联" in answer.content.decode()
        assert Account.objects.count() == 1

    @pytest.mark.parametrize("dial", ["down", "wrong"])
    def test_says_so_when_the_platform_does_not_answer(
        self, platforms: Server, own: Browser, person: Actor, dial: str
    ) -> None:
        away = own.post("/sso/links/wallet/")
        known = reveal_own(actor=person, at=clock.now())
        location = at_platform(away["Location"], name=known.name, id_number=known.id_number)
        setattr(platforms.platforms.dials, dial, 1.0)

        answer = back(own, location)

        assert answer.status_code == 502
        assert "暂时没有回应" in answer.content.decode()
        assert Link.objects.count() == 0

    def test_takes_no_answer_that_this_browser_did_not_ask_for(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        away = own.post("/sso/links/wallet/")
        known = reveal_own(actor=person, at=clock.now())
        location = at_platform(away["Location"], name=known.name, id_number=known.id_number)
        thief = Browser()

        stolen = back(thief, location)
        own_once = back(own, location)
        again = back(own, location)

        assert stolen.status_code == 401
        assert own_once.status_code == 302
        assert again.status_code == 401

    def test_leads_to_no_page_of_others_afterwards(self, platforms: Server) -> None:
        fresh = Browser()
        fresh.get("/sso/login/wallet/?next=https://evil.example/")

        assert [row["then"] for row in fresh.session["tongban_errands"].values()] == [""]


def code_of(secret: str, *, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30 + steps)))


def set_up_factor(person: Actor) -> str:
    """
    Set up an app for one-time codes and return its secret.
    """
    offer = services.offer_totp(account_id=UUID(person.id))
    services.set_up_totp(
        secret=offer.secret,
        code=code_of(offer.secret, steps=-1),
        password=make.PASSWORD,
        actor=person,
        at=clock.now(),
    )
    return offer.secret


class TestSecondFactor:
    def at_the_factor(self, person: Actor) -> tuple[Browser, Any]:
        known = reveal_own(actor=person, at=clock.now())
        browser = Browser()
        away = browser.get("/sso/login/wallet/?next=/my/account/")
        return browser, back(
            browser, at_platform(away["Location"], name=known.name, id_number=known.id_number)
        )

    def test_of_its_owner_is_asked_for_although_a_platform_vouches(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        link(own, person)
        secret = set_up_factor(person)
        before = SignIn.objects.count()
        browser, asked = self.at_the_factor(person)

        early = browser.get("/my/account/").status_code
        wrong = browser.post("/my/login/factor/", {"code": "000000"}).status_code
        opened_early = SignIn.objects.count() - before
        shown = browser.post("/my/login/factor/", {"code": code_of(secret)})
        landed = browser.get(shown["Location"])

        assert asked["Location"] == "/my/login/factor/"
        assert (early, wrong, opened_early) == (302, 422, 0)
        assert (shown["Location"], landed["Location"]) == ("/sso/arrive/", "/my/account/")
        assert browser.get("/my/account/").status_code == 200
        opened = SignIn.objects.latest("started_at")
        assert opened.factor == Factor.TOTP
        assert ForeignLogin.objects.get(sign_in_id=opened.id).provider == "wallet"

    def test_is_not_gone_round_by_opening_the_end_of_the_way(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        link(own, person)
        set_up_factor(person)
        before = SignIn.objects.count()
        browser, _asked = self.at_the_factor(person)

        arrived = browser.get("/sso/arrive/")
        again = browser.get("/sso/arrive/")
        anew = browser.get("/my/account/")

        assert [answer["Location"] for answer in (arrived, again)] == ["/my/login/"] * 2
        assert anew.status_code == 302
        assert SignIn.objects.count() == before

    def test_opens_one_session_however_often_the_end_of_the_way_is_asked_for(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        link(own, person)
        secret = set_up_factor(person)
        before = SignIn.objects.count()
        browser, _asked = self.at_the_factor(person)
        browser.post("/my/login/factor/", {"code": code_of(secret)})

        landed = [browser.get("/sso/arrive/")["Location"] for _ in range(2)]

        assert landed == ["/my/account/", "/my/login/"]
        assert SignIn.objects.count() == before + 1

    def test_a_password_that_is_due_is_asked_of_nobody_who_typed_none(
        self, platforms: Server, own: Browser, person: Actor
    ) -> None:
        link(own, person)
        Account.objects.filter(id=person.id).update(must_change_password=True)

        _browser, landed = self.at_the_factor(person)

        assert landed["Location"] == "/my/account/"

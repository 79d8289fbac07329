"""
What may happen once, tried by many at the same moment: an authorization code, a refresh token, a signed call.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from tests.factories import identity as make
from tests.factories.database import empty_logs
from tests.integration.support.federation.conftest import (
    CALLBACK,
    VERIFIER,
    Shop,
    landing,
    query_of,
    register,
)
from tests.integration.support.federation.test_tickets import Hall
from tongban.foundation import clock
from tongban.support.federation.models import BearerToken, RenewalToken, UsedNonce
from tongban.support.identity.values import AssuranceLevel

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 6


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    yield
    empty_logs()


@pytest.fixture
def own() -> Browser:
    browser = Browser()
    person = make.citizen(level=AssuranceLevel.DATA_CHECK, at=clock.now())
    make.log_in(browser, person, at=clock.now())
    return browser


def at_once(act: Callable[[], Any]) -> list[Any]:
    """
    Return what came of doing the same thing many times at the same moment.
    """

    def one(_turn: int) -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=MANY) as pool:
        return list(pool.map(one, range(MANY)))


class TestOnce:
    def test_a_code_gives_tokens_and_none_of_them_outlives_its_second_use(self, own: Browser) -> None:
        shop = Shop(register())
        code = query_of(landing(own, shop))["code"]

        def exchange() -> int:
            return shop.post_token(
                grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER
            ).status_code

        statuses = at_once(exchange)

        # Whoever came first gets nothing where the second was noticed before his tokens were kept.
        assert statuses.count(200) <= 1
        assert set(statuses) <= {200, 400}
        assert not BearerToken.objects.exists()
        assert not RenewalToken.objects.filter(revoked__isnull=True).exists()

    def test_a_refresh_token_is_used_and_its_family_ends_with_the_second_use(self, own: Browser) -> None:
        shop = Shop(register())
        token = shop.fetch(landing(own, shop))["refresh_token"]

        statuses = at_once(
            lambda: shop.post_token(grant_type="refresh_token", refresh_token=token).status_code
        )

        assert statuses.count(200) == 1
        assert set(statuses) == {200, 400}
        assert not RenewalToken.objects.filter(revoked__isnull=True).exists()
        assert not BearerToken.objects.exists()

    def test_a_signed_call_is_believed(self) -> None:
        hall = Hall()
        call = hall.signed("ticketValidate", {"ticket": "x"})

        codes = sorted(at_once(lambda: hall.send(call)["retcode"]))

        assert codes == [*["100003"] * (MANY - 1), "100004"]
        assert UsedNonce.objects.count() == 1

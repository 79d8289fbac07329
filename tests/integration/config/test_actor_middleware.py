"""
Who acts in a request, and where it came from.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories.identity import NODE, PASSWORD, citizen, mobile
from tongban.config.actor_middleware import ActorMiddleware, client_address
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, Channel
from tongban.foundation.errors import NotAuthenticated
from tongban.support.identity import services
from tongban.support.identity.models import SignIn
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import AccountKind


def request_with(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/", headers=headers)
    request.session = SessionStore()
    ActorMiddleware(lambda _: HttpResponse())(request)
    return request


class TestClientAddress:
    @pytest.mark.parametrize(
        ("proxies", "forwarded", "address"),
        [
            pytest.param(0, "203.0.113.9", "127.0.0.1", id="nobody is believed"),
            pytest.param(1, "203.0.113.9", "203.0.113.9", id="one proxy"),
            pytest.param(
                1, "1.2.3.4, 203.0.113.9", "203.0.113.9", id="what the sender wrote is not believed"
            ),
            pytest.param(2, "1.2.3.4, 203.0.113.9, 10.0.0.1", "203.0.113.9", id="two proxies"),
            pytest.param(3, "203.0.113.9", "203.0.113.9", id="fewer entries than proxies"),
            pytest.param(1, "", "127.0.0.1", id="no header"),
            pytest.param(1, " , ", "127.0.0.1", id="empty header"),
        ],
    )
    def test_is_the_last_one_that_a_proxy_of_ours_saw(
        self, settings: Settings, proxies: int, forwarded: str, address: str
    ) -> None:
        settings.TONGBAN_TRUSTED_PROXIES = proxies

        request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})

        assert client_address(request) == address


@pytest.mark.django_db
class TestActor:
    def test_is_not_looked_for_until_somebody_asks(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(0):
            request_with()

    def test_is_nobody_without_a_session(self) -> None:
        assert actor_of(request_with()) == ANONYMOUS

    def test_is_nobody_where_no_middleware_ran(self) -> None:
        assert actor_of(RequestFactory().get("/")) == ANONYMOUS

    def test_comes_through_the_door_of_the_device(self) -> None:
        assert actor_of(request_with(user_agent="… Mobile Safari")).channel is Channel.MOBILE

    def test_is_the_holder_of_a_token(self) -> None:
        person = citizen(phone=mobile(3))
        token = services.issue_session_token(
            login=mobile(3),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=NODE,
            address=None,
            at=clock.now(),
        ).token

        for scheme in ("Bearer", "bearer"):
            actor = actor_of(request_with(authorization=f"{scheme} {token}"))
            assert (actor.kind, actor.person_id, actor.channel) == (
                ActorKind.PERSON,
                person.person_id,
                Channel.API,
            )

    @pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "bearer tb_" + "A" * 43, "Bearer \xe9"])
    def test_is_refused_with_a_token_that_is_none(self, header: str) -> None:
        request = request_with(authorization=header)

        with pytest.raises(NotAuthenticated):
            actor_of(request)

    def test_is_found_by_one_query_and_the_session_is_touched_once_a_minute(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        person, session = citizen(), SessionStore()
        services.begin_sign_in(
            session=session,
            account_id=UUID(person.id),
            address=None,
            user_agent="",
            at=clock.now() - timedelta(minutes=5),
        )

        def ask() -> Actor:
            request = RequestFactory().get("/")
            request.session = session
            ActorMiddleware(lambda _: HttpResponse())(request)
            return actor_of(request)

        with django_assert_num_queries(2):
            ask()
        with django_assert_num_queries(1):
            found = ask()

        assert found.person_id == person.person_id
        assert clock.now() - SignIn.objects.get().seen_at < timedelta(minutes=1)

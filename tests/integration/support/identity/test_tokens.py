"""
Tokens of the interface: shown once, kept as digests, ended at once.
"""

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import AGENCY, DISTRICT, NODE, NOW, PASSWORD, citizen, mobile, staff
from tongban.foundation.actors import ANONYMOUS, ActorKind, Channel
from tongban.foundation.errors import NotPermitted, TooManyRequests
from tongban.support.identity import selectors, services
from tongban.support.identity.models import AccessToken, Client
from tongban.support.identity.services import ClientIdTaken, ClientRefused, LoginFailed, ScopeRefused
from tongban.support.identity.values import AccountKind, ClientReceipt, Post, Role, TokenReceipt

pytestmark = pytest.mark.django_db

SCOPES = ("cases:read", "cases:write")


def let_in(*, client_id: str = "agency-system", lifetime: timedelta | None = None) -> ClientReceipt:
    return services.create_client(
        client_id=client_id,
        name="广安区某局业务系统（演示）",
        scopes=SCOPES,
        agency_code=AGENCY,
        division_code=DISTRICT,
        actor=NODE,
        at=NOW,
        expires_at=NOW + lifetime if lifetime else None,
    )


def token_for(client: ClientReceipt, *scopes: str, secret: str | None = None) -> TokenReceipt:
    return services.issue_client_token(
        client_id=client.client_id,
        client_secret=client.client_secret if secret is None else secret,
        scopes=scopes,
        address="10.0.0.9",
        at=NOW,
    )


class TestIssueClientToken:
    def test_gives_an_actor_with_scopes_agency_and_area(self) -> None:
        receipt = token_for(let_in())

        actor = selectors.actor_for_token(token=receipt.token, at=NOW)

        assert actor is not None
        assert (actor.kind, actor.id, actor.channel) == (ActorKind.CLIENT, "agency-system", Channel.API)
        assert (actor.agency_code, actor.division_code) == (AGENCY, DISTRICT)
        assert actor.scopes == frozenset(SCOPES)

    def test_gives_fewer_scopes_when_fewer_are_wanted(self) -> None:
        receipt = token_for(let_in(), "cases:read")

        actor = selectors.actor_for_token(token=receipt.token, at=NOW)

        assert actor is not None
        assert actor.scopes == frozenset({"cases:read"})

    def test_refuses_more_scopes_than_the_client_has(self) -> None:
        with pytest.raises(ScopeRefused):
            token_for(let_in(), "cases:read", "licences:write")

        assert not AccessToken.objects.exists()

    def test_keeps_secret_and_token_as_digests_only(self) -> None:
        client = let_in()
        receipt = token_for(client)

        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text || c::text FROM identity_accesstoken t, identity_client c")
            (row,) = cursor.fetchone()
        for secret in (client.client_secret, receipt.token):
            assert secret not in row
            assert secret.encode().hex() not in row

    @pytest.mark.parametrize("client_id", ["agency-system", "unknown", "", "a\x00b", "x" * 10_000])
    def test_does_not_say_whether_the_client_exists(self, client_id: str) -> None:
        let_in()

        with pytest.raises(ClientRefused) as refusal:
            services.issue_client_token(
                client_id=client_id, client_secret="wrong", scopes=(), address=None, at=NOW
            )

        assert refusal.value.facts == {}

    def test_refuses_an_expired_client_and_its_tokens(self) -> None:
        client = let_in(lifetime=timedelta(hours=1))
        receipt = token_for(client)
        later = NOW + timedelta(hours=1)

        with pytest.raises(ClientRefused):
            services.issue_client_token(
                client_id=client.client_id,
                client_secret=client.client_secret,
                scopes=(),
                address=None,
                at=later,
            )

        assert selectors.actor_for_token(token=receipt.token, at=later) is None

    def test_refuses_a_revoked_client_and_its_tokens(self) -> None:
        client = let_in()
        receipt = token_for(client)

        Client.objects.update(revoked_at=NOW)

        assert selectors.actor_for_token(token=receipt.token, at=NOW) is None
        with pytest.raises(ClientRefused):
            token_for(client)

    def test_is_limited_per_address(self) -> None:
        client = let_in()
        for _ in range(services.policy().login_tries_per_address):
            with pytest.raises(ClientRefused):
                token_for(client, secret="wrong")

        with pytest.raises(TooManyRequests):
            token_for(client)


class TestIssueSessionToken:
    def test_gives_the_person_who_logged_in(self) -> None:
        person = citizen(phone=mobile(61))

        receipt = services.issue_session_token(
            login=mobile(61),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

        actor = selectors.actor_for_token(token=receipt.token, at=NOW)
        assert actor is not None
        assert (actor.person_id, actor.channel) == (person.person_id, Channel.API)

    def test_refuses_a_wrong_password(self) -> None:
        citizen(phone=mobile(61))

        with pytest.raises(LoginFailed):
            services.issue_session_token(
                login=mobile(61), password="x", kind=AccountKind.PERSON, actor=ANONYMOUS, address=None, at=NOW
            )

        assert not AccessToken.objects.exists()

    def test_ends_with_the_password(self) -> None:
        person = citizen(phone=mobile(61))
        receipt = services.issue_session_token(
            login=mobile(61),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

        services.change_password(password=PASSWORD, new_password="Guangan-2027", actor=person, at=NOW)

        assert selectors.actor_for_token(token=receipt.token, at=NOW) is None


class TestActorForToken:
    def test_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        token = token_for(let_in()).token

        with django_assert_num_queries(1):
            selectors.actor_for_token(token=token, at=NOW)

    def test_lasts_two_hours(self) -> None:
        token = token_for(let_in()).token

        assert selectors.actor_for_token(token=token, at=NOW + timedelta(hours=1, minutes=59)) is not None
        assert selectors.actor_for_token(token=token, at=NOW + timedelta(hours=2)) is None

    def test_ends_when_revoked_and_revoking_twice_is_no_error(self) -> None:
        token = token_for(let_in()).token

        for _ in range(2):
            services.revoke_token(token=token, actor=NODE, at=NOW)

        assert selectors.actor_for_token(token=token, at=NOW) is None

    @pytest.mark.parametrize("token", ["", "tb_", "x" * 100_000, "\x00", "\ud800", "tb_" + "A" * 43])
    def test_is_nobody_for_nonsense(self, token: str) -> None:
        let_in()

        assert selectors.actor_for_token(token=token, at=NOW) is None


class TestCreateClient:
    def test_is_for_operators(self) -> None:
        assert let_in().client_secret
        operator = staff(roles=[Role.OPERATOR])
        services.create_client(
            client_id="second",
            name="第二个系统",
            scopes=(),
            agency_code="",
            division_code="",
            actor=operator,
            at=NOW,
        )

        with pytest.raises(NotPermitted):
            services.create_client(
                client_id="third",
                name="第三个系统",
                scopes=SCOPES,
                agency_code="",
                division_code="",
                actor=staff(Post.COUNTER),
                at=NOW,
            )

        assert set(Client.objects.values_list("client_id", flat=True)) == {"agency-system", "second"}

    def test_refuses_a_second_client_of_the_same_id(self) -> None:
        let_in()

        with pytest.raises(ClientIdTaken):
            let_in()

        assert Client.objects.count() == 1

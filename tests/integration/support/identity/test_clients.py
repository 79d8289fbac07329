"""
Systems that were let in: where they come from, and secrets that change without a break.
"""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from tests.factories import api
from tests.factories.identity import NODE, NOW, staff
from tests.integration.support.identity.test_commands import command
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors, services
from tongban.support.identity.management.restrict_client import restrict_client
from tongban.support.identity.management.rotate_client import rotate_client
from tongban.support.identity.values import ClientReceipt, Post, Role

pytestmark = pytest.mark.django_db

OFFICE = "10.1.2.3"
HOME = "192.0.2.7"
DAY = timedelta(days=1)


def let_in(*networks: str) -> ClientReceipt:
    return services.create_client(
        client_id="agency-system",
        name="某局系统",
        scopes=("cases:read",),
        agency_code="",
        division_code="",
        networks=networks,
        actor=NODE,
        at=NOW,
    )


def token(secret: str, *, address: str | None = OFFICE, at=NOW) -> str:  # type: ignore[no-untyped-def]
    return services.issue_client_token(
        client_id="agency-system", client_secret=secret, scopes=(), address=address, at=at
    ).token


class TestNetworks:
    @pytest.mark.parametrize("networks", [("10.0.0.0/8",), ("10.1.2.3",), ("2001:db8::/32", "10.1.0.0/16")])
    def test_let_a_system_in_from_inside(self, networks: tuple[str, ...]) -> None:
        held = token(let_in(*networks).client_secret)

        assert selectors.actor_for_token(token=held, at=NOW, address=OFFICE) is not None

    @pytest.mark.parametrize("address", [HOME, "2001:db9::1", None, "", "no address"])
    def test_refuse_a_token_elsewhere(self, address: str | None) -> None:
        receipt = let_in("10.0.0.0/8", "2001:db8::/32")

        with pytest.raises(services.ClientRefused):
            token(receipt.client_secret, address=address)

    @pytest.mark.parametrize("address", [HOME, "2001:db9::1", None])
    def test_make_a_token_worthless_elsewhere(self, address: str | None) -> None:
        held = token(let_in("10.0.0.0/8").client_secret)

        assert selectors.actor_for_token(token=held, at=NOW, address=address) is None

    def test_reach_tokens_that_are_out_already(self) -> None:
        held = token(let_in().client_secret)

        services.restrict_client(
            client_id="agency-system", networks=["10.9.0.0/16"], expires_at=None, actor=NODE, at=NOW
        )

        assert selectors.actor_for_token(token=held, at=NOW, address=OFFICE) is None
        assert selectors.actor_for_token(token=held, at=NOW, address="10.9.1.1") is not None

    @pytest.mark.parametrize("network", ["", "10.0.0.0/33", "example.org", "10.0.0.0/8; DROP"])
    def test_are_networks(self, network: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            let_in(network)

        assert list(refusal.value.fields) == ["networks"]


class TestRotation:
    def test_lets_both_secrets_in_for_a_while(self) -> None:
        old = let_in().client_secret

        new = services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW).client_secret

        assert token(old, at=NOW + DAY - timedelta(seconds=1))
        assert token(new)
        with pytest.raises(services.ClientRefused):
            token(old, at=NOW + DAY)

    def test_ends_the_old_one_at_once_where_that_is_wanted(self) -> None:
        old = let_in().client_secret

        services.rotate_client(client_id="agency-system", overlap=timedelta(0), actor=NODE, at=NOW)

        with pytest.raises(services.ClientRefused):
            token(old)

    def test_leaves_two_secrets_at_most(self) -> None:
        first = let_in().client_secret
        second = services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW)

        services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW)

        with pytest.raises(services.ClientRefused):
            token(first)
        assert token(second.client_secret)

    def test_leaves_tokens_alone(self) -> None:
        held = token(let_in().client_secret)

        services.rotate_client(client_id="agency-system", overlap=timedelta(0), actor=NODE, at=NOW)

        assert selectors.actor_for_token(token=held, at=NOW) is not None

    def test_is_written_down_without_the_secret(self) -> None:
        let_in()

        receipt = services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW)

        entry = AuditEntry.objects.get(action="identity.client.rotate")
        assert entry.facts == {"old_until": (NOW + DAY).isoformat()}
        assert receipt.client_secret not in str(entry.facts)

    def test_refuses_an_overlap_without_end(self) -> None:
        let_in()

        with pytest.raises(InvalidInput):
            services.rotate_client(client_id="agency-system", overlap=timedelta(days=31), actor=NODE, at=NOW)

    def test_is_for_system_administrators(self) -> None:
        let_in()
        clerk = staff(*Post, roles=[Role.SUPERVISOR], at=NOW)

        with pytest.raises(NotPermitted):
            services.rotate_client(client_id="agency-system", overlap=DAY, actor=clerk, at=NOW)
        with pytest.raises(NotPermitted):
            services.restrict_client(
                client_id="agency-system", networks=(), expires_at=None, actor=clerk, at=NOW
            )

    def test_is_for_systems_that_are_let_in(self) -> None:
        let_in()
        services.revoke_client(client_id="agency-system", actor=NODE, at=NOW)

        with pytest.raises(services.ClientNotFound):
            services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW)


class TestList:
    def test_says_when_a_system_was_last_there(self) -> None:
        receipt = let_in("10.0.0.0/8")
        before = selectors.clients(actor=NODE)[0]

        token(receipt.client_secret)

        after = selectors.clients(actor=NODE)[0]
        assert (before.last_used_at, after.last_used_at) == (None, NOW)
        assert (after.networks, after.secret_since, after.old_secret_until) == (("10.0.0.0/8",), NOW, None)


class TestCommands:
    def test_show_the_new_secret_once(self) -> None:
        old = let_in().client_secret

        result = CliRunner().invoke(
            command(rotate_client), ["agency-system", "--overlap-hours", "1", "--json"]
        )

        new = json.loads(result.stdout)["client_secret"]
        assert new != old
        assert token(new)

    def test_restrict(self) -> None:
        let_in()

        result = CliRunner().invoke(command(restrict_client), ["agency-system", "--network", "10.0.0.0/8"])

        assert result.stdout == "agency-system  10.0.0.0/8  -\n"
        assert selectors.clients(actor=NODE)[0].networks == ("10.0.0.0/8",)


class TestApi:
    def test_is_for_system_administrators(self) -> None:
        let_in()
        clerk = api.staff(Post.REVIEW, login_name="reviewer")
        operator = api.staff(roles=(Role.OPERATOR,), login_name="operator")

        refused = [
            clerk.get("/clients"),
            clerk.post("/clients/agency-system/secret", {"overlap_hours": 1}),
            clerk.send("PUT", "/clients/agency-system/limits", {"networks": []}),
        ]
        listed = operator.get("/clients").json()
        rotated = operator.post("/clients/agency-system/secret", {"overlap_hours": 1})
        limited = operator.send("PUT", "/clients/agency-system/limits", {"networks": ["10.0.0.0/8"]})

        assert [response.status_code for response in refused] == [403, 403, 403]
        assert [client["client_id"] for client in listed["items"]] == ["agency-system"]
        assert rotated.status_code == 200
        assert rotated["Cache-Control"] == "no-store"
        assert rotated.json()["client_secret"]
        assert limited.json()["networks"] == ["10.0.0.0/8"]

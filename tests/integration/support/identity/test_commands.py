"""
Accounts made on the command line.
"""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.factories.identity import AGENCY, DISTRICT, NODE, PASSWORD, id_number, staff
from tests.integration.support.identity.test_second_factor import with_app
from tongban.business.casework import permissions as casework
from tongban.business.catalogue import permissions as catalogue
from tongban.business.handling import permissions as handling
from tongban.business.licences import permissions as licences
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.resources.datasets import permissions as datasets
from tongban.resources.exchange import permissions as exchange
from tongban.resources.registers import permissions as registers_permissions
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow
from tongban.resources.sharing import permissions as sharing
from tongban.support.documents import permissions as documents
from tongban.support.identity import selectors, services
from tongban.support.identity.management.create_client import create_client
from tongban.support.identity.management.create_staff import create_staff
from tongban.support.identity.management.list_clients import list_clients
from tongban.support.identity.management.reset_factor import reset_factor
from tongban.support.identity.management.revoke_client import revoke_client
from tongban.support.identity.models import Account, Client, StaffMember
from tongban.support.identity.values import AccountKind, Post, Scope
from tongban.support.seals import permissions as seals

pytestmark = pytest.mark.django_db

STAFF = ["wang.gang", "--name", "王刚", "--agency", AGENCY, "--division", DISTRICT, "--post", "COUNTER"]


@pytest.fixture(autouse=True)
def area(db: None) -> None:
    """
    The division and the agency that accounts belong to.
    """
    registers.load_divisions(
        rows=[
            DivisionRow(code="511600000000", name="广安市"),
            DivisionRow(code=DISTRICT, name="广安区", parent_code="511600000000"),
        ],
        actor=NODE,
        at=clock.now(),
    )
    registers.load_agencies(
        rows=[AgencyRow(code=AGENCY, name="广安区卫生健康局", division_code=DISTRICT)],
        actor=NODE,
        at=clock.now(),
    )


def command(function: object) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(function)  # type: ignore[type-var]
    return app


class TestCreateStaff:
    def test_reads_the_password_from_standard_input(self) -> None:
        result = CliRunner().invoke(command(create_staff), [*STAFF, "--json"], input=f"{PASSWORD}\n")

        told = json.loads(result.stdout)
        known = services.authenticate(
            login="wang.gang",
            password=PASSWORD,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=clock.now(),
        )
        assert (result.exit_code, told["account_id"]) == (0, str(known.account_id))
        assert StaffMember.objects.get().posts == ["COUNTER"]

    def test_shows_no_password(self) -> None:
        result = CliRunner().invoke(command(create_staff), STAFF, input=f"{PASSWORD}\n")

        assert result.stdout.splitlines() == [
            "wang.gang (王刚) can log in now, and changes this password first.",
            "Nobody is OPERATOR yet: three people share the node's administration.",
            "Nobody is SECURITY_ADMINISTRATOR yet: three people share the node's administration.",
            "Nobody is AUDIT_ADMINISTRATOR yet: three people share the node's administration.",
        ]

    def test_makes_an_administrator_of_somebody_known_only(self) -> None:
        administrator = [*STAFF[:-2], "--role", "OPERATOR"]

        refused = CliRunner().invoke(command(create_staff), administrator, input=f"{PASSWORD}\n")
        made = CliRunner().invoke(
            command(create_staff), administrator, input=f"{PASSWORD}\n{id_number(sequence=5)}\n"
        )

        assert isinstance(refused.exception, InvalidInput)
        assert list(refused.exception.fields) == ["id_number"]
        assert made.exit_code == 0
        assert StaffMember.objects.get().roles == ["OPERATOR"]

    def test_refuses_a_weak_password(self) -> None:
        result = CliRunner().invoke(command(create_staff), STAFF, input="weak\n")

        assert isinstance(result.exception, InvalidInput)
        assert not Account.objects.exists()

    def test_refuses_an_agency_the_registers_do_not_hold(self) -> None:
        arguments = [*STAFF[:4], "999", *STAFF[5:]]

        result = CliRunner().invoke(command(create_staff), arguments, input=f"{PASSWORD}\n")

        assert isinstance(result.exception, InvalidInput)
        assert list(result.exception.fields) == ["agency"]
        assert not Account.objects.exists()

    def test_knows_the_posts_there_are(self) -> None:
        result = CliRunner().invoke(command(create_staff), [*STAFF, "--post", "KING"], input=f"{PASSWORD}\n")

        assert result.exit_code == 2
        assert not Account.objects.exists()


class TestCreateClient:
    def test_shows_the_secret_once(self) -> None:
        result = CliRunner().invoke(
            command(create_client),
            ["agency-system", "--name", "某局系统", "--scope", "cases:read", "--days", "30", "--json"],
        )

        told = json.loads(result.stdout)
        receipt = services.issue_client_token(
            client_id=told["client_id"],
            client_secret=told["client_secret"],
            scopes=(),
            address=None,
            at=clock.now(),
        )
        actor = selectors.actor_for_token(token=receipt.token, at=clock.now())
        assert actor is not None
        assert (actor.id, actor.scopes) == ("agency-system", frozenset({"cases:read"}))

    @pytest.mark.parametrize("scope", ["bogus", "cases:delete", ""])
    def test_knows_the_scopes_there_are(self, scope: str) -> None:
        result = run(create_client, "agency-system", "--name", "某局系统", "--scope", scope)

        assert result.exit_code == 2
        assert not Client.objects.exists()

    def test_lists_the_scopes_in_its_help(self) -> None:
        text = " ".join(run(create_client, "--help").stdout.split())

        assert all(scope in text.replace(" ", "") for scope in Scope.values)

    @pytest.mark.parametrize(
        ("option", "value", "field"),
        [("--agency", "999", "agency"), ("--division", "999999000000", "division")],
    )
    def test_refuses_places_the_registers_do_not_hold(self, option: str, value: str, field: str) -> None:
        result = run(create_client, "agency-system", "--name", "某局系统", option, value)

        assert isinstance(result.exception, InvalidInput)
        assert list(result.exception.fields) == [field]
        assert not Client.objects.exists()

    @pytest.mark.parametrize("client_id", ["", "a:b", "机构", "x" * 65, ".hidden"])
    def test_refuses_what_is_no_id(self, client_id: str) -> None:
        result = run(create_client, client_id, "--name", "某局系统")

        assert isinstance(result.exception, InvalidInput)
        assert list(result.exception.fields) == ["client_id"]


class TestClients:
    def test_are_listed_without_secrets(self) -> None:
        let_in("first-system", Scope.CASES_READ)
        let_in("second-system")

        listed = run(list_clients)
        told = json.loads(run(list_clients, "--json").stdout)

        assert "first-system  open  -  cases:read  -  -  -  业务系统" in listed.stdout
        assert [client["client_id"] for client in told] == ["first-system", "second-system"]
        assert "secret" not in listed.stdout

    def test_are_let_in_no_more_once_revoked(self) -> None:
        secret = let_in("first-system", Scope.CASES_READ)
        token = token_of("first-system", secret)

        result = run(revoke_client, "first-system")

        assert result.stdout == "first-system (业务系统) is let in no more.\n"
        assert selectors.actor_for_token(token=token, at=clock.now()) is None
        with pytest.raises(services.ClientRefused):
            token_of("first-system", secret)
        assert AuditEntry.objects.get(action="identity.client.revoke").subject == "first-system"
        assert "first-system  revoked" in run(list_clients).stdout

    def test_are_revoked_once(self) -> None:
        let_in("first-system")

        times = [json.loads(run(revoke_client, "first-system", "--json").stdout) for _ in range(2)]

        assert times[0] == times[1]
        assert AuditEntry.objects.filter(action="identity.client.revoke").count() == 1

    def test_are_not_revoked_where_there_are_none(self) -> None:
        assert isinstance(run(revoke_client, "nobody").exception, services.ClientNotFound)

    def test_keep_their_id_for_ever(self) -> None:
        let_in("first-system")
        run(revoke_client, "first-system")

        with pytest.raises(services.ClientIdTaken):
            let_in("first-system")

    def test_are_listed_to_operators_only(self) -> None:
        with pytest.raises(NotPermitted):
            selectors.clients(actor=ANONYMOUS)


class TestScopes:
    def test_are_those_that_the_apps_ask_for(self) -> None:
        asked = {
            catalogue.WRITE_SCOPE,
            casework.READ_SCOPE,
            casework.WRITE_SCOPE,
            documents.WRITE_SCOPE,
            handling.WRITE_SCOPE,
            licences.READ_SCOPE,
            licences.WRITE_SCOPE,
            seals.USE_SCOPE,
            registers_permissions.VERIFY_SCOPE,
            sharing.SCOPE,
            sharing.READ_SCOPE,
            sharing.WRITE_SCOPE,
            datasets.READ_SCOPE,
            datasets.WRITE_SCOPE,
            exchange.READ_SCOPE,
            exchange.WRITE_SCOPE,
        }

        assert asked == set(Scope.values)


def run(function: object, *arguments: str) -> Result:
    return CliRunner().invoke(command(function), list(arguments))


def let_in(client_id: str, *scopes: Scope) -> str:
    receipt = services.create_client(
        client_id=client_id,
        name="业务系统",
        scopes=[scope.value for scope in scopes],
        agency_code="",
        division_code="",
        actor=NODE,
        at=clock.now(),
    )
    return receipt.client_secret


def token_of(client_id: str, secret: str) -> str:
    receipt = services.issue_client_token(
        client_id=client_id, client_secret=secret, scopes=(), address=None, at=clock.now()
    )
    return receipt.token


class TestResetFactor:
    def test_takes_the_second_factor_away_and_writes_it_down(self) -> None:
        clerk = staff(Post.COUNTER, login_name="wang.gang", at=clock.now())
        with_app(clerk, at=clock.now())

        result = CliRunner().invoke(command(reset_factor), ["wang.gang"])

        assert result.stdout == "wang.gang sets a second factor up at the next log-in.\n"
        assert not selectors.own_factors(actor=clerk).factors
        entry = AuditEntry.objects.get(action="identity.factor.reset", subject=clerk.id)
        assert (entry.actor_kind, entry.actor_id) == ("SYSTEM", "identity.reset_factor")

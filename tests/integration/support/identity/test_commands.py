"""
Accounts made on the command line.
"""

import json

import pytest
import typer
from typer.testing import CliRunner

from tests.factories.identity import AGENCY, DISTRICT, PASSWORD
from tongban.foundation import clock
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import selectors, services
from tongban.support.identity.management.create_client import create_client
from tongban.support.identity.management.create_staff import create_staff
from tongban.support.identity.models import Account, StaffMember
from tongban.support.identity.values import AccountKind

pytestmark = pytest.mark.django_db

STAFF = ["wang.gang", "--name", "王刚", "--agency", AGENCY, "--division", DISTRICT, "--post", "COUNTER"]


def command(function: object) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
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

        assert result.stdout == "wang.gang (王刚) can log in now.\n"

    def test_refuses_a_weak_password(self) -> None:
        result = CliRunner().invoke(command(create_staff), STAFF, input="weak\n")

        assert isinstance(result.exception, InvalidInput)
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

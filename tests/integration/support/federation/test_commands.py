"""
The commands of the how-to pages, as they stand there.
"""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from tongban.support.federation.management import relying_parties as parties
from tongban.support.federation.management.rotate_signing_keys import rotate_signing_keys
from tongban.support.federation.management.ticket_applications import (
    create_ticket_application,
    disable_ticket_application,
    enable_ticket_application,
    list_ticket_applications,
    renew_ticket_application_key,
)
from tongban.support.federation.models import RelyingParty, SigningKey, TicketApplication

HOW_TO = Path(__file__).parents[4] / "docs" / "how-to"


def run(command: Callable[..., None], arguments: list[str]) -> Result:
    """
    Run one command.
    """
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def written(page: str, command: str) -> list[str]:
    """
    Return the arguments of a command as a page writes them.
    """
    text = (HOW_TO / page).read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(rf"^    tongban {command} (.*)$", text, re.MULTILINE)
    assert found is not None
    return shlex.split(found.group(1))


class TestHowTo:
    def test_of_openid_connect_registers_lists_renews_and_disables(self) -> None:
        made = run(parties.create_relying_party, written("join-by-oidc.md", "create-relying-party"))
        listed = run(parties.list_relying_parties, ["--json"])
        renewed = run(parties.renew_relying_party_secret, ["shop", "--json"])
        gone = run(parties.disable_relying_party, ["shop"])
        back = run(parties.enable_relying_party, ["shop"])

        assert re.search(r"^client secret  \S{43}$", made.output, re.MULTILINE)
        assert [row["client_id"] for row in json.loads(listed.output)] == ["shop"]
        assert len(json.loads(renewed.output)["client_secret"]) == 43
        assert gone.output == "shop (示例商城) is let in no more.\n"
        assert back.output == "shop (示例商城) is let in again.\n"
        assert RelyingParty.objects.get().scopes == ["identity", "openid", "phone", "profile"]

    def test_of_nodes_registers_a_node(self) -> None:
        made = run(parties.create_relying_party, written("join-nodes.md", "create-relying-party"))

        assert made.exit_code == 0
        assert RelyingParty.objects.get().sector == "zwfw.ga.example"

    def test_of_tickets_registers_and_disables(self) -> None:
        made = run(create_ticket_application, written("join-by-ticket.md", "create-ticket-application"))
        gone = run(disable_ticket_application, ["hall"])

        assert re.search(r"^appword  [0-9a-f]{64}$", made.output, re.MULTILINE)
        assert gone.output == "hall is let in no more.\n"
        assert TicketApplication.objects.get().disabled_at is not None

    def test_of_tickets_lists_renews_and_lets_in_again(self) -> None:
        run(create_ticket_application, written("join-by-ticket.md", "create-ticket-application"))
        first = TicketApplication.objects.get().appword
        renewed = run(
            renew_ticket_application_key,
            [*written("join-by-ticket.md", "renew-ticket-application-key"), "--json"],
        )
        run(disable_ticket_application, ["hall"])
        listed = run(list_ticket_applications, [])
        back = run(enable_ticket_application, ["hall"])

        kept = TicketApplication.objects.get()
        assert json.loads(renewed.output)["appword"] == kept.appword != first
        assert listed.output == "hall  disabled  办事大厅  1 2\n"
        assert back.output == "hall is let in again.\n"
        assert kept.disabled_at is None

    def test_of_keys_rotates(self) -> None:
        before = SigningKey.objects.get().kid

        told = json.loads(run(rotate_signing_keys, ["--json"]).output)

        assert told["retired_kid"] == before
        assert SigningKey.objects.count() == 2

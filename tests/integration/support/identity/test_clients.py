"""
Systems that were let in: where they come from, and secrets that change without a break.
"""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from tests.factories import api
from tests.factories.identity import AGENCY, DISTRICT, NODE, NOW, staff
from tests.integration.support.identity.test_commands import command
from tests.integration.support.identity.test_second_factor import with_app
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow
from tongban.support.identity import selectors, services
from tongban.support.identity.management.assign_client import assign_client
from tongban.support.identity.management.restrict_client import restrict_client
from tongban.support.identity.management.rotate_client import rotate_client
from tongban.support.identity.models import Client, StaffMember
from tongban.support.identity.values import END_CLIENT, ClientReceipt, Post, Role

pytestmark = pytest.mark.django_db

OFFICE = "10.1.2.3"
HOME = "192.0.2.7"
DAY = timedelta(days=1)
OTHER = "11511602MB0000002B"


def let_in(
    *networks: str, client_id: str = "agency-system", agency: str = "", responsible: str = ""
) -> ClientReceipt:
    return services.create_client(
        client_id=client_id,
        name="某局系统",
        scopes=("cases:read",),
        agency_code=agency,
        responsible=responsible,
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


def operator(*, name: str = "系统甲") -> Actor:
    return staff(roles=[Role.OPERATOR], name=name)


def fact(name: str) -> object:
    return getattr(selectors.clients(actor=NODE)[0], name)


def leave(member: Actor, clients: dict[str, str] | None = None) -> None:
    services.let_staff_leave(
        account_id=UUID(member.id), reason="离职", clients=clients, actor=operator(), at=NOW
    )


def move(member: Actor, clients: dict[str, str] | None = None) -> None:
    services.transfer_staff(
        account_id=UUID(member.id),
        agency_code=OTHER,
        division_code=DISTRICT,
        reason="调任",
        clients=clients,
        actor=operator(),
        at=NOW,
    )


@pytest.fixture
def area(db: None) -> None:
    registers.load_divisions(
        rows=[DivisionRow(code=DISTRICT, name="广安区")],
        actor=NODE,
        at=NOW,
    )
    registers.load_agencies(
        rows=[
            AgencyRow(code=AGENCY, name="广安区卫生健康局", division_code=DISTRICT),
            AgencyRow(code=OTHER, name="广安区民政局", division_code=DISTRICT),
        ],
        actor=NODE,
        at=NOW,
    )


class TestResponsible:
    def test_is_somebody_who_works_for_the_agency(self) -> None:
        staff(login_name="wang.gang", name="王刚")

        let_in(agency=AGENCY, responsible="wang.gang")

        assert (fact("responsible_code"), fact("responsible_name")) == ("wang.gang", "王刚")
        assert fact("should_rotate") is False
        assert AuditEntry.objects.get(action="identity.client.create").facts["responsible"] == "wang.gang"

    @pytest.mark.parametrize("code", ["nobody", "elsewhere", "left", "\x00", "-"])
    def test_is_nobody_else(self, code: str) -> None:
        staff(login_name="elsewhere", agency_code=OTHER)
        leave(staff(login_name="left"))

        with pytest.raises(InvalidInput) as refusal:
            let_in(agency=AGENCY, responsible=code)

        assert list(refusal.value.fields) == ["responsible"]
        assert not selectors.clients(actor=NODE)

    def test_may_change_and_leaves_a_secret_that_should_change_too(self) -> None:
        staff(login_name="wang.gang")
        staff(login_name="li.si", name="李四")
        let_in(agency=AGENCY, responsible="wang.gang")

        facts = services.assign_client(
            client_id="agency-system", responsible="li.si", actor=operator(), at=NOW + DAY
        )
        due = facts.should_rotate
        services.rotate_client(client_id="agency-system", overlap=DAY, actor=NODE, at=NOW + DAY)

        entry = AuditEntry.objects.get(action="identity.client.assign")
        assert (facts.responsible_name, due, fact("should_rotate")) == ("李四", True, False)
        assert (entry.facts["before"], entry.facts["responsible"]) == ("wang.gang", "li.si")

    @pytest.mark.parametrize("role", [None, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
    def test_is_named_by_system_administrators(self, role: Role | None) -> None:
        staff(login_name="wang.gang")
        let_in()

        with pytest.raises(NotPermitted):
            services.assign_client(
                client_id="agency-system",
                responsible="wang.gang",
                actor=staff(Post.REVIEW, roles=[role] if role else []),
                at=NOW,
            )

        assert fact("responsible_code") == ""

    def test_does_not_leave_with_a_system_undecided(self) -> None:
        member = staff(login_name="wang.gang")
        let_in(agency=AGENCY, responsible="wang.gang")
        let_in(client_id="second-system", responsible="wang.gang")

        with pytest.raises(InvalidInput) as refusal:
            leave(member, {"second-system": END_CLIENT})

        assert list(refusal.value.fields) == ["clients.agency-system"]
        assert StaffMember.objects.get(account_id=member.id).is_active
        assert [client.revoked_at for client in selectors.clients(actor=NODE)] == [None, None]

    @pytest.mark.parametrize("successor", ["", "wang.gang", "elsewhere", "nobody"])
    def test_does_not_leave_it_to_nobody(self, successor: str) -> None:
        member = staff(login_name="wang.gang")
        staff(login_name="elsewhere", agency_code=OTHER)
        let_in(agency=AGENCY, responsible="wang.gang")

        with pytest.raises(InvalidInput):
            leave(member, {"agency-system": successor})

        assert fact("responsible_code") == "wang.gang"

    def test_leaves_systems_to_a_colleague_or_ends_them(self) -> None:
        member = staff(login_name="wang.gang")
        staff(login_name="li.si")
        held = token(let_in(agency=AGENCY, responsible="wang.gang").client_secret)
        let_in(client_id="second-system", agency=AGENCY, responsible="wang.gang")

        leave(member, {"agency-system": END_CLIENT, "second-system": "li.si"})

        ended, kept = selectors.clients(actor=NODE)
        assert (ended.revoked_at, kept.revoked_at, kept.responsible_code) == (NOW, None, "li.si")
        assert selectors.actor_for_token(token=held, at=NOW, address=OFFICE) is None
        assert not selectors.clients_of(account_id=UUID(member.id), actor=NODE)

    def test_who_has_ended_his_systems_leaves_as_anybody(self) -> None:
        member = staff(login_name="wang.gang")
        let_in(agency=AGENCY, responsible="wang.gang")
        services.revoke_client(client_id="agency-system", actor=NODE, at=NOW)

        leave(member)

        assert not StaffMember.objects.get(account_id=member.id).is_active

    def test_leaves_the_agencys_systems_behind_when_transferred(self, area: None) -> None:
        member = staff(login_name="wang.gang")
        staff(login_name="li.si")
        let_in(agency=AGENCY, responsible="wang.gang")
        let_in(client_id="of-no-agency", responsible="wang.gang")

        with pytest.raises(InvalidInput) as refusal:
            move(member)
        move(member, {"agency-system": "li.si"})

        assert list(refusal.value.fields) == ["clients.agency-system"]
        assert [client.responsible_code for client in selectors.clients(actor=NODE)] == ["li.si", "wang.gang"]

    def test_is_asked_for_his_second_factor(self) -> None:
        administrator = operator()
        with_app(administrator)
        let_in()

        for act in (
            lambda: services.rotate_client(
                client_id="agency-system", overlap=DAY, actor=administrator, at=NOW
            ),
            lambda: services.revoke_client(client_id="agency-system", actor=administrator, at=NOW),
            lambda: services.assign_client(
                client_id="agency-system", responsible="x", actor=administrator, at=NOW
            ),
            lambda: services.restrict_client(
                client_id="agency-system", networks=(), expires_at=None, actor=administrator, at=NOW
            ),
            lambda: services.create_client(
                client_id="other",
                name="某局系统",
                scopes=(),
                agency_code="",
                division_code="",
                actor=administrator,
                at=NOW,
            ),
        ):
            with pytest.raises(services.SecondFactorNotFresh):
                act()


class TestCommands:
    def test_name_who_is_responsible(self) -> None:
        staff(login_name="wang.gang", name="王刚")
        let_in(agency=AGENCY)
        Client.objects.update(created_at=NOW - 30 * DAY)

        result = CliRunner().invoke(command(assign_client), ["agency-system", "wang.gang"])

        assert result.stdout.splitlines() == [
            "王刚 (wang.gang) answers for agency-system.",
            "Its secret is older: tongban rotate-client agency-system",
        ]
        assert fact("responsible_code") == "wang.gang"

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
            clerk.send("PUT", "/clients/agency-system/responsible", {"responsible": "reviewer"}),
        ]
        listed = operator.get("/clients").json()
        rotated = operator.post("/clients/agency-system/secret", {"overlap_hours": 1})
        assigned = operator.send("PUT", "/clients/agency-system/responsible", {"responsible": "reviewer"})
        unknown = operator.send("PUT", "/clients/agency-system/responsible", {"responsible": "nobody"})
        limited = operator.send("PUT", "/clients/agency-system/limits", {"networks": ["10.0.0.0/8"]})

        assert [response.status_code for response in refused] == [403, 403, 403, 403]
        assert [client["client_id"] for client in listed["items"]] == ["agency-system"]
        assert rotated.status_code == 200
        assert rotated["Cache-Control"] == "no-store"
        assert rotated.json()["client_secret"]
        assert limited.json()["networks"] == ["10.0.0.0/8"]
        assert assigned.json()["responsible_code"] == "reviewer"
        assert (unknown.status_code, list(unknown.json()["fields"])) == (422, ["responsible"])

"""
Who may log people in by us is a system administrator's decision.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import api
from tests.factories import identity as make
from tests.integration.support.federation.conftest import CALLBACK, NODE, register
from tests.integration.support.identity.test_second_factor import rules
from tongban.config.env import SecondFactorRule
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.support.federation import selectors, services
from tongban.support.federation.models import RelyingParty
from tongban.support.federation.services.parties import digest_of_secret
from tongban.support.identity.services import SecondFactorNotFresh
from tongban.support.identity.values import Role


class TestRegisterParty:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"client_id": "no blank"}, "client_id"),
            ({"client_id": ""}, "client_id"),
            ({"name": " "}, "name"),
            ({"redirect_uris": []}, "redirect_uris"),
            ({"redirect_uris": ["http://shop.example/cb"]}, "redirect_uris"),
            ({"redirect_uris": ["https://*.shop.example/cb"]}, "redirect_uris"),
            ({"redirect_uris": ["https://shop.example/cb#x"]}, "redirect_uris"),
            ({"redirect_uris": ["https://u:p@shop.example/cb"]}, "redirect_uris"),
            ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
            ({"redirect_uris": ["https://shop.example/a b"]}, "redirect_uris"),
            ({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}, "sector"),
            ({"backchannel_logout_uri": "ftp://shop.example/"}, "logout_uris"),
            ({"scopes": ["cases:read"]}, "scopes"),
            ({"account_kinds": ["ROBOT"]}, "account_kinds"),
            ({"account_kinds": []}, "account_kinds"),
        ],
    )
    def test_names_what_is_wrong_and_lets_nobody_in(self, change: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            register(**change) if "client_id" not in change else register(change["client_id"])

        assert set(refusal.value.fields) == {field}
        assert RelyingParty.objects.count() == 0

    def test_refuses_an_id_that_was_used(self) -> None:
        register()
        services.disable_party(client_id="shop", actor=NODE, at=clock.now())

        with pytest.raises(services.PartyIdTaken):
            register()

    @pytest.mark.parametrize("role", [None, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
    def test_is_for_system_administrators(self, role: Role | None) -> None:
        actor = make.staff(roles=[role] if role else [])

        with pytest.raises(NotPermitted):
            register(actor=actor)
        with pytest.raises(NotPermitted):
            selectors.relying_parties(actor=actor)
        with pytest.raises(NotPermitted):
            services.rotate_signing_key(actor=actor, at=clock.now())

    def test_is_for_who_has_shown_the_second_factor_of_late(self) -> None:
        register("kept")
        actor = make.staff(roles=[Role.OPERATOR])
        acts: list[Any] = [
            lambda: register(actor=actor),
            lambda: services.renew_party_secret(client_id="kept", actor=actor, at=clock.now()),
            lambda: services.disable_party(client_id="kept", actor=actor, at=clock.now()),
            lambda: services.enable_party(client_id="kept", actor=actor, at=clock.now()),
            lambda: services.disable_ticket_application(appmark="hall", actor=actor, at=clock.now()),
            lambda: services.enable_ticket_application(appmark="hall", actor=actor, at=clock.now()),
            lambda: services.renew_ticket_key(appmark="hall", actor=actor, at=clock.now()),
        ]

        with rules(staff_second_factor=SecondFactorRule.REQUIRED):
            for act in acts:
                with pytest.raises(SecondFactorNotFresh):
                    act()

    def test_a_new_secret_ends_the_old_one(self) -> None:
        first = register()

        second = services.renew_party_secret(client_id="shop", actor=NODE, at=clock.now())

        kept = RelyingParty.objects.get().client_secret
        assert kept == digest_of_secret(second.client_secret)
        assert kept != digest_of_secret(first.client_secret)
        assert RelyingParty.objects.get().old_client_secret == ""

    def test_an_old_secret_holds_no_longer_than_a_week(self) -> None:
        register()

        with pytest.raises(InvalidInput) as refusal:
            services.renew_party_secret(
                client_id="shop", overlap=timedelta(days=7, seconds=1), actor=NODE, at=clock.now()
            )

        assert set(refusal.value.fields) == {"overlap"}

    def test_an_old_secret_does_not_outlive_a_suspension(self) -> None:
        register()
        services.renew_party_secret(client_id="shop", overlap=timedelta(hours=24), actor=NODE, at=clock.now())

        services.disable_party(client_id="shop", actor=NODE, at=clock.now())
        back = services.enable_party(client_id="shop", actor=NODE, at=clock.now())

        kept = RelyingParty.objects.get()
        assert (kept.old_client_secret, kept.old_secret_until, back.old_secret_until) == ("", None, None)


class TestApi:
    def test_lets_an_administrator_register_list_and_disable(self) -> None:
        administrator = api.staff(roles=(Role.OPERATOR,), login_name="admin")
        body = {
            "client_id": "shop",
            "name": "示例商城",
            "redirect_uris": [CALLBACK],
            "scopes": ["profile"],
        }

        made = administrator.post("/relying-parties", body)
        listed = administrator.get("/relying-parties").json()["items"]
        renewed = administrator.post("/relying-parties/shop/secret")
        again = administrator.post("/relying-parties/shop/secret", {"overlap_hours": 24})
        overlapping = administrator.get("/relying-parties").json()["items"]
        too_long = administrator.post("/relying-parties/shop/secret", {"overlap_hours": 169})
        gone = administrator.send("DELETE", "/relying-parties/shop")

        assert made.status_code == 201
        assert len(made.json()["client_secret"]) == 43
        assert [(row["client_id"], row["sector"], row["scopes"]) for row in listed] == [
            ("shop", "shop.example", ["openid", "profile"])
        ]
        assert renewed.json()["client_secret"] != made.json()["client_secret"]
        assert again.json()["client_secret"] != renewed.json()["client_secret"]
        assert [row["old_secret_until"] is None for row in (*listed, *overlapping)] == [True, False]
        assert too_long.status_code == 422
        assert gone.json()["disabled_at"] is not None

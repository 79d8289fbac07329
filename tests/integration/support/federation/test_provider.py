"""
An independent client logs people in by OpenID Connect, and everything it must not get away with.

The negative cases are those of the OpenID Connect Basic OP profile and of RFC 9700.
"""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc6749 import OAuth2Error
from django.db import connection
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.factories import identity as make
from tests.integration.support.federation.conftest import (
    AFTER_LOGOUT,
    BASE,
    CALLBACK,
    NODE,
    VERIFIER,
    Shop,
    agree,
    challenge,
    landing,
    query_of,
    register,
    visit,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.support.federation import services
from tongban.support.federation.models import (
    AuthorizationGrant,
    BearerToken,
    Consent,
    RenewalToken,
    SigningKey,
)
from tongban.support.identity.services import end_everything
from tongban.support.identity.values import Post


def ask_for(shop: Shop, landed: str, **changes: str) -> Any:
    """
    Ask for tokens with the code of an address, in a form of the test's own.
    """
    form = {
        "grant_type": "authorization_code",
        "code": query_of(landed)["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return shop.post_token(**{name: value for name, value in form.items() if value})


def error_of(response: Any) -> tuple[int, str]:
    """
    Return status and code of a refusal.
    """
    return response.status_code, response.json()["error"]


class TestLogIn:
    def test_leads_through_consent_to_a_verified_identity(self, shop: Shop, browser: Browser) -> None:
        landed = landing(browser, shop, scope="openid profile")

        token = shop.fetch(landed)

        claims = shop.claims(token["id_token"])
        assert query_of(landed)["iss"] == BASE
        assert query_of(landed)["state"] == "xyz"
        assert claims["acr"] == "urn:tongban:assurance:2"
        assert claims["amr"] == ["pwd"]
        assert token["expires_in"] == 600
        info = shop.user_info(token["access_token"]).json()
        assert info["sub"] == claims["sub"]
        assert info["name"] == "张*三"
        assert "id_number" not in info

    def test_tells_the_full_name_and_number_only_where_they_were_consented_to(
        self, shop: Shop, browser: Browser, citizen: Actor
    ) -> None:
        page = visit(browser, shop.link(scope="openid identity phone"))

        token = shop.fetch(agree(browser, page))

        assert "姓名、证件类型和证件号码" in page.content.decode()
        info = shop.user_info(token["access_token"]).json()
        assert (info["name"], info["id_type"], len(info["id_number"])) == ("张小三", "111", 18)
        assert info["phone_number"].startswith("199")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT facts->>'receiver', facts->'what' FROM foundation_audit "
                "WHERE action = 'identity.person.hand_over' AND subject = %s",
                [citizen.person_id],
            )
            rows = cursor.fetchall()
        assert [row[0] for row in rows] == ["shop"]

    def test_asks_no_second_time_for_what_was_consented_to(self, shop: Shop, browser: Browser) -> None:
        landing(browser, shop, scope="openid profile")

        again = visit(browser, shop.link(scope="openid"))
        more = visit(browser, shop.link(scope="openid profile phone"))

        assert again.status_code == 302
        assert again["Location"].startswith(f"{CALLBACK}?code=")
        assert more.status_code == 200

    def test_gives_two_sectors_two_subjects_and_one_sector_one(self, shop: Shop, browser: Browser) -> None:
        same = Shop(register("shop-app"))
        other = Shop(
            register("bank", redirect_uris=["https://bank.example/cb"]), callback="https://bank.example/cb"
        )

        subjects = [
            each.claims(each.fetch(landing(browser, each))["id_token"])["sub"] for each in (shop, same, other)
        ]

        assert subjects[0] == subjects[1]
        assert subjects[0] != subjects[2]

    def test_leads_who_is_not_logged_in_to_the_login_page_and_on_from_there(
        self, shop: Shop, citizen: Actor
    ) -> None:
        stranger = Browser()
        to_login = visit(stranger, shop.link())

        make.log_in(stranger, citizen, at=clock.now())
        back = stranger.get(to_login["Location"])

        assert to_login["Location"].startswith("/my/login/?next=%2Fsso%2Fauthorize%2F%3F")
        assert back["Location"].startswith("/sso/authorize/?")
        assert stranger.get(back["Location"]).status_code == 200

    def test_renews_tokens_and_the_old_ones_end(self, shop: Shop, browser: Browser) -> None:
        first = shop.fetch(landing(browser, shop))

        second = shop.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()

        assert second["refresh_token"] != first["refresh_token"]
        assert shop.user_info(first["access_token"]).status_code == 401
        assert shop.user_info(second["access_token"]).status_code == 200

    def test_keeps_neither_codes_nor_tokens_nor_secrets_nor_keys_in_clear(
        self, shop: Shop, browser: Browser
    ) -> None:
        landed = landing(browser, shop)
        token = shop.fetch(landed)

        with connection.cursor() as cursor:
            kept = ""
            for table in ("authorizationgrant", "bearertoken", "renewaltoken", "relyingparty", "signingkey"):
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM federation_{table} t")
                kept += cursor.fetchone()[0]

        for secret in (
            query_of(landed)["code"],
            token["access_token"],
            token["refresh_token"],
            shop.receipt.client_secret,
            "PRIVATE KEY",
            b"PRIVATE KEY".hex(),
        ):
            assert secret not in kept

    def test_takes_staff_where_the_party_takes_staff(self, shop: Shop) -> None:
        office = Shop(register("office", account_kinds=["STAFF"], scopes=["staff"]))
        clerk = Browser()
        make.log_in(clerk, make.staff(Post.REVIEW, name="李工", at=clock.now()), at=clock.now())

        info = office.user_info(
            office.fetch(landing(clerk, office, scope="openid staff"))["access_token"]
        ).json()
        refused = visit(clerk, shop.link())

        assert (info["name"], info["agency_code"], info["posts"]) == ("李工", make.AGENCY, ["REVIEW"])
        assert query_of(refused["Location"])["error"] == "access_denied"

    def test_says_no_to_the_party_when_the_person_does(self, shop: Shop, browser: Browser) -> None:
        landed = agree(browser, visit(browser, shop.link()), answer="no")

        assert query_of(landed) == {"error": "access_denied", "state": "xyz", "iss": BASE}
        assert Consent.objects.count() == 0


class TestPrompts:
    def test_none_says_what_is_missing_and_shows_nothing(self, shop: Shop, browser: Browser) -> None:
        nobody = visit(Browser(), shop.link(prompt="none"))
        somebody = visit(browser, shop.link(prompt="none"))
        landing(browser, shop)
        agreed = visit(browser, shop.link(prompt="none"))

        assert query_of(nobody["Location"])["error"] == "login_required"
        assert query_of(somebody["Location"])["error"] == "consent_required"
        assert "code" in query_of(agreed["Location"])

    def test_login_and_max_age_ask_for_a_fresh_login(
        self, shop: Shop, browser: Browser, citizen: Actor
    ) -> None:
        asked = visit(browser, shop.link(prompt="login"))
        make.log_in(browser, citizen, at=clock.now() - timedelta(minutes=5))
        stale = visit(browser, shop.link(max_age=60))

        assert asked["Location"].startswith("/my/login/")
        assert "prompt" not in asked["Location"]
        assert stale["Location"].startswith("/my/login/")

    def test_names_of_levels_that_are_not_reached_are_refused(self, shop: Shop, browser: Browser) -> None:
        refused = visit(browser, shop.link(acr_values="urn:tongban:assurance:3"))
        reached = visit(browser, shop.link(acr_values="urn:tongban:assurance:3 urn:tongban:assurance:1"))

        assert query_of(refused["Location"])["error"] == "unmet_authentication_requirements"
        assert reached.status_code == 200


class TestAuthorizationIsRefused:
    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/callback",
            "https://shop.example/callback/",
            "https://shop.example/callback?more=1",
            "https://shop.example/callback#part",
            "https://shop.example:8443/callback",
            "http://shop.example/callback",
            "https://user@shop.example/callback",
            "https://shop.example/CALLBACK",
            "https://shop.example/callback;x=1",
            "javascript:alert(1)",
            "",
        ],
    )
    def test_for_another_address_and_the_browser_is_led_nowhere(
        self, shop: Shop, browser: Browser, address: str
    ) -> None:
        link = shop.link()
        wrong = f"{link.split('?')[0]}?" + "&".join(
            part for part in link.split("?")[1].split("&") if not part.startswith("redirect_uri=")
        )
        response = (
            browser.get(wrong.removeprefix(BASE), {})
            if not address
            else visit(browser, f"{wrong}&redirect_uri={address.replace('#', '%23').replace('?', '%3F')}")
        )

        if address:
            assert response.status_code == 400
            assert "Location" not in response

    def test_for_an_unknown_party(self, shop: Shop, browser: Browser) -> None:
        response = visit(browser, shop.link().replace("client_id=shop", "client_id=nobody"))

        assert response.status_code == 400

    def test_for_a_party_that_is_let_in_no_more(self, shop: Shop, browser: Browser) -> None:
        link = shop.link()
        services.disable_party(client_id="shop", actor=NODE, at=clock.now())

        assert visit(browser, link).status_code == 400

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (("response_type=code", "response_type=token"), "unauthorized_client"),
            (("response_type=code", "response_type=id_token"), "unauthorized_client"),
            (("response_type=code", "response_type=code%20id_token"), "unauthorized_client"),
            (("code_challenge_method=S256", "code_challenge_method=plain"), "invalid_request"),
            (("&code_challenge_method=S256", ""), "invalid_request"),
            ((f"&code_challenge={challenge()}", ""), "invalid_request"),
            (("scope=openid", "scope=openid%20staff"), "invalid_scope"),
            (("scope=openid", "scope=openid%20cases%3Aread"), "invalid_scope"),
            (("scope=openid", "scope=openid&request=eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
            (("scope=openid", "scope=openid&request_uri=http%3A%2F%2F127.0.0.1"), "request_not_supported"),
            (("scope=openid", "scope=openid&prompt=none%20login"), "invalid_request"),
        ],
    )
    def test_for_what_the_profile_forbids(
        self, shop: Shop, browser: Browser, change: tuple[str, str], error: str
    ) -> None:
        link = shop.link()
        assert change[0] in link

        response = visit(browser, link.replace(*change))

        told = query_of(response["Location"])
        assert (told["error"], told["state"], told["iss"]) == (error, "xyz", BASE)
        assert response["Location"].startswith(CALLBACK)

    def test_for_repeated_parameters(self, shop: Shop, browser: Browser) -> None:
        response = visit(browser, f"{shop.link()}&redirect_uri=https%3A%2F%2Fevil.example")

        assert response.status_code == 400

    def test_when_the_consent_page_is_tampered_with(self, shop: Shop, browser: Browser) -> None:
        page = visit(browser, shop.link()).content.decode()
        pending = page.split('name="request" value="')[1].split('"')[0]

        for wrong in (pending[:-3] + "abc", "", pending.split(":")[0]):
            response = browser.post("/sso/consent/", {"request": wrong, "answer": "yes"})

            assert response.status_code == 400
        assert AuthorizationGrant.objects.count() == 0

    def test_when_somebody_else_answers_the_consent_page(self, shop: Shop, browser: Browser) -> None:
        page = visit(browser, shop.link()).content.decode()
        pending = page.split('name="request" value="')[1].split('"')[0]
        thief = Browser()
        make.log_in(thief, make.citizen(at=clock.now()), at=clock.now())

        response = thief.post("/sso/consent/", {"request": pending, "answer": "yes"})

        assert response.status_code == 400
        assert AuthorizationGrant.objects.count() == 0

    def test_the_consent_form_needs_its_csrf_token(self, shop: Shop, citizen: Actor) -> None:
        strict = Browser(enforce_csrf_checks=True)
        make.log_in(strict, citizen, at=clock.now())
        page = visit(strict, shop.link()).content.decode()
        pending = page.split('name="request" value="')[1].split('"')[0]

        response = strict.post("/sso/consent/", {"request": pending, "answer": "yes"})

        assert response.status_code == 403

    def test_the_consent_page_may_lead_to_the_party_and_nowhere_else(
        self, shop: Shop, browser: Browser
    ) -> None:
        page = visit(browser, shop.link())

        assert "form-action 'self' https://shop.example;" in page["Content-Security-Policy"]


class TestCodeIsRefused:
    def test_used_twice_and_everything_that_came_of_it_ends(self, shop: Shop, browser: Browser) -> None:
        landed = landing(browser, shop)
        token = shop.fetch(landed)

        again = ask_for(shop, landed)

        assert error_of(again) == (400, "invalid_grant")
        assert shop.user_info(token["access_token"]).status_code == 401
        renewed = shop.post_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
        assert error_of(renewed) == (400, "invalid_grant")
        misuses = AuditEntry.objects.filter(action__endswith=".misuse").order_by("id").values_list("action")
        assert [row[0] for row in misuses] == [
            "federation.code.misuse",
            "identity.token.misuse",
            "federation.token.misuse",
        ]

    @pytest.mark.parametrize(
        "verifier", ["", "another-verifier-long-enough-for-the-standard-98765", "short", challenge()]
    )
    def test_without_its_verifier(self, shop: Shop, browser: Browser, verifier: str) -> None:
        response = ask_for(shop, landing(browser, shop), code_verifier=verifier)

        assert response.status_code == 400
        assert response.json()["error"] in {"invalid_grant", "invalid_request"}
        assert BearerToken.objects.count() == 0

    def test_after_a_minute(self, shop: Shop, browser: Browser) -> None:
        landed = landing(browser, shop)
        AuthorizationGrant.objects.update(expires=clock.now() - timedelta(seconds=1))

        assert error_of(ask_for(shop, landed)) == (400, "invalid_grant")

    def test_lives_a_minute_at_most(self, shop: Shop, browser: Browser) -> None:
        before = clock.now()
        landing(browser, shop)

        grant = AuthorizationGrant.objects.get()

        assert grant.expires - before <= timedelta(seconds=61)

    def test_in_the_hands_of_another_party(self, shop: Shop, browser: Browser) -> None:
        thief = Shop(register("thief"))
        landed = landing(browser, shop)

        stolen = ask_for(thief, landed)

        assert error_of(stolen) == (400, "invalid_grant")
        assert shop.fetch(landed)["access_token"]

    @pytest.mark.parametrize("address", ["https://shop.example/other", "", "https://evil.example/callback"])
    def test_for_another_address(self, shop: Shop, browser: Browser, address: str) -> None:
        response = ask_for(shop, landing(browser, shop), redirect_uri=address)

        assert response.status_code == 400
        assert BearerToken.objects.count() == 0

    def test_without_the_right_secret(self, shop: Shop, browser: Browser) -> None:
        landed = landing(browser, shop)
        shop.receipt = type(shop.receipt)(client_id="shop", client_secret="guessed", issuer=BASE)

        assert error_of(ask_for(shop, landed)) == (401, "invalid_client")

    @pytest.mark.parametrize(
        ("overlap", "since", "expected"),
        [
            (timedelta(hours=1), timedelta(), 200),
            (timedelta(hours=1), timedelta(hours=1, seconds=1), 401),
            (timedelta(), timedelta(), 401),
        ],
    )
    def test_with_the_secret_before_while_it_is_believed(
        self, shop: Shop, browser: Browser, overlap: timedelta, since: timedelta, expected: int
    ) -> None:
        landed = landing(browser, shop)

        services.renew_party_secret(client_id="shop", overlap=overlap, actor=NODE, at=clock.now() - since)

        assert ask_for(shop, landed).status_code == expected

    def test_made_up(self, shop: Shop) -> None:
        landed = f"{CALLBACK}?code=made-up"

        assert error_of(ask_for(shop, landed)) == (400, "invalid_grant")

    def test_after_the_login_has_ended(self, shop: Shop, browser: Browser, citizen: Actor) -> None:
        landed = landing(browser, shop)
        end_everything(actor=citizen, at=clock.now())

        assert error_of(ask_for(shop, landed)) == (400, "invalid_grant")

    def test_with_a_state_the_shop_did_not_send(self, shop: Shop, browser: Browser) -> None:
        landed = landing(browser, shop)

        with pytest.raises(OAuth2Error):
            shop.fetch(landed, state="tampered")


class TestTokenIsRefused:
    def test_replayed_refresh_token_and_its_whole_family(self, shop: Shop, browser: Browser) -> None:
        first = shop.fetch(landing(browser, shop))
        second = shop.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()

        replayed = shop.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"])

        assert error_of(replayed) == (400, "invalid_grant")
        assert shop.user_info(second["access_token"]).status_code == 401
        last = shop.post_token(grant_type="refresh_token", refresh_token=second["refresh_token"])
        assert error_of(last) == (400, "invalid_grant")

    def test_refresh_token_of_another_party(self, shop: Shop, browser: Browser) -> None:
        thief = Shop(register("thief"))
        token = shop.fetch(landing(browser, shop))

        response = thief.post_token(grant_type="refresh_token", refresh_token=token["refresh_token"])

        assert error_of(response) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        "form",
        [
            {"grant_type": "password", "username": "a", "password": "b"},
            {"grant_type": "client_credentials"},
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"},
            {"grant_type": "made_up"},
            {},
        ],
    )
    def test_other_grants(self, shop: Shop, form: dict[str, str]) -> None:
        response = shop.post_token(**form)

        assert response.status_code == 400
        assert BearerToken.objects.count() == 0

    def test_lapsed_access_token(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))
        BearerToken.objects.update(expires=clock.now() - timedelta(seconds=1))

        assert shop.user_info(token["access_token"]).status_code == 401

    def test_access_token_of_a_login_that_ended(self, shop: Shop, browser: Browser, citizen: Actor) -> None:
        token = shop.fetch(landing(browser, shop))
        end_everything(actor=citizen, at=clock.now())

        assert shop.user_info(token["access_token"]).status_code == 401
        renewed = shop.post_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
        assert error_of(renewed) == (400, "invalid_grant")

    def test_identity_token_at_the_user_info_endpoint(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        assert shop.user_info(token["id_token"]).status_code == 401

    def test_access_token_in_the_address(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        response = shop.plain.get(f"/sso/userinfo/?access_token={token['access_token']}")

        assert response.status_code == 401

    def test_access_token_at_the_open_interface(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        response = shop.plain.get(
            "/api/v1/account", headers={"Authorization": f"Bearer {token['access_token']}"}
        )

        assert response.status_code in {401, 404}
        assert response.status_code != 200

    def test_revoked_by_the_party(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        shop.plain.post(
            "/sso/revoke/",
            data={"token": token["refresh_token"]},
            auth=("shop", shop.receipt.client_secret),
        )

        assert shop.user_info(token["access_token"]).status_code == 401
        assert RenewalToken.objects.filter(revoked__isnull=True).count() == 0

    def test_many_wrong_secrets_close_the_door_for_the_address(self, shop: Shop) -> None:
        shop.receipt = type(shop.receipt)(client_id="shop", client_secret="guessed", issuer=BASE)

        statuses = {
            shop.post_token(grant_type="refresh_token", refresh_token="x").status_code for _ in range(61)
        }

        assert statuses == {401, 429}


class TestIdentityTokenOfOthers:
    """
    Tokens that come back to us as `id_token_hint`: only ours are believed.
    """

    def test_logs_out_at_once_who_proves_which_login_is_meant(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        response = browser.get(
            "/sso/logout/",
            {
                "id_token_hint": token["id_token"],
                "post_logout_redirect_uri": AFTER_LOGOUT,
                "state": "s-1",
            },
        )

        assert response["Location"] == f"{AFTER_LOGOUT}?state=s-1"
        assert browser.get("/my/account/").status_code in {302, 401}

    @pytest.mark.parametrize("forgery", ["none", "hs256", "own key", "other issuer", "other audience"])
    def test_asks_where_the_hint_is_forged(self, shop: Shop, browser: Browser, forgery: str) -> None:
        token = shop.fetch(landing(browser, shop))
        claims = shop.claims(token["id_token"])
        kid = jwt.decode(token["id_token"], shop.keys()).header["kid"]
        public = SigningKey.objects.get().kid
        forgers: dict[str, Any] = {
            "none": lambda: _unsigned(claims, kid),
            "hs256": lambda: jwt.encode(
                {"alg": "HS256", "kid": kid}, claims, OctKey.import_key(public * 2), algorithms=["HS256"]
            ),
            "own key": lambda: jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048)),
            "other issuer": lambda: jwt.encode(
                {"alg": "RS256", "kid": "x"},
                {**claims, "iss": "https://evil.example"},
                RSAKey.generate_key(2048),
            ),
            "other audience": lambda: token["id_token"],
        }
        forged = forgers[forgery]()
        client_id = "shop" if forgery != "other audience" else register("other").client_id

        response = browser.get("/sso/logout/", {"id_token_hint": forged, "client_id": client_id})

        assert response.status_code == 200
        assert "退出登录" in response.content.decode()
        assert browser.get("/my/account/").status_code == 200

    def test_leads_nowhere_that_was_not_registered(self, shop: Shop, browser: Browser) -> None:
        token = shop.fetch(landing(browser, shop))

        response = browser.get(
            "/sso/logout/",
            {"id_token_hint": token["id_token"], "post_logout_redirect_uri": "https://evil.example/"},
        )

        assert response.status_code == 200
        assert "已退出登录" in response.content.decode()


class TestKeys:
    def test_a_rotated_key_stays_published_until_what_it_signed_has_lapsed(
        self, shop: Shop, browser: Browser
    ) -> None:
        old = shop.fetch(landing(browser, shop))["id_token"]
        receipt = services.rotate_signing_key(actor=NODE, at=clock.now())
        new = shop.fetch(landing(browser, shop))["id_token"]

        both = [shop.claims(old)["sub"], shop.claims(new)["sub"]]

        assert both[0] == both[1]
        assert receipt.retired_kid
        assert [key.kid for key in shop.keys().keys] == [receipt.kid, receipt.retired_kid]
        SigningKey.objects.filter(kid=receipt.retired_kid).update(published_until=clock.now())
        assert [key.kid for key in shop.keys().keys] == [receipt.kid]

    def test_published_keys_are_public_only(self, shop: Shop) -> None:
        keys = shop.plain.get("/sso/jwks.json").json()["keys"]

        assert [sorted(key) for key in keys] == [["alg", "e", "kid", "kty", "n", "use"]]


def _unsigned(claims: dict[str, Any], kid: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'kid': kid})}.{part(claims)}."

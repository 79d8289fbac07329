"""
What the OAuth library asks this node: clients, codes, tokens and claims.

The arithmetic of requests is oauthlib's, the rows are those of django-oauth-toolkit. What differs from theirs:

* codes are kept as digests, claimed by one statement, and a second use ends everything that came of the first;
* every token ends with the login it came from;
* only S256 challenges are taken;
* secrets of clients are random, so one round of SM3 keeps them;
* keys come from the node's own table, and the token names the one that signed;
* subjects are pairwise.

Sources: RFC 6749, RFC 7636, RFC 9700, OpenID Connect Core 1.0.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from jwcrypto import jws, jwt
from jwcrypto.common import JWException
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749 import errors

from tongban.foundation import crypto, refusals
from tongban.support.federation.models import (
    AuthorizationGrant,
    BearerToken,
    IdentityToken,
    RelyingParty,
    RelyingSession,
    RenewalToken,
)
from tongban.support.federation.ports import claims_source
from tongban.support.federation.selectors import current_signing_key, verification_key
from tongban.support.federation.selectors.sessions import is_login_open
from tongban.support.federation.values import Authentication, ClaimScope

ALGORITHMS = ["RS256"]
LONGEST_CODE = 256
MISUSED_CODE = "federation.code.misuse"
MISUSED_TOKEN = "federation.token.misuse"  # noqa: S105 -- the name of an action
CLAIMS = (
    "sub", "acr", "amr", "auth_time", "sid", "name", "id_type", "id_number", "birthdate", "phone_number",
    "acting_for",
    "staff_code", "agency_code", "division_code", "posts",
)  # fmt: skip


class Scopes(BaseScopes):
    """
    Which scopes there are, and which a party may ask for.
    """

    def get_all_scopes(self) -> dict[str, str]:
        return {scope.value: str(scope.label) for scope in ClaimScope}

    def get_available_scopes(
        self, application: RelyingParty | None = None, request: Any = None, *_a: Any, **_k: Any
    ) -> list[str]:
        return list(application.scopes) if application else list(ClaimScope.values)

    def get_default_scopes(
        self, application: Any = None, request: Any = None, *_a: Any, **_k: Any
    ) -> list[str]:
        return [ClaimScope.OPENID.value]


def kept_code(code: str) -> str:
    """
    Return the digest a code is kept by.
    """
    return crypto.sm3(code[:LONGEST_CODE].encode(errors="replace")).hex()


class UsedMeanwhile(Exception):
    """
    A refresh token was used by another request while this one was answered.
    """

    def __init__(self, family: uuid.UUID | None) -> None:
        """
        Keep which family it belongs to.
        """
        super().__init__(str(family))
        self.family = family


class Validator(OAuth2Validator):
    """
    Answers of the node to oauthlib. One is made for each request.
    """

    oidc_claim_scope = None  # type: ignore[assignment]

    def __init__(self, *, at: datetime) -> None:
        """
        Answer as of now.
        """
        super().__init__()
        self.at = at
        self._party: RelyingParty | None = None

    # --- Clients ---------------------------------------------------------------------------------------------

    def _load_application(self, client_id: str, request: Any) -> RelyingParty | None:
        # Kept, because of two secrets that may hold the library has only one compared.
        self._party = super()._load_application(client_id, request)
        return self._party

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        digest = f"sm3:{crypto.sm3(provided_secret.encode(errors='replace')).hex()}"
        held = [stored_secret]
        party = self._party
        if party is not None and party.old_secret_until is not None and party.old_secret_until > self.at:
            held.append(party.old_client_secret)
        return any(kept and compare_digest(digest, kept) for kept in held)

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """
        Let a public party by without a secret; PKCE ties the code to it.
        """
        return (
            self._load_application(client_id, request) is not None
            and request.client.client_type == RelyingParty.CLIENT_PUBLIC
        )

    # --- Codes -----------------------------------------------------------------------------------------------

    def _create_authorization_code(self, request: Any, code: Any, expires: Any = None) -> AuthorizationGrant:
        if request.code_challenge_method != AuthorizationGrant.CODE_CHALLENGE_S256:
            raise errors.UnsupportedCodeChallengeMethodError(request=request)
        grant: AuthorizationGrant = AuthorizationGrant.objects.create(
            application=request.client,
            user=request.user,
            code=kept_code(code["code"]),
            expires=self.at + timedelta(seconds=oauth2_settings.AUTHORIZATION_CODE_EXPIRE_SECONDS),
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
            nonce=request.nonce or "",
            claims="{}",
            authentication=request.authentication,
        )
        return grant

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kw: Any
    ) -> bool:
        """
        Claim a code for its client, once; a second use revokes what came of the first (RFC 6749 section 4.1.2).
        """
        at = self.at
        mine = AuthorizationGrant.objects.filter(code=kept_code(code), application=client)
        if mine.filter(used_at__isnull=True, expires__gt=at).update(used_at=at) == 0:
            self._punish_reuse(mine.filter(used_at__isnull=False), at=at)
            return False
        grant = mine.select_related("user").get()
        if not is_login_open(authentication_of(grant).sign_in_id, account=grant.user, at=at):
            return False
        request.grant = grant
        request.scopes = grant.scope.split(" ")
        request.user = grant.user
        request.nonce = grant.nonce
        request.authentication = grant.authentication
        return True

    def _punish_reuse(self, used: Any, *, at: datetime) -> None:
        with transaction.atomic():
            grant = used.select_for_update().first()
            if grant is None:
                return
            refusals.note_misuse(MISUSED_CODE, reason="USED_TWICE")
            grant.reused_at = at
            grant.save(update_fields=["reused_at"])
            RenewalToken.revoke_family(grant.family)

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Any, *a: Any, **k: Any
    ) -> None:
        """
        Do nothing: the code was claimed when it was validated.
        """

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """
        Whether the address is the one the code was given to, sign by sign.
        """
        mine = AuthorizationGrant.objects.filter(code=kept_code(code), application=client)
        return bool(mine.filter(redirect_uri=redirect_uri).exists())

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        """
        Return the challenge the code is bound to.
        """
        return self._grant(code, request).code_challenge or None

    def get_code_challenge_method(self, code: str, request: Any) -> str | None:
        """
        Return the method of the challenge, S256 always.
        """
        return self._grant(code, request).code_challenge_method or None

    def get_authorization_code_scopes(
        self, client_id: str, code: str, redirect_uri: str, request: Any
    ) -> list[str]:
        """
        Return what the code was given for.
        """
        scopes = (
            AuthorizationGrant.objects.filter(code=kept_code(code)).values_list("scope", flat=True).first()
        )
        return scopes.split(" ") if scopes else []

    def get_authorization_code_nonce(
        self, client_id: str, code: str, redirect_uri: str, request: Any
    ) -> str | None:
        """
        Return the nonce of the request the code answers.
        """
        return self._grant(code, request).nonce or None

    def _grant(self, code: str, request: Any) -> AuthorizationGrant:
        kept: AuthorizationGrant | None = getattr(request, "grant", None)
        if kept is not None:
            return kept
        found: AuthorizationGrant = AuthorizationGrant.objects.get(
            code=kept_code(code), application=request.client
        )
        return found

    # --- Tokens ----------------------------------------------------------------------------------------------

    def _check_and_set_request_resource(self, request: Any) -> None:
        # RFC 8707 is not offered: tokens are good for the user-info endpoint of this node and nowhere else.
        request.resource = []

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """
        Keep what was issued; a refresh token that another request used meanwhile ends its family.
        """
        try:
            super().save_bearer_token(token, request, *args, **kwargs)
        except UsedMeanwhile as error:
            refusals.note_misuse(MISUSED_TOKEN, reason="USED_TWICE")
            RenewalToken.revoke_family(error.family)
            raise errors.InvalidGrantError(request=request) from error

    def _save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        old = getattr(request, "refresh_token_instance", None)
        if old is not None:
            # The library would answer the second of two at once as if its first answer had been lost.
            renewed = RenewalToken.objects.select_for_update().get(pk=old.pk)
            if renewed.revoked is not None:
                raise UsedMeanwhile(renewed.token_family)
        grant = getattr(request, "grant", None)
        if grant is not None:
            held = AuthorizationGrant.objects.select_for_update().get(pk=grant.pk)
            if held.reused_at is not None:
                raise errors.InvalidGrantError(request=request)
        super()._save_bearer_token(token, request, *args, **kwargs)

    def _create_access_token(
        self, expires: Any, request: Any, token: Any, source_refresh_token: Any = None
    ) -> BearerToken:
        row = BearerToken(
            user=request.user,
            scope=token["scope"],
            expires=expires,
            id_token=self._load_id_token(token["id_token"]) if "id_token" in token else None,
            application=request.client,
            source_refresh_token=source_refresh_token,
            authentication=request.authentication,
        )
        self._set_token_value(row, token["access_token"])
        row.save()
        return row

    def _create_refresh_token(
        self, request: Any, refresh_token_code: str, access_token: Any, previous_refresh_token: Any
    ) -> RenewalToken:
        family = previous_refresh_token.token_family if previous_refresh_token else request.grant.family
        row = RenewalToken(
            user=request.user,
            application=request.client,
            access_token=access_token,
            token_family=family,
            authentication=request.authentication,
        )
        self._set_token_value(row, refresh_token_code)
        row.save()
        return row

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *a: Any, **k: Any
    ) -> bool:
        """
        Whether a token may be renewed: it is the newest of its family, the party's own, and the login goes on.
        """
        if not super().validate_refresh_token(refresh_token, client, request, *a, **k):
            refusals.note_misuse(MISUSED_TOKEN, reason="NOT_GOOD")
            return False
        kept = request.refresh_token_instance.authentication
        request.authentication = kept
        return is_login_open(
            msgspec.convert(kept, Authentication).sign_in_id, account=request.user, at=self.at
        )

    def validate_bearer_token(self, token: str, scopes: Sequence[str], request: Any) -> bool:
        """
        Whether a token opens the user-info endpoint: it has not lapsed, and the login it came from goes on.
        """
        if not super().validate_bearer_token(token, scopes, request):
            return False
        row = request.access_token
        request.authentication = row.authentication
        if is_login_open(authentication_of(row).sign_in_id, account=row.user, at=self.at):
            return True
        request.oauth2_error = {"error": "invalid_token", "error_description": "The login has ended."}
        return False

    # --- Identity tokens and claims --------------------------------------------------------------------------

    def get_id_token_dictionary(
        self, token: Any, token_handler: Any, request: Any
    ) -> tuple[dict[str, Any], datetime]:
        """
        Return what the identity token says beside aud, iat, nonce and at_hash, and until when.

        Source: OpenID Connect Core 1.0 section 2. Personal data are asked for at the user-info endpoint.
        """
        known = msgspec.convert(request.authentication, Authentication)
        now = self.at
        expires = now + timedelta(seconds=oauth2_settings.ID_TOKEN_EXPIRE_SECONDS)
        claims = {
            "sub": claims_source().subject(party=request.client, owner_id=request.user.pk),
            "iss": self.get_oidc_issuer_endpoint(request),
            "exp": int(expires.timestamp()),
            "auth_time": known.auth_time,
            "acr": known.acr,
            "amr": list(known.amr),
            "sid": str(self._session(request, known, at=now)),
            "jti": str(uuid.uuid4()),
        }
        return claims, expires

    def _session(self, request: Any, known: Authentication, *, at: datetime) -> uuid.UUID:
        """
        Return under which name the party will hear that this login has ended.
        """
        key = {"party": request.client, "sign_in_id": known.sign_in_id}
        row = RelyingSession.objects.filter(**key).first()
        if row is None:
            try:
                with transaction.atomic():
                    row = RelyingSession.objects.create(**key, account=request.user, started_at=at)
            except IntegrityError:  # another request of the same login was quicker
                row = RelyingSession.objects.get(**key)
        return row.id

    def finalize_id_token(self, id_token: Any, token: Any, token_handler: Any, request: Any) -> str:
        """
        Return the identity token, signed.
        """
        claims, expires = self.get_id_token_dictionary(token, token_handler, request)
        id_token.update(claims)
        if request.nonce and "nonce" not in id_token:
            id_token["nonce"] = request.nonce
        key = current_signing_key()
        signed = jwt.JWT(
            header={"typ": "JWT", "alg": ALGORITHMS[0], "kid": key.thumbprint()}, claims=json.dumps(id_token)
        )
        signed.make_signed_token(key)
        request.id_token = self._save_id_token(id_token["jti"], request, expires)
        return str(signed.serialize())

    def _load_id_token(self, token: str) -> IdentityToken | None:
        claims = verified_claims(token, at=self.at)
        return IdentityToken.objects.filter(jti=claims["jti"]).first() if claims else None

    def validate_id_token(self, token: str, scopes: Sequence[str], request: Any) -> bool:
        """
        Refuse: an identity token tells a party who somebody is and opens nothing (RFC 9700 section 4.8).
        """
        return False

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        """
        Return what the person consented to; who got it is written down.
        """
        return claims_source().user_info(
            party=request.client,
            account=request.user,
            scopes=frozenset(request.scopes),
            known=msgspec.convert(request.authentication, Authentication),
            at=self.at,
        )

    def get_discovery_claims(self, request: Any) -> list[str]:
        """
        Return the names of everything that can be handed over.
        """
        return list(CLAIMS)


def authentication_of(row: AuthorizationGrant | BearerToken | RenewalToken) -> Authentication:
    """
    Return how somebody had logged in when this was issued.
    """
    return msgspec.convert(row.authentication, Authentication)


def verified_claims(token: str, *, at: datetime) -> dict[str, Any] | None:
    """
    Return what an identity token of this node says, lapsed or not; None when it is none of ours.

    Only RS256 by a published key is believed: neither "none" nor a key the token brings along.
    """
    try:
        parsed = jws.JWS()
        parsed.deserialize(token)
        key = verification_key(parsed.jose_header.get("kid"), at=at)
        if key is None:
            return None
        known = jwt.JWT(jwt=token, key=key, algs=ALGORITHMS, check_claims={})
        claims = json.loads(known.claims)
    except (JWException, ValueError, TypeError):
        return None
    is_ours = isinstance(claims, dict) and claims.get("iss") == oauth2_settings.OIDC_ISS_ENDPOINT
    return claims if is_ours and "jti" in claims else None

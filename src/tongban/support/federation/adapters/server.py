"""
The OAuth library behind functions of our own: requests in, answers out, no page of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.settings import oauth2_settings
from oauthlib import oauth2

from tongban.support.federation.adapters.validator import Validator
from tongban.support.federation.models import RelyingParty

PARAMETERS = frozenset(
    {
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
)
"""What the library judges. Everything else of a request is judged by the view, or means nothing here."""
LONGEST_QUERY = 4096
GRANT_TYPES = ("authorization_code", "refresh_token")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizationRequest:
    """
    A request that may be answered, once the person agrees.
    """

    party: RelyingParty
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str
    credentials: Mapping[str, Any]
    pairs: Pairs


class RequestRefused(Exception):
    """
    The request cannot be answered; where the party is known, it is told at `redirect_to`.
    """

    def __init__(self, *, error: str, redirect_to: str = "") -> None:
        """
        Keep the code of RFC 6749 section 4.1.2.1, and where to lead the browser; empty: nowhere.
        """
        super().__init__(error)
        self.error = error
        self.redirect_to = redirect_to


def read_request(pairs: Iterable[tuple[str, str]], *, issuer: str, at: datetime) -> AuthorizationRequest:
    """
    Judge an authorization request: client, address, response type, challenge, scopes.

    :param pairs: parameters as they came, repeated ones repeated
    :raises RequestRefused: it must not, or cannot, be answered
    """
    kept = tuple((name, value) for name, value in pairs if name in PARAMETERS)
    if sum(len(name) + len(value) for name, value in kept) > LONGEST_QUERY:
        raise RequestRefused(error="invalid_request")
    core = _core(at)
    try:
        scopes, credentials = core.server.validate_authorization_request(_uri(kept), http_method="GET")
    except oauth2.FatalClientError as error:
        raise RequestRefused(error=error.error or "invalid_request") from error
    except oauth2.OAuth2Error as error:
        raise RequestRefused(
            error=error.error,
            redirect_to=error_address(dict(kept), error=error.error, issuer=issuer),
        ) from error
    values = dict(kept)
    if values.get("code_challenge_method") != "S256":
        to = error_address(values, error="invalid_request", issuer=issuer)
        raise RequestRefused(error="invalid_request", redirect_to=to)
    return AuthorizationRequest(
        party=credentials["request"].client,
        scopes=tuple(dict.fromkeys(scopes)),
        redirect_uri=credentials["redirect_uri"],
        state=values.get("state", ""),
        credentials={name: value for name, value in credentials.items() if name != "request"},
        pairs=kept,
    )


def give_code(
    request: AuthorizationRequest,
    *,
    account_id: UUID,
    authentication: Mapping[str, Any],
    issuer: str,
    at: datetime,
) -> str:
    """
    Return where to lead the browser: back to the party, with a code.

    :raises RequestRefused: the request is not valid any more
    """
    credentials = {
        **request.credentials,
        "state": request.state or None,
        "user": apps.get_model(settings.AUTH_USER_MODEL).objects.get(pk=account_id),
        "authentication": authentication,
    }
    try:
        headers, _body, _status = _core(at).server.create_authorization_response(
            uri=_uri(request.pairs), http_method="GET", scopes=list(request.scopes), credentials=credentials
        )
    except (oauth2.OAuth2Error, FatalClientError, OAuthToolkitError) as error:
        raise RequestRefused(error="invalid_request") from error
    return with_parameters(headers["Location"], {"iss": issuer})


def error_address(values: Mapping[str, str], *, error: str, issuer: str) -> str:
    """
    Return where a party is told that it gets no code; with `iss` (RFC 9207) and its own state.
    """
    told = {"error": error, **({"state": values["state"]} if values.get("state") else {}), "iss": issuer}
    return with_parameters(values["redirect_uri"], told) if values.get("redirect_uri") else ""


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """
    Return an address with parameters added to its query; ones of the same name are replaced.
    """
    parts = urlsplit(address)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*query, *parameters.items()])))


def token_response(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """
    Answer a request for tokens, RFC 6749 sections 4.1.3 and 6.

    The library knows more kinds of grants than are offered, and would take a code without the address it was
    given to.
    """
    grant_type = request.POST.get("grant_type", "")
    if not grant_type:
        return _error("invalid_request")
    if grant_type not in GRANT_TYPES:
        return _error("unsupported_grant_type")
    if grant_type == "authorization_code" and not request.POST.get("redirect_uri"):
        return _error("invalid_request")
    _url, headers, body, status = _core(at).create_token_response(request)
    return _answer(headers, body, status)


def revocation_response(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """
    Answer a request to end a token, RFC 7009.
    """
    _url, headers, body, status = _core(at).create_revocation_response(request)
    return _answer(headers, body, status)


def user_info_response(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """
    Answer a question about somebody, OpenID Connect Core 1.0 section 5.3; the token comes in the head only.
    """
    if "access_token" in request.GET or "access_token" in request.POST:
        return _error("invalid_request", status=401)
    _url, headers, body, status = _core(at).create_userinfo_response(request)
    return _answer(headers, body, status)


def _error(code: str, *, status: int = 400) -> HttpResponse:
    response = JsonResponse({"error": code}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _core(at: datetime) -> OAuthLibCore:
    validator = Validator(at=at)
    return OAuthLibCore(oauth2_settings.OAUTH2_SERVER_CLASS(validator, **oauth2_settings.server_kwargs))


def _uri(pairs: Pairs) -> str:
    return f"/sso/authorize/?{urlencode(pairs)}"


def _answer(headers: Mapping[str, str], body: object, status: int) -> HttpResponse:
    response = HttpResponse(str(body or ""), status=status)
    for name, value in headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response

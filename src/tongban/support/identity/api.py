"""
The API of identity: tokens for systems and people, mobile codes, registration, one's own account.

Operations that anybody may call take no Idempotency-Key: there is nobody yet to keep it for, secrets are not kept,
and codes and proofs are used once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Router
from ninja.decorators import decorate_view

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    PUBLIC,
    Problem,
    answer,
    api_actor,
    client_address,
    json_response,
    require_actor,
)
from tongban.support.identity import schemas, selectors, services
from tongban.support.identity.rules import FORM, TokenRequestRefused, token_request
from tongban.support.identity.values import Profile, TokenReceipt, schemes

router = Router(tags=["identity 身份"])

REFUSED_LOGIN = {**PUBLIC, 401: Problem}
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Headers of RFC 6749 section 5.1."""
CHALLENGE = 'Basic realm="tongban", charset="UTF-8"'
OAUTH_STATUS = {"invalid_client": 401}
OAUTH_ERROR = {"content": {"application/json": {"schema": schemas.OAuthErrorOut.json_schema()}}}
OAUTH = {
    "requestBody": {
        "description": "JSON, or the form of RFC 6749, there with the client by HTTP Basic if you like; "
        "a form is answered with the errors of RFC 6749, JSON with problem details",
        "content": {FORM: {"schema": schemas.TokenForm.json_schema()}},
    },
    "responses": {400: OAUTH_ERROR, 401: OAUTH_ERROR},
}


def _by_form(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """
    Answer a form as RFC 6749 has it, and leave everything else to `run`.
    """

    @wraps(run)
    def answer_form(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        return _token_by_form(request) if request.content_type == FORM else run(request, **parts)

    return answer_form


@router.post(
    "/tokens",
    operation_id="createToken",
    summary="系统获取令牌",
    auth=None,
    response={200: schemas.TokenOut, **REFUSED_LOGIN},
    openapi_extra=OAUTH,
)
@decorate_view(_by_form)
def create_token(request: HttpRequest, body: schemas.ClientCredentialsIn) -> HttpResponse:
    """
    Give a token to a system that knows its client secret (OAuth 2.0 client credentials).
    """
    at = clock.now()
    receipt = services.issue_client_token(
        client_id=body.client_id,
        client_secret=body.client_secret,
        scopes=body.scope.split(),
        address=client_address(request),
        at=at,
    )
    return _token(receipt, at=at, status=200)


@router.delete(
    "/tokens/current", operation_id="revokeToken", summary="注销当前令牌", response={204: None, **GUARDED}
)
def revoke_token(request: HttpRequest) -> HttpResponse:
    """
    End the token that this request carries.
    """
    actor = require_actor(request)
    services.revoke_token(token=_bearer(request), actor=actor, at=clock.now())
    return HttpResponse(status=204)


@router.post(
    "/sessions",
    operation_id="createSession",
    summary="登录",
    auth=None,
    response={201: schemas.TokenOut, **REFUSED_LOGIN, 403: Problem},
)
def create_session(request: HttpRequest, body: schemas.SessionIn) -> HttpResponse:
    """
    Give a token to a person or a member of staff who knows the password; with a mandate, one that acts by it.
    """
    at = clock.now()
    receipt = services.issue_session_token(
        login=body.login,
        password=body.password,
        kind=body.kind,
        code=body.code,
        actor=api_actor(request),
        address=client_address(request),
        at=at,
        mandate_id=body.mandate_id,
    )
    return _token(receipt, at=at, status=201)


@router.post(
    "/codes",
    operation_id="sendCode",
    summary="获取手机验证码",
    auth=None,
    response={202: schemas.CodeOut, **REFUSED_LOGIN},
)
def send_code(request: HttpRequest, body: schemas.CodeIn) -> HttpResponse:
    """
    Send six digits to a mobile. The answer does not say whether anybody is known by it.
    """
    receipt = services.request_code(
        mobile=body.mobile,
        purpose=body.purpose,
        actor=api_actor(request),
        address=client_address(request),
        at=clock.now(),
    )
    return json_response(msgspec.json.encode(receipt), status=202)


@router.post(
    "/codes/verification",
    operation_id="verifyCode",
    summary="核对手机验证码",
    auth=None,
    response={200: schemas.ProofOut, **REFUSED_LOGIN},
)
def verify_code(request: HttpRequest, body: schemas.CodeCheckIn) -> HttpResponse:
    """
    Prove that you read the messages of a mobile; a code proves once.
    """
    api_actor(request)
    proof = services.verify_code(mobile=body.mobile, purpose=body.purpose, code=body.code, at=clock.now())
    return json_response(msgspec.json.encode(proof))


@router.post(
    "/persons",
    operation_id="registerPerson",
    summary="自然人注册",
    auth=None,
    response={201: schemas.PersonOut, **REFUSED_LOGIN, 409: Problem},
)
def register_person(request: HttpRequest, body: schemas.PersonIn) -> HttpResponse:
    """
    Register a person whose mobile was proved a moment ago.
    """
    receipt = services.register_proved_person(
        **body.dict(), actor=api_actor(request), address=client_address(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(receipt), status=201)


@router.get("/me", operation_id="getMe", summary="当前身份", response={200: schemas.MeOut, **GUARDED})
def get_me(request: HttpRequest) -> HttpResponse:
    """
    Read who the token speaks for.
    """
    actor = require_actor(request)
    profile = selectors.profile(actor=actor) if actor.is_person or actor.is_staff else None
    return json_response(msgspec.json.encode(_me(actor, profile)))


@router.get(
    "/me/assurance",
    operation_id="getAssurance",
    summary="实名等级",
    response={200: schemas.AssuranceOut, **GUARDED},
)
def get_assurance(request: HttpRequest) -> HttpResponse:
    """
    Read your own level, what stands behind it, and what raises it.
    """
    actor = require_actor(request)
    at = clock.now()
    shown = selectors.assurance(actor=_a_person(actor), at=at)
    return json_response(msgspec.json.encode(_assurance(shown)))


@router.post(
    "/me/proofs",
    operation_id="proveByData",
    summary="核验本人信息",
    response={200: schemas.GrantOut, **GUARDED, 409: Problem, 503: Problem},
)
def prove_by_data(request: HttpRequest, body: schemas.ProveIn) -> HttpResponse:
    """
    Have an authority confirm a fact about yourself, and raise your level by it.
    """
    receipt = services.prove_by_data(
        means_code=body.means, value=body.value, actor=_a_person(require_actor(request)), at=clock.now()
    )
    return json_response(msgspec.json.encode(receipt))


@router.post(
    "/me/checks/codes",
    operation_id="sendCheckCode",
    summary="获取二次认证验证码",
    response={202: schemas.CodeOut, **GUARDED},
)
def send_check_code(request: HttpRequest) -> HttpResponse:
    """
    Send six digits to your own mobile, for a fresh check.
    """
    receipt = services.request_check_code(
        actor=_a_person(require_actor(request)), address=client_address(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(receipt), status=202)


@router.post(
    "/me/checks/faces",
    operation_id="beginFaceCheck",
    summary="开始刷脸核验",
    response={201: schemas.CaptureOut, **GUARDED, 503: Problem},
)
def begin_face_check(request: HttpRequest) -> HttpResponse:
    """
    Open a look at your own face; the app on the phone finishes it.
    """
    receipt = services.begin_face_check(actor=_a_person(require_actor(request)), at=clock.now())
    return json_response(msgspec.json.encode(receipt), status=201)


@router.post(
    "/me/checks/certificates",
    operation_id="beginCertificateCheck",
    summary="开始数字证书核验",
    response={201: schemas.ChallengeOut, **GUARDED},
)
def begin_certificate_check(request: HttpRequest) -> HttpResponse:
    """
    Get a text to sign with the key of your own certificate.
    """
    receipt = services.begin_certificate_check(actor=_a_person(require_actor(request)), at=clock.now())
    return json_response(msgspec.json.encode(receipt), status=201)


@router.post(
    "/me/checks",
    operation_id="checkAnew",
    summary="二次认证",
    response={200: schemas.CheckOut, **GUARDED, 409: Problem, 503: Problem},
)
def check_anew(request: HttpRequest, body: schemas.CheckIn) -> HttpResponse:
    """
    Be checked anew, by code, by face or by certificate; for a while this token may do what is of high risk.
    """
    actor, at = _a_person(require_actor(request)), clock.now()
    if [body.code, body.capture, body.challenge].count("") != 2:  # noqa: PLR2004 -- one of three
        raise InvalidInput(fields={"code": _("请填写验证码、刷脸核验号、待签名内容中的一项")})
    if body.code:
        receipt = services.check_by_code(code=body.code, actor=actor, at=at)
    elif body.capture:
        seen = services.finish_face_check(capture=body.capture, actor=actor, at=at)
        if seen is None:
            raise services.FaceNotSeen
        receipt = seen
    else:
        receipt = services.finish_certificate_check(
            challenge=body.challenge,
            certificate=body.certificate,
            signature=body.signature,
            actor=actor,
            at=at,
        )
    return json_response(msgspec.json.encode(receipt))


@router.put(
    "/me/password", operation_id="changePassword", summary="修改密码", response={204: None, **GUARDED}
)
def change_password(request: HttpRequest, body: schemas.PasswordIn) -> HttpResponse:
    """
    Change your own password; every session and token ends, this token too.
    """
    actor = require_actor(request)
    if not (actor.is_person or actor.is_staff):
        raise NotPermitted
    services.change_password(
        password=body.password, new_password=body.new_password, actor=actor, at=clock.now()
    )
    return HttpResponse(status=204)


@router.post(
    "/password-resets",
    operation_id="resetPassword",
    summary="重置密码",
    auth=None,
    response={204: None, **REFUSED_LOGIN},
)
def reset_password(request: HttpRequest, body: schemas.ResetIn) -> HttpResponse:
    """
    Set a new password by ID number, mobile and code; every session and token of the account ends.
    """
    services.reset_password(
        **body.dict(), actor=api_actor(request), address=client_address(request), at=clock.now()
    )
    return HttpResponse(status=204)


@router.post(
    "/counter/persons",
    operation_id="registerPersonAtCounter",
    summary="窗口登记申请人",
    response={200: schemas.CounterPersonOut, **CHANGING},
)
def register_person_at_counter(request: HttpRequest, body: schemas.CounterPersonIn) -> HttpResponse:
    """
    Find the person before the clerk, or record one who is not known yet; no account is made.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="registerPersonAtCounter",
        status=200,
        act=lambda: services.find_or_register_by_counter(**body.dict(), actor=actor, at=clock.now()),
    )


@router.get(
    "/clients",
    operation_id="listSystems",
    summary="系统账号列表",
    response={200: schemas.SystemList, **GUARDED},
)
def list_systems(request: HttpRequest) -> HttpResponse:
    """
    List every system that was ever let in; for system administrators.
    """
    found = selectors.clients(actor=require_actor(request))
    return json_response(msgspec.json.encode({"items": found}))


@router.post(
    "/clients/{client_id}/secret",
    operation_id="rotateSystemSecret",
    summary="更换系统密钥",
    response={200: schemas.SecretOut, **GUARDED},
)
def rotate_system_secret(request: HttpRequest, client_id: str, body: schemas.SecretIn) -> HttpResponse:
    """
    Give a system a new secret, shown once; the old one holds a while longer, so that nothing stands still.
    """
    receipt = services.rotate_client(
        client_id=client_id,
        overlap=timedelta(hours=body.overlap_hours),
        actor=require_actor(request),
        at=clock.now(),
    )
    told = {"client_id": receipt.client_id, "client_secret": receipt.client_secret}
    response = json_response(msgspec.json.encode(told))
    for name, value in NOT_KEPT.items():
        response[name] = value
    return response


@router.put(
    "/clients/{client_id}/limits",
    operation_id="restrictSystem",
    summary="限定系统来源与期限",
    response={200: schemas.SystemOut, **GUARDED},
)
def restrict_system(request: HttpRequest, client_id: str, body: schemas.SystemLimitsIn) -> HttpResponse:
    """
    Say from which networks a system may come and until when; tokens it holds obey at once.
    """
    facts = services.restrict_client(
        client_id=client_id,
        networks=body.networks,
        expires_at=body.expires_at,
        actor=require_actor(request),
        at=clock.now(),
    )
    return json_response(msgspec.json.encode(facts))


@router.put(
    "/clients/{client_id}/responsible",
    operation_id="assignSystem",
    summary="更换系统责任人",
    response={200: schemas.SystemOut, **GUARDED},
)
def assign_system(request: HttpRequest, client_id: str, body: schemas.SystemOwnerIn) -> HttpResponse:
    """
    Say which colleague answers for a system from now on; its secret is due for a change.
    """
    facts = services.assign_client(
        client_id=client_id, responsible=body.responsible, actor=require_actor(request), at=clock.now()
    )
    return json_response(msgspec.json.encode(facts))


def _a_person(actor: Actor) -> Actor:
    """
    Return whoever acts if it is a person.

    :raises NotPermitted: staff and systems have no level
    """
    if not actor.is_person:
        raise NotPermitted
    return actor


def _assurance(shown: selectors.Assurance) -> dict[str, Any]:
    return {
        "level": shown.level,
        "label": shown.label,
        "expires_at": shown.expires_at,
        "proofs": shown.proofs,
        "ways": [
            {
                "code": way.code,
                "title": way.name,
                "explanation": way.explanation,
                "level": way.level,
                "field": way.field,
            }
            for way in shown.ways
        ],
        "schemes": {code: scheme.reached(level=shown.level).code for code, scheme in schemes().items()},
    }


def _me(actor: Actor, profile: Profile | None) -> dict[str, Any]:
    return {
        "kind": actor.kind.value,
        "id": actor.id,
        "name": actor.name,
        "person_id": actor.person_id,
        "login_name": profile.login_name if profile else None,
        "id_number_masked": (profile.id_number_masked or None) if profile else None,
        "mobile_masked": (profile.mobile_masked or None) if profile else None,
        "assurance_level": actor.assurance_level,
        "agency_code": actor.agency_code,
        "division_code": actor.division_code,
        "posts": sorted(actor.posts),
        "roles": sorted(actor.roles),
        "scopes": sorted(actor.scopes),
        "last_login_at": profile.last_login_at if profile else None,
    }


def _token(receipt: TokenReceipt, *, at: datetime, status: int) -> HttpResponse:
    body = {
        "access_token": receipt.token,
        "token_type": "Bearer",
        "expires_in": int((receipt.expires_at - at).total_seconds()),
        "scope": " ".join(receipt.scopes),
    }
    response = json_response(msgspec.json.encode(body), status=status)
    for name, value in NOT_KEPT.items():
        response[name] = value
    return response


def _token_by_form(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    try:
        wanted = token_request(body=request.body, authorization=request.headers.get("Authorization", ""))
        receipt = services.issue_client_token(
            client_id=wanted.client_id,
            client_secret=wanted.client_secret,
            scopes=wanted.scopes,
            address=client_address(request),
            at=at,
        )
    except TokenRequestRefused as refusal:
        return _oauth_error(refusal.code, refusal.description)
    except services.ClientRefused:
        return _oauth_error("invalid_client", "client and secret do not fit, or the client is not let in")
    except services.ScopeRefused:
        return _oauth_error("invalid_scope", "the client was not given this scope")
    return _token(receipt, at=at, status=200)


def _oauth_error(code: str, description: str) -> HttpResponse:
    status = OAUTH_STATUS.get(code, 400)
    told = {"error": code, "error_description": description}
    response = json_response(msgspec.json.encode(told), status=status)
    for name, value in NOT_KEPT.items():
        response[name] = value
    if status == OAUTH_STATUS["invalid_client"]:
        response["WWW-Authenticate"] = CHALLENGE
    return response


def _bearer(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2].strip()

"""
亮证核验: anybody checks the code that somebody shows him, online or offline, without logging in.

The page holds nothing of the visitor, so that a service worker may keep it. What works offline is said in the same
words as online, and what cannot be known offline is said too.
"""

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final

import msgspec
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.services import peers
from tongban.business.licences.values import Verdict
from tongban.business.licences.values.peers import PeerKeyFacts
from tongban.business.licences.values.presenting import (
    CLOCKS_DIFFER,
    CODE_LIVES,
    CodeCheck,
    CodeVerdict,
    VerificationKey,
)
from tongban.foundation import clock
from tongban.foundation.errors import NotFound, ServiceError
from tongban.foundation.http import client_address
from tongban.support.identity.selectors import actor_of

KEYS_SECONDS: Final = 300
CAMERA: Final = "camera=(self), geolocation=(), microphone=()"
OFFLINE: Final = "OFFLINE"
HOME_SILENT: Final = "HOME_SILENT"
WORKER: Final = "tongban/check-worker.js"
ASSETS: Final = (
    "vendor/tabler.css",
    "vendor/icons.svg",
    "vendor/sm-crypto.js",
    "vendor/jsqr.js",
    "tongban/tongban.css",
    "tongban/mark.svg",
    "tongban/check.js",
)
"""What the page needs without the network."""

ADVICE: Final = {
    CodeVerdict.UNREADABLE: gettext_lazy("这不是本平台的亮证二维码。"),
    CodeVerdict.FOREIGN: gettext_lazy(
        "签名的密钥不在已公布的密钥之中。不要采信；请联网重试，以取得最新的密钥。"
    ),
    CodeVerdict.FORGED: gettext_lazy("签名与内容不符，不要采信。"),
    CodeVerdict.EARLY: gettext_lazy("二维码的时间晚于现在。请检查手机的时间后重试。"),
    CodeVerdict.LATE: gettext_lazy("二维码只在 60 秒内有效，请持证人出示新的。截图不能使用。"),
    CodeVerdict.USED: gettext_lazy("这个二维码已经用过一次，请持证人出示新的。截图不能使用。"),
}
STATUS: Final = {
    Verdict.VALID: ("good", gettext_lazy("签名真实，未被改动，证照现在有效。请核对下面的信息。")),
    Verdict.SUSPENDED: ("bad", gettext_lazy("二维码真实，但证照已暂停使用。")),
    Verdict.REVOKED: ("bad", gettext_lazy("二维码真实，但证照已被撤销，不再有效。")),
    Verdict.CANCELED: ("bad", gettext_lazy("二维码真实，但证照已注销，不再有效。")),
    Verdict.EXPIRED: ("bad", gettext_lazy("二维码真实，但证照已过有效期。")),
    Verdict.MOVED: ("bad", gettext_lazy("二维码真实，但证照已办理转出。")),
    Verdict.REPLACED: ("bad", gettext_lazy("二维码真实，但证照已有新版本，请持证人出示新版本。")),
}
NOT_KNOWN: Final = gettext_lazy(
    "签名真实，未被改动。离线时无法得知证照现在的状态，也无法得知这个二维码是否在别处用过；联网后请重新扫码核验。"
)
NOT_TOLD: Final = gettext_lazy(
    "签名真实，未被改动。但签发它的平台现在没有回应，无法得知证照现在的状态，也无法得知这个二维码是否用过；"
    "请稍后让持证人出示新的二维码再核验。"
)
STATUS_NOT_KNOWN: Final = pgettext_lazy("presented code", "状态未核实")


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """
    Ask for a code, then answer; the script on the page does the same without leaving it, also offline.
    """
    if request.method == "GET":
        return _page(request)
    code, checker = request.POST.get("code", "").strip(), request.POST.get("checker", "")
    if not code:
        return _page(request, error=str(ASK), checker=checker, status=422)
    actor, at = actor_of(request), clock.now()
    try:
        services.count_verification(address=client_address(request), actor=actor, at=at)
        found = peers.check_code_anywhere(
            code=code, check_id=request.POST.get("check_id", ""), checker=checker, actor=actor, at=at
        )
    except ServiceError as error:
        return _page(request, error=str(error), checker=checker, status=error.status)
    return _page(request, found=found, checker=checker)


ASK: Final = gettext_lazy("请粘贴二维码的内容")


@never_cache
@require_safe
def show_worker(_request: HttpRequest) -> HttpResponse:
    """
    Show the service worker of the page, with the list of what it keeps.
    """
    path = finders.find(WORKER)
    if path is None:
        raise NotFound
    script = Path(path).read_text(encoding="utf-8")
    kept = [reverse("site:code-check"), reverse("site:presentation-keys"), *map(static, ASSETS)]
    told = msgspec.json.encode(kept).decode()
    return HttpResponse(f"const KEPT = {told};\n{script}", content_type="text/javascript; charset=utf-8")


@cache_control(public=True, max_age=KEYS_SECONDS)
@require_safe
def show_keys(_request: HttpRequest) -> JsonResponse:
    """
    Publish the keys with which codes are checked, newest first, as a set of JSON Web Keys (RFC 7517).

    Keys of other nodes say whose they are (`iss`).
    """
    at = clock.now()
    body = {
        "keys": [
            *map(_json_web_key, selectors.published_presentation_keys(at=at)),
            *({**_json_web_key(key), "iss": key.node.name} for key in selectors.peer_keys(at=at)),
        ],
        "code_seconds": int(CODE_LIVES.total_seconds()),
        "clock_seconds": int(CLOCKS_DIFFER.total_seconds()),
    }
    response = JsonResponse(body)
    # Public by nature: checkers of others read it from their own pages.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _json_web_key(key: VerificationKey | PeerKeyFacts) -> dict[str, str | int]:
    return {
        "kid": key.key_id,
        "kty": "EC",
        "crv": "SM2",
        "alg": "SM2SM3",
        "use": "sig",
        "x": _text(key.point[1:33]),
        "y": _text(key.point[33:]),
        "nbf": int(key.not_before.timestamp()),
        "exp": int(key.not_after.timestamp()),
    }


def _page(
    request: HttpRequest,
    *,
    found: CodeCheck | None = None,
    error: str = "",
    checker: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "outcome": _outcome(found) if found else None,
        "claims": found.claims if found else None,
        "source": found.source_name if found else "",
        "outcomes": [
            *((verdict.value, "bad", verdict.label, words) for verdict, words in ADVICE.items()),
            *(
                (state.value, kind, f"{CodeVerdict.GENUINE.label} · {state.label}", words)
                for state, (kind, words) in STATUS.items()
            ),
            (OFFLINE, "warn", f"{CodeVerdict.GENUINE.label} · {STATUS_NOT_KNOWN}", NOT_KNOWN),
            (HOME_SILENT, "warn", f"{CodeVerdict.GENUINE.label} · {STATUS_NOT_KNOWN}", NOT_TOLD),
        ],
        "check_id": secrets.token_urlsafe(16),
        "checker": checker,
        "errors": [("code", error)] if error else [],
    }
    response = render(request, "site/code_check.html", context, status=status)
    response.headers["Permissions-Policy"] = CAMERA
    return response


def _outcome(found: CodeCheck) -> tuple[str, str, object]:
    if found.status is None and found.verdict is CodeVerdict.GENUINE:
        return "warn", f"{found.verdict.label} · {STATUS_NOT_KNOWN}", NOT_TOLD
    if found.status is None:
        return "bad", str(found.verdict.label), ADVICE[found.verdict]
    kind, words = STATUS[found.status]
    return kind, f"{found.verdict.label} · {found.status.label}", words


def _text(number: bytes) -> str:
    return urlsafe_b64encode(number).rstrip(b"=").decode("ascii")

"""
证书: keys, certificates and trusted issuers; system administrators see them, security administrators look after them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import LARGEST_BUNDLE, pem
from tongban.foundation.crypto.issuing import request_pem
from tongban.foundation.errors import InvalidInput
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.trust import selectors, services
from tongban.support.trust.values import CertificateProfile, CertificateState, KeyAlgorithm, Reason

Acts = dict[str, Callable[[], HttpResponse]]
STATES: Final = (CertificateState.VALID, CertificateState.EXPIRED, CertificateState.REVOKED)
BY_HAND: Final = "desk"
"""What uses certificates that were issued here by hand: whoever asked for them."""
LONGEST_WORDS: Final = 64
PROFILES: Final = tuple(
    profile
    for profile in CertificateProfile
    if profile not in (CertificateProfile.TIMESTAMP, CertificateProfile.NODE)
)


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show the authorities, and certificates, newest first.
    """
    actor, at = staff(request), clock.now()
    given = request.GET.get("state", "")
    state = CertificateState(given) if given in STATES else None
    words = request.GET.get("words", "").strip()[:LONGEST_WORDS]
    cursor = request.GET.get("cursor") or None
    page = selectors.certificates(actor=actor, at=at, state=state, words=words, cursor=cursor)
    context = {
        "authorities": selectors.authorities(),
        "ending": selectors.ending(at=at),
        "lines": page.items,
        "links": [
            ("?", _("全部"), state is None, None),
            *((f"?state={one.value}", str(one.label), state is one, None) for one in STATES),
        ],
        "words": words,
        "state": given if state else "",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
        "may_act": selectors.may_administer(actor=actor),
    }
    return desk_page(
        request, "desk/certificate_list.html", context, actor=actor, current="certificates", at=at
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """
    Show a certificate; renew it, revoke it, or destroy its key.
    """
    actor, at = staff(request), clock.now()
    one = selectors.certificate(certificate_id=certificate_id, actor=actor, at=at)
    tried = attempt(
        request,
        lambda: _done(request, certificate_id, actor, at=at),
        actor=actor,
        at=at,
        asks_anew=request.method == "POST",
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "one": one,
        "reasons": Reason.choices,
        "reason": request.POST.get("reason", ""),
        "errors": tried.errors,
        "refusal": tried.refusal,
        "may_act": selectors.may_administer(actor=actor),
    }
    return desk_page(
        request,
        "desk/certificate_show.html",
        context,
        actor=actor,
        current="certificates",
        at=at,
        status=tried.status,
    )


@never_cache
@require_safe
def download(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """
    Give a certificate with the authorities above it, PEM.
    """
    chain = selectors.certificate_der(certificate_id=certificate_id, actor=staff(request))
    return _attachment("".join(map(pem, chain)), f"{certificate_id}.pem", "application/x-pem-file")


@never_cache
@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest) -> HttpResponse:
    """
    Issue a certificate, ask an outside authority for one, or install what it issued.
    """
    actor, at = staff(request), clock.now()
    acts: Acts = {
        "issue": lambda: _issued(request, actor, at=at),
        "request": lambda: _requested(request, actor, at=at),
        "install": lambda: _installed(request, actor, at=at),
    }
    selectors.require_administrator(actor=actor)
    act = request.POST.get("act") or request.GET.get("act", "issue")
    if act not in acts:
        raise Http404
    tried = attempt(request, acts[act], actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "act": act,
        "ways": [(f"?act={way}", label, way == act) for way, label in _ways()],
        "typed": request.POST,
        "profiles": [(profile.value, profile.label) for profile in PROFILES],
        "algorithms": KeyAlgorithm.choices,
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request,
        "desk/certificate_new.html",
        context,
        actor=actor,
        current="certificates",
        at=at,
        status=tried.status,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def issuers(request: HttpRequest) -> HttpResponse:
    """
    Show the outside authorities that are trusted; trust one, withdraw trust, take over what one has revoked.
    """
    actor, at = staff(request), clock.now()
    anchors = selectors.anchors(actor=actor)
    acts: Acts = {
        "trust": lambda: _trusted(request, actor, at=at),
        "withdraw": lambda: _withdrawn(request, actor, at=at),
        "list": lambda: _list_taken(request, actor, at=at),
    }
    act = request.POST.get("act", "")
    tried = attempt(request, acts.get(act, _nothing), actor=actor, at=at, asks_anew=request.method == "POST")
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "lines": anchors,
        "act": act,
        "typed": request.POST,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "may_act": selectors.may_administer(actor=actor),
    }
    return desk_page(
        request, "desk/issuer_list.html", context, actor=actor, current="issuers", at=at, status=tried.status
    )


def _ways() -> list[tuple[str, str]]:
    return [("issue", _("本平台签发")), ("request", _("向外部机构申请")), ("install", _("安装外部证书"))]


def _nothing() -> HttpResponse:
    raise Http404


def _done(request: HttpRequest, certificate_id: UUID, actor: Actor, *, at: datetime) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "renew":
        receipt = services.renew_certificate(certificate_id=certificate_id, actor=actor, at=at)
        messages.success(request, _("已续期，原证书在到期前仍然有效"))
        return redirect("desk:certificate-show", certificate_id=receipt.certificate_id)
    if act == "revoke":
        given = request.POST.get("reason", "")
        if given not in Reason.values:
            raise InvalidInput(fields={"reason": _("请选择吊销原因")})
        services.revoke_certificate(certificate_id=certificate_id, reason=Reason(given), actor=actor, at=at)
        messages.success(request, _("已吊销，立即生效"))
    elif act == "destroy":
        one = selectors.certificate(certificate_id=certificate_id, actor=actor, at=at)
        if one.key_id is None:
            raise Http404
        services.destroy_key(key_id=one.key_id, actor=actor, at=at)
        messages.success(request, _("密钥已销毁"))
    else:
        raise Http404
    return redirect("desk:certificate-show", certificate_id=certificate_id)


def _issued(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    content = _file(request, "request", is_needed=False)
    receipt = services.issue_certificate(
        **_names(request),
        profile=_profile(request),
        bearer=BY_HAND,
        request=content or None,
        actor=actor,
        at=at,
    )
    messages.success(request, _("证书已签发"))
    return redirect("desk:certificate-show", certificate_id=receipt.certificate_id)


def _requested(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    receipt = services.request_certificate(**_names(request), actor=actor, at=at)
    return _attachment(request_pem(receipt.request), f"{receipt.key_id}.csr", "application/pkcs10")


def _installed(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    receipt = services.install_certificate(
        content=_file(request, "content"), profile=_profile(request), bearer=BY_HAND, actor=actor, at=at
    )
    messages.success(request, _("证书已安装"))
    return redirect("desk:certificate-show", certificate_id=receipt.certificate_id)


def _trusted(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    services.trust_issuer(
        content=_file(request, "content"),
        name=request.POST.get("name", ""),
        grounds=request.POST.get("grounds", ""),
        list_url=request.POST.get("list_url", ""),
        actor=actor,
        at=at,
    )
    messages.success(request, _("已信任，立即生效"))
    return redirect("desk:issuer-list")


def _withdrawn(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    try:
        anchor_id = UUID(request.POST.get("anchor", ""))
    except ValueError:
        raise Http404 from None
    services.withdraw_trust(anchor_id=anchor_id, actor=actor, at=at)
    messages.success(request, _("已撤回信任，立即生效"))
    return redirect("desk:issuer-list")


def _list_taken(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    services.take_list(content=_file(request, "list"), actor=actor, at=at)
    messages.success(request, _("吊销列表已接收，立即生效"))
    return redirect("desk:issuer-list")


def _names(request: HttpRequest) -> dict[str, Any]:
    given = request.POST.get("algorithm", "")
    if given not in KeyAlgorithm.values:
        raise InvalidInput(fields={"algorithm": _("请选择算法")})
    sent = {
        name: request.POST.get(name, "").replace("\0", "").strip()
        for name in ("name", "organisation", "organisation_code")
    }
    return {**sent, "algorithm": Algorithm(given)}


def _profile(request: HttpRequest) -> CertificateProfile:
    given = request.POST.get("profile", "")
    if given not in {profile.value for profile in PROFILES}:
        raise InvalidInput(fields={"profile": _("请选择用途")})
    return CertificateProfile(given)


def _file(request: HttpRequest, name: str, *, is_needed: bool = True) -> bytes:
    sent = request.FILES.get(name)
    if sent is None:
        if is_needed:
            raise InvalidInput(fields={name: _("请选择文件")})
        return b""
    content: bytes = sent.read(LARGEST_BUNDLE + 1)
    return content


def _attachment(text: str, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=content_type, headers=headers)

"""
Doors for programs: certificates of authorities, revocation lists, status answers, time-stamps. No log-in, no cookies.

Sources: RFC 5280 4.2.1.13 and 4.2.2.1 (addresses in certificates), RFC 6960 appendix A, RFC 3161 3.4; RFC 2585
(media types).
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.payload import sent_bytes
from tongban.support.trust import selectors, services
from tongban.support.trust.values import AuthorityRole

CERTIFICATE: Final = "application/pkix-cert"
LIST: Final = "application/pkix-crl"
STATUS_ANSWER: Final = "application/ocsp-response"
TIMESTAMP_ANSWER: Final = "application/timestamp-reply"
ALGORITHMS: Final = {"sm2": Algorithm.SM2, "p256": Algorithm.P256}
LISTED_SECONDS: Final = 60
"""How long a list may be kept on its way; whoever must know at once asks for the status."""


@cache_control(public=True, max_age=3600)
@require_safe
def show_root(request: HttpRequest) -> HttpResponse:
    """
    Show the newest root; of P-256 with `?algorithm=p256`.
    """
    return _newest(request, AuthorityRole.ROOT)


@cache_control(public=True, max_age=3600)
@require_safe
def show_issuing(request: HttpRequest) -> HttpResponse:
    """
    Show the newest authority that issues; of P-256 with `?algorithm=p256`.
    """
    return _newest(request, AuthorityRole.ISSUING)


@cache_control(public=True, max_age=86400)
@require_safe
def show_authority(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """
    Show one authority; its certificate never changes.
    """
    return _file(
        selectors.authority_certificate(authority_id=authority_id), CERTIFICATE, f"{authority_id}.cer"
    )


@cache_control(public=True, max_age=LISTED_SECONDS)
@require_safe
def show_list(request: HttpRequest, authority_id: UUID) -> HttpResponse:
    """
    Show what an authority has revoked.
    """
    return _file(selectors.newest_list(authority_id=authority_id), LIST, f"{authority_id}.crl")


@csrf_exempt
@require_POST
def answer_status(request: HttpRequest) -> HttpResponse:
    """
    Say whether certificates are revoked (OCSP).
    """
    answer = services.answer_status(question=sent_bytes(request), at=clock.now())
    return HttpResponse(answer, content_type=STATUS_ANSWER)


@csrf_exempt
@require_POST
def answer_timestamp(request: HttpRequest) -> HttpResponse:
    """
    Stamp a digest (RFC 3161).
    """
    answer = services.answer_timestamp(question=sent_bytes(request), at=clock.now())
    return HttpResponse(answer, content_type=TIMESTAMP_ANSWER)


def _newest(request: HttpRequest, role: AuthorityRole) -> HttpResponse:
    algorithm = ALGORITHMS.get(request.GET.get("algorithm", "sm2").lower(), Algorithm.SM2)
    name = f"{role.value.lower()}-{algorithm.value.lower()}.cer"
    return _file(selectors.authority_certificate(role=role, algorithm=algorithm), CERTIFICATE, name)


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)

"""
文件和证照核验: anybody may ask, without logging in, whether a licence or a file is real.

Licences by number or by QR code, files whoever made them. Nothing of a file is kept.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.services import peers
from tongban.business.licences.values import Verdict, Verification, VerifiedFacts
from tongban.business.licences.values.peers import FoundLicence
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import ServiceError
from tongban.foundation.http import client_address
from tongban.foundation.languages import is_english
from tongban.portal.site.values import CheckedFile
from tongban.portal.site.views.verdicts import checked_file
from tongban.resources.registers import selectors as registers
from tongban.support.documents import services as documents
from tongban.support.identity.selectors import actor_of

KINDS = {Verdict.VALID: "good", Verdict.SUSPENDED: "warn", Verdict.REPLACED: "warn"}

ADVICE = {
    Verdict.VALID: gettext_lazy("证照真实有效。请把下面的信息与手里的证照核对。"),
    Verdict.CHANGED: gettext_lazy("文件被改动过，不要采信；请向持证人索取原文件。"),
    Verdict.SUSPENDED: gettext_lazy("证照真实，但已暂停使用。"),
    Verdict.REVOKED: gettext_lazy("证照已被撤销，不再有效。"),
    Verdict.CANCELED: gettext_lazy("证照已注销，不再有效。"),
    Verdict.EXPIRED: gettext_lazy("证照真实，但已过有效期。"),
    Verdict.MOVED: gettext_lazy("证照已办理转出，请向转入地的颁发机关核实。"),
    Verdict.REPLACED: gettext_lazy("证照已有新版本，请以新版本为准。"),
    Verdict.UNKNOWN: gettext_lazy("没有查到这份证照。请核对编号；编号无误仍查不到的，不要采信。"),
}


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """
    Ask for a number or a file, then answer.
    """
    number = request.POST.get("number", "").strip()
    file = request.FILES.get("file")
    if request.method == "GET":
        return _page(request)
    if not number and file is None:
        errors = [("number", _("请填写证照编号或标识，或选择证照文件"))]
        return _page(request, errors=errors, status=422)
    _limit(request)
    if file is None:
        told = peers.verify_everywhere(number=number, at=clock.now())
        return _page(request, found=told.verification, told=told, number=number)
    try:
        documents.check_request_size(declared_bytes=file.size)
    except ServiceError as error:
        return _page(request, number=number, errors=[("file", str(error))], status=error.status)
    content = file.read()
    seen = peers.verify_document(content=content, name=file.name or "", at=clock.now())
    checked = checked_file(seen.verdict, content=content)
    return _page(request, checked=checked, found=seen.licence.verification, told=seen.licence)


@never_cache
@require_safe
def show_token(request: HttpRequest, token: str) -> HttpResponse:
    """
    Answer a QR code.
    """
    _limit(request)
    return _page(request, found=selectors.verify_by_token(token=token, on=civil_date(clock.now())))


def _limit(request: HttpRequest) -> None:
    services.count_verification(address=client_address(request), actor=actor_of(request), at=clock.now())


def _page(
    request: HttpRequest,
    *,
    found: Verification | None = None,
    told: FoundLicence | None = None,
    checked: CheckedFile | None = None,
    number: str = "",
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    facts = found.facts if found else None
    english = is_english()
    context = {
        "checked": checked,
        "verdict": found.verdict if found else None,
        "kind": KINDS.get(found.verdict, "bad") if found else "",
        "advice": ADVICE[found.verdict] if found else "",
        "must_be_compared": found is not None and found.verdict is Verdict.VALID and not found.is_usable,
        "facts": facts,
        "issuer": _issuer(facts, actor=actor_of(request)) if facts else "",
        "type_name": (facts.type_name_en if english and facts.type_name_en else facts.type_name)
        if facts
        else "",
        "told": told,
        "is_demonstration": found.is_demonstration if found else False,
        "number": number,
        "errors": errors or [],
        "complaints": dict(errors or []),
    }
    return render(request, "site/verification.html", context, status=status)


def _issuer(facts: VerifiedFacts, *, actor: Actor) -> str:
    if not is_english():
        return facts.issuer_name
    names = registers.english_agency_names(codes=[facts.issuer_code], actor=actor)
    return names.get(facts.issuer_code, facts.issuer_name)

"""
实名等级: how surely one is known, what raises it, and the fresh check before acts of high risk.

Whoever was sent here from elsewhere (`next`) is led back there as soon as it is enough; nothing typed there is lost,
because the page that sent him had saved it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.foundation.kept import keep, kept
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.login import address_of, safe_target, sentence_of, with_waiting_time
from tongban.support.identity import selectors, services
from tongban.support.identity.ports import simulated_camera, simulated_key
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import AssuranceLevel, MeansCode

FACE = "tongban_face"
CERTIFICATE = "tongban_certificate"
SIGNED = ("certificate", "signature")
VALUE_PREFIX = "value-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """
    Why somebody is here: which level he needs, whether fresh, and where he goes on.
    """

    level: int
    target: str
    is_check: bool
    """A fresh check is wanted, whatever the level."""

    @property
    def query(self) -> str:
        """
        Return what carries the aim from page to page.
        """
        values = {"to": str(self.level), "next": self.target, "check": "1" if self.is_check else ""}
        return urlencode({name: value for name, value in values.items() if value})


@never_cache
@require_safe
def show_level(request: HttpRequest) -> HttpResponse:
    """
    Show one's level, how it was proved and until when, and what raises it.
    """
    actor, aim = _person(request), _aim(request.GET, request)
    if aim.is_check:
        return redirect(f"{reverse('workspace:level-check')}?{aim.query}")
    return _level_page(request, actor, aim)


@never_cache
@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """
    Have an authority confirm a fact, and go on.
    """
    actor, aim = _person(request), _aim(request.POST, request)
    means_code = request.POST.get("means", "")
    value = request.POST.get(f"{VALUE_PREFIX}{means_code}", "")[: forms.LONGEST_NUMBER]
    try:
        receipt = services.prove_by_data(means_code=means_code, value=value, actor=actor, at=clock.now())
    except ServiceError as error:
        sentence = error.fields.get("value", "") if isinstance(error, InvalidInput) else ""
        wrong = (means_code, sentence or sentence_of(error))
        page = _level_page(request, actor, aim, wrong=wrong, typed=value, status=error.status)
        return with_waiting_time(page, error)
    return _go_on(request, aim, level=receipt.assurance_level, is_checked=False)


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """
    Check anew who it is: by a code to the own mobile where that is enough, else by the face.
    """
    actor = _person(request)
    aim = _aim(request.POST if request.method == "POST" else request.GET, request)
    if aim.level > 1 or ("send" not in request.POST and "code" not in request.POST):
        return _check_page(request, actor, aim)
    if "send" in request.POST:
        return _send_code(request, actor, aim)
    form = forms.Code(request.POST)
    if not form.is_valid():
        return _check_page(request, actor, aim, form=form, is_sent=True, status=422)
    try:
        receipt = services.check_by_code(code=form.cleaned_data["code"], actor=actor, at=clock.now())
    except ServiceError as error:
        form.add_error("code", sentence_of(error))
        page = _check_page(request, actor, aim, form=form, is_sent=True, status=error.status)
        return with_waiting_time(page, error)
    return _go_on(request, aim, level=receipt.assurance_level, is_checked=True)


@never_cache
@require_POST
def begin_face(request: HttpRequest) -> HttpResponse:
    """
    Open a look at one's face and show what to do with the phone.
    """
    actor, aim = _person(request), _aim(request.POST, request)
    try:
        receipt = services.begin_face_check(actor=actor, at=clock.now())
    except ServiceError as error:
        wrong = (MeansCode.FACE.value, sentence_of(error))
        if aim.is_check:
            page = _check_page(request, actor, aim, wrong=wrong[1], status=error.status)
        else:
            page = _level_page(request, actor, aim, wrong=wrong, status=error.status)
        return with_waiting_time(page, error)
    keep(request.session, FACE, {"capture": receipt.capture, "token": receipt.token, "aim": aim.query})
    return redirect("workspace:level-face")


@never_cache
@require_http_methods(["GET", "POST"])
def face(request: HttpRequest) -> HttpResponse:
    """
    Wait for the phone; asked by the person, who says that he has done it.
    """
    actor, known = _person(request), kept(request.session, FACE)
    if "capture" not in known:
        return redirect("workspace:level-show")
    aim = _aim_of_query(known["aim"], request)
    if request.method == "GET":
        return _face_page(request, aim, known)
    if "same" in request.POST:
        _hold_up_a_face(known["token"], is_same=request.POST["same"] == "1")
    try:
        receipt = services.finish_face_check(capture=known["capture"], actor=actor, at=clock.now())
    except ServiceError as error:
        if not isinstance(error, services.AuthorityUnavailable):
            del request.session[FACE]
            messages.warning(request, sentence_of(error))
            return redirect(f"{reverse('workspace:level-show')}?{aim.query}")
        return _face_page(request, aim, known, wrong=sentence_of(error), status=error.status)
    if receipt is None:
        return _face_page(
            request, aim, known, wrong=_("还没有收到刷脸结果，请在手机上完成后再按"), status=409
        )
    del request.session[FACE]
    return _go_on(request, aim, level=receipt.assurance_level, is_checked=True)


@never_cache
@require_POST
def begin_certificate(request: HttpRequest) -> HttpResponse:
    """
    Make a text to sign and show what to do with it.
    """
    actor, aim = _person(request), _aim(request.POST, request)
    receipt = services.begin_certificate_check(actor=actor, at=clock.now())
    keep(
        request.session, CERTIFICATE, {"challenge": receipt.challenge, "text": receipt.text, "aim": aim.query}
    )
    return redirect("workspace:level-certificate")


@never_cache
@require_http_methods(["GET", "POST"])
def certificate(request: HttpRequest) -> HttpResponse:
    """
    Take the signed text, and have the authority look at it.
    """
    actor, known = _person(request), kept(request.session, CERTIFICATE)
    if "challenge" not in known:
        return redirect("workspace:level-show")
    aim = _aim_of_query(known["aim"], request)
    if request.method == "GET":
        return _certificate_page(request, aim, known)
    try:
        receipt = services.finish_certificate_check(
            challenge=known["challenge"],
            **_signed(request, known, actor=actor),
            actor=actor,
            at=clock.now(),
        )
    except (services.ChallengeInvalid, services.ProofRefused) as error:
        del request.session[CERTIFICATE]
        messages.warning(request, sentence_of(error))
        return redirect(f"{reverse('workspace:level-show')}?{aim.query}")
    except ServiceError as error:
        return with_waiting_time(_certificate_page(request, aim, known, error=error), error)
    del request.session[CERTIFICATE]
    return _go_on(request, aim, level=receipt.assurance_level, is_checked=True)


def _person(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor


def _aim(values: Mapping[str, str], request: HttpRequest) -> Aim:
    wanted = values.get("to", "")
    level = int(wanted) if wanted in {str(level) for level in AssuranceLevel.values} else 0
    return Aim(
        level=level, target=safe_target(request, values.get("next", "")), is_check=values.get("check") == "1"
    )


def _aim_of_query(query: str, request: HttpRequest) -> Aim:
    return _aim(QueryDict(query), request)


def _go_on(request: HttpRequest, aim: Aim, *, level: int, is_checked: bool) -> HttpResponseRedirect:
    """
    Lead on as soon as it is enough, else show what is still missing.
    """
    request.session.cycle_key()
    if aim.is_check and not is_checked:
        return redirect(f"{reverse('workspace:level-check')}?{aim.query}")
    if level < aim.level:
        words = {"level": level, "needed": aim.level}
        messages.info(request, _("您的实名等级现在是 %(level)s 级，这一步需要 %(needed)s 级") % words)
        return redirect(f"{reverse('workspace:level-show')}?{aim.query}")
    if is_checked and aim.is_check:
        messages.success(request, _("已核验是您本人，请继续"))
    else:
        messages.success(request, _("核验通过，您的实名等级是 %(level)s 级") % {"level": level})
    return HttpResponseRedirect(aim.target or reverse("workspace:level-show"))


def _level_page(
    request: HttpRequest,
    actor: Actor,
    aim: Aim,
    *,
    wrong: tuple[str, str] = ("", ""),
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    """
    Return the page of one's level.

    :param wrong: means, and what is wrong with what was given for it
    :param typed: what was given
    """
    shown = selectors.assurance(actor=actor, at=clock.now())
    needed = AssuranceLevel(aim.level)
    is_enough = shown.level >= needed
    ways = shown.ways if is_enough else shown.ways_to(needed)
    if wrong[0] not in {way.code for way in ways} and wrong[1]:
        messages.warning(request, wrong[1])
    context = {
        "assurance": shown,
        "ways": ways,
        "aim": aim,
        "needed": "" if is_enough else str(needed.label),
        "wrong": wrong,
        "typed": typed,
        "begins": {
            MeansCode.FACE.value: reverse("workspace:level-face-begin"),
            MeansCode.CERTIFICATE.value: reverse("workspace:level-certificate-begin"),
        },
        "counter_only": not is_enough and not ways,
    }
    return render(request, "workspace/level_show.html", context, status=status)


def _check_page(
    request: HttpRequest,
    actor: Actor,
    aim: Aim,
    *,
    form: forms.Code | None = None,
    is_sent: bool = False,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "aim": aim,
        "by_code": aim.level <= 1,
        "is_sent": is_sent,
        "form": form or forms.Code(),
        "mobile": selectors.profile(actor=actor).mobile_masked,
        "wrong": wrong,
    }
    return render(request, "workspace/level_check.html", context, status=status)


def _face_page(
    request: HttpRequest, aim: Aim, known: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "aim": aim,
        "token": known["token"],
        "wrong": wrong,
        "is_simulated": simulated_camera() is not None,
    }
    return render(request, "workspace/level_face.html", context, status=status)


def _certificate_page(
    request: HttpRequest, aim: Aim, known: Mapping[str, str], *, error: ServiceError | None = None
) -> HttpResponse:
    fields = error.fields if isinstance(error, InvalidInput) else {}
    context = {
        "aim": aim,
        "text": known["text"],
        "typed": {name: request.POST.get(name, "") for name in SIGNED},
        "errors": fields,
        "wrong": sentence_of(error) if error and not fields else "",
        "is_simulated": simulated_key() is not None,
    }
    status = error.status if error else 200
    return render(request, "workspace/level_certificate.html", context, status=status)


def _signed(request: HttpRequest, known: Mapping[str, str], *, actor: Actor) -> dict[str, str]:
    """
    Return what the person's tool gave back, or in a demonstration the simulated one.
    """
    if "own" not in request.POST:
        return {name: request.POST.get(name, "") for name in SIGNED}
    signed = services.sign_by_simulated_key(
        challenge=known["challenge"], is_own=request.POST["own"] == "1", actor=actor, at=clock.now()
    )
    return {"certificate": signed.certificate, "signature": signed.signature}


def _send_code(request: HttpRequest, actor: Actor, aim: Aim) -> HttpResponse:
    try:
        services.request_check_code(actor=actor, address=address_of(request), at=clock.now())
    except ServiceError as error:
        page = _check_page(request, actor, aim, wrong=sentence_of(error), status=error.status)
        return with_waiting_time(page, error)
    return _check_page(request, actor, aim, is_sent=True)


def _hold_up_a_face(token: str, *, is_same: bool) -> None:
    camera = simulated_camera()
    if camera is None:
        raise NotFound
    camera.show(token=token, is_same=is_same)

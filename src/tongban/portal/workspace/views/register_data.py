"""
基础库中的我的信息: what the population register says of oneself, who is answerable for it, and saying that it is wrong.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.portal.workspace.views.login import sentence_of
from tongban.resources.registers import selectors, services
from tongban.resources.registers.values import RegisterCode, definition
from tongban.support.identity.selectors import actor_of

HOME = "workspace:register-data"


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show one's own record, and what one has disputed.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the person acts for another
    """
    actor = actor_of(request)
    fields = selectors.own_record(actor=actor)
    disputes = selectors.disputes(actor=actor, on=civil_date(clock.now())).items
    titles = {rule.name: rule.title for rule in definition(RegisterCode.POPULATION).fields}
    context = {
        "fields": fields,
        "disputes": [(each, titles.get(each.field, each.field)) for each in disputes],
    }
    return render(request, "workspace/register_data.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, field: str) -> HttpResponse:
    """
    Say that one field is wrong; its source has to answer.

    :raises NotFound: the register says nothing of that
    """
    actor, at = actor_of(request), clock.now()
    known = next((each for each in selectors.own_record(actor=actor) if each.name == field), None)
    if known is None or not known.may_dispute:
        raise NotFound
    typed = {name: request.POST.get(name, "") for name in ("proposed", "words")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            filed = services.file_dispute(
                register=RegisterCode.POPULATION,
                key="",
                field=field,
                proposed=typed["proposed"],
                words=typed["words"],
                actor=actor,
                at=at,
                calendar=current_calendar(),
            )
        except InvalidInput as error:
            errors = {
                ("proposed" if name == "correction" else name): text for name, text in error.fields.items()
            }
        except Conflict as error:
            messages.error(request, sentence_of(error))
            return redirect(HOME)
        else:
            told = _("已提交，编号 %(number)s，%(agency)s最迟 %(due)s 答复，答复会发到“我的消息”")
            messages.success(
                request,
                told % {"number": filed.number, "agency": known.agency, "due": filed.due.isoformat()},
            )
            return redirect(HOME)
    context = {"known": known, "typed": typed, "errors": errors}
    return render(request, "workspace/register_dispute.html", context, status=422 if errors else 200)

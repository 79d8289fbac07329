"""
证照共享: what agencies ask for and use, the holder's answers; and 用证记录, what was done with a licence.
"""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values.sharing import (
    LicenceUseFacts,
    ShareAnswer,
    ShareFacts,
    ShareState,
    UseKind,
)
from tongban.foundation import clock
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.languages import in_language
from tongban.portal.workspace.views.cases import person_of
from tongban.support.identity.values import Post

LOOKS: Final = {
    ShareState.ASKED: ("warn", "alert-triangle"),
    ShareState.GIVEN: ("good", "circle-check"),
    ShareState.REFUSED: ("", "minus"),
    ShareState.WITHDRAWN: ("", "minus"),
    ShareState.OVER: ("", "minus"),
}
"""Kind and icon of the tag that shows the state."""
DONE: Final = {
    ShareAnswer.CONSENT: gettext_noop("已同意。机关已取得加注件，每次查看都会记录下来。"),
    ShareAnswer.REFUSE: gettext_noop("已答复：不同意。"),
    ShareAnswer.WITHDRAW: gettext_noop("已撤回。机关从现在起不能再查看这份证照。"),
}
"""What the page says after an answer; translated when it is said."""


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show what is asked of one and what one shares, newest first, a page at a time.
    """
    cursor = request.GET.get("cursor") or None
    page = selectors.licence_shares(actor=person_of(request), at=clock.now(), cursor=cursor)
    here = reverse("workspace:share-list")
    context = {
        "rows": [_row(share) for share in page.items],
        "next_url": f"{here}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        "first_url": here if cursor else "",
    }
    return render(request, "workspace/share_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Show one share, and take the holder's answer.
    """
    actor, at = person_of(request), clock.now()
    words, errors, status = request.POST.get("words", ""), {}, 200
    if request.method == "POST" and request.POST.get("answer") in ShareAnswer.values:
        answer = ShareAnswer(request.POST["answer"])
        try:
            services.answer_share(share_id=share_id, answer=answer, words=words, actor=actor, at=at)
        except InvalidInput as error:
            errors, status = error.fields, error.status
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("workspace:share-show", share_id=share_id)
        else:
            messages.success(request, _(DONE[answer]))
            return redirect("workspace:share-show", share_id=share_id)
    share = selectors.licence_share(share_id=share_id, actor=actor, at=at)
    context = {"row": _row(share), "words": words, "errors": errors}
    return render(request, "workspace/share_show.html", context, status=status)


@never_cache
@require_safe
def show_uses(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Show what was done with a licence of one's own, newest first, a page at a time.
    """
    actor = person_of(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.licence_uses(identifier=identifier, actor=actor, cursor=cursor)
    detail = selectors.licence_detail(identifier=identifier, actor=actor, at=clock.now())
    here = reverse("workspace:licence-uses", kwargs={"identifier": detail.summary.identifier})
    context = {
        "name": in_language(detail.summary.type_name, detail.summary.type_name_en),
        "identifier": detail.summary.identifier,
        "lines": [(line, _who(line), _posts(line)) for line in page.items],
        "next_url": f"{here}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else "",
        "first_url": here if cursor else "",
    }
    return render(request, "workspace/licence_uses.html", context)


def _row(share: ShareFacts) -> dict[str, object]:
    return {
        "share": share,
        "type_name": in_language(share.type_name, share.type_name_en),
        "service_name": in_language(share.service_name, share.service_name_en),
        "look": LOOKS[share.state],
    }


def _who(line: LicenceUseFacts) -> str:
    if line.kind is UseKind.PRESENTED:
        return ""
    if line.kind is UseKind.CHECKED:
        return _("自称：%(checker)s") % {"checker": line.who} if line.who else _("没有留下名称的核验人")
    return line.who


def _posts(line: LicenceUseFacts) -> str:
    return _("、").join(str(Post(post).label) for post in line.posts if post in Post.values)

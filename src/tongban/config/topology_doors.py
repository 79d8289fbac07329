"""
Where the doors of a node lead whose people's accounts are kept by another one.

统分 (MIXED): the pages of login, registration and reset lead to the node that keeps the accounts, and back. 统建
(UNIFIED): everything a person does leads there and stays there. Staff log in at their own node in every mode.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from tongban.config.errors import response_for
from tongban.foundation.errors import NotPermitted
from tongban.support.federation import ports
from tongban.support.federation.values import Mode, Provider
from tongban.support.identity.selectors import actor_of

LOGIN = "/my/login/"
ENTRANCES = ("/my/register/", "/my/reset/")
ROOMS = ("/my/", "/apply/", "/rate/")
REGISTRATION = "/api/v1/persons"
STAFF = "staff"


class TopologyDoors:
    """
    Middleware: leads persons to where their accounts are kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, or lead on.
        """
        return self._elsewhere(request) or self.get_response(request)

    def _elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        path = request.path
        if not path.startswith((*ROOMS, REGISTRATION)):
            return None
        topology = ports.topology()
        home = topology.home
        if home is None or _is_for_staff(request) or _is_confirming(request):
            return None
        if path.startswith(REGISTRATION):
            return _refuse(request) if request.method == "POST" else None
        if topology.mode is Mode.UNIFIED:
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('federation:go-home')}?{query}", status=303)
        is_entrance = path == LOGIN or path.startswith(ENTRANCES)
        return _to_home(request, home) if is_entrance else None


def _to_home(request: HttpRequest, home: Provider) -> HttpResponse:
    query = {"next": request.GET.get("next", "") or reverse("workspace:home")}
    if request.path.startswith("/my/register/"):
        query["prompt"] = "create"
    return HttpResponseRedirect(
        f"{reverse('federation:begin', kwargs={'code': home.code})}?{urlencode(query)}", status=303
    )


def _is_confirming(request: HttpRequest) -> bool:
    """
    Whether somebody who has an account here logs in to it once, to say that the login at the other node is his.
    """
    values = request.POST if request.method == "POST" else request.GET
    return request.path == LOGIN and values.get("next", "") == reverse("federation:confirm")


def _is_for_staff(request: HttpRequest) -> bool:
    """
    Whether a member of staff is at the door, or already inside.
    """
    values = request.POST if request.method == "POST" else request.GET
    is_on_the_way = values.get("next", "").startswith(reverse("desk:inbox-show")) or values.get("as") == STAFF
    is_between_steps = request.path.startswith(LOGIN) and request.path != LOGIN
    return is_on_the_way or is_between_steps or actor_of(request).is_staff


def _refuse(request: HttpRequest) -> HttpResponse:
    return response_for(request, NotPermitted(reason="ACCOUNTS_ARE_KEPT_ELSEWHERE"))

"""
演示手机: what reached a simulated phone, so that who tries the demonstration finds the code.

The page exists only where the node talks to the simulated gateway.
"""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation.errors import NotFound
from tongban.support.messaging.ports import simulated_phones

MOST = 20
MOBILE = re.compile(r"1[3-9][0-9]{9}")


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the latest messages of one phone, as a page or with ?format=json.
    """
    phones = simulated_phones()
    if phones is None:
        raise NotFound
    mobile = request.GET.get("mobile", "").strip()
    texts = phones.texts(mobile=mobile, limit=MOST) if MOBILE.fullmatch(mobile) else []
    if request.GET.get("format") == "json":
        told = [{"text": text.text, "at": text.at.isoformat()} for text in texts]
        return JsonResponse({"messages": told})
    return render(request, "site/phone.html", {"mobile": mobile, "texts": texts})

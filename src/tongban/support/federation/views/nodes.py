"""
The door where other nodes knock: signed, sealed messages, nothing else.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongban.foundation import clock
from tongban.foundation.payload import sent_bytes
from tongban.support.federation import ports, services


@csrf_exempt
@require_POST
def answer(request: HttpRequest, subject: str, question: str) -> HttpResponse:
    """
    Answer a node's question about a subject.
    """
    at = clock.now()
    answerer = ports.node_answerer(subject)
    if answerer is None:
        raise Http404
    body, signature = services.answer_message(
        path=services.node_path(subject, question),
        headers=request.headers,
        body=sent_bytes(request),
        answer=lambda node, message: answerer(question=question, node=node, message=message, at=at),
        at=at,
    )
    return HttpResponse(
        body,
        content_type="text/plain",
        headers={"X-Tongban-Signature": signature, "Cache-Control": "no-store"},
    )

"""
Questions from node to node that belong to no stream: asked at once, answered at once or refused.

They go in the envelopes that streams use, signed and sealed by the nodes' own keys, and always straight to the other
node. A question is answered while it is fresh, and once.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import ServiceError, UpstreamError
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import AnsweredQuestion
from tongban.resources.exchange.services.asking import ask
from tongban.resources.exchange.values import MessageKind
from tongban.resources.exchange.values.wire import Header, Question, Told

FRESH: Final = timedelta(minutes=5)
"""How old a question may be, or how far ahead its clock."""
STALE, REPEATED, UNKNOWN, UNREADABLE = "question_stale", "question_repeated", "question_unknown", "unreadable"

CLAIM: Final = """
INSERT INTO exchange_question (sender, asked_as, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""


class QuestionRefused(UpstreamError):
    """
    The other node has heard the question and does not answer it; `reason` is its code, `why` its sentence.
    """

    code = "node_refused_question"
    message = _("%(name)s未予答复：%(why)s")


def ask_node(*, node: str, subject: str, content: bytes, seconds: float, at: datetime) -> bytes:
    """
    Return what another node answers. Not inside a transaction: nobody is made to wait for a slow line.

    :param node: code of a neighbour: parent, child, or one with a direct route
    :param subject: which app is asked
    :param seconds: how long to wait
    :raises QuestionRefused: it says no
    :raises UpstreamError: it is not trusted, or does not answer
    """
    neighbours = ports.neighbours()
    peer = neighbours.find(node)
    if peer is None:
        raise UpstreamError(node=node)
    told = ask(
        peer,
        MessageKind.QUESTION,
        msgspec.json.encode(Question(subject=subject, content=content)),
        Told,
        neighbours=neighbours,
        at=at,
        carry=partial(ports.asker(), seconds=seconds),
    )
    if told.code:
        raise QuestionRefused(node=node, name=neighbours.name_of(node), reason=told.code, why=told.text)
    return told.content


def answer_question(header: Header, body: bytes, *, at: datetime) -> Told:
    """
    Answer a question of a trusted node; refusals are answers too.
    """
    try:
        question = msgspec.json.decode(body, type=Question)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Told(code=UNREADABLE, text=str(error))
    answerer = ports.answerer(question.subject)
    if answerer is None:
        return Told(code=UNKNOWN, text=question.subject)
    if abs(at - header.sent_at) > FRESH:
        return Told(code=STALE, text=str(_("提问时间与本节点时钟相差过大")))
    if not _is_first(header, at=at):
        return Told(code=REPEATED, text=str(_("这个提问已经答复过")))
    try:
        return Told(content=answerer(question=question.content, node=header.sender, at=at))
    except ServiceError as error:
        return Told(code=error.code, text=str(error))


def forget_questions(*, at: datetime) -> int:
    """
    Forget questions that would be stale by now; return how many.
    """
    return AnsweredQuestion.objects.filter(at__lt=at - 2 * FRESH).delete()[0]


def _is_first(header: Header, *, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [header.sender, header.id, at])
        return bool(cursor.rowcount)

"""
Refusals in the audit trail: who was told no, at which door, and why; sampled, so that nobody can flood it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from tongban.foundation import audit, clock, refusals
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.refusals import Refusal

logger = structlog.get_logger(__name__)

REFUSING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
AGAIN_AFTER_SECONDS = 10.0
"""The same actor refused the same action is written down once in so long, per process."""
MOST_REMEMBERED = 10_000
LONGEST_SUBJECT = 128
MISUSED_TOKEN = "identity.token.misuse"  # noqa: S105 -- the name of an action


class RefusalTrail:
    """
    Middleware: writes down what the policy refused, after the answer was made and its transaction ended.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response
        self._lock = Lock()
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer.
        """
        with refusals.collected() as noted:
            response = self.get_response(request)
        is_refused = response.status_code in REFUSING
        if response.status_code == HTTPStatus.UNAUTHORIZED and "Authorization" in request.headers:
            noted.append(Refusal(ANONYMOUS, MISUSED_TOKEN, "NOT_LOGGED_IN", is_misuse=True))
        # Other systems' protocols say no with other codes, and an action that is tried and given up is no refusal.
        meant = [one for one in noted if is_refused or one.is_misuse]
        self._write(request, [one for one in meant if self._is_worth_writing(request, one)])
        return response

    def _is_worth_writing(self, request: HttpRequest, refusal: Refusal) -> bool:
        is_nobody = refusal.actor.kind is ANONYMOUS.kind
        if is_nobody and not refusal.is_misuse:
            return False
        who = (getattr(request, "client_address", None) or "") if is_nobody else refusal.actor.id
        now = time.monotonic()
        with self._lock:
            last = self._seen.get((who, refusal.action))
            if last is not None and now - last < AGAIN_AFTER_SECONDS:
                return False
            self._seen[who, refusal.action] = now
            self._seen.move_to_end((who, refusal.action))
            while len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)
        return True

    def _write(self, request: HttpRequest, refused: list[Refusal]) -> None:
        if not refused:
            return
        try:
            with transaction.atomic():
                for refusal in refused:
                    _record(request, refusal.actor, refusal)
        except DatabaseError:
            # The answer stands; what could not be written down is in the log.
            logger.exception("refusals_not_written", actions=[one.action for one in refused])


def _record(request: HttpRequest, actor: Actor, refusal: Refusal) -> None:
    audit.record(
        action=refusal.action,
        actor=actor,
        subject=request.path[:LONGEST_SUBJECT],
        at=clock.now(),
        outcome=audit.Outcome.REFUSED,
        reason=refusal.reason,
    )

"""
Writing down, for the applicant to read, who looked at his case and what for.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from tongban.business.casework.selectors.details import look_at
from tongban.foundation import looks
from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.looks import LookAct
from tongban.support.identity.values import Post

PURPOSES: Final = {
    Post.COUNTER: Purpose.ACCEPTANCE,
    Post.ACCEPTANCE: Purpose.ACCEPTANCE,
    Post.REVIEW: Purpose.EXAMINATION,
    Post.DECISION: Purpose.DECISION,
    Post.DELIVERY: Purpose.DELIVERY,
}
"""What a post opens files for; of several posts the first."""


def note_look(*, number: str, act: LookAct, actor: Actor, at: datetime, reason: Reason | None = None) -> None:
    """
    Write a look at a case or a use of it down; the applicant's own are none. One statement.

    The caller has made sure that the actor may. What the node itself does is done for the case's agency.
    """
    if not (actor.is_system or looks.is_foreign(actor)):
        return
    look = look_at("casework_case", where="number = %(number)s")
    if actor.is_system:
        look = look.replace("%(look_agency)s", "agency_code", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            look, {**looks.arguments(act=act, actor=actor, at=at, reason=reason), "number": number}
        )


def note_file_opened(key: str, actor: Actor, at: datetime) -> None:
    """
    Write down that a file of a case was opened, for what the post is there for: nobody else opens one.

    :param key: owner's key: the case number, or number and material of a correction under way
    """
    note_look(number=key.partition(":")[0], act=LookAct.OPENED, actor=actor, at=at, reason=_reason_of(actor))


def _reason_of(actor: Actor) -> Reason | None:
    if actor.is_person:
        return None
    purpose = next((PURPOSES[post] for post in PURPOSES if post in actor.posts), Purpose.EXAMINATION)
    return Reason(purpose=purpose)

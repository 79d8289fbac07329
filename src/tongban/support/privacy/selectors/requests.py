"""
What a person has asked for, and what closing the account would do.
"""

from uuid import UUID

from tongban.foundation import holdings
from tongban.foundation.actors import Actor
from tongban.support.privacy import permissions
from tongban.support.privacy.models import DataRequest
from tongban.support.privacy.ports import open_matters_of
from tongban.support.privacy.values import ClosingPreview, Fate, RequestKind, RequestRow, RequestState

MOST = 20


def my_requests(*, actor: Actor) -> list[RequestRow]:
    """
    Return what the person has asked for, newest first. One query.

    :raises NotPermitted: the actor is no person, or acts for another
    """
    permissions.ask_for_copy.require(actor)
    rows = DataRequest.objects.filter(person_id=str(actor.person_id)).order_by("-asked_at")[:MOST]
    return [
        RequestRow(
            id=row.id,
            kind=RequestKind(row.kind),
            state=RequestState(row.state),
            asked_at=row.asked_at,
            until=row.until,
            file_id=row.file_id,
        )
        for row in rows
    ]


def closing_preview(*, actor: Actor) -> ClosingPreview:
    """
    Return what would be deleted and what the law keeps, and why, if the actor closed his account now.

    One query for each kind of data that the apps hold.

    :raises NotPermitted: the actor is no person, or acts for another
    """
    permissions.close_account.require(actor)
    person_id = UUID(str(actor.person_id))
    return ClosingPreview(
        fates=[
            Fate(
                title=holding.title,
                count=holding.counter(person_id),
                is_kept=holding.is_kept,
                why=holding.keeps_why,
                clause=holding.keeps_clause,
                term=holding.term,
            )
            for holding in holdings.holdings()
        ],
        open_cases=open_matters_of(person_id),
    )

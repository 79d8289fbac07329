"""
Exports in the background: how far one's own are.
"""

from typing import Final

from tongban.foundation.actors import Actor
from tongban.resources.caselibrary import permissions
from tongban.resources.caselibrary.models import LibraryExport
from tongban.resources.caselibrary.values import ExportForm, ExportRow, ExportStandard, ExportState

NEWEST: Final = 20


def exports(*, actor: Actor) -> list[ExportRow]:
    """
    Return the newest exports that the actor asked for. One query.

    :raises NotPermitted: the actor may export nothing
    """
    permissions.export_cases.require(actor, division_code=actor.division_code or "")
    rows = LibraryExport.objects.filter(asked_by=actor.id).defer("key").order_by("-asked_at")[:NEWEST]
    return [
        ExportRow(
            id=row.pk,
            standard=ExportStandard(row.standard),
            form=ExportForm(row.form),
            since=row.since,
            until=row.until,
            division_code=row.division_code,
            asked_at=row.asked_at,
            state=ExportState(row.state),
            total=row.total,
            done=row.done,
            size=row.size,
            expires_at=row.expires_at,
        )
        for row in rows
    ]

"""
用证记录: every use of a licence is written down once for its holder, by whom and what for.
"""

from datetime import datetime

from tongban.business.licences.models import Licence, LicenceShare, LicenceUse
from tongban.business.licences.values.sharing import UseKind
from tongban.foundation.actors import Actor


def note_use(
    licence: Licence,
    kind: UseKind,
    *,
    actor: Actor,
    at: datetime,
    share: LicenceShare | None = None,
    who: str = "",
    purpose: str = "",
) -> None:
    """
    Write one use down, in the open transaction.

    :param share: by which an agency uses it: says agency, case and purpose
    :param who: what a checker calls himself
    :param purpose: what for, where there is no share that says it
    """
    LicenceUse.objects.create(
        licence=licence,
        share=share,
        kind=kind,
        at=at,
        agency_code=share.agency_code if share else actor.agency_code or "",
        who=share.agency_name if share else who,
        posts=",".join(sorted(actor.posts)),
        case_number=share.case_number if share else "",
        purpose=share.purpose if share else purpose,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )

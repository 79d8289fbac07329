"""
Which licences somebody at a counter has agreed to have found.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import CounterConsent, Licence
from tongban.business.licences.selectors.sharing import held_of
from tongban.business.licences.values import HolderKind
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation.actors import Actor


def held_by_consent(
    *,
    application_id: UUID,
    holder_code: str,
    holder_name: str,
    type_codes: Collection[str],
    actor: Actor,
    on: date,
) -> list[HeldLicence] | None:
    """
    Return the licences of these types that the holder has agreed to have found; None: he has agreed to nothing.

    Three queries; one without his consent.
    """
    index = rules.holder_index(holder_code)
    consent = CounterConsent.objects.filter(application_id=application_id, holder_index=index).first()
    if consent is None or consent.witnessed_by != actor.id:
        return None
    return held_of(licences_of(consent, holder_name=holder_name, type_codes=type_codes, actor=actor), on=on)


def licences_of(
    consent: CounterConsent, *, holder_name: str, type_codes: Collection[str], actor: Actor
) -> list[Licence]:
    """
    Return the current licences that a consent is about, newest first. One query.

    A number alone opens nothing: a person's licence has to bear the name on his card too.
    """
    current = Licence.objects.current().filter(holder_index=consent.holder_index, type_code__in=type_codes)
    return [
        licence
        for licence in current.order_by("-issued_at", "-id")
        if permissions.replace_material.allows(actor, licence, consent=consent)
        and (licence.holder_kind != HolderKind.PERSON or licence.holder_name == holder_name.strip())
    ]

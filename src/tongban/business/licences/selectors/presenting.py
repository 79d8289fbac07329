"""
What may be shown of a licence, what is being shown, and with which keys that is checked.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence, Presentation, PresentationCheck
from tongban.business.licences.permissions import LicenceNotFound, PresentationNotFound
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.values import FaceLine
from tongban.business.licences.values.presenting import (
    CheckFacts,
    FaceChoice,
    Presentable,
    PresentationFacts,
    VerificationKey,
)
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.support.trust import selectors as trust
from tongban.support.trust.values import CertificateProfile

MOST_CHECKS: Final = 20


def presentable(*, identifier: str, actor: Actor) -> Presentable:
    """
    Return the lines of a licence that its holder may show, and which he usually does. One query.

    :raises LicenceNotFound: no licence has this identifier, or it is not in the actor's wallet
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if licence is None or not permissions.present_licence.allows(actor, licence):
        raise LicenceNotFound
    usual = codes.usual_keys(licence.face)
    return Presentable(
        identifier=licence.identifier,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        choices=tuple(FaceChoice(line=_line(line), is_usual=line["key"] in usual) for line in licence.face),
    )


def presentation(*, presentation_id: UUID, actor: Actor, at: datetime) -> PresentationFacts:
    """
    Return what is being shown, and who has checked it since. Two queries.

    :raises PresentationNotFound: there is none, or it is not of a licence in the actor's wallet
    """
    shown = Presentation.objects.select_related("licence").filter(id=presentation_id).first()
    if shown is None or not permissions.present_licence.allows(actor, shown.licence):
        raise PresentationNotFound
    checks = PresentationCheck.objects.filter(licence=shown.licence, at__gte=shown.opened_at)
    return PresentationFacts(
        id=shown.id,
        identifier=shown.licence.identifier,
        type_name=shown.licence.type_name,
        type_name_en=shown.licence.type_name_en,
        lines=tuple(_line(line) for line in shown.licence.face if line["key"] in shown.keys),
        opened_at=shown.opened_at,
        ends_at=shown.ends_at,
        is_open=at < shown.ends_at,
        checks=tuple(
            CheckFacts(at=check.at, agency_code=check.agency_code, checker=check.checker)
            for check in checks.order_by("-at")[:MOST_CHECKS]
        ),
    )


def published_presentation_keys(*, at: datetime) -> list[VerificationKey]:
    """
    Return the keys with which anybody checks codes, newest first. Public. One query.
    """
    return [
        VerificationKey(
            key_id=codes.key_id_of(key.point),
            point=key.point,
            not_before=key.not_before,
            not_after=key.not_after,
        )
        for key in trust.published_keys(profile=CertificateProfile.PRESENTATION, at=at)
        if key.algorithm is Algorithm.SM2
    ]


def _line(line: dict[str, Any]) -> FaceLine:
    return FaceLine(key=line["key"], label=line["label"], label_en=line["label_en"], value=line["value"])

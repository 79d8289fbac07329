"""
Seals for tests: made through the services, by four people, with real keys.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.factories.identity import staff
from tests.factories.trust import establish
from tongban.foundation.actors import Actor, system_actor
from tongban.support.identity.values import CHECKED_BY_FACTOR, Role
from tongban.support.seals import services
from tongban.support.seals.models import Seal
from tongban.support.seals.values import (
    AuthorisationKind,
    Limits,
    SealKind,
    SealPurpose,
)

AGENCY = "11510100MB1500000X"
AGENCY_NAME = "示例区民政局"
DIVISION = "511602000000"
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
NODE = system_actor("tests")


@dataclass(frozen=True, kw_only=True)
class People:
    """
    Who has a part in the life of seals.
    """

    keeper: Actor
    reviewer: Actor
    maker: Actor
    registrar: Actor


def fresh(actor: Actor, *, at: datetime = AT) -> Actor:
    """
    Return a member of staff who has just shown his second factor.
    """
    return replace(actor, checked_level=CHECKED_BY_FACTOR, checked_at=at)


def people(*, agency_code: str = AGENCY, division_code: str = DIVISION, at: datetime = AT) -> People:
    """
    Return four members of staff, the keeper of this agency; the node has its authorities.
    """
    establish(at=at)
    made = {
        role: fresh(staff(roles=[role], agency_code=agency_code, division_code=division_code, at=at), at=at)
        for role in (Role.SEAL_KEEPER, Role.SEAL_REVIEWER, Role.SEAL_MAKER, Role.SEAL_REGISTRAR)
    }
    return People(
        keeper=made[Role.SEAL_KEEPER],
        reviewer=made[Role.SEAL_REVIEWER],
        maker=made[Role.SEAL_MAKER],
        registrar=made[Role.SEAL_REGISTRAR],
    )


def applied(
    by: People, *, at: datetime = AT, name: str = AGENCY_NAME, agency_code: str = AGENCY
) -> uuid.UUID:
    """
    Return a seal that was asked for.
    """
    return services.apply_for_seal(
        agency_code=agency_code,
        agency_name=name,
        division_code=by.keeper.division_code or DIVISION,
        name=name,
        kind=SealKind.AGENCY,
        basis="三定方案",
        actor=by.keeper,
        at=at,
    ).seal_id


def issued(seal_id: uuid.UUID, by: People, *, at: datetime = AT) -> Seal:
    """
    Take a seal that was asked for through review, making and filing into use.
    """
    services.review_seal(seal_id=seal_id, actor=by.reviewer, at=at)
    services.make_seal(seal_id=seal_id, actor=by.maker, at=at)
    services.file_seal(seal_id=seal_id, filing_number="备-1", actor=by.registrar, at=at)
    services.issue_seal(seal_id=seal_id, actor=by.maker, at=at)
    services.receive_seal(seal_id=seal_id, actor=by.keeper, at=at)
    return Seal.objects.get(id=seal_id)


def whole(seal: Seal) -> bytes:
    """
    Return the SESeal of a seal that was made.
    """
    return seal.sm2_key()[1]


def end_of(seal: Seal) -> datetime:
    """
    Return the end of the term of a seal that was made.
    """
    assert seal.valid_until is not None
    return seal.valid_until


def standing(seal: Seal, by: People, *, at: datetime = AT, limits: Limits | None = None) -> uuid.UUID:
    """
    Let notices and licences be sealed automatically with a seal, or what the limits say.
    """
    return services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.STANDING,
        limits=limits or Limits(purposes=frozenset({SealPurpose.NOTICE, SealPurpose.LICENCE})),
        valid_from=at,
        valid_until=at + timedelta(days=366),
        actor=fresh(by.keeper, at=at),
        at=at,
    ).authorisation_id


def with_seal(*, agency_code: str = AGENCY, agency_name: str = AGENCY_NAME, at: datetime = AT) -> Seal:
    """
    Return a seal of an agency in use, with which notices and licences are sealed automatically.
    """
    by = people(agency_code=agency_code, at=at)
    seal = issued(applied(by, at=at, name=agency_name, agency_code=agency_code), by, at=at)
    standing(seal, by, at=at)
    return seal

"""
实名等级: a person is proved to be who he is, and for how long that holds.

A level is never written down: it is the highest whose proof holds at the moment it is asked for. So it falls by
itself when a proof lapses, and nothing has to run for that.
"""

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.support.identity import permissions
from tongban.support.identity.models import AssuranceGrant, Person
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.values import AssuranceLevel, GrantReceipt, MeansCode, means

REPLACED = "REPLACED"
MEANS_BY_LEVEL = {
    AssuranceLevel.MOBILE: MeansCode.MOBILE_CODE,
    AssuranceLevel.DATA_CHECK: MeansCode.POPULATION_REGISTER,
    AssuranceLevel.FACE: MeansCode.FACE,
    AssuranceLevel.COUNTER: MeansCode.COUNTER,
}
"""By which means somebody of a level is taken to be known where nothing else is said."""


class UnknownMeans(NotFound):
    """
    The node knows no such means of proof.
    """

    code = "unknown_means"
    message = _("没有这种证明方式")


@business_transaction
def grant_assurance(
    *,
    person_id: uuid.UUID,
    means_code: str,
    evidence_digest: str,
    actor: Actor,
    at: datetime,
    level: int | None = None,
) -> GrantReceipt:
    """
    Write down that a person was proved to be who he is; for apps that prove it by a means of their own.

    Proving it again by the same means begins its term anew.

    :param means_code: of `values.means()`, e.g. EXTERNAL_ACCOUNT
    :param evidence_digest: keyed digest of what proves it, at most 64 characters; never the data
    :param level: lower than the means gives, where less was found out; None: what the means gives
    :raises NotPermitted: anybody but the node asks
    :raises UnknownMeans: there is no such means
    :raises NotFound: there is no such person
    """
    permissions.grant_assurance.require(actor)
    if means_code not in means():
        raise UnknownMeans(means=means_code)
    if not Person.objects.locked().filter(id=person_id).exists():
        raise NotFound
    grant(
        person_id=person_id,
        means_code=means_code,
        evidence_digest=evidence_digest,
        actor=actor,
        at=at,
        level=level,
    )
    return GrantReceipt(
        person_id=person_id, means=means_code, assurance_level=level_of(person_id=person_id, at=at)
    )


@business_transaction
def revoke_assurance(
    *, person_id: uuid.UUID, means_code: str | None, reason: str, actor: Actor, at: datetime
) -> int:
    """
    Take proofs of a person back; return how many.

    :param means_code: only of this means; None: all
    :param reason: code, at most 64 characters, e.g. BY_OPERATOR
    :raises NotPermitted: the actor is neither a system administrator nor the node
    """
    permissions.operate.require(actor)
    return revoke(person_id=person_id, means_code=means_code, reason=reason, actor=actor, at=at)


def grant(
    *,
    person_id: uuid.UUID,
    means_code: str,
    evidence_digest: str,
    actor: Actor,
    at: datetime,
    level: int | None = None,
) -> AssuranceGrant:
    """
    Write a proof down, in the caller's transaction, which holds the person; for the services of this app only.
    """
    known = means()[means_code]
    revoke(person_id=person_id, means_code=means_code, reason=REPLACED, actor=actor, at=at)
    given = AssuranceGrant.objects.create(
        person_id=person_id,
        means=means_code,
        level=min(known.level, level or known.level),
        granted_at=at,
        expires_at=at + timedelta(days=known.lasts_days) if known.lasts_days else None,
        granted_by=actor.id,
        evidence_digest=evidence_digest,
    )
    audit.record(
        action="identity.assurance.grant",
        actor=actor,
        subject=str(person_id),
        at=at,
        means=means_code,
        level=given.level,
    )
    return given


def revoke(*, person_id: uuid.UUID, means_code: str | None, reason: str, actor: Actor, at: datetime) -> int:
    """
    Take proofs back, in the caller's transaction; for the services of this app only. Return how many.
    """
    live = AssuranceGrant.objects.filter(person_id=person_id, revoked_at__isnull=True)
    if means_code is not None:
        live = live.filter(means=means_code)
    revoked = live.update(revoked_at=at, revoked_for=reason)
    if revoked and reason != REPLACED:
        audit.record(
            action="identity.assurance.revoke",
            actor=actor,
            subject=str(person_id),
            at=at,
            means=means_code or "",
            reason=reason,
        )
    return revoked

"""
Who may use a seal: given, ended, and asked for in the transaction that signs.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation import events
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction, require_transaction, rows_of
from tongban.foundation.errors import Conflict, InvalidInput, NotPermitted, Text
from tongban.foundation.policy import Reason, no
from tongban.support.identity import selectors as people
from tongban.support.identity import services as identity
from tongban.support.seals import permissions
from tongban.support.seals.events import SEAL_AUTHORISED
from tongban.support.seals.models import Seal, SealAuthorisation, SealUse
from tongban.support.seals.rules import authorising
from tongban.support.seals.rules.authorising import Fault, Given, Use
from tongban.support.seals.selectors.looking import limits_of
from tongban.support.seals.selectors.standing import neighbours
from tongban.support.seals.services.recording import check, fact_of, held_seal, permit, record
from tongban.support.seals.values import (
    AuthorisationKind,
    Limits,
    SealAction,
    SealKind,
    SealState,
)

LONGEST: Final = timedelta(days=366)
LAST_HOUR: Final = 24


class NoSealInUse(Conflict):
    """
    The agency has no seal that may be used now: none was made, or it is suspended, expired or destroyed.
    """

    code = "no_seal_in_use"
    message = _("该机构目前没有可以使用的电子印章")


class SealNotAuthorised(NotPermitted):
    """
    No authorisation covers this use of the seal; `facts`: the code of the seal, and why (`rules.authorising.Fault`).
    """

    code = "seal_not_authorised"
    message = _("这次用印不在授权范围内")


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorisationReceipt:
    """
    What giving an authorisation did.
    """

    authorisation_id: uuid.UUID
    seal_code: str


@business_transaction
def authorise(
    *,
    seal_id: uuid.UUID,
    kind: AuthorisationKind,
    limits: Limits,
    valid_from: datetime,
    valid_until: datetime,
    actor: Actor,
    at: datetime,
    account_id: uuid.UUID | None = None,
    node_code: str = "",
) -> AuthorisationReceipt:
    """
    授权: let somebody of the agency use the seal, or let be sealed automatically what a decision makes.

    What is sealed automatically may be so here or at another node.

    :param limits: what for, how often
    :param valid_until: at most a year after `valid_from`
    :param account_id: whoever may, of the seal's agency, and not the keeper himself; None for a standing one
    :param node_code: another node of the topology file whose jobs may; empty: this one
    :raises SealNotFound: no such seal that the actor may know of
    :raises NotPermitted: the actor does not keep it
    :raises SecondFactorNotFresh: he has not shown his second factor a moment ago
    :raises StepRefused: the seal is not in use
    :raises InvalidInput: limits, term or person are impossible; every field at once
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.AUTHORISE, actor=actor)
    identity.require_second_factor(actor, at=at)
    check(seal, SealAction.AUTHORISE, actor=actor)
    faults = _faults(limits, valid_from=valid_from, valid_until=valid_until, at=at)
    name = _named(seal, kind, account_id, actor=actor, faults=faults)
    is_known = node_code in dict(neighbours())
    if (kind is AuthorisationKind.NODE) != bool(node_code) or (node_code and not is_known):
        faults["node_code"] = _("请选择被授权的平台")
    if faults:
        raise InvalidInput(fields=faults)
    return give(
        seal,
        kind,
        limits,
        valid_from=valid_from,
        valid_until=valid_until,
        account_id=account_id,
        account_name=name,
        node_code=node_code,
        actor=actor,
        at=at,
    )


def give(
    seal: Seal,
    kind: AuthorisationKind,
    limits: Limits,
    *,
    valid_from: datetime,
    valid_until: datetime,
    account_id: uuid.UUID | None,
    account_name: str,
    actor: Actor,
    at: datetime,
    node_code: str = "",
) -> AuthorisationReceipt:
    """
    Write down an authorisation that was permitted and checked; for this app's own services.
    """
    given = SealAuthorisation.objects.create(
        seal=seal,
        kind=kind,
        account_id=account_id,
        account_name=account_name,
        node_code=node_code,
        purposes=sorted(purpose.value for purpose in limits.purposes),
        offerings=None if limits.offerings is None else list(limits.offerings),
        licence_types=None if limits.licence_types is None else list(limits.licence_types),
        most_fen=limits.most_fen,
        from_hour=limits.from_hour,
        until_hour=limits.until_hour,
        uses_a_day=limits.uses_a_day,
        uses_in_all=limits.uses_in_all,
        valid_from=valid_from,
        valid_until=valid_until,
        given_by=actor.id,
        given_at=at,
    )
    record(
        seal,
        SealAction.AUTHORISE,
        actor=actor,
        at=at,
        authorisation_id=str(given.id),
        kind=kind.value,
        account_id=str(account_id or ""),
        node_code=node_code,
        purposes=given.purposes,
    )
    if kind is AuthorisationKind.STANDING:
        events.announce(topic=SEAL_AUTHORISED, key=seal.code, at=at, payload=fact_of(seal))
    return AuthorisationReceipt(authorisation_id=given.id, seal_code=seal.code)


@business_transaction
def end_authorisation(
    *, authorisation_id: uuid.UUID, note: str, actor: Actor, at: datetime
) -> AuthorisationReceipt:
    """
    收回授权: refuse from now on what it permitted; signatures that are being made are waited for.

    Ending one that has ended changes nothing.

    :raises SealNotFound: no such authorisation that the actor may know of
    :raises NotPermitted: the actor neither keeps nor registers the seal
    """
    seal_id = SealAuthorisation.objects.filter(id=authorisation_id).values_list("seal_id", flat=True).first()
    if seal_id is None:
        # Noted as a refusal is: one that never was must not answer otherwise than a hidden one.
        permissions.read_seal.refuse(actor, no(Reason.OUTSIDE_AREA))
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.END_AUTHORISATION, actor=actor)
    check(seal, SealAction.END_AUTHORISATION, actor=actor)
    given = SealAuthorisation.objects.locked().get(id=authorisation_id)
    if given.ended_at is None:
        given.ended_at, given.ended_by, given.end_note = at, actor.id, note[:500]
        given.save(update_fields=["ended_at", "ended_by", "end_note"])
        record(
            seal,
            SealAction.END_AUTHORISATION,
            actor=actor,
            at=at,
            note=given.end_note,
            authorisation_id=str(given.id),
        )
    return AuthorisationReceipt(authorisation_id=given.id, seal_code=seal.code)


def usable_seal(*, agency_code: str, at: datetime, seal_code: str = "") -> Seal:
    """
    Return the seal of an agency that may be used now, its row held.

    Nobody suspends it before the transaction ends; many may hold it so at once.

    :param seal_code: which one; empty: the seal of the agency itself, or whichever there is
    :raises NoSealInUse: there is none
    """
    require_transaction()
    # Read committed: a row that changes while this waits for it is looked at again, and dropped.
    held = rows_of(
        Seal,
        """SELECT {columns} FROM seals_seal
           WHERE agency_code = %s AND state = %s AND valid_from <= %s AND valid_until > %s
             AND (%s = '' OR code = %s)
           ORDER BY kind = %s DESC, code LIMIT 1 FOR SHARE""",
        [agency_code, SealState.IN_USE.value, at, at, seal_code, seal_code, SealKind.AGENCY.value],
    )
    if not held:
        raise NoSealInUse(agency_code=agency_code)
    return held[0]


def permit_use(seal: Seal, use: Use, *, actor: Actor) -> SealAuthorisation:
    """
    Return the authorisation that covers a use of a seal whose row is held; it too is held until the transaction ends.

    The node's own jobs and systems of the agency seal by standing authorisations, people by their own and with a second
    factor shown just now.

    :raises NotPermitted: the actor is neither staff of the seal's agency nor a system of it with the scope for it
    :raises SecondFactorNotFresh: he has not shown his second factor a moment ago
    :raises SealNotAuthorised: none covers it
    """
    permissions.use_seal.require(actor, agency_code=seal.agency_code)
    if actor.is_system or actor.kind is ActorKind.CLIENT:
        rows = _given(seal, AuthorisationKind.STANDING)
    else:
        identity.require_second_factor(actor, at=use.at)
        rows = _given(seal, AuthorisationKind.PERSONAL, account_id=actor.id)
    return covering(rows, use, seal_code=seal.code)


def permit_node_use(seal: Seal, use: Use, *, node_code: str) -> SealAuthorisation:
    """
    Return the authorisation that covers a use of a seal by another node; both rows are held.

    :raises SealNotAuthorised: none covers it
    """
    rows = _given(seal, AuthorisationKind.NODE, node_code=node_code)
    return covering(rows, use, seal_code=seal.code)


def _given(
    seal: Seal, kind: AuthorisationKind, *, account_id: str | None = None, node_code: str = ""
) -> list[SealAuthorisation]:
    return rows_of(
        SealAuthorisation,
        """SELECT {columns} FROM seals_sealauthorisation
           WHERE seal_id = %s AND kind = %s AND account_id IS NOT DISTINCT FROM %s::uuid AND node_code = %s
           ORDER BY given_at, id""",
        [seal.id, kind.value, account_id, node_code],
    )


def covering(rows: Iterable[SealAuthorisation], use: Use, *, seal_code: str) -> SealAuthorisation:
    """
    Return the first of these authorisations that covers a use, its row held.

    :raises SealNotAuthorised: none does; `reason` is that of the one given last
    """
    fault = Fault.NONE_GIVEN
    for given in rows:
        held = _held(given)
        found = authorising.fault(_as_given(held, use.at), use)
        if found is None:
            return held
        fault = found
    raise SealNotAuthorised(seal_code=seal_code, reason=fault.value)


def _held(given: SealAuthorisation) -> SealAuthorisation:
    if given.uses_a_day is None and given.uses_in_all is None:
        # Read when its seal was held already, and nobody gives or ends an authorisation without holding the seal alone.
        return given
    # Where uses are counted they come one after another.
    return SealAuthorisation.objects.locked().get(id=given.id)


def _as_given(given: SealAuthorisation, at: datetime) -> Given:
    today = total = 0
    if given.uses_a_day is not None or given.uses_in_all is not None:
        begins = at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        counted = SealUse.objects.filter(authorisation_id=given.id).aggregate(
            total=Count("id"), today=Count("id", filter=Q(sealed_at__gte=begins))
        )
        today, total = counted["today"], counted["total"]
    return Given(
        limits=limits_of(given),
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        ended_at=given.ended_at,
        used_today=today,
        used_in_all=total,
    )


def _faults(limits: Limits, *, valid_from: datetime, valid_until: datetime, at: datetime) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if not limits.purposes:
        faults["purposes"] = _("请至少选择一种用印事由")
    for field, listed in (("offerings", limits.offerings), ("licence_types", limits.licence_types)):
        if listed is not None and (not listed or any(not code.strip() for code in listed)):
            faults[field] = _("请填写适用范围，或者选择不限")
    if not valid_from < valid_until <= valid_from + LONGEST or valid_until <= at:
        faults["valid_until"] = _("授权期限须晚于现在，最长一年")
    hours = (limits.from_hour, limits.until_hour)
    if any(hour is not None and not 0 <= hour <= LAST_HOUR for hour in hours) or limits.until_hour == 0:
        faults["from_hour"] = _("时点为 0 至 24 点")
    if limits.from_hour == LAST_HOUR:
        faults["from_hour"] = _("时点为 0 至 24 点")
    for field, number in (
        ("most_fen", limits.most_fen),
        ("uses_a_day", limits.uses_a_day),
        ("uses_in_all", limits.uses_in_all),
    ):
        if number is not None and number < 1:
            faults[field] = _("应为正整数")
    return faults


def _named(
    seal: Seal,
    kind: AuthorisationKind,
    account_id: uuid.UUID | None,
    *,
    actor: Actor,
    faults: dict[str, Text],
) -> str:
    if kind is not AuthorisationKind.PERSONAL:
        if account_id is not None:
            faults["account_id"] = _("自动签发授权不指定人员")
        return ""
    if account_id is None or str(account_id) == actor.id:
        faults["account_id"] = _("请指定被授权人，印章管理员不能授权给自己")
        return ""
    member = people.find_staff(account_id=account_id, actor=actor)
    if member is None or member.agency_code != seal.agency_code:
        faults["account_id"] = _("被授权人须为本机构在职工作人员")
        return ""
    return member.name

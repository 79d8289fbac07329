"""
Which licences are shared with whom, and what was done with a licence.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import (
    Licence,
    LicenceShare,
    LicenceTypeVersion,
    LicenceUse,
    ShareNotice,
)
from tongban.business.licences.permissions import LicenceNotFound, ShareNotFound
from tongban.business.licences.ports import case_in_hand
from tongban.business.licences.rules import sharing
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.values import LicenceStatus, SharingCategory, TrustGrade
from tongban.business.licences.values.sharing import (
    HeldLicence,
    LicenceUseFacts,
    NoUse,
    ShareAuthority,
    ShareFacts,
    ShareNoticeFacts,
    ShareState,
    UseKind,
)
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows

LARGEST_PAGE: Final = 100
_SHARES: Final = "licences.shares"
_USES: Final = "licences.uses"


def no_use_of(licence: Licence, *, on: date) -> NoUse | None:
    """
    Return why no agency can use a licence on a day; None: it can. No query.
    """
    return sharing.no_use(
        status=rules.status_on(LicenceStatus(licence.status), valid_until=licence.valid_until, on=on),
        grade=TrustGrade(licence.grade),
        # What was taken in from a file has no document of its own; its copy is made from what it says.
        is_made=licence.original_id is not None or not licence.case_number,
    )


def closed_types(type_codes: Collection[str]) -> frozenset[str]:
    """
    Return which of these types are not shared without a law, as the directory says now. One query.
    """
    published = LicenceTypeVersion.objects.filter(type_id__in=type_codes, version__isnull=False)
    newest = published.order_by("type_id", "-version").distinct("type_id")
    return frozenset(
        row.type_id for row in newest if read_definition(row.definition).sharing is SharingCategory.CLOSED
    )


def held_licences(*, type_codes: Collection[str], actor: Actor, on: date) -> list[HeldLicence]:
    """
    Return the licences of these types in the wallet of the actor, or of whom he acts for; newest first, usable first.

    Two queries; none where no type is asked for, or the mandate does not let him look.
    """
    if not type_codes or not actor.is_person or permissions.licence_reach(actor).is_nothing:
        return []
    own = visible_rows(permissions.licence_reach(actor), permissions.LICENCE_COLUMNS)
    found = Licence.objects.current().filter(own, type_code__in=type_codes).order_by("-issued_at", "-id")
    return held_of(list(found), on=on)


def held_of(licences: Sequence[Licence], *, on: date) -> list[HeldLicence]:
    """
    Return licences as what could take the place of a material, usable first. One query, where there are any.
    """
    closed = closed_types({licence.type_code for licence in licences}) if licences else frozenset()
    held = [_held(licence, is_closed=licence.type_code in closed, on=on) for licence in licences]
    return sorted(held, key=lambda licence: licence.no_use is not None)


def _held(licence: Licence, *, is_closed: bool, on: date) -> HeldLicence:
    return HeldLicence(
        identifier=licence.identifier,
        type_code=licence.type_code,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        number=licence.number,
        issuer_name=licence.issuer_name,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        original_digest=licence.original_digest,
        no_use=NoUse.CLOSED if is_closed else no_use_of(licence, on=on),
        lines={line["key"]: str(line["value"]) for line in licence.face},
    )


def licence_shares(
    *,
    actor: Actor,
    at: datetime,
    state: ShareState | None = None,
    is_changed: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[ShareFacts]:
    """
    Return shares, newest first: a holder's own; those of an agency's or area's cases. Three queries.

    :param state: as stored; what ran out is `OVER` in the answer all the same
    :param is_changed: only those whose licence has changed since and nobody has taken note of it
    :param limit: at most 100
    :raises InvalidInput: the cursor is of another list
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _visible(actor)
    if state is not None:
        rows = rows.filter(state=state)
    if is_changed:
        unseen = ShareNotice.objects.filter(seen_at__isnull=True)
        rows = rows.filter(id__in=unseen.values("share_id"))
    if cursor:
        asked_at, last_id = decode_cursor(_SHARES, cursor)
        before = datetime.fromisoformat(str(asked_at))
        rows = rows.filter(Q(asked_at__lt=before) | Q(asked_at=before, id__lt=UUID(str(last_id))))
    found = list(rows.order_by("-asked_at", "-id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=_facts(shown, actor=actor, on=civil_date(at), parts={}),
        next_cursor=encode_cursor(_SHARES, [last.asked_at.isoformat(), str(last.id)]) if last else None,
    )


def licence_share(*, share_id: UUID, actor: Actor, at: datetime) -> ShareFacts:
    """
    Return one share. Three queries; for agencies one more.

    :raises ShareNotFound: there is none, or the actor may not know of it
    """
    share = LicenceShare.objects.select_related("licence").filter(id=share_id).first()
    if share is None or not permissions.read_share.allows(actor, share):
        raise ShareNotFound
    parts = {share.case_number: has_part(share.case_number, actor)}
    return _facts([share], actor=actor, on=civil_date(at), parts=parts)[0]


def shares_of_case(*, case_number: str, actor: Actor, at: datetime) -> list[ShareFacts]:
    """
    Return the shares for a case that the actor may know of, oldest first. One query; three where there are any.
    """
    shares = list(_visible(actor).filter(case_number=case_number).order_by("asked_at", "id"))
    parts = {case_number: bool(shares) and has_part(case_number, actor)}
    return _facts(shares, actor=actor, on=civil_date(at), parts=parts)


def count_shares_asked(*, actor: Actor, on: date) -> int:
    """
    Return how many requests wait for the actor's answer. One query.
    """
    return _visible(actor).filter(state=ShareState.ASKED, last_day__gte=on).count() if actor.is_person else 0


def licence_uses(
    *, identifier: str, actor: Actor, cursor: str | None = None, limit: int = 20
) -> Page[LicenceUseFacts]:
    """
    Return what was done with a licence, newest first: shown, checked, shared and looked at. Two queries.

    :param limit: at most 100
    :raises LicenceNotFound: no licence has this identifier, or it is not in the actor's wallet
    :raises InvalidInput: the cursor is of another list
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if licence is None or not permissions.present_licence.allows(actor, licence):
        raise LicenceNotFound
    # A new version of a licence goes on with the log of the one before.
    rows = LicenceUse.objects.filter(licence__root_id=licence.root_id)
    if cursor:
        at, last_id = decode_cursor(_USES, cursor)
        before = datetime.fromisoformat(str(at))
        rows = rows.filter(Q(at__lt=before) | Q(at=before, id__lt=int(str(last_id))))
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(
        items=[_use(row) for row in shown],
        next_cursor=encode_cursor(_USES, [last.at.isoformat(), last.id]) if last else None,
    )


def has_part(case_number: str, actor: Actor) -> bool:
    """
    Tell whether the actor has a part in deciding a case: what was handed over for it is open to him. One query.
    """
    return not actor.is_person and case_in_hand(case_number, actor) is not None


def may_open_copy(actor: Actor, key: str) -> bool:
    """
    Tell whether an annotated copy is shown to the actor: to its holder always, to an agency or node while it is shared.

    One query; to who may know of the share one more. The term is looked at when the copy is opened.

    :param key: id of the share
    """
    share = LicenceShare.objects.filter(id=UUID(key)).first()
    if share is None or not permissions.read_share.allows(actor, share):
        return False
    # Another node that asked in the name of its agency: that it has the case is its word.
    if actor.is_system and actor.id == share.asked_by:
        return True
    return actor.is_person or (share.state == ShareState.GIVEN and has_part(share.case_number, actor))


def _visible(actor: Actor) -> QuerySet[LicenceShare]:
    rows = visible_rows(permissions.licence_reach(actor), permissions.SHARE_COLUMNS)
    return LicenceShare.objects.filter(rows).select_related("licence")


def _facts(
    shares: Sequence[LicenceShare], *, actor: Actor, on: date, parts: dict[str, bool]
) -> list[ShareFacts]:
    if not shares:
        return []
    notices: dict[UUID, list[ShareNoticeFacts]] = {}
    for notice in ShareNotice.objects.filter(share__in=[share.id for share in shares]).order_by("at", "id"):
        notices.setdefault(notice.share_id, []).append(_notice(notice))
    return [
        _share(share, actor=actor, on=on, is_open=parts.get(share.case_number, False), notices=notices)
        for share in shares
    ]


def _share(
    share: LicenceShare,
    *,
    actor: Actor,
    on: date,
    is_open: bool,
    notices: dict[UUID, list[ShareNoticeFacts]],
) -> ShareFacts:
    licence, authority = share.licence, ShareAuthority(share.authority)
    state = sharing.state_on(ShareState(share.state), last_day=share.last_day, on=on)
    may_read = is_open and state is ShareState.GIVEN
    may_answer = actor.is_person and permissions.answer_share.allows(actor, share)
    shows_copies = may_read or actor.is_person
    return ShareFacts(
        id=share.id,
        identifier=licence.identifier,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        number=licence.number,
        licence_status=rules.status_on(LicenceStatus(licence.status), valid_until=licence.valid_until, on=on),
        case_number=share.case_number,
        material_code=share.material_code,
        service_name=share.service_name,
        service_name_en=share.service_name_en,
        agency_code=share.agency_code,
        agency_name=share.agency_name,
        purpose=share.purpose,
        authority=authority,
        legal_basis=share.legal_basis,
        state=state,
        asked_at=share.asked_at,
        answered_at=share.answered_at,
        last_day=share.last_day,
        words=share.words,
        original_id=share.original_id if shows_copies else None,
        copy_id=share.copy_id if shows_copies else None,
        may_read=may_read,
        answers=sharing.open_answers(state, authority) if may_answer else (),
        notices=tuple(notices.get(share.id, ())),
    )


def _notice(notice: ShareNotice) -> ShareNoticeFacts:
    return ShareNoticeFacts(
        id=notice.pk,
        status=LicenceStatus(notice.status),
        at=notice.at,
        is_seen=notice.seen_at is not None,
    )


def _use(row: LicenceUse) -> LicenceUseFacts:
    return LicenceUseFacts(
        kind=UseKind(row.kind),
        at=row.at,
        agency_code=row.agency_code,
        who=row.who,
        posts=tuple(filter(None, row.posts.split(","))),
        case_number=row.case_number,
        purpose=row.purpose,
    )

"""
What fills the world of a seed, and what is let happen beside it that somebody must not notice.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random  # noqa: TID251 - a seed makes the same world again
from typing import Any
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.db import connection, transaction

from tests.factories import casework as make
from tests.factories import identity, trust
from tests.identity_proof import oracle
from tests.identity_proof.world import (
    AGENCIES,
    NATION,
    PLACES,
    Kind,
    Level,
    Thing,
    World,
)
from tongban.business.casework import services as casework
from tongban.business.casework.values import Applicant, Dispute
from tongban.business.catalogue import services as catalogue
from tongban.business.handling.models import Dossier, WorkItem
from tongban.business.licences.models import (
    Licence,
    LicenceShare,
    Presentation,
    QualityFinding,
    StockBatch,
    StockLicence,
)
from tongban.business.licences.services import Holder, compile_type, issue_licence, load_licence_types
from tongban.business.licences.values import TypeDefinition
from tongban.foundation import audit, clock, events
from tongban.foundation.actors import (
    ANONYMOUS,
    Actor,
    ActorKind,
    MandateFunction,
    Principal,
    PrincipalKind,
)
from tongban.foundation.clock import civil_date
from tongban.foundation.codes.organisations import credit_code_check_character
from tongban.portal.apply import services as apply
from tongban.portal.apply.models import Draft
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose
from tongban.support.federation.models import Consent, RelyingParty
from tongban.support.federation.services.keys import ensure_signing_key
from tongban.support.identity import services as accounts
from tongban.support.identity.models import Absence, Client, FactorReset, SignIn, StaffMember, StockAccount
from tongban.support.identity.values import CHECKED_BY_FACTOR, Post, Role, Scope
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.privacy.models import DataRequest, Objection
from tongban.support.seals.models import (
    Seal,
    SealAuthorisation,
    SealBatch,
    SealBatchItem,
    SigningRequest,
    SigningStep,
)
from tongban.support.seals.values import ApplicationKind, SealKind
from tongban.support.search.services import record_search
from tongban.support.security.models import SecurityEvent

AGENCY_OF_TYPES = "11510100MB1500000X"
"""Defines the types that are being compiled."""
STAFF_AT = (*AGENCIES.values(), NATION)
CASES = 9
MATERIAL = "floor_plan"
LOOK = """
INSERT INTO foundation_look (at, day, principal_id, act, actor_kind, actor_id, agency_code, posts, channel, object_kind,
                             object_key, label, label_en, purpose, words)
VALUES (%s, %s, %s, 'READ', 'STAFF', 'proof', %s, '{}', '1', 'CASE', %s, '', '', '', %s) RETURNING id
"""
RATED = "UPDATE casework_case SET state = jsonb_set(state, '{rating}', '{\"stars\": 5}') WHERE number = %s"
CHARACTERS = "龘靐齉爩鱻麤龗灪籱癵钃驫麣虋讟龖饢鸜鹳鼺"
"""Characters that stand nowhere in the texts of the node."""


def make_world(seed: int) -> World:
    """
    Return the world of a seed.
    """
    world = World(random=Random(seed), at=clock.now())
    _count_from_far(world, "foundation_look", "security_securityevent", "mfa_authenticator")
    ensure_signing_key(at=world.at)
    world.people = [_person(world) for _ in range(3)]
    world.companies = [str(UUID(int=world.random.getrandbits(128), version=4)) for _ in range(2)]
    world.offerings = [_offering(world, agency) for agency in PLACES]
    _hidden_offering(world)
    principals = [*(str(actor.person_id) for actor in world.people), *world.companies]
    for turn in range(CASES):
        place = world.random.choice(world.offerings[: len(AGENCIES)])
        _case(world, principals[turn % len(principals)], place, turn)
    for person in world.people:
        _belongings(world, person, agency=world.random.choice(list(AGENCIES)))
    for company in world.companies:
        _message(world, company)
    _companies(world)
    _administration(world)
    for text in OutgoingText.objects.all()[:1]:
        world.add(Thing(kind=Kind.TEXT, id=str(text.id)))
    for division in {*AGENCIES.values()}:
        _search(world, division)
    world.actors = [*_persons(world), *_staff(world), *_clients(world), ANONYMOUS]
    _finding(world, next(iter(AGENCIES)))
    return world


def let_happen_unseen(world: World, actor: Actor) -> list[Thing]:
    """
    Let somebody whom the actor does not know do everything one can do, where the actor may not look; return what came.

    Kinds of things of which he may know wherever they are, and places he may look into, are left out.
    """
    known_before = len(world.things)
    stranger, other = _person(world), _person(world)
    principal = str(stranger.person_id)
    unseen = [place for place in world.offerings if _is_unseen(actor, place, principal)]
    if unseen:
        for turn in (1, 2, 6):
            _case(world, principal, world.random.choice(unseen), turn, person=stranger)
        _belongings(world, stranger, agency=unseen[0][1])
        _search(world, PLACES[unseen[-1][1]])
        place: dict[str, Any] = {"agency": unseen[0][1], "division": PLACES[unseen[0][1]]}
        if not oracle.knows(actor, Thing(kind=Kind.FINDING, id="", **place)):
            _finding(world, unseen[0][1])
    _company(world, str(uuid4()), representative=stranger, agent=other)
    _mandate(world, "RELATIVE", grantee=other, person=stranger)
    place = {"agency": actor.agency_code or "", "division": actor.division_code or ""}
    for kind, maker in ADMINISTERED.items():
        if not oracle.knows(actor, Thing(kind=kind, id="", **place)):
            maker(world)
    return world.things[known_before:]


def _is_unseen(actor: Actor, place: tuple[str, str], principal: str) -> bool:
    code, agency = place
    kinds = (Kind.CASE, Kind.LICENCE, Kind.WORK_ITEM, Kind.OBJECTION, Kind.SEARCH)
    there: dict[str, Any] = {
        "agency": agency,
        "division": PLACES[agency],
        "offering": code,
        "principal": principal,
    }
    return not any(oracle.knows(actor, Thing(kind=kind, id="", **there)) for kind in kinds)


def _name(world: World) -> str:
    return "王" + "".join(world.random.sample(CHARACTERS, 5))


def _id_number(world: World) -> str:
    return identity.id_number(sequence=world.random.randrange(1, 9_000_000))


def _credit_code(world: World) -> str:
    body = f"91511602MA{world.digits(7)}"
    return body + credit_code_check_character(body)


def _count_from_far(world: World, *tables: str) -> None:
    """
    Let ids that are counted up be long: one that stands in half of all texts could not be told from them.
    """
    for table in tables:
        with connection.cursor() as cursor:
            start = world.random.randrange(10**8, 10**9)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, start])


def _person(world: World) -> Actor:
    name, phone, number = _name(world), world.mobile(), _id_number(world)
    actor = identity.citizen(name=name, phone=phone, number=number, at=world.at)
    world.add(
        Thing(
            kind=Kind.PERSON,
            id=str(actor.person_id),
            principal=str(actor.person_id),
            facts={"mobile": phone},
            secrets=dict.fromkeys((name, phone, number), Level.OWNER),
        )
    )
    return replace(identity.checked(actor, level=4, at=world.at), assurance_level=4)


def _offering(world: World, agency: str) -> tuple[str, str]:
    code = f"P{len(world.offerings)}{world.secret(6)}"
    make.publish(
        code,
        at=world.at,
        agency_code=agency,
        division_code=PLACES[agency],
        agency_name=f"机构{list(PLACES).index(agency)}",
    )
    return code, agency


def _hidden_offering(world: World) -> None:
    """
    Publish one more offering, and take it out of use.
    """
    hidden, name = world.secret(), world.secret()
    make.publish(hidden, at=world.at, name=name, agency_code=next(iter(AGENCIES)))
    catalogue.suspend_offering(code=hidden, actor=make.LOADER, at=world.at, reason="演示")
    world.add_known(Kind.OFFERING, hidden, name, agency=next(iter(AGENCIES)))


def _clerk(agency: str) -> Actor:
    return make.clerk(*Post, agency_code=agency, division_code=PLACES[agency])


# --- cases and what comes of them ---------------------------------------------------------------------------


def _case(
    world: World, principal: str, place: tuple[str, str], turn: int, *, person: Actor | None = None
) -> None:
    code, agency = place
    person = person or next((actor for actor in world.people if actor.person_id == principal), None)
    is_company = person is None
    applicant = Applicant(
        kind="2" if is_company else "1",
        name=_name(world),
        id_type="001" if is_company else "111",
        id_number=_credit_code(world) if is_company else _id_number(world),
        mobile=world.mobile(),
    )
    agent = person or Actor(
        kind=ActorKind.PERSON,
        id=str(uuid4()),
        person_id=str(uuid4()),
        assurance_level=4,
        acting_for=_principal(principal, PrincipalKind.LEGAL_ENTITY),
    )
    shop, remark = world.secret(), world.secret()
    receipt = make.submit(
        code,
        at=world.at,
        form={"shop_name": shop, "floor_area": "86"},
        applicant=applicant,
        applicant_id=principal,
        actor=agent,
        dispute=Dispute(fields=["shop_name"], remark=remark),
    )
    # What an organization is called, and its code, are public; what a person is called is not.
    private = Level.KNOWN if is_company else Level.OWNER
    case = world.add_known(
        Kind.CASE,
        receipt.case_number,
        shop,
        remark,
        principal=principal,
        agency=agency,
        division=PLACES[agency],
        offering=code,
        facts={
            "query_code": receipt.query_code,
            "id_number": applicant.id_number,
            "public": {applicant.name: Level.KNOWN} if is_company else {},
        },
    )
    case.secrets |= {
        receipt.query_code: Level.OWNER,
        applicant.name: private,
        applicant.id_number: private,
        applicant.mobile: Level.OWNER,
    }
    _file(world, Kind.FILE, Owner(kind="casework.case", key=case.id), of=case)
    if turn % 3:
        _go_on(world, case, turn)
    elif turn % 2 == 0:
        _ask_for_correction(world, case)


def _ask_for_correction(world: World, case: Thing) -> None:
    casework.request_correction(
        number=case.id,
        items=make.correction(MATERIAL),
        actor=_clerk(case.agency),
        at=world.at,
        calendar=make.CALENDAR,
    )
    owner = casework.waiting_files(number=case.id, material_code=MATERIAL)
    _file(world, Kind.WAITING_FILE, owner, of=case)


def _go_on(world: World, case: Thing, turn: int) -> None:
    """
    Let a case be accepted, looked through, and some end in a licence.
    """
    clerk = _clerk(case.agency)
    casework.accept(number=case.id, actor=clerk, at=world.at, calendar=make.CALENDAR)
    opinion = world.secret()
    casework.record_review(
        number=case.id,
        stage="REVIEW",
        stage_name="审查",
        outcome="PASS",
        opinion=opinion,
        step=1,
        actor=clerk,
        at=world.at,
        calendar=make.CALENDAR,
    )
    case.secrets[opinion] = Level.INSIDE
    events.deliver_all(at=world.at)
    item = WorkItem.objects.open().filter(dossier_id=case.id).first()
    if item is not None:
        world.add(
            Thing(
                kind=Kind.WORK_ITEM,
                id=str(item.id),
                agency=case.agency,
                post=item.post,
                facts={"case": case.id},
                secrets={case.id: Level.KNOWN, **case.facts["public"]},
            )
        )
        WorkItem.objects.create(
            dossier_id=case.id,
            step=90,
            stage=item.stage,
            post=item.post,
            agency_code=item.agency_code,
            state="DONE",
            claimed_by=uuid4(),
            created_at=world.at,
            done_at=world.at,
            outcome="PASS",
            opinion="演示",
        )
    if turn % 3 == 1:
        _licence(world, case)
        with connection.cursor() as cursor:
            cursor.execute(RATED, [case.id])
    else:
        Dossier.objects.filter(pk=case.id).update(state="REPORTED")


def _licence(world: World, case: Thing) -> None:
    shop, name, code = world.secret(), _name(world), _id_number(world)
    face = [{"key": "shop", "label": "场所名称"}]
    load_licence_types(
        rows=[{**make.LICENCE_TYPE, "face": face, "defining_body_name": "示例局"}],
        actor=identity.NODE,
        at=world.at,
    )
    with transaction.atomic():
        receipt = issue_licence(
            type_code=make.LICENCE_TYPE["code"],
            holder=Holder(kind="1", name=name, code=code, code_type="111", person_id=case.principal),
            face={"shop": shop},
            issuer_code=case.agency,
            issuer_name="示例局",
            division_code=case.division,
            case_number=case.id,
            actor=identity.NODE,
            at=world.at,
        )
    licence = Licence.objects.get(identifier=receipt.identifier)
    thing = world.add_known(
        Kind.LICENCE,
        licence.identifier,
        licence.number,
        case.id,
        shop,
        principal=case.principal,
        agency=case.agency,
        division=case.division,
        facts={"case": case.id, "token": licence.token, "number": licence.number},
    )
    thing.secrets |= dict.fromkeys((name, code), Level.OWNER)
    shown = Presentation.objects.create(
        licence=licence,
        keys=["holder_name"],
        is_by_agent=False,
        opened_at=world.at,
        ends_at=world.at + timedelta(days=1),
        actor_id=str(case.principal),
    )
    world.add_known(Kind.PRESENTATION, shown.id, principal=case.principal)
    _share(world, licence, case)


def _share(world: World, licence: Licence, case: Thing) -> None:
    purpose = world.secret()
    share = LicenceShare.objects.create(
        licence=licence,
        person_id=str(case.principal),
        case_number=case.id,
        offering_code=case.offering,
        service_name="示例事项",
        agency_code=case.agency,
        agency_name="示例局",
        division_code=case.division,
        purpose=purpose,
        authority="CONSENT",
        state="ASKED",
        asked_at=world.at,
        asked_by="clerk",
        last_day=civil_date(world.at) + timedelta(days=30),
        words="",
    )
    world.add_known(
        Kind.SHARE, share.id, purpose, principal=case.principal, agency=case.agency, division=case.division
    )


def _file(world: World, kind: Kind, owner: Owner, *, of: Thing) -> Thing:
    name = f"{world.secret()}.pdf"
    receipt = documents.keep_document(
        content=f"%PDF-1.7 {name}".encode(),
        name=name,
        media_type="application/pdf",
        purpose=Purpose.EVIDENCE,
        owner=owner,
        actor=identity.NODE,
        at=world.at,
    )
    return world.add_known(kind, receipt.id, name, owner=of, facts={"owner": owner})


# --- what belongs to a person -------------------------------------------------------------------------------


def _belongings(world: World, person: Actor, *, agency: str) -> None:
    """
    Give a person one of everything that a person has beside cases.

    :param agency: who looked at his records
    """
    _draft(world, person)
    _message(world, str(person.person_id))
    _privacy(world, person, agency=agency)
    _merge(world, person)
    _session(world, person)
    _factor(world, person)
    _consent(world, person)


def _draft(world: World, person: Actor) -> None:
    code, _agency = world.random.choice(world.offerings)
    shop = world.secret()
    draft_id = apply.start_draft(offering_code=code, actor=person, at=world.at)
    apply.save_answers(draft_id=draft_id, answers={"shop_name": shop}, actor=person, at=world.at)
    draft = Draft.objects.get(pk=draft_id)
    thing = world.add_known(
        Kind.DRAFT, draft_id, shop, draft.resume_code, principal=str(person.person_id), offering=code
    )
    owner = Owner(kind="apply.draft", key=thing.id)
    _file(world, Kind.FILE, owner, of=thing)
    material = _file(world, Kind.DRAFT_FILE, owner, of=thing)
    Draft.objects.filter(pk=draft_id).update(materials={MATERIAL: [material.id]})


def _message(world: World, principal: str) -> None:
    subject = world.secret()
    message = Message.objects.create(
        key=world.secret(),
        recipient_person_id=UUID(principal),
        template="casework.unknown",
        params={},
        subject=subject,
        created_at=world.at,
    )
    world.add_known(Kind.MESSAGE, message.id, subject, principal=principal)


def _privacy(world: World, person: Actor, *, agency: str) -> None:
    """
    Let somebody have looked at a person's records, the person object, and a copy of his data lie ready.
    """
    principal, day = str(person.person_id), civil_date(world.at)
    case, words, why = world.secret(), world.secret(), world.secret()
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [world.at, day, principal, agency, case, words])
        look = cursor.fetchone()[0]
    world.add_known(Kind.LOOK, look, case, words, principal=principal)
    objection = Objection.objects.create(
        principal_id=UUID(principal),
        raised_by=UUID(principal),
        look_id=look,
        act="READ",
        day=day,
        count=1,
        looker_ids=["proof"],
        object_kind="CASE",
        object_key=case,
        agency_code=agency,
        division_code=PLACES[agency],
        words=why,
        raised_at=world.at,
        due=day,
    )
    world.add_known(
        Kind.OBJECTION,
        objection.id,
        why,
        case,
        principal=principal,
        agency=agency,
        division=PLACES[agency],
    )
    content, request_id = world.secret(), uuid4()
    file = documents.keep_document(
        content=content.encode(),
        name="data.zip",
        media_type="application/zip",
        purpose=Purpose.ATTACHMENT,
        owner=Owner(kind="privacy.copy", key=str(request_id)),
        actor=identity.NODE,
        at=world.at,
    )
    DataRequest.objects.create(
        id=request_id,
        person_id=UUID(principal),
        account_id=UUID(person.id),
        kind="EXPORT",
        state="READY",
        asked_at=world.at,
        until=world.at + timedelta(days=1),
        file_id=file.id,
    )
    world.add_known(Kind.COPY, request_id, content, principal=principal)


def _merge(world: World, person: Actor) -> None:
    stock = _stock_account(world, state="PENDING", source=world.secret(), person=person)
    world.add_known(Kind.MERGE, stock.id, stock.source, principal=str(person.person_id))


def _session(world: World, person: Actor) -> None:
    browser = world.secret()
    session = SignIn.objects.create(
        account_id=UUID(person.id),
        epoch=0,
        user_agent=browser,
        started_at=world.at,
        seen_at=world.at,
        expires_at=world.at + timedelta(hours=1),
    )
    world.add_known(Kind.SESSION, session.id, browser, account=person.id)


def _factor(world: World, person: Actor) -> None:
    factor = Authenticator.objects.create(user_id=UUID(person.id), type="totp", data={"secret": "proof"})
    world.add_known(Kind.FACTOR, factor.id, account=person.id)


def _consent(world: World, person: Actor) -> None:
    party = RelyingParty.objects.order_by("created_at").first() or _relying_party(world)
    consent = Consent.objects.create(
        account_id=UUID(person.id), party=party, scopes=["openid"], given_at=world.at
    )
    world.add_known(Kind.CONSENT, consent.id, account=person.id)


# --- companies and mandates ---------------------------------------------------------------------------------


def _companies(world: World) -> None:
    """
    Let companies have representatives and agents, and one person act for another.
    """
    first, second, third = world.people
    _company(world, world.companies[0], representative=third, agent=first)
    _company(world, world.companies[1], representative=first, agent=second)
    _mandate(world, "RELATIVE", grantee=third, person=first)


def _company(world: World, company: str, *, representative: Actor, agent: Actor) -> None:
    address = world.secret()
    LegalEntity.objects.create(
        id=UUID(company),
        credit_code=_credit_code(world),
        name=f"某某{world.digits(6)}有限公司",
        kind="2",
        address=address,
        representative_id=UUID(str(representative.person_id)),
        representative_masked="王*",
        assurance_level=3,
        registered_at=world.at,
        registered_by="proof",
        checked_at=world.at,
        checked_by="proof",
    )
    persons = {str(representative.person_id), str(agent.person_id)}
    world.add(Thing(kind=Kind.ENTITY, id=company, facts={"persons": persons}, secrets={address: Level.KNOWN}))
    _mandate(world, "AGENT", grantee=agent, entity=company, representative=representative)


def _mandate(
    world: World,
    kind: str,
    *,
    grantee: Actor,
    entity: str | None = None,
    representative: Actor | None = None,
    person: Actor | None = None,
) -> None:
    name, number, note = _name(world), world.mobile(), world.secret()
    mandate = Mandate.objects.create(
        kind=kind,
        grantor_person_id=UUID(str(person.person_id)) if person else None,
        grantor_entity_id=UUID(entity) if entity else None,
        grantor_masked="授权人",
        grantee_id=UUID(str(grantee.person_id)),
        grantee_name=name,
        grantee_number=number,
        grantee_masked="王*",
        grantee_number_masked="199****0000",
        grantee_index=b"0" * 16,
        grantee_name_index=b"0" * 16,
        functions=["QUERY", "APPLY"],
        valid_from=civil_date(world.at),
        valid_until=civil_date(world.at) + timedelta(days=30),
        offered_at=world.at,
        offered_by="proof",
        offer_ends_on=civil_date(world.at) + timedelta(days=3),
        accepted_at=world.at,
        evidence_note=note,
    )
    parties = {str(party.person_id) for party in (grantee, representative, person) if party}
    thing = world.add_known(
        Kind.MANDATE,
        mandate.id,
        note,
        facts={"persons": parties, "grantee": str(grantee.person_id)},
    )
    thing.secrets |= dict.fromkeys((name, number), Level.OWNER)


# --- what administrators see --------------------------------------------------------------------------------


def _search(world: World, division: str) -> None:
    query = world.secret().lower()
    record_search(query=query, results=0, at=world.at, division_code=division)
    world.add_known(Kind.SEARCH, query, division=division)


def _system(world: World) -> None:
    name = world.secret()
    receipt = accounts.create_client(
        client_id=f"system-{world.digits(6)}",
        name=name,
        scopes=("cases:read",),
        agency_code=next(iter(AGENCIES)),
        division_code=PLACES[next(iter(AGENCIES))],
        actor=identity.NODE,
        at=world.at,
    )
    answers_for_it = StaffMember.objects.get(account_id=UUID(world.of(Kind.STAFF)[0].id))
    Client.objects.filter(client_id=receipt.client_id).update(responsible=answers_for_it)
    world.add_known(Kind.CLIENT, receipt.client_id, name)


def _member(world: World) -> None:
    """
    Let there be somebody who is away, and whose second factor is to be reset.
    """
    login, reason = world.secret().lower(), world.secret()
    actor = identity.staff(Post.REVIEW, login_name=login, at=world.at)
    member = StaffMember.objects.get(account_id=UUID(actor.id))
    world.add_known(Kind.STAFF, actor.id, login)
    absence = Absence.objects.create(
        member=member,
        reason=reason,
        valid_from=world.at + timedelta(days=1),
        valid_until=world.at + timedelta(days=2),
        arranged_by="proof",
        created_at=world.at,
    )
    world.add_known(Kind.ABSENCE, absence.id, reason, facts={"account_id": actor.id})
    why = world.secret()
    reset = FactorReset.objects.create(
        account_id=UUID(actor.id),
        reason=why,
        asked_by=uuid4(),
        asked_by_name="李工",
        asked_at=world.at,
        expires_at=world.at + timedelta(hours=1),
    )
    world.add_known(Kind.RESET, reset.id, why)


def _stock_account(world: World, *, state: str, source: str, person: Actor, **more: Any) -> StockAccount:
    return StockAccount.objects.create(
        source=source,
        key=world.secret(),
        key_index=world.secret().encode(),
        digest=world.secret(),
        state=state,
        person_id=UUID(str(person.person_id)),
        imported_at=world.at,
        **more,
    )


def _stock(world: World) -> None:
    name, number = _name(world), _id_number(world)
    stock = _stock_account(
        world,
        state="DISPUTED",
        source="proof",
        person=_person(world),
        id_number=number,
        name=name,
        problem="NAME_DIFFERS",
    )
    thing = world.add_known(Kind.STOCK, stock.id)
    thing.secrets |= dict.fromkeys((name, number), Level.OWNER)


def _event(world: World) -> None:
    about = world.secret()
    event = SecurityEvent.objects.create(
        kind="LOCKOUT",
        key=about,
        severity="LOW",
        count=1,
        facts={"entries": []},
        first_at=world.at,
        last_at=world.at,
    )
    world.add_known(Kind.EVENT, event.pk, about)


def _certificate(world: World) -> None:
    trust.establish(at=world.at)
    name = world.secret()
    receipt = trust.issue(at=world.at, name=name)
    world.add_known(Kind.CERTIFICATE, receipt.certificate_id, name)


def _seal(world: World) -> None:
    agency, division = world.random.choice(list(AGENCIES.items()))
    name, basis = world.secret(), world.secret()
    seal = Seal.objects.create(
        code=world.digits(13),
        name=name,
        kind=SealKind.AGENCY,
        agency_code=agency,
        agency_name=name,
        division_code=division,
        is_demonstration=True,
        application_kind=ApplicationKind.NEW,
        basis=basis,
        applied_by="proof",
        applied_at=world.at,
        state_changed_at=world.at,
        years=5,
    )
    world.add_known(Kind.SEAL, seal.id, name, basis, agency=agency, division=division)


def _signing(world: World) -> None:
    agency = world.random.choice(list(AGENCIES))
    number, name = world.secret(), world.secret()
    request = SigningRequest.objects.create(
        purpose="DOCUMENT",
        case_number=number,
        file_id=uuid4(),
        requested_by=uuid4(),
        requested_name=name,
        requested_agency=agency,
        requested_at=world.at,
        lapses_at=world.at + timedelta(days=30),
    )
    SigningStep.objects.create(request=request, position=0, agency_code=agency)
    world.add_known(Kind.SIGNING, request.id, number, name, agency=agency)


def _seal_batch(world: World, asker: Actor) -> None:
    given = SealAuthorisation.objects.create(
        seal_id=world.random.choice(world.of(Kind.SEAL)).id,
        kind="STANDING",
        purposes=["DOCUMENT"],
        valid_from=world.at,
        valid_until=world.at + timedelta(days=30),
        given_by="proof",
        given_at=world.at,
    )
    batch = SealBatch.objects.create(
        seal_code=world.digits(13),
        agency_code=world.random.choice(list(AGENCIES)),
        purpose="DOCUMENT",
        authorisation=given,
        requested_by=asker.id,
        requested_name=(name := world.secret()),
        requested_at=world.at,
        lapses_at=world.at + timedelta(hours=12),
    )
    number = world.secret()
    SealBatchItem.objects.create(batch=batch, position=0, file_id=uuid4(), case_number=number)
    world.add_known(Kind.SEAL_BATCH, batch.id, number, name, account=asker.id)


def _entry(world: World) -> None:
    subject = world.secret()
    audit.record(action="proof.thing.do", actor=identity.NODE, subject=subject, at=world.at)
    world.add_known(Kind.ENTRY, subject)


def _relying_party(world: World) -> RelyingParty:
    party = f"party-{world.secret().lower()}"
    return RelyingParty.objects.create(
        client_id=party,
        name=party,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris="https://party.example/back",
        sector="party.example",
        created_at=world.at,
    )


def _party(world: World) -> None:
    world.add_known(Kind.PARTY, _relying_party(world).client_id)


def _type_version(world: World) -> None:
    name = f"{world.secret()}许可证"
    code = f"{AGENCY_OF_TYPES}{world.digits(3)}"
    draft = compile_type(
        code=code,
        definition=TypeDefinition(
            name=name, defining_body_code=AGENCY_OF_TYPES, defining_body_name=world.secret()
        ),
        actor=identity.NODE,
        at=world.at,
    )
    world.add_known(Kind.TYPE_VERSION, draft.id, name, code)


def _licence_batch(world: World) -> None:
    """
    Let a file of licences issued before wait for its sampling check.
    """
    agency, division = next(iter(AGENCIES.items()))
    source, name, number = world.secret(), world.secret(), world.secret()
    batch = StockBatch.objects.create(
        source=source,
        file_name=f"{world.secret()}.csv",
        file_digest=world.digits(64),
        supply="ISSUER",
        agency_code=agency,
        agency_name="示例局",
        division_code=division,
        state="SAMPLING",
        lines=1,
        sample_percent=100,
        wanted_percent=95,
        sampled=1,
        brought_by_kind="SYSTEM",
        brought_by="tests",
        brought_at=world.at,
    )
    row = StockLicence.objects.create(
        batch=batch,
        line=1,
        type_code=make.LICENCE_TYPE["code"],
        issuer_code=agency,
        number=number,
        issued_date=world.at.date(),
        content={
            "identifier": "",
            "issuer_name": "示例局",
            "division_code": division,
            "holder": {"kind": "LEGAL", "name": name, "code": "91350100M000100Y43", "code_type": "001"},
            "face": [{"key": "holder_name", "label": "持证主体", "value": name}],
            "valid_from": "2020-01-01",
            "valid_until": "",
            "status": "VALID",
        },
        grade="A",
        state="READY",
        is_sampled=True,
    )
    world.add_known(Kind.LICENCE_BATCH, batch.id, source, agency=agency, division=division)
    world.add_known(Kind.STOCK_LICENCE, row.id, name, agency=agency, division=division)


def _finding(world: World, agency: str) -> None:
    """
    Let a quality rule have found something that an agency answers for.
    """
    division = PLACES[agency]
    number, name = world.secret(), world.secret()
    finding = QualityFinding.objects.create(
        rule="STILL_VALID",
        subject=world.secret(),
        name=name,
        number=number,
        agency_code=agency,
        division_code=division,
        found_at=world.at,
        seen_at=world.at,
    )
    world.add_known(Kind.FINDING, finding.id, number, agency=agency, division=division)


ADMINISTERED = {
    Kind.STAFF: _member,
    Kind.CLIENT: _system,
    Kind.STOCK: _stock,
    Kind.EVENT: _event,
    Kind.CERTIFICATE: _certificate,
    Kind.SEAL: _seal,
    Kind.PARTY: _party,
    Kind.ENTRY: _entry,
    Kind.TYPE_VERSION: _type_version,
    Kind.LICENCE_BATCH: _licence_batch,
}


def _administration(world: World) -> None:
    for maker in ADMINISTERED.values():
        maker(world)
    _signing(world)


# --- who asks -----------------------------------------------------------------------------------------------


def _principal(principal: str, kind: PrincipalKind, **changes: Any) -> Principal:
    values: dict[str, Any] = {
        "kind": kind,
        "id": principal,
        "name": "被代理人",
        "mandate_id": str(uuid4()),
        "functions": frozenset(MandateFunction),
        "assurance_level": 4,
    }
    return Principal(**{**values, **changes})


def _persons(world: World) -> Iterable[Actor]:
    """
    Return persons for themselves, and agents: with everything, without a function, and for some items only.
    """
    first, second, third = world.people
    items = frozenset({world.random.choice(world.offerings)[0][:2]})
    functions = frozenset(world.random.sample(sorted(MandateFunction), k=2))
    return [
        first,
        second,
        replace(first, acting_for=_principal(world.companies[0], PrincipalKind.LEGAL_ENTITY)),
        replace(second, acting_for=_principal(world.companies[1], PrincipalKind.LEGAL_ENTITY, items=items)),
        replace(
            third,
            acting_for=_principal(str(first.person_id), PrincipalKind.PERSON, functions=functions),
        ),
    ]


def _staff(world: World) -> Iterable[Actor]:
    """
    Return one clerk who has work, one of a one-stop counter, one who supervises, and one of everything at random.
    """
    work = world.random.choice(world.of(Kind.WORK_ITEM))
    others = [post for post in Post if post not in {Post.COUNTER, Post(work.post)}]
    chosen: list[tuple[list[Post], list[Role], str, str]] = [
        ([Post(work.post), world.random.choice(others)], [], work.agency, ""),
        ([Post.COUNTER], [], "", ""),
        ([], [Role.SUPERVISOR], "", world.random.choice(STAFF_AT)),
        ([], [Role.CATALOGUE_EDITOR], "", ""),
        ([], [Role.LICENCE_EDITOR], "", ""),
        ([], [Role.LICENCE_REVIEWER], "", ""),
        ([], [Role.OPERATOR], "", ""),
        ([], [Role.SECURITY_ADMINISTRATOR], "", ""),
        ([], [Role.AUDIT_ADMINISTRATOR], "", ""),
        ([], [Role.SEAL_KEEPER], world.random.choice(world.of(Kind.SEAL)).agency, ""),
        ([], [Role.SEAL_REVIEWER], "", world.random.choice(STAFF_AT)),
    ]
    members = [
        identity.staff(
            *posts,
            roles=roles,
            agency_code=(agency := wanted or world.random.choice(list(AGENCIES))),
            division_code=division or AGENCIES[agency],
            at=world.at,
        )
        for posts, roles, wanted, division in chosen
    ]
    _seal_batch(world, members[0])
    return [identity.checked(member, level=CHECKED_BY_FACTOR, at=world.at) for member in members]


def _clients(world: World) -> Iterable[Actor]:
    agency = world.random.choice(list(AGENCIES))
    scopes = frozenset(scope.value for scope in world.random.sample(list(Scope), k=3))
    common: dict[str, Any] = {"kind": ActorKind.CLIENT, "division_code": AGENCIES[agency]}
    return [
        Actor(
            id="reader",
            agency_code=agency,
            scopes=frozenset({"cases:read", "licences:read", "handling:write"}),
            **common,
        ),
        Actor(id="random", agency_code=agency, scopes=scopes, **common),
        Actor(id="nobodys", agency_code=None, scopes=frozenset(scope.value for scope in Scope), **common),
    ]

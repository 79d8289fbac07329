"""
A random area full of secrets: agencies of several tiers, people, companies, staff, systems, and things of every kind.

Every thing carries strings that nobody could guess. Where one of them appears in an answer, the thing was shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random  # noqa: TID251 - a seed makes the same world again
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from tests.factories import casework as make
from tests.factories import identity
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case
from tongban.business.casework.values import Applicant, Dispute
from tongban.business.catalogue import services as catalogue
from tongban.business.handling.models import WorkItem
from tongban.business.licences.models import Licence
from tongban.business.licences.services import Holder, issue_licence, load_licence_types
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
from tongban.support.federation.models import RelyingParty
from tongban.support.identity import services as accounts
from tongban.support.identity.models import StockAccount
from tongban.support.identity.values import Post, Role, Scope
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.privacy.models import DataRequest, Objection
from tongban.support.search.services import record_search
from tongban.support.security.models import SecurityEvent

NATION, CITY, DISTRICT, OTHER_DISTRICT = "000000000000", "511600000000", "511602000000", "511603000000"
AGENCIES = {
    "11511602MB1234567X": DISTRICT,
    "11511602MB7654321X": DISTRICT,
    "11511603MB1234567X": OTHER_DISTRICT,
    "11511600MB1234567X": CITY,
}
STAFF_AT = (*AGENCIES.values(), NATION)
CASES = 9
LOOK = """
INSERT INTO foundation_look (at, day, principal_id, act, actor_kind, actor_id, agency_code, posts, channel, object_kind,
                             object_key, label, label_en, purpose, words)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
CHARACTERS = "龘靐齉爩鱻麤龗灪籱癵钃驫麣虋讟龖饢鸜鹳鼺"
"""Characters that stand nowhere in the texts of the node."""


class Kind(StrEnum):
    """
    Things that somebody may ask for by their id.
    """

    CASE = "case"
    WORK_ITEM = "work item"
    LICENCE = "licence"
    DRAFT = "draft"
    FILE = "file"
    MESSAGE = "message"
    PERSON = "person"
    OFFERING = "unpublished offering"
    SEARCH = "search"
    CLIENT = "system"
    TEXT = "short message"
    ENTITY = "legal entity"
    MANDATE = "mandate"
    LOOK = "look at somebody's records"
    OBJECTION = "objection"
    COPY = "copy of one's own data"
    STAFF = "account of staff"
    STOCK = "account of another system"
    EVENT = "security event"
    ENTRY = "entry of the audit trail"
    PARTY = "system that people log in to"


class Level(StrEnum):
    """
    Who may read a secret of a thing.
    """

    KNOWN = "whoever may know of the thing"
    OWNER = "whose it is, in clear"
    INSIDE = "who works on it, not whose it is"


@dataclass(kw_only=True, eq=False)
class Thing:
    """
    Something in the world, whose it is, and its secrets.
    """

    kind: Kind
    id: str
    principal: str | None = None
    agency: str = ""
    division: str = ""
    offering: str = ""
    owner: "Thing | None" = None
    """What a file belongs to."""
    post: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Level] = field(default_factory=dict)


@dataclass(kw_only=True)
class World:
    """
    Everything that is there, and everybody who may ask.
    """

    random: Random
    at: datetime
    things: list[Thing] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    offering: str = ""
    """A published offering, for doors that want one."""

    def of(self, kind: Kind) -> list[Thing]:
        """
        Return the things of a kind.
        """
        return [thing for thing in self.things if thing.kind is kind]


def make_world(seed: int) -> World:
    """
    Return the world of a seed.
    """
    world = World(random=Random(seed), at=clock.now())
    people = [_person(world) for _ in range(3)]
    companies = [str(UUID(int=world.random.getrandbits(128), version=4)) for _ in range(2)]
    offerings = _offerings(world)
    principals = [*(str(actor.person_id) for actor in people), *companies]
    for turn in range(CASES):
        _case(world, principals[turn % len(principals)], offerings, turn, people)
    _drafts(world, people, offerings)
    _messages(world, principals)
    _searches(world)
    _systems(world)
    _mandates(world, people, companies)
    _privacy(world, people)
    _administration(world, people)
    world.actors = [
        *_persons(world, people, companies, offerings),
        *_staff(world),
        *_clients(world),
        ANONYMOUS,
    ]
    return world


def _secret(world: World, length: int = 16) -> str:
    return "".join(world.random.choices("BCDFGHJKMNPQRSTVWXZ", k=length))


def _name(world: World) -> str:
    return "王" + "".join(world.random.sample(CHARACTERS, 5))


def _digits(world: World, length: int) -> str:
    return "".join(world.random.choices("0123456789", k=length))


def _add(world: World, thing: Thing) -> Thing:
    world.things.append(thing)
    return thing


def _person(world: World) -> Actor:
    name, phone = _name(world), f"199{_digits(world, 8)}"
    number = identity.id_number(sequence=world.random.randrange(1, 9_000_000))
    actor = identity.citizen(name=name, phone=phone, number=number, at=world.at)
    _add(
        world,
        Thing(
            kind=Kind.PERSON,
            id=str(actor.person_id),
            principal=str(actor.person_id),
            secrets={name: Level.OWNER, phone: Level.OWNER, number: Level.OWNER},
        ),
    )
    return replace(actor, assurance_level=4)


def _offerings(world: World) -> list[tuple[str, str]]:
    """
    Publish an offering of every agency, and one more that is taken out of use; return code and agency of the former.
    """
    published = []
    for turn, (agency, division) in enumerate(AGENCIES.items()):
        code = f"P{turn}{_secret(world, 6)}"
        make.publish(code, at=world.at, agency_code=agency, division_code=division, agency_name=f"机构{turn}")
        published.append((code, agency))
    hidden, name = _secret(world), _secret(world)
    make.publish(hidden, at=world.at, name=name, agency_code=next(iter(AGENCIES)))
    catalogue.suspend_offering(code=hidden, actor=make.LOADER, at=world.at, reason="演示")
    _add(
        world,
        Thing(
            kind=Kind.OFFERING,
            id=hidden,
            agency=next(iter(AGENCIES)),
            secrets={hidden: Level.KNOWN, name: Level.KNOWN},
        ),
    )
    world.offering = published[0][0]
    return published


def _clerk(agency: str) -> Actor:
    return make.clerk(*Post, agency_code=agency, division_code=AGENCIES[agency])


def _case(
    world: World, principal: str, offerings: list[tuple[str, str]], turn: int, people: list[Actor]
) -> None:
    code, agency = world.random.choice(offerings)
    person = next((actor for actor in people if actor.person_id == principal), None)
    is_company = person is None
    name = _name(world)
    applicant = Applicant(
        kind="2" if is_company else "1",
        name=name,
        id_type="001" if is_company else "111",
        id_number=_credit_code(world)
        if is_company
        else identity.id_number(sequence=world.random.randrange(1, 9_000_000)),
        mobile=f"199{_digits(world, 8)}",
    )
    agent = person or Actor(
        kind=ActorKind.PERSON,
        id=str(uuid4()),
        person_id=str(uuid4()),
        assurance_level=4,
        acting_for=_principal(principal, PrincipalKind.LEGAL_ENTITY),
    )
    shop, remark = _secret(world), _secret(world)
    receipt = make.submit(
        code,
        at=world.at,
        form={"shop_name": shop, "floor_area": "86"},
        applicant=applicant,
        applicant_id=principal,
        actor=agent,
        dispute=Dispute(fields=["shop_name"], remark=remark),
    )
    number = receipt.case_number
    # What an organization is called, and its code, are public; what a person is called is not.
    private = Level.KNOWN if is_company else Level.OWNER
    case = _add(
        world,
        Thing(
            kind=Kind.CASE,
            id=number,
            principal=principal,
            agency=agency,
            division=AGENCIES[agency],
            offering=code,
            facts={
                "query_code": receipt.query_code,
                "id_number": applicant.id_number,
                "public": {name: Level.KNOWN} if is_company else {},
            },
            secrets={
                number: Level.KNOWN,
                shop: Level.KNOWN,
                remark: Level.KNOWN,
                receipt.query_code: Level.OWNER,
                name: private,
                applicant.id_number: private,
                applicant.mobile: Level.OWNER,
            },
        ),
    )
    _file(world, case)
    if turn % 3:
        _go_on(world, case, turn)


def _go_on(world: World, case: Thing, turn: int) -> None:
    """
    Let a case be accepted, looked through, and some end in a licence.
    """
    clerk = _clerk(case.agency)
    casework.accept(number=case.id, actor=clerk, at=world.at, calendar=make.CALENDAR)
    opinion = _secret(world)
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
        _add(
            world,
            Thing(
                kind=Kind.WORK_ITEM,
                id=str(item.id),
                agency=case.agency,
                post=item.post,
                facts={"case": case.id},
                secrets={case.id: Level.KNOWN, **case.facts["public"]},
            ),
        )
    if turn % 3 == 1:
        _licence(world, case)


def _licence(world: World, case: Thing) -> None:
    shop, name = _secret(world), _name(world)
    code = identity.id_number(sequence=world.random.randrange(1, 9_000_000))
    load_licence_types(
        rows=[
            {
                **make.LICENCE_TYPE,
                "face": [{"key": "shop", "label": "场所名称"}],
                "defining_body_name": "示例局",
            }
        ],
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
    _add(
        world,
        Thing(
            kind=Kind.LICENCE,
            id=licence.identifier,
            principal=case.principal,
            agency=case.agency,
            division=case.division,
            facts={"case": case.id, "token": licence.token, "number": licence.number},
            secrets={
                licence.identifier: Level.KNOWN,
                licence.number: Level.KNOWN,
                case.id: Level.KNOWN,
                shop: Level.KNOWN,
                name: Level.OWNER,
                code: Level.OWNER,
            },
        ),
    )


def _file(world: World, owner: Thing) -> Thing:
    name = f"{_secret(world)}.pdf"
    kinds = {Kind.CASE: "casework.case", Kind.DRAFT: "apply.draft"}
    receipt = documents.keep_document(
        content=f"%PDF-1.7 {name}".encode(),
        name=name,
        media_type="application/pdf",
        purpose=Purpose.EVIDENCE,
        owner=Owner(kind=kinds[owner.kind], key=owner.id),
        actor=identity.NODE,
        at=world.at,
    )
    return _add(world, Thing(kind=Kind.FILE, id=str(receipt.id), owner=owner, secrets={name: Level.KNOWN}))


def _drafts(world: World, people: list[Actor], offerings: list[tuple[str, str]]) -> None:
    for person in people:
        code, _agency = world.random.choice(offerings)
        shop = _secret(world)
        draft_id = apply.start_draft(offering_code=code, actor=person, at=world.at)
        apply.save_answers(draft_id=draft_id, answers={"shop_name": shop}, actor=person, at=world.at)
        draft = Draft.objects.get(pk=draft_id)
        thing = _add(
            world,
            Thing(
                kind=Kind.DRAFT,
                id=str(draft_id),
                principal=str(person.person_id),
                offering=code,
                facts={"resume_code": draft.resume_code},
                secrets={
                    str(draft_id): Level.KNOWN,
                    shop: Level.KNOWN,
                    draft.resume_code: Level.KNOWN,
                },
            ),
        )
        _file(world, thing)


def _messages(world: World, principals: Iterable[str]) -> None:
    for principal in principals:
        subject = _secret(world)
        message = Message.objects.create(
            key=_secret(world),
            recipient_person_id=UUID(principal),
            template="casework.unknown",
            params={},
            subject=subject,
            created_at=world.at,
        )
        _add(
            world,
            Thing(
                kind=Kind.MESSAGE,
                id=str(message.id),
                principal=principal,
                secrets={str(message.id): Level.KNOWN, subject: Level.KNOWN},
            ),
        )
    for text in OutgoingText.objects.all()[:1]:
        _add(world, Thing(kind=Kind.TEXT, id=str(text.id)))


def _searches(world: World) -> None:
    for division in {*AGENCIES.values()}:
        query = _secret(world).lower()
        record_search(query=query, results=0, at=world.at, division_code=division)
        _add(world, Thing(kind=Kind.SEARCH, id=query, division=division, secrets={query: Level.KNOWN}))


def _systems(world: World) -> None:
    name = _secret(world)
    receipt = accounts.create_client(
        client_id=f"system-{_digits(world, 6)}",
        name=name,
        scopes=("cases:read",),
        agency_code=next(iter(AGENCIES)),
        division_code=DISTRICT,
        actor=identity.NODE,
        at=world.at,
    )
    _add(world, Thing(kind=Kind.CLIENT, id=receipt.client_id, secrets={name: Level.KNOWN}))


def _mandates(world: World, people: list[Actor], companies: list[str]) -> None:
    """
    Let companies have representatives and agents, and one person act for another.
    """
    first, second, third = (UUID(str(person.person_id)) for person in people)
    for company, representative, agent in ((companies[0], third, first), (companies[1], first, second)):
        address = _secret(world)
        LegalEntity.objects.create(
            id=UUID(company),
            credit_code=_credit_code(world),
            name=f"某某{_digits(world, 6)}有限公司",
            kind="2",
            address=address,
            representative_id=representative,
            representative_masked="王*",
            assurance_level=3,
            registered_at=world.at,
            registered_by="proof",
            checked_at=world.at,
            checked_by="proof",
        )
        _add(
            world,
            Thing(
                kind=Kind.ENTITY,
                id=company,
                facts={"persons": {str(representative), str(agent)}},
                secrets={address: Level.KNOWN},
            ),
        )
        _mandate(world, "AGENT", agent, entity=company, parties={representative, agent})
    _mandate(world, "RELATIVE", third, person=first, parties={first, third})


def _mandate(
    world: World,
    kind: str,
    grantee: UUID,
    *,
    parties: set[UUID],
    entity: str | None = None,
    person: UUID | None = None,
) -> None:
    name, number, note = _name(world), f"199{_digits(world, 8)}", _secret(world)
    mandate = Mandate.objects.create(
        kind=kind,
        grantor_person_id=person,
        grantor_entity_id=UUID(entity) if entity else None,
        grantor_masked="授权人",
        grantee_id=grantee,
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
    _add(
        world,
        Thing(
            kind=Kind.MANDATE,
            id=str(mandate.id),
            facts={"persons": {str(party) for party in parties}},
            secrets={str(mandate.id): Level.KNOWN, name: Level.OWNER, number: Level.OWNER, note: Level.KNOWN},
        ),
    )


def _count_from_far(world: World, *tables: str) -> None:
    """
    Let ids that are counted up be long: one that stands in half of all texts could not be told from them.
    """
    for table in tables:
        with connection.cursor() as cursor:
            start = world.random.randrange(10**8, 10**9)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, start])


def _privacy(world: World, people: list[Actor]) -> None:
    """
    Let somebody have looked at everybody's records, everybody object, and everybody ask for a copy.
    """
    _count_from_far(world, "foundation_look", "security_securityevent")
    for person in people:
        principal, case, words = str(person.person_id), _secret(world), _secret(world)
        agency = world.random.choice(list(AGENCIES))
        row: list[Any] = [
            world.at,
            civil_date(world.at),
            principal,
            "READ",
            "STAFF",
            "proof",
            agency,
            [],
            "1",
        ]
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [*row, "CASE", case, "", "", "", words])
            look = cursor.fetchone()[0]
        _add(
            world,
            Thing(
                kind=Kind.LOOK,
                id=str(look),
                principal=principal,
                secrets={case: Level.KNOWN, words: Level.KNOWN},
            ),
        )
        why = _secret(world)
        objection = Objection.objects.create(
            principal_id=UUID(principal),
            raised_by=UUID(principal),
            look_id=look,
            act="READ",
            day=civil_date(world.at),
            count=1,
            looker_ids=["proof"],
            object_kind="CASE",
            object_key=case,
            agency_code=agency,
            division_code=AGENCIES[agency],
            words=why,
            raised_at=world.at,
            due=civil_date(world.at),
        )
        _add(
            world,
            Thing(
                kind=Kind.OBJECTION,
                id=str(objection.id),
                principal=principal,
                agency=agency,
                division=AGENCIES[agency],
                secrets={str(objection.id): Level.KNOWN, why: Level.KNOWN, case: Level.KNOWN},
            ),
        )
        request = DataRequest.objects.create(
            person_id=UUID(principal),
            account_id=UUID(person.id),
            kind="EXPORT",
            state="PREPARING",
            asked_at=world.at,
        )
        _add(
            world,
            Thing(
                kind=Kind.COPY,
                id=str(request.id),
                principal=principal,
                secrets={str(request.id): Level.KNOWN},
            ),
        )


def _administration(world: World, people: list[Actor]) -> None:
    """
    Let there be what only administrators see: accounts, disputed imports, events, entries of the trail, parties.
    """
    login = _secret(world).lower()
    member = identity.staff(Post.REVIEW, login_name=login, at=world.at)
    _add(world, Thing(kind=Kind.STAFF, id=member.id, secrets={login: Level.KNOWN}))
    name, number, key = _name(world), identity.id_number(sequence=9_000_001), _secret(world)
    stock = StockAccount.objects.create(
        source="proof",
        key=key,
        key_index=_secret(world).encode(),
        digest=_secret(world),
        id_number=number,
        name=name,
        state="DISPUTED",
        problem="NAME_DIFFERS",
        person_id=UUID(str(people[0].person_id)),
        imported_at=world.at,
    )
    _add(
        world,
        Thing(
            kind=Kind.STOCK,
            id=str(stock.id),
            secrets={str(stock.id): Level.KNOWN, name: Level.OWNER, number: Level.OWNER},
        ),
    )
    about = _secret(world)
    event = SecurityEvent.objects.create(
        kind="LOCKOUT",
        key=about,
        severity="LOW",
        count=1,
        facts={"entries": []},
        first_at=world.at,
        last_at=world.at,
    )
    _add(world, Thing(kind=Kind.EVENT, id=str(event.pk), secrets={about: Level.KNOWN}))
    subject = _secret(world)
    audit.record(action="proof.thing.do", actor=identity.NODE, subject=subject, at=world.at)
    _add(world, Thing(kind=Kind.ENTRY, id=subject, secrets={subject: Level.KNOWN}))
    party = f"party-{_secret(world).lower()}"
    RelyingParty.objects.create(
        client_id=party,
        name=party,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris="https://party.example/back",
        sector="party.example",
        created_at=world.at,
    )
    _add(world, Thing(kind=Kind.PARTY, id=party, secrets={party: Level.KNOWN}))


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


def _persons(
    world: World, people: list[Actor], companies: list[str], offerings: list[tuple[str, str]]
) -> list[Actor]:
    """
    Return persons for themselves, and agents: with everything, without a function, and for some items only.
    """
    first, second, third = people
    items = frozenset({world.random.choice(offerings)[0][:2]})
    functions = frozenset(world.random.sample(sorted(MandateFunction), k=2))
    return [
        first,
        second,
        replace(first, acting_for=_principal(companies[0], PrincipalKind.LEGAL_ENTITY)),
        replace(second, acting_for=_principal(companies[1], PrincipalKind.LEGAL_ENTITY, items=items)),
        replace(
            third,
            acting_for=_principal(str(first.person_id), PrincipalKind.PERSON, functions=functions),
        ),
    ]


def _staff(world: World) -> list[Actor]:
    """
    Return one clerk of an agency, one of a one-stop counter, one who supervises, and one of everything at random.
    """
    chosen: list[tuple[list[Post], list[Role], str]] = [
        (world.random.sample([post for post in Post if post is not Post.COUNTER], k=2), [], ""),
        ([Post.COUNTER], [], ""),
        ([], [Role.SUPERVISOR], world.random.choice(STAFF_AT)),
        ([], [Role.CATALOGUE_EDITOR], ""),
        ([], [Role.OPERATOR], ""),
        ([], [Role.SECURITY_ADMINISTRATOR], ""),
        ([], [Role.AUDIT_ADMINISTRATOR], ""),
    ]
    return [
        identity.staff(
            *posts,
            roles=roles,
            agency_code=(agency := world.random.choice(list(AGENCIES))),
            division_code=division or AGENCIES[agency],
            at=world.at,
        )
        for posts, roles, division in chosen
    ]


def _clients(world: World) -> list[Actor]:
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


def _credit_code(world: World) -> str:
    body = f"91511602MA{_digits(world, 7)}"
    return body + credit_code_check_character(body)


def number_that_never_was(world: World) -> str:
    """
    Return a case number of the right form that no case has.
    """
    known = world.of(Kind.CASE)[0].id
    return f"{known[:-4]}{8000 + world.random.randrange(1000)}"


def later(world: World) -> datetime:
    """
    Return a moment at which sessions and codes of the world still hold.
    """
    return world.at + timedelta(minutes=1)


def cases_in_database() -> int:
    """
    Return how many cases there are, for the counts of the oracle to rest on the same world.
    """
    return Case.objects.count()

"""
Who may see what, written down a second time, in plain sentences and without the policy.

Where the policy and this disagree, one of them is wrong; nothing here may import from `permissions` or `policy`.
"""

from collections.abc import Callable

from tests.identity_proof.world import Kind, Level, Thing, World
from tongban.foundation.actors import Actor, ActorKind, MandateFunction

FOUR_LEVELS = (2, 4, 6, 9, 12)


def is_within(division: str, root: str | None) -> bool:
    """
    Whether a division is the root or lies somewhere below it.
    """
    if root is None:
        return False
    if root == "000000000000":
        return True
    significant = next(digits for digits in FOUR_LEVELS if set(root[digits:]) <= {"0"})
    return division[:significant] == root[:significant]


def acts_as(actor: Actor, function: MandateFunction) -> str | None:
    """
    Whose matters the actor stands in, with this function: the principal's, else his own.
    """
    if actor.kind is not ActorKind.PERSON:
        return None
    if actor.acting_for is None:
        return actor.person_id
    return actor.acting_for.id if function in actor.acting_for.functions else None


def covers(actor: Actor, offering: str | None) -> bool:
    """
    Whether the mandate, if he acts by one, reaches things of this offering; None: things that have none.
    """
    if actor.acting_for is None or actor.acting_for.items is None:
        return True
    return offering is not None and offering.startswith(tuple(actor.acting_for.items))


def _works_for_agency(actor: Actor) -> bool:
    return actor.kind is ActorKind.STAFF and (len(actor.posts) > 0 or "SUPERVISOR" in actor.roles)


def _looks_into_area(actor: Actor) -> bool:
    return actor.kind is ActorKind.STAFF and ("COUNTER" in actor.posts or "SUPERVISOR" in actor.roles)


def _agencys_or_areas(actor: Actor, thing: Thing, *, scope: str) -> bool:
    if actor.kind is ActorKind.CLIENT:
        return scope in actor.scopes and actor.agency_code == thing.agency
    if not _works_for_agency(actor):
        return False
    if actor.agency_code == thing.agency:
        return True
    return _looks_into_area(actor) and is_within(thing.division, actor.division_code)


def knows(actor: Actor, thing: Thing) -> bool:
    """
    Whether the actor may know that the thing is there.
    """
    return _RULES[thing.kind](actor, thing)


def _knows_case(actor: Actor, case: Thing) -> bool:
    if actor.kind is ActorKind.PERSON:
        return acts_as(actor, MandateFunction.QUERY) == case.principal and covers(actor, case.offering)
    return _agencys_or_areas(actor, case, scope="cases:read")


def _knows_licence(actor: Actor, licence: Thing) -> bool:
    if actor.kind is ActorKind.PERSON:
        return acts_as(actor, MandateFunction.QUERY) == licence.principal and covers(actor, None)
    return _agencys_or_areas(actor, licence, scope="licences:read")


def knows_or_changes_licence(actor: Actor, licence: Thing) -> bool:
    """
    Whether the actor may know of the licence, or changes it for its agency without reading it.
    """
    is_writer = actor.kind is ActorKind.CLIENT and "licences:write" in actor.scopes
    return knows(actor, licence) or (is_writer and actor.agency_code == licence.agency)


def holds_licence(actor: Actor, licence: Thing) -> bool:
    """
    Whether the licence is in the actor's wallet: nobody else may show it.
    """
    return actor.kind is ActorKind.PERSON and _knows_licence(actor, licence)


def _knows_work(actor: Actor, item: Thing) -> bool:
    if actor.agency_code is None or actor.agency_code != item.agency:
        return False
    if actor.kind is ActorKind.CLIENT:
        return "handling:write" in actor.scopes
    return _works_for_agency(actor)


def _knows_draft(actor: Actor, draft: Thing) -> bool:
    return acts_as(actor, MandateFunction.APPLY) == draft.principal and covers(actor, draft.offering)


def _opens_file(actor: Actor, file: Thing) -> bool:
    """
    Whether the actor may open what was handed in: of a case only who works on it, for nothing in it is masked.
    """
    case = file.owner
    if case is None or not knows(actor, case):
        return False
    if case.kind is not Kind.CASE or actor.kind is ActorKind.PERSON:
        return True
    is_own = actor.agency_code == case.agency
    if actor.kind is ActorKind.CLIENT:
        return is_own and not actor.scopes.isdisjoint({"cases:write", "handling:write"})
    if is_own and actor.posts:
        return True
    return "COUNTER" in actor.posts and is_within(case.division, actor.division_code)


def _knows_message(actor: Actor, message: Thing) -> bool:
    return acts_as(actor, MandateFunction.QUERY) == message.principal and covers(actor, None)


def _knows_person(actor: Actor, person: Thing) -> bool:
    if actor.kind is ActorKind.PERSON:
        return actor.person_id == person.id
    return actor.kind is ActorKind.STAFF and bool({"COUNTER", "ACCEPTANCE"} & actor.posts)


def _knows_unpublished(actor: Actor, offering: Thing) -> bool:
    return actor.kind is ActorKind.STAFF and bool({"OPERATOR", "CATALOGUE_EDITOR"} & actor.roles)


def _knows_search(actor: Actor, search: Thing) -> bool:
    reads_reports = actor.kind is ActorKind.STAFF and bool({"SUPERVISOR", "CATALOGUE_EDITOR"} & actor.roles)
    return reads_reports and is_within(search.division, actor.division_code)


def _runs_the_node(actor: Actor, _thing: Thing) -> bool:
    return actor.kind is ActorKind.STAFF and "OPERATOR" in actor.roles


def _knows_entity(actor: Actor, entity: Thing) -> bool:
    if actor.acting_for is not None:
        return actor.acting_for.id == entity.id
    return actor.kind is ActorKind.PERSON and actor.person_id in entity.facts["persons"]


def _knows_mandate(actor: Actor, mandate: Thing) -> bool:
    return actor.kind is ActorKind.PERSON and actor.person_id in mandate.facts["persons"]


def _knows_look(actor: Actor, look: Thing) -> bool:
    return acts_as(actor, MandateFunction.QUERY) == look.principal and covers(actor, None)


def _knows_objection(actor: Actor, objection: Thing) -> bool:
    if actor.kind is ActorKind.PERSON:
        return _knows_look(actor, objection)
    if actor.kind is not ActorKind.STAFF:
        return False
    if "SUPERVISOR" in actor.roles and is_within(objection.division, actor.division_code):
        return True
    answers = "SUPERVISOR" in actor.roles or bool({"REVIEW", "DECISION"} & actor.posts)
    return answers and actor.agency_code == objection.agency


def _knows_copy(actor: Actor, copy: Thing) -> bool:
    return actor.acting_for is None and actor.person_id is not None and actor.person_id == copy.principal


def _knows_merge(actor: Actor, account: Thing) -> bool:
    return actor.kind is ActorKind.PERSON and actor.person_id == account.principal


def _knows_own_log_in(actor: Actor, thing: Thing) -> bool:
    return actor.kind in {ActorKind.PERSON, ActorKind.STAFF} and actor.id == thing.account


def _has_a_part_in_seal(actor: Actor, seal: Thing) -> bool:
    if actor.kind is not ActorKind.STAFF:
        return False
    if "SEAL_KEEPER" in actor.roles and actor.agency_code == seal.agency:
        return True
    is_of_area = bool({"SEAL_REVIEWER", "SEAL_MAKER", "SEAL_REGISTRAR", "SUPERVISOR"} & actor.roles)
    return is_of_area and is_within(seal.division, actor.division_code)


def _asked_for_batch(actor: Actor, batch: Thing) -> bool:
    return actor.kind is ActorKind.STAFF and actor.id == batch.account


def _has_a_part_in_signing(actor: Actor, signing: Thing) -> bool:
    return actor.kind is ActorKind.STAFF and actor.agency_code == signing.agency


def _holds(*roles: str) -> Callable[[Actor, Thing], bool]:
    return lambda actor, _thing: actor.kind is ActorKind.STAFF and not actor.roles.isdisjoint(roles)


_keeps_directory = _holds("LICENCE_EDITOR", "LICENCE_REVIEWER")


def _knows_batch(actor: Actor, batch: Thing) -> bool:
    if actor.kind is ActorKind.CLIENT:
        return "licences:write" in actor.scopes and actor.agency_code == batch.agency
    return _keeps_directory(actor, batch)


def _knows_finding(actor: Actor, finding: Thing) -> bool:
    if actor.kind is ActorKind.PERSON:
        return False
    return _keeps_directory(actor, finding) or _agencys_or_areas(actor, finding, scope="licences:read")


_RULES: dict[Kind, Callable[[Actor, Thing], bool]] = {
    Kind.CASE: _knows_case,
    Kind.LICENCE: _knows_licence,
    Kind.PRESENTATION: holds_licence,
    Kind.SHARE: _knows_licence,
    Kind.WORK_ITEM: _knows_work,
    Kind.DRAFT: _knows_draft,
    Kind.FILE: _opens_file,
    Kind.DRAFT_FILE: _opens_file,
    Kind.WAITING_FILE: _opens_file,
    Kind.MESSAGE: _knows_message,
    Kind.PERSON: _knows_person,
    Kind.OFFERING: _knows_unpublished,
    Kind.SEARCH: _knows_search,
    Kind.CLIENT: _runs_the_node,
    Kind.TEXT: _runs_the_node,
    Kind.ENTITY: _knows_entity,
    Kind.MANDATE: _knows_mandate,
    Kind.LOOK: _knows_look,
    Kind.OBJECTION: _knows_objection,
    Kind.COPY: _knows_copy,
    Kind.STAFF: _holds("OPERATOR", "SECURITY_ADMINISTRATOR"),
    Kind.ABSENCE: _holds("OPERATOR", "SECURITY_ADMINISTRATOR"),
    Kind.RESET: _holds("OPERATOR", "SECURITY_ADMINISTRATOR"),
    Kind.STOCK: _runs_the_node,
    Kind.MERGE: _knows_merge,
    Kind.EVENT: _holds("SECURITY_ADMINISTRATOR"),
    Kind.ENTRY: _holds("AUDIT_ADMINISTRATOR"),
    Kind.PARTY: _runs_the_node,
    Kind.CERTIFICATE: _holds("OPERATOR", "SECURITY_ADMINISTRATOR"),
    Kind.SEAL: _has_a_part_in_seal,
    Kind.SEAL_BATCH: _asked_for_batch,
    Kind.SIGNING: _has_a_part_in_signing,
    Kind.SESSION: _knows_own_log_in,
    Kind.FACTOR: _knows_own_log_in,
    Kind.CONSENT: _knows_own_log_in,
    Kind.LICENCE_BATCH: _knows_batch,
    Kind.STOCK_LICENCE: _keeps_directory,
    Kind.FINDING: _knows_finding,
    Kind.TYPE_VERSION: _holds("LICENCE_EDITOR", "LICENCE_REVIEWER"),
}


def reads(actor: Actor, thing: Thing, level: Level) -> bool:
    """
    Whether the actor may read a secret of this level of the thing, without giving a reason.
    """
    if not knows(actor, thing):
        return False
    is_owners = thing.principal is not None and actor.principal_id == thing.principal
    if thing.kind is Kind.PERSON:
        is_owners = actor.person_id == thing.id
    if level is Level.OWNER:
        return is_owners
    return not is_owners if level is Level.INSIDE else True


def reveals(actor: Actor, case: Thing) -> bool:
    """
    Whether the actor may read a case's personal data in clear, with a reason.
    """
    if not knows(actor, case):
        return False
    if actor.kind is ActorKind.PERSON:
        return True
    if actor.kind is ActorKind.CLIENT:
        return actor.agency_code == case.agency and bool({"cases:write", "handling:write"} & actor.scopes)
    if "COUNTER" in actor.posts and is_within(case.division, actor.division_code):
        return True
    return actor.agency_code == case.agency and len(actor.posts) > 0


def forbidden(world: World, actor: Actor) -> list[str]:
    """
    Return every string that may not appear in any answer to the actor.
    """
    allowed: set[str] = set()
    known: set[str] = set()
    for thing in world.things:
        for secret, level in thing.secrets.items():
            known.add(secret)
            if reads(actor, thing, level):
                allowed.add(secret)
    return sorted(known - allowed)


def known_ids(world: World, actor: Actor, kind: Kind) -> set[str]:
    """
    Return the ids of all things of a kind that the actor may know of.
    """
    return {thing.id for thing in world.of(kind) if knows(actor, thing)}


def own_work(world: World, actor: Actor) -> set[str]:
    """
    Return the work items that are on the actor's list: of his posts, of a system all of its agency.
    """
    return {
        item.id
        for item in world.of(Kind.WORK_ITEM)
        if knows(actor, item) and (actor.kind is ActorKind.CLIENT or item.post in actor.posts)
    }

"""
The directory of licences as the public, its editors and its reviewers see it.
"""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import F, Q, QuerySet

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import LicenceType, LicenceTypeEvent, LicenceTypeVersion
from tongban.business.licences.permissions import TypeVersionNotFound, UnknownLicenceType
from tongban.business.licences.rules.sharing import document_name
from tongban.business.licences.values import (
    OPEN_STATES,
    DirectoryAct,
    DirectoryEntry,
    LicenceTypeRow,
    SharingCategory,
    TypeDefinition,
    TypeDetail,
    TypeState,
    TypeSummary,
    VersionDetail,
    VersionState,
    VersionSummary,
)
from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor

LARGEST_PAGE: Final = 100
MOST_EXPORTED: Final = 1_000
MOST_LOGGED: Final = 200
LONGEST_TEXT: Final = 100
_CURSOR: Final = "licences.types"


def read_definition(kept: dict[str, Any]) -> TypeDefinition:
    """
    Return a definition as it was kept.
    """
    return msgspec.convert(kept, TypeDefinition)


def licence_types(
    *,
    actor: Actor,
    text: str = "",
    state: TypeState | None = None,
    open_state: VersionState | None = None,
    sharing: SharingCategory | None = None,
    item: str = "",
    cursor: str | None = None,
    limit: int = 30,
) -> Page[TypeSummary]:
    """
    Return types by code. One query.

    The public sees what was ever published, as published; who keeps the directory sees what is being compiled too.

    :param text: part of a name or of the defining body's, or the beginning of a code
    :param open_state: only types whose next version stands there; nothing for the public
    :param item: basic code of a service that issues the licence or asks for it; types in use
    :param limit: at most 100
    :raises InvalidInput: the cursor is of another list
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    is_insider = permissions.read_unpublished_types.allows(actor)
    types = _visible(is_insider=is_insider)
    if text.strip():
        types = types.filter(_matches(text.strip()[:LONGEST_TEXT]))
    if state is not None:
        types = types.filter(state=state)
    if open_state is not None:
        types = types.filter(open_state=open_state) if is_insider else types.none()
    if sharing is not None:
        types = types.filter(sharing=sharing)
    if item:
        types = types.filter(items__contains=[item], state=TypeState.IN_USE)
    if cursor:
        (after,) = decode_cursor(_CURSOR, cursor)
        types = types.filter(code__gt=str(after))
    rows = list(types.order_by("code")[: limit + 1])
    last = encode_cursor(_CURSOR, [rows[limit - 1].code]) if len(rows) > limit else None
    return Page(items=[_summary(kind, is_insider=is_insider) for kind in rows[:limit]], next_cursor=last)


def types_for_materials(*, items: Collection[str], names: Collection[str]) -> dict[str, str]:
    """
    Return which types in use stand for materials of a service: name of the material -> code of the type. One query.

    A type does that lists the service among its 关联事项 and names the same document.

    :param items: basic codes of the service, national and local
    """
    listed = LicenceType.objects.filter(
        state=TypeState.IN_USE, items__overlap=[item for item in items if item]
    ).order_by("-code")
    types = {document_name(name): code for name, code in listed.values_list("name", "code")}
    return {name: types[document_name(name)] for name in names if document_name(name) in types}


def licence_type(*, code: str, actor: Actor) -> TypeDetail:
    """
    Return one type with its version in force, its versions and its log.

    Two queries for the public, three for who keeps the directory.

    :raises UnknownLicenceType: no type has this code, or the actor may not know of it
    """
    is_insider = permissions.read_unpublished_types.allows(actor)
    kind = _visible(is_insider=is_insider).filter(code=code).first()
    if kind is None:
        raise UnknownLicenceType(type_code=code)
    newest_first = (F("version").desc(nulls_first=True), "-created_at", "-id")
    versions = list(LicenceTypeVersion.objects.filter(type=kind).order_by(*newest_first))
    by_number = {version.version: version for version in versions if version.version is not None}
    shown = versions if is_insider else [version for version in versions if version.version is not None]
    newest = by_number.get(kind.version)
    current = _detail(newest, kind, by_number.get(kind.version - 1), actor=actor) if newest else None
    opened = next((version.id for version in versions if version.state in OPEN_STATES), None)
    return TypeDetail(
        summary=_summary(kind, is_insider=is_insider),
        current=current,
        versions=tuple(_version(version) for version in shown),
        open_version=opened if is_insider else None,
        log=_log(kind) if is_insider else (),
        acts=_acts_on_type(kind, actor),
    )


def type_version(*, version_id: UUID, actor: Actor, against: int | None = None) -> VersionDetail:
    """
    Return one version with all it says, and in what it differs from another. At most two queries.

    :param against: number of the version it is compared with; None: the one in force, or for one that was
        published, the one before it
    :raises TypeVersionNotFound: no version has this id, or the actor may not know of it
    """
    version = LicenceTypeVersion.objects.select_related("type").filter(id=version_id).first()
    return _found(version, actor=actor, against=against)


def type_version_by_number(
    *, code: str, version: int, actor: Actor, against: int | None = None
) -> VersionDetail:
    """
    Return a version that was published, as `type_version` does. At most two queries.

    :raises TypeVersionNotFound: there is no such version
    """
    found = LicenceTypeVersion.objects.select_related("type").filter(type_id=code, version=version).first()
    return _found(found, actor=actor, against=against)


def exported_types(*, actor: Actor, text: str = "") -> list[LicenceTypeRow]:
    """
    Return the versions in force in the form of data files, by code; at most 1 000. One query.

    :param text: as of `licence_types`; empty: all
    """
    permissions.read_types.require(actor, is_published=True)
    versions = LicenceTypeVersion.objects.filter(state=VersionState.PUBLISHED)
    if text.strip():
        versions = versions.filter(_matches(text.strip()[:LONGEST_TEXT], prefix="type__"))
    rows = versions.order_by("type_id").values_list("type_id", "definition")[:MOST_EXPORTED]
    return [rules.row_of(code, read_definition(definition)) for code, definition in rows]


def keeps_directory(*, actor: Actor) -> bool:
    """
    Tell whether the actor compiles or reviews the directory. No query.
    """
    return permissions.read_unpublished_types.allows(actor)


def may_compile(*, actor: Actor) -> bool:
    """
    Tell whether the actor compiles the directory. No query.
    """
    return permissions.compile_types.allows(actor)


def schema_address(code: str, version: LicenceTypeVersion) -> str:
    """
    Return where the JSON Schema of a version's face is published; of a draft, a name for it.
    """
    if version.version is None:
        return f"urn:uuid:{version.id}"
    return f"{settings.TONGBAN_BASE_URL}/api/v1/licence-types/{code}/versions/{version.version}/schema"


def _visible(*, is_insider: bool) -> QuerySet[LicenceType]:
    types = LicenceType.objects.all()
    return types if is_insider else types.exclude(state=TypeState.NEW)


def _matches(text: str, prefix: str = "") -> Q:
    plain = text.replace("\0", "")
    return (
        Q(**{f"{prefix}name__icontains": plain})
        | Q(**{f"{prefix}defining_body_name__icontains": plain})
        | Q(**{f"{prefix}code__startswith": plain.upper()})
    )


def _found(version: LicenceTypeVersion | None, *, actor: Actor, against: int | None) -> VersionDetail:
    if version is None or not permissions.read_types.allows(actor, is_published=version.version is not None):
        raise TypeVersionNotFound
    kind = version.type
    wanted = against if against is not None else _usual_comparison(kind, version)
    if not wanted or wanted == version.version:
        return _detail(version, kind, None, actor=actor)
    other = LicenceTypeVersion.objects.filter(type=kind, version=wanted).first()
    if other is None and against is not None:
        raise TypeVersionNotFound
    return _detail(version, kind, other, actor=actor)


def _usual_comparison(kind: LicenceType, version: LicenceTypeVersion) -> int:
    return kind.version if version.version is None else version.version - 1


def _detail(
    version: LicenceTypeVersion, kind: LicenceType, other: LicenceTypeVersion | None, *, actor: Actor
) -> VersionDetail:
    definition = read_definition(version.definition)
    before = read_definition(other.definition) if other else None
    return VersionDetail(
        summary=_version(version),
        type_code=kind.code,
        type_state=TypeState(kind.state),
        definition=definition,
        revision=version.revision,
        based_on=version.based_on,
        is_outdated=version.state in OPEN_STATES and version.based_on != kind.version,
        schema=rules.json_schema(definition, address=schema_address(kind.code, version)),
        compared_with=other.version if other else None,
        changes=rules.differences(before, definition) if before else (),
        acts=_acts_on_version(version, actor),
    )


def _summary(kind: LicenceType, *, is_insider: bool) -> TypeSummary:
    return TypeSummary(
        code=kind.code,
        name=kind.name,
        name_en=kind.name_en,
        defining_body_code=kind.defining_body_code,
        defining_body_name=kind.defining_body_name,
        state=TypeState(kind.state),
        version=kind.version,
        sharing=SharingCategory(kind.sharing),
        changed_at=kind.changed_at,
        open_state=VersionState(kind.open_state) if is_insider and kind.open_state else None,
    )


def _version(version: LicenceTypeVersion) -> VersionSummary:
    return VersionSummary(
        id=version.id,
        version=version.version,
        state=VersionState(version.state),
        created_at=version.created_at,
        published_at=version.published_at,
        ended_at=version.ended_at,
        digest=version.digest,
    )


def _log(kind: LicenceType) -> tuple[DirectoryEntry, ...]:
    events = LicenceTypeEvent.objects.filter(type=kind).select_related("type_version").order_by("-id")
    return tuple(
        DirectoryEntry(
            act=DirectoryAct(event.act),
            at=event.at,
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            comment=event.comment,
            version=event.type_version.version if event.type_version else None,
        )
        for event in events[:MOST_LOGGED]
    )


def _acts_on_type(kind: LicenceType, actor: Actor) -> tuple[DirectoryAct, ...]:
    acts = []
    if not kind.open_state and permissions.compile_types.allows(actor):
        acts.append(DirectoryAct.COMPILE)
    if kind.state == TypeState.IN_USE and permissions.review_types.allows(actor):
        acts.append(DirectoryAct.WITHDRAW)
    return tuple(acts)


def _acts_on_version(version: LicenceTypeVersion, actor: Actor) -> tuple[DirectoryAct, ...]:
    is_editor = permissions.compile_types.allows(actor)
    is_reviewer = permissions.review_types.allows(actor) and actor.id not in version.compiled_by
    return tuple(
        act
        for act in rules.open_directory_acts(VersionState(version.state))
        if (is_editor if rules.DIRECTORY_LIFE[act].is_editors else is_reviewer)
    )

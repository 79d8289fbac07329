"""
The resource catalogue as its readers, its stewards and its reviewers see it.
"""

import uuid
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Left

from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.datasets import permissions, rules
from tongban.resources.datasets.models import (
    CatalogueDuty,
    Dataset,
    DatasetEvent,
    DatasetUser,
    DatasetVersion,
)
from tongban.resources.datasets.permissions import DatasetNotFound
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.values import (
    OPEN_STATES,
    OPENED,
    Branch,
    Cycle,
    DatasetAct,
    DatasetClass,
    DatasetDetail,
    DatasetInForce,
    DatasetState,
    DatasetSummary,
    DatasetVersionState,
    Definition,
    DutyLine,
    DutyReason,
    Health,
    LogLine,
    Openness,
    Sharing,
    UserKind,
    UserLine,
    VersionDetail,
    VersionSummary,
    code_in_address,
)

LARGEST_PAGE: Final = 100
MOST_LOGGED: Final = 200
MOST_USERS: Final = 200
LONGEST_TEXT: Final = 100
CLASSIFIED_DIGITS: Final = 6
"""类, 项 and 目 of a code: 1 + 2 + 3 digits."""
_CURSOR: Final = "datasets.catalogue"
_OPEN_CURSOR: Final = "datasets.open"
_DUTY_CURSOR: Final = "datasets.duties"


def datasets(
    *,
    actor: Actor,
    at: datetime,
    text: str = "",
    class_code: DatasetClass | None = None,
    sharing: Sharing | None = None,
    state: DatasetState | None = None,
    open_state: DatasetVersionState | None = None,
    provider_code: str = "",
    is_own: bool | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[DatasetSummary]:
    """
    Return datasets by node and code. One query.

    :param text: part of a title, summary or provider's name, or the beginning of a code
    :param open_state: only those whose next version stands there
    :param is_own: True: of this node's catalogue; False: of other nodes'
    :param limit: at most 100
    :raises NotPermitted: the actor does not read the catalogue
    :raises InvalidInput: the cursor is of another list
    """
    permissions.read_catalogue.require(actor)
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _visible(actor)
    rows = _found(rows, text)
    if open_state is not None:
        rows = rows.filter(_insiders(actor), open_state=open_state)
    if is_own is not None:
        own = Q(node=_own_node())
        rows = rows.filter(own if is_own else ~own)
    exact = {
        "class_code": class_code,
        "sharing": sharing,
        "state": state,
        "provider_code": provider_code or None,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if cursor:
        rows = _behind(rows, _CURSOR, cursor)
    found = list(rows.order_by("node", "code")[: limit + 1])
    more = (
        encode_cursor(_CURSOR, [found[limit - 1].node, found[limit - 1].code]) if len(found) > limit else None
    )
    return Page(items=[_summary(row, actor, at=at) for row in found[:limit]], next_cursor=more)


def dataset(*, dataset_id: uuid.UUID, actor: Actor, at: datetime) -> DatasetDetail:
    """
    Return one dataset with its version in force, its versions, who uses it, and to insiders its log. Four queries.

    :raises NotPermitted: the actor does not read the catalogue
    :raises DatasetNotFound: there is none, or the actor may not know of it
    """
    permissions.read_catalogue.require(actor)
    row = _visible(actor).filter(id=dataset_id).first()
    if row is None:
        raise DatasetNotFound
    is_insider = _is_insider(actor, row)
    newest_first = (F("version").desc(nulls_first=True), "-created_at")
    versions = list(DatasetVersion.objects.filter(dataset=row).order_by(*newest_first))
    shown = [each for each in versions if is_insider or each.version is not None]
    definition = read_definition(row.definition)
    opened = next((each.id for each in versions if each.state in OPEN_STATES), None)
    is_own = row.node == _own_node()
    may_compile = is_own and permissions.compile_dataset.allows(actor, provider_code=row.provider_code)
    may_withdraw = is_own and row.state == DatasetState.IN_USE
    return DatasetDetail(
        summary=_summary(row, actor, at=at),
        definition=definition,
        schema=_schema(row.node, row.code, row.version, definition),
        versions=tuple(_version(each) for each in shown),
        users=_users(row) if is_insider else (),
        log=_log(row) if is_insider else (),
        open_version=opened if is_insider else None,
        may_compile=may_compile and not row.open_state,
        may_withdraw=may_withdraw
        and permissions.review_dataset.allows(actor, division_code=row.division_code),
    )


def dataset_version(*, version_id: uuid.UUID, actor: Actor) -> VersionDetail:
    """
    Return one version, and in what it differs from the one before. Three queries at most.

    :raises NotPermitted: the actor does not read the catalogue
    :raises DatasetNotFound: there is none, or the actor may not know of it
    """
    permissions.read_catalogue.require(actor)
    version = DatasetVersion.objects.select_related("dataset").filter(id=version_id).first()
    if version is None or not (version.version is not None or _is_insider(actor, version.dataset)):
        raise DatasetNotFound
    row = version.dataset
    wanted = version.version - 1 if version.version is not None else row.version
    before = DatasetVersion.objects.filter(dataset=row, version=wanted).first() if wanted else None
    definition = read_definition(version.definition)
    return VersionDetail(
        summary=_version(version),
        dataset_id=row.id,
        code=row.code,
        definition=definition,
        revision=version.revision,
        compared_with=before.version if before else None,
        changes=rules.differences(read_definition(before.definition), definition) if before else (),
        acts=_acts(version, row, actor),
    )


def version_schema(*, node: str, code: str, version: int, actor: Actor) -> dict[str, Any]:
    """
    Return the JSON Schema of one row, as a published version of a dataset has it. Two queries at most.

    Of what is open, everybody reads it; of the rest, who reads the catalogue.

    :raises NotAuthenticated: nobody is logged in, and it is not open
    :raises NotPermitted: the actor does not read the catalogue
    :raises DatasetNotFound: there is no such version, or this node was never told it
    """
    row = Dataset.objects.filter(node=node, code=code).exclude(version=0).first()
    definition = _definition_of(row, version) if row else None
    is_open = (
        row is not None
        and definition is not None
        and row.state == DatasetState.IN_USE
        and row.openness in OPENED
        and definition.openness in OPENED
    )
    if not is_open:
        permissions.read_catalogue.require(actor)
    if definition is None:
        raise DatasetNotFound
    return _schema(node, code, version, definition)


def published(code: str) -> DatasetInForce | None:
    """
    Return what this node's catalogue says of a dataset in use; None: it has none. For data services. One query.
    """
    row = Dataset.objects.filter(node=_own_node(), code=code, state=DatasetState.IN_USE).first()
    return _in_force(row) if row else None


def row_schema(dataset: DatasetInForce) -> dict[str, Any]:
    """
    Return the JSON Schema of one row of a dataset; for data services. No query.
    """
    return _schema(dataset.node, dataset.code, dataset.version, dataset.definition)


def open_datasets(
    *, actor: Actor, text: str = "", cursor: str | None = None, limit: int = 30
) -> Page[DatasetInForce]:
    """
    Return what is in use and open to the public, by node and code. One query.

    :param text: part of a title, summary or provider's name, or the beginning of a code
    :param limit: at most 100
    :raises InvalidInput: the cursor is of another list
    """
    permissions.read_open.require(actor)
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = _found(_opened(), text)
    if cursor:
        rows = _behind(rows, _OPEN_CURSOR, cursor)
    found = list(rows.order_by("node", "code")[: limit + 1])
    more = None
    if len(found) > limit:
        more = encode_cursor(_OPEN_CURSOR, [found[limit - 1].node, found[limit - 1].code])
    return Page(items=[_in_force(row) for row in found[:limit]], next_cursor=more)


def open_dataset(*, node: str, code: str, actor: Actor) -> DatasetInForce:
    """
    Return one dataset that is in use and open to the public. One query.

    :raises DatasetNotFound: there is none, or it is not open
    """
    permissions.read_open.require(actor)
    row = _opened().filter(node=node, code=code).first()
    if row is None:
        raise DatasetNotFound
    return _in_force(row)


def duties(
    *, actor: Actor, at: datetime, is_open: bool = True, cursor: str | None = None, limit: int = 30
) -> Page[DutyLine]:
    """
    Return which agencies must look their catalogue through, those due first. One query.

    Stewards see their agency's; reviewers and supervisors their area's, and of the nodes below all they were told.

    :raises NotPermitted: the actor does not read the catalogue
    """
    permissions.read_catalogue.require(actor)
    limit = max(1, min(limit, LARGEST_PAGE))
    rows = CatalogueDuty.objects.filter(_duties_of(actor), done_at__isnull=is_open)
    if cursor:
        due, last = decode_cursor(_DUTY_CURSOR, cursor)
        rows = rows.filter(Q(due_on__gt=due) | Q(due_on=due, id__gt=last))
    found = list(rows.order_by("due_on", "id")[: limit + 1])
    more = None
    if len(found) > limit:
        last_row = found[limit - 1]
        more = encode_cursor(_DUTY_CURSOR, [last_row.due_on.isoformat(), str(last_row.id)])
    return Page(items=[_duty(row, actor, at=at) for row in found[:limit]], next_cursor=more)


def waiting(*, actor: Actor, at: datetime) -> tuple[int, int]:
    """
    Return how many versions wait for this reviewer, and how many duties are late. Two queries.
    """
    in_review = 0
    if permissions.REVIEWER in actor.roles and actor.is_staff:
        in_review = Dataset.objects.filter(_insiders(actor), open_state=DatasetVersionState.IN_REVIEW).count()
    late = CatalogueDuty.objects.filter(_duties_of(actor), done_at=None, due_on__lt=civil_date(at)).count()
    return in_review, late


def tree(*, actor: Actor) -> list[tuple[DatasetClass, list[Branch]]]:
    """
    Return the classes of the catalogue, and under each its 项 and 目, with how many datasets stand there. One query.

    :raises NotPermitted: the actor does not read the catalogue
    """
    permissions.read_catalogue.require(actor)
    rows = (
        _visible(actor)
        .values("class_code", prefix=Left("code", CLASSIFIED_DIGITS))
        .annotate(count=Count("id"), title=Min("provider_name"), last=Max("provider_name"))
        .order_by("class_code", "prefix")
    )
    branches: dict[DatasetClass, list[Branch]] = {}
    for row in rows:
        title = row["title"] if row["title"] == row["last"] else ""
        branch = Branch(prefix=row["prefix"], title=title, count=row["count"])
        branches.setdefault(DatasetClass(row["class_code"]), []).append(branch)
    return list(branches.items())


def may_read(*, actor: Actor) -> bool:
    """
    Tell whether the actor reads the catalogue. No query.
    """
    return permissions.read_catalogue.allows(actor)


def may_compile(*, actor: Actor) -> bool:
    """
    Tell whether the actor compiles datasets of the own agency. No query.
    """
    return permissions.compile_dataset.allows(actor, provider_code=actor.agency_code or "")


def may_review(*, actor: Actor) -> bool:
    """
    Tell whether the actor reviews datasets of the own area. No query.
    """
    return permissions.review_dataset.allows(actor, division_code=actor.division_code or "")


def schema_address(node: str, code: str, version: int) -> str:
    """
    Return where this node gives the schema of a published version: its name, for ever.
    """
    base = str(settings.TONGBAN_BASE_URL).rstrip("/")
    return f"{base}/api/v1/datasets/{node}/{code_in_address(code)}/versions/{version}/schema"


def exported(*, actor: Actor) -> list[DatasetInForce]:
    """
    Return every dataset in use, by node and code. One query.

    :raises NotPermitted: the actor does not read the catalogue
    """
    permissions.read_catalogue.require(actor)
    rows = Dataset.objects.filter(state=DatasetState.IN_USE).order_by("node", "code")
    return [_in_force(row) for row in rows]


def _own_node() -> str:
    return str(settings.TONGBAN_NODE.division_code)


def _found(rows: QuerySet[Dataset], text: str) -> QuerySet[Dataset]:
    plain = text.strip().replace("\0", "")[:LONGEST_TEXT]
    if not plain:
        return rows
    return rows.filter(
        Q(title__icontains=plain)
        | Q(title_en__icontains=plain)
        | Q(summary__icontains=plain)
        | Q(provider_name__icontains=plain)
        | Q(code__startswith=plain)
    )


def _behind(rows: QuerySet[Dataset], purpose: str, cursor: str) -> QuerySet[Dataset]:
    node, code = decode_cursor(purpose, cursor)
    return rows.filter(Q(node__gt=str(node)) | Q(node=str(node), code__gt=str(code)))


def _opened() -> QuerySet[Dataset]:
    return Dataset.objects.filter(state=DatasetState.IN_USE, openness__in=OPENED)


def _in_force(row: Dataset) -> DatasetInForce:
    return DatasetInForce(
        node=row.node,
        code=row.code,
        version=row.version,
        published_on=civil_date(row.published_at).isoformat() if row.published_at else "",
        definition=read_definition(row.definition),
    )


def _definition_of(row: Dataset, version: int) -> Definition | None:
    if row.version == version:
        return read_definition(row.definition)
    kept = DatasetVersion.objects.filter(dataset=row, version=version).first()
    return read_definition(kept.definition) if kept else None


def _schema(node: str, code: str, version: int, definition: Definition) -> dict[str, Any]:
    """
    Return the schema; nothing is published of version 0, so that its schema has no address.
    """
    return rules.json_schema(definition, address=schema_address(node, code, version) if version else "")


def _visible(actor: Actor) -> QuerySet[Dataset]:
    return Dataset.objects.filter(~Q(version=0) | _insiders(actor))


def _insiders(actor: Actor) -> Q:
    """
    Keep the datasets whose drafts the actor may see: `permissions.read_draft` as SQL.
    """
    if actor.is_staff and actor.roles & {permissions.REVIEWER, permissions.SUPERVISOR}:
        return Q(node=_own_node(), division_code__startswith=subtree_prefix(actor.division_code or "-"))
    agency = actor.agency_code or ""
    if permissions.compile_dataset.allows(actor, provider_code=agency) and not actor.is_system:
        return Q(node=_own_node(), provider_code=agency)
    return Q(pk__in=[])


def _is_insider(actor: Actor, row: Dataset) -> bool:
    return row.node == _own_node() and permissions.read_draft.allows(
        actor, provider_code=row.provider_code, division_code=row.division_code
    )


def _duties_of(actor: Actor) -> Q:
    if not actor.is_staff:
        return Q(pk__in=[])
    if actor.roles & {permissions.REVIEWER, permissions.SUPERVISOR}:
        inside = Q(node=_own_node(), division_code__startswith=subtree_prefix(actor.division_code or "-"))
        return inside | ~Q(node=_own_node())
    return Q(node=_own_node(), agency_code=actor.agency_code or "-")


def _summary(row: Dataset, actor: Actor, *, at: datetime) -> DatasetSummary:
    cycle = Cycle(row.cycle)
    return DatasetSummary(
        id=row.id,
        code=row.code,
        node=row.node,
        is_own=row.node == _own_node(),
        title=row.title,
        title_en=row.title_en,
        class_code=DatasetClass(row.class_code),
        provider_code=row.provider_code,
        provider_name=row.provider_name,
        sharing=Sharing(row.sharing),
        openness=Openness(row.openness),
        cycle=cycle,
        state=DatasetState(row.state),
        open_state=DatasetVersionState(row.open_state)
        if row.open_state and _is_insider(actor, row)
        else None,
        version=row.version,
        changed_at=row.changed_at,
        health=Health(
            loaded_at=row.loaded_at,
            is_fresh=rules.is_fresh(cycle, loaded_at=row.loaded_at, at=at),
            rows=row.rows,
            filled=row.filled,
            errors=row.errors,
        ),
    )


def _version(version: DatasetVersion) -> VersionSummary:
    return VersionSummary(
        id=version.id,
        version=version.version,
        state=DatasetVersionState(version.state),
        created_at=version.created_at,
        published_at=version.published_at,
        ended_at=version.ended_at,
    )


def _users(row: Dataset) -> tuple[UserLine, ...]:
    now_first = (F("ended_at").desc(nulls_first=True), F("last_on").desc(nulls_last=True), "name")
    users = DatasetUser.objects.filter(dataset=row).order_by(*now_first)[:MOST_USERS]
    return tuple(
        UserLine(
            kind=UserKind(user.kind),
            code=user.code,
            name=user.name,
            first_at=user.first_at,
            last_on=user.last_on,
            ended_at=user.ended_at,
        )
        for user in users
    )


def _log(row: Dataset) -> tuple[LogLine, ...]:
    events = DatasetEvent.objects.filter(dataset=row).order_by("-id")[:MOST_LOGGED]
    return tuple(LogLine(act=DatasetAct(event.act), at=event.at, comment=event.comment) for event in events)


def _acts(version: DatasetVersion, row: Dataset, actor: Actor) -> tuple[DatasetAct, ...]:
    if row.node != _own_node():
        return ()
    is_steward = permissions.compile_dataset.allows(actor, provider_code=row.provider_code)
    is_reviewer = (
        permissions.review_dataset.allows(actor, division_code=row.division_code)
        and actor.id not in version.compiled_by
    )
    return tuple(
        act
        for act, step in rules.LIFE.items()
        if version.state in step.sources and (is_steward if step.is_stewards else is_reviewer)
    )


def _duty(row: CatalogueDuty, actor: Actor, *, at: datetime) -> DutyLine:
    done_on = civil_date(row.done_at) if row.done_at else civil_date(at)
    place: dict[str, Any] = {"agency_code": row.agency_code, "division_code": row.division_code}
    return DutyLine(
        id=row.id,
        node=row.node,
        agency_code=row.agency_code,
        agency_name=row.agency_name,
        reason=DutyReason(row.reason),
        text=row.text,
        occurred_on=row.occurred_on,
        due_on=row.due_on,
        done_at=row.done_at,
        is_late=done_on > row.due_on,
        may_settle=row.node == _own_node()
        and row.done_at is None
        and permissions.record_duty.allows(actor, **place),
    )

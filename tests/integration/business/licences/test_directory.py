import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from tests.integration.business.licences.conftest import (
    AT,
    DECIDER,
    ISSUER,
    SEVERAL,
    WITHOUT_POST,
    ZHANG,
    issue,
    load_types,
    type_row,
)
from tongban.business.licences import selectors
from tongban.business.licences.models import (
    Licence,
    LicenceType,
    LicenceTypeEvent,
    LicenceTypeVersion,
)
from tongban.business.licences.services import (
    DefinitionIncomplete,
    DraftChanged,
    DraftOutdated,
    FaceInvalid,
    IssuerNotAllowed,
    LicenceTypeInvalid,
    OwnDraftNotReviewable,
    PeriodOver,
    StepNotAllowed,
    TypeCodeTaken,
    TypeVersionNotFound,
    TypeWithdrawn,
    UnknownLicenceType,
    VersionAlreadyOpen,
    amend_licence,
    approve_draft,
    compile_type,
    compile_version,
    discard_draft,
    import_licence_types,
    load_licence_types,
    publish_version,
    return_draft,
    save_draft,
    submit_draft,
    withdraw_type,
)
from tongban.business.licences.values import (
    DirectoryAct,
    FaceField,
    FieldKind,
    IssuingBody,
    SharingCategory,
    TypeDefinition,
    TypeState,
    ValidityKind,
    ValidityRule,
    VersionReceipt,
    VersionState,
)
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import Announcement, AuditEntry
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

CODE = "11510100MB1500000X021"


def keeper(name: str, *roles: Role) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=name,
        agency_code=ISSUER,
        division_code="511602000000",
        roles=frozenset(roles),
    )


EDITOR = keeper("editor", Role.LICENCE_EDITOR)
OTHER_EDITOR = keeper("other-editor", Role.LICENCE_EDITOR)
REVIEWER = keeper("reviewer", Role.LICENCE_REVIEWER)
BOTH = keeper("both", Role.LICENCE_EDITOR, Role.LICENCE_REVIEWER)
STRANGERS = [ANONYMOUS, ZHANG, DECIDER, WITHOUT_POST]

FIELDS = (
    FaceField(key="holder_name", label="持证主体", source="holder.name"),
    FaceField(key="holder_code", label="持证主体代码", source="holder.code", masked=True),
    FaceField(key="venue", label="场所名称", source="form.venue_name", is_required=True, max_length=10),
    FaceField(key="area", label="面积", kind=FieldKind.NUMBER, minimum=1),
)


def definition(**changes: Any) -> TypeDefinition:
    told: dict[str, Any] = {
        "name": "新设许可证",
        "defining_body_code": ISSUER,
        "defining_body_name": "示例区行政审批局",
        "fields": FIELDS,
        "validity": ValidityRule(kind=ValidityKind.MONTHS, months=12),
        "sharing_condition": "经持证主体授权",
    } | changes
    return TypeDefinition(**told)


def compiled(**changes: Any) -> VersionReceipt:
    return compile_type(code=CODE, definition=definition(**changes), actor=EDITOR, at=AT)


def published(**changes: Any) -> VersionReceipt:
    return through_review(compiled(**changes))


def through_review(draft: VersionReceipt) -> VersionReceipt:
    submit_draft(version_id=draft.id, actor=EDITOR, at=AT)
    approve_draft(version_id=draft.id, actor=REVIEWER, at=AT)
    return publish_version(version_id=draft.id, actor=REVIEWER, at=AT)


def next_version(**changes: Any) -> VersionReceipt:
    draft = compile_version(code=CODE, actor=EDITOR, at=AT)
    saved = save_draft(
        version_id=draft.id,
        revision=draft.revision,
        definition=definition(**changes),
        actor=EDITOR,
        at=AT,
    )
    return through_review(saved)


class TestPublishing:
    def test_takes_a_type_from_draft_through_review_into_force(self) -> None:
        receipt = published()

        assert (receipt.state, receipt.version) == (VersionState.PUBLISHED, 1)
        kind = LicenceType.objects.get(code=CODE)
        assert (kind.state, kind.version, kind.name, kind.open_state) == ("IN_USE", 1, "新设许可证", "")
        log = LicenceTypeEvent.objects.order_by("id").values_list("act", "actor_id")
        assert list(log) == [
            ("COMPILE", "editor"),
            ("SUBMIT", "editor"),
            ("APPROVE", "reviewer"),
            ("PUBLISH", "reviewer"),
        ]
        assert AuditEntry.objects.filter(subject=CODE).count() == 4
        fact = Announcement.objects.get(topic="licences.type_published")
        assert (fact.key, fact.payload["version"], fact.payload["state"]) == (CODE, 1, "IN_USE")

    def test_keeps_what_was_issued_by_the_version_it_was_issued_by(self) -> None:
        published()
        first = issue(CODE, face={"venue_name": "示例酒店"})

        next_version(name="改名许可证", fields=FIELDS[:3])
        second = issue(CODE, case_number="C-2", face={"venue_name": "示例酒店"})

        old, new = (Licence.objects.get(identifier=one.identifier) for one in (first, second))
        assert (old.type_version, old.type_name, len(old.face)) == (1, "新设许可证", 4)
        assert (new.type_version, new.type_name, len(new.face)) == (2, "改名许可证", 3)
        states = LicenceTypeVersion.objects.order_by("version").values_list("version", "state")
        assert list(states) == [(1, "REPLACED"), (2, "PUBLISHED")]

    @pytest.mark.parametrize("column", ["definition = '{}'", "digest = ''", "version = 9", "state = 'DRAFT'"])
    def test_lets_nothing_change_a_version_that_was_published(self, column: str) -> None:
        published()

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE licences_licencetypeversion SET {column}")

    @pytest.mark.parametrize("table", ["licences_licencetypeversion", "licences_licencetypeevent"])
    def test_lets_nothing_be_deleted(self, table: str) -> None:
        published()

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize("actor", [*STRANGERS, EDITOR])
    def test_is_for_reviewers(self, actor: Actor) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        with pytest.raises(NotPermitted):
            approve_draft(version_id=draft.id, actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            return_draft(version_id=draft.id, comment="改", actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            publish_version(version_id=draft.id, actor=actor, at=AT)

        assert LicenceTypeVersion.objects.get().state == "IN_REVIEW"

    def test_is_never_for_who_has_compiled(self) -> None:
        draft = compile_type(code=CODE, definition=definition(), actor=BOTH, at=AT)
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        with pytest.raises(OwnDraftNotReviewable):
            approve_draft(version_id=draft.id, actor=BOTH, at=AT)

        approve_draft(version_id=draft.id, actor=REVIEWER, at=AT)
        with pytest.raises(OwnDraftNotReviewable):
            publish_version(version_id=draft.id, actor=BOTH, at=AT)
        assert LicenceType.objects.get().state == "NEW"

    def test_remembers_everybody_who_has_compiled(self) -> None:
        draft = compiled()
        saved = save_draft(
            version_id=draft.id, revision=draft.revision, definition=definition(), actor=BOTH, at=AT
        )
        submit_draft(version_id=saved.id, actor=EDITOR, at=AT)

        with pytest.raises(OwnDraftNotReviewable):
            approve_draft(version_id=draft.id, actor=BOTH, at=AT)

    @pytest.mark.parametrize(
        "step",
        [
            lambda version_id: approve_draft(version_id=version_id, actor=REVIEWER, at=AT),
            lambda version_id: return_draft(version_id=version_id, comment="改", actor=REVIEWER, at=AT),
            lambda version_id: publish_version(version_id=version_id, actor=REVIEWER, at=AT),
        ],
    )
    def test_takes_no_step_before_its_time(self, step: Any) -> None:
        draft = compiled()

        with pytest.raises(StepNotAllowed):
            step(draft.id)

        assert LicenceTypeVersion.objects.get().state == "DRAFT"

    def test_knows_no_version_that_never_was(self) -> None:
        with pytest.raises(TypeVersionNotFound):
            publish_version(version_id=uuid4(), actor=REVIEWER, at=AT)


class TestReview:
    def test_gives_a_version_back_with_words(self) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        receipt = return_draft(version_id=draft.id, comment=" 请补充英文名称 ", actor=REVIEWER, at=AT)

        assert receipt.state is VersionState.DRAFT
        assert LicenceTypeEvent.objects.latest("id").comment == "请补充英文名称"
        assert LicenceType.objects.get().open_state == "DRAFT"

    def test_can_give_back_what_it_has_passed(self) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)
        approve_draft(version_id=draft.id, actor=REVIEWER, at=AT)

        assert return_draft(version_id=draft.id, comment="再改", actor=REVIEWER, at=AT).state == "DRAFT"

    @pytest.mark.parametrize("comment", ["", "  ", "长" * 1001])
    def test_says_why(self, comment: str) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        with pytest.raises(InvalidInput) as refusal:
            return_draft(version_id=draft.id, comment=comment, actor=REVIEWER, at=AT)

        assert list(refusal.value.fields) == ["comment"]
        assert LicenceTypeVersion.objects.get().state == "IN_REVIEW"

    def test_is_not_asked_for_what_is_incomplete(self) -> None:
        draft = compiled(name="", fields=FIELDS[:1])

        with pytest.raises(DefinitionIncomplete) as refusal:
            submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        assert sorted(refusal.value.fields) == ["fields", "name"]
        assert LicenceTypeVersion.objects.get().state == "DRAFT"


class TestCompiling:
    @pytest.mark.parametrize("actor", [*STRANGERS, REVIEWER])
    def test_is_for_editors(self, actor: Actor) -> None:
        with pytest.raises(NotPermitted):
            compile_type(code=CODE, definition=definition(), actor=actor, at=AT)
        with pytest.raises(NotPermitted):
            import_licence_types(rows=[], actor=actor, at=AT)

        assert not LicenceType.objects.exists()

    def test_keeps_drafts_incomplete(self) -> None:
        receipt = compiled(name="", fields=())

        assert (receipt.state, receipt.version, receipt.revision) == (VersionState.DRAFT, None, 1)

    @pytest.mark.parametrize("code", ["", "123", CODE.lower()])
    def test_wants_a_code(self, code: str) -> None:
        with pytest.raises(DefinitionIncomplete) as refusal:
            compile_type(code=code, definition=definition(), actor=EDITOR, at=AT)

        assert list(refusal.value.fields) == ["code"]

    def test_refuses_a_code_that_is_taken(self) -> None:
        compiled()

        with pytest.raises(TypeCodeTaken):
            compiled()

    def test_has_one_open_version_of_a_type(self) -> None:
        published()
        compile_version(code=CODE, actor=EDITOR, at=AT)

        with pytest.raises(VersionAlreadyOpen):
            compile_version(code=CODE, actor=OTHER_EDITOR, at=AT)

    def test_begins_from_what_is_in_force(self) -> None:
        published(note="现行")

        draft = compile_version(code=CODE, actor=EDITOR, at=AT)

        detail = selectors.type_version(version_id=draft.id, actor=EDITOR)
        assert (detail.definition.note, detail.changes, detail.based_on) == ("现行", (), 1)

    def test_knows_no_type_that_never_was(self) -> None:
        with pytest.raises(UnknownLicenceType):
            compile_version(code=CODE, actor=EDITOR, at=AT)

    def test_never_overwrites_what_somebody_else_has_saved(self) -> None:
        draft = compiled()
        save_draft(
            version_id=draft.id, revision=1, definition=definition(note="先"), actor=OTHER_EDITOR, at=AT
        )

        with pytest.raises(DraftChanged):
            save_draft(version_id=draft.id, revision=1, definition=definition(note="后"), actor=EDITOR, at=AT)

        assert LicenceTypeVersion.objects.get().definition["note"] == "先"

    def test_changes_nothing_that_is_in_review(self) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)

        with pytest.raises(StepNotAllowed):
            save_draft(version_id=draft.id, revision=1, definition=definition(), actor=EDITOR, at=AT)

    def test_gives_a_draft_up_and_begins_anew(self) -> None:
        draft = compiled()

        receipt = discard_draft(version_id=draft.id, actor=EDITOR, at=AT)
        again = compile_version(code=CODE, actor=EDITOR, at=AT + timedelta(minutes=1))

        assert receipt.state is VersionState.DISCARDED
        assert again.id != draft.id

    def test_must_look_again_where_another_version_came_into_force(self) -> None:
        load_licence_types(rows=[type_row(SEVERAL)], actor=system_actor("tests"), at=AT)
        draft = compile_version(code=SEVERAL, actor=EDITOR, at=AT)
        load_licence_types(rows=[type_row(SEVERAL, name="新名称")], actor=system_actor("tests"), at=AT)

        with pytest.raises(DraftOutdated):
            submit_draft(version_id=draft.id, actor=EDITOR, at=AT)
        assert selectors.type_version(version_id=draft.id, actor=EDITOR).is_outdated

        saved = save_draft(
            version_id=draft.id,
            revision=draft.revision,
            definition=definition(name="再改名"),
            actor=EDITOR,
            at=AT,
        )
        assert through_review(saved).version == 3


class TestWithdrawing:
    def test_ends_issuing_and_leaves_what_was_issued(self) -> None:
        published()
        issued = issue(CODE, face={"venue_name": "示例酒店"})

        receipt = withdraw_type(code=CODE, comment="依据已废止", actor=REVIEWER, at=AT)

        assert (receipt.state, receipt.version) == (TypeState.WITHDRAWN, 1)
        with pytest.raises(TypeWithdrawn):
            issue(CODE, case_number="C-2", face={"venue_name": "示例酒店"})
        assert Licence.objects.get(identifier=issued.identifier).status == "VALID"
        assert Announcement.objects.filter(topic="licences.type_withdrawn").count() == 1

    def test_is_undone_by_a_new_version(self) -> None:
        published()
        withdraw_type(code=CODE, comment="依据已废止", actor=REVIEWER, at=AT)

        next_version(note="恢复")

        kind = LicenceType.objects.get()
        assert (kind.state, kind.version) == ("IN_USE", 2)

    @pytest.mark.parametrize("actor", [*STRANGERS, EDITOR])
    def test_is_for_reviewers(self, actor: Actor) -> None:
        published()

        with pytest.raises(NotPermitted):
            withdraw_type(code=CODE, comment="依据已废止", actor=actor, at=AT)

    def test_says_why(self) -> None:
        published()

        with pytest.raises(InvalidInput):
            withdraw_type(code=CODE, comment=" ", actor=REVIEWER, at=AT)

    def test_ends_only_what_is_in_use(self) -> None:
        compiled()

        with pytest.raises(StepNotAllowed):
            withdraw_type(code=CODE, comment="x", actor=REVIEWER, at=AT)
        with pytest.raises(TypeWithdrawn):
            issue(CODE)


class TestIssuingByTheDirectory:
    def test_refuses_a_face_that_the_type_does_not_allow(self) -> None:
        published()

        with pytest.raises(FaceInvalid) as refusal:
            issue(CODE, face={"venue_name": "一" * 11, "area": "很大"})

        assert sorted(refusal.value.fields) == ["area", "venue"]
        assert not Licence.objects.exists()

    def test_refuses_a_face_without_what_must_be_there(self) -> None:
        published()

        with pytest.raises(FaceInvalid) as refusal:
            issue(CODE, face={})

        assert list(refusal.value.fields) == ["venue"]

    def test_refuses_an_agency_that_is_not_among_the_issuers(self) -> None:
        published(issuers=(IssuingBody(code="11510100MB2600000Y", name="别的局"),))

        with pytest.raises(IssuerNotAllowed):
            issue(CODE, face={"venue_name": "示例酒店"})

    def test_lets_a_named_issuer_issue(self) -> None:
        published(issuers=(IssuingBody(code=ISSUER),))

        assert issue(CODE, face={"venue_name": "示例酒店"}).version == 1

    def test_ends_licences_on_the_fixed_day(self) -> None:
        published(validity=ValidityRule(kind=ValidityKind.FIXED_DATE, until="2026-12-31"))

        receipt = issue(CODE, face={"venue_name": "示例酒店"})

        assert str(receipt.valid_until) == "2027-01-01"

    def test_issues_nothing_whose_fixed_day_is_over(self) -> None:
        published(validity=ValidityRule(kind=ValidityKind.FIXED_DATE, until="2026-11-20"))

        with pytest.raises(PeriodOver):
            issue(CODE, face={"venue_name": "示例酒店"})

    def test_gives_no_date_to_what_ends_with_an_event(self) -> None:
        published(validity=ValidityRule(kind=ValidityKind.HOLDER_EVENT, event="法人注销"))

        assert issue(CODE, face={"venue_name": "示例酒店"}).valid_until is None

    def test_checks_a_change_by_the_version_the_licence_was_issued_by(self) -> None:
        published()
        first = issue(CODE, face={"venue_name": "示例酒店"})
        next_version(fields=(*FIELDS[:2], msgspec.structs.replace(FIELDS[2], max_length=100)))

        with pytest.raises(FaceInvalid) as refusal:
            amend_licence(
                identifier=first.identifier,
                face={"venue": "一" * 11},
                case_number="C-9",
                reason="持证人申请变更",
                legal_basis="《行政许可法》第四十九条",
                actor=DECIDER,
                at=AT,
            )

        assert list(refusal.value.fields) == ["venue"]


class TestLoadedWithAnArea:
    def test_leaves_alone_what_was_changed_here_until_the_file_changes(self) -> None:
        node = system_actor("tests")
        load_licence_types(rows=[type_row(SEVERAL)], actor=node, at=AT)
        draft = compile_version(code=SEVERAL, definition=definition(name="本地修订"), actor=EDITOR, at=AT)
        through_review(draft)

        again = load_licence_types(rows=[type_row(SEVERAL)], actor=node, at=AT)
        kept = LicenceType.objects.get()
        changed = load_licence_types(rows=[type_row(SEVERAL, name="文件修订")], actor=node, at=AT)

        assert (again.unchanged, kept.name, kept.version) == (1, "本地修订", 2)
        assert changed.changed == 1
        assert (LicenceType.objects.get().name, LicenceType.objects.get().version) == ("文件修订", 3)

    def test_is_published_at_once_and_in_the_log(self) -> None:
        load_types()

        assert LicenceType.objects.filter(state="IN_USE", version=1).count() == 3
        assert LicenceTypeEvent.objects.filter(act="LOAD", actor_kind="SYSTEM").count() == 3


class TestImporting:
    def rows(self) -> list[dict[str, Any]]:
        load_types()
        return [msgspec.to_builtins(row) for row in selectors.exported_types(actor=EDITOR)]

    def test_takes_back_what_was_exported_as_unchanged(self) -> None:
        rows = self.rows()

        receipt = import_licence_types(rows=rows, actor=EDITOR, at=AT)

        assert (receipt.drafts, len(receipt.unchanged)) == ((), 3)

    def test_begins_drafts_of_what_is_new_or_differs(self) -> None:
        rows = self.rows()
        rows[0]["name"] = "改名"
        rows.append({**rows[1], "code": CODE})

        receipt = import_licence_types(rows=rows, actor=EDITOR, at=AT)

        assert [(one.type_code, one.state) for one in receipt.drafts] == [
            (rows[0]["code"], "DRAFT"),
            (CODE, "DRAFT"),
        ]
        assert LicenceType.objects.get(code=rows[0]["code"]).name == "演示许可证"
        assert LicenceType.objects.get(code=CODE).state == "NEW"

    def test_imports_all_or_none(self) -> None:
        rows = self.rows()

        for wrong in ({"code": "1"}, {**rows[0]}, {**rows[0], "code": CODE, "face": "x"}):
            with pytest.raises(LicenceTypeInvalid):
                import_licence_types(rows=[{**rows[0], "name": "改名"}, wrong], actor=EDITOR, at=AT)

        assert not LicenceTypeVersion.objects.filter(state="DRAFT").exists()

    def test_refuses_more_than_two_hundred(self) -> None:
        rows = [type_row(f"11510100MB1500000X{number:03d}") for number in range(201)]

        with pytest.raises(LicenceTypeInvalid) as refusal:
            import_licence_types(rows=rows, actor=EDITOR, at=AT)

        assert list(refusal.value.fields) == ["rows"]


class TestLooking:
    def test_shows_the_public_what_was_published_and_no_draft(self) -> None:
        published()
        hidden = compile_type(
            code="11510100MB1500000X022", definition=definition(name="秘密"), actor=EDITOR, at=AT
        )

        page = selectors.licence_types(actor=ANONYMOUS)

        assert [(one.code, one.open_state) for one in page.items] == [(CODE, None)]
        for actor in STRANGERS:
            with pytest.raises(TypeVersionNotFound):
                selectors.type_version(version_id=hidden.id, actor=actor)
            with pytest.raises(UnknownLicenceType):
                selectors.licence_type(code="11510100MB1500000X022", actor=actor)

    def test_shows_keepers_what_is_being_compiled(self) -> None:
        compiled()

        page = selectors.licence_types(actor=REVIEWER, open_state=VersionState.DRAFT)

        assert [(one.code, one.state, one.open_state) for one in page.items] == [
            (CODE, TypeState.NEW, VersionState.DRAFT)
        ]
        assert selectors.licence_types(actor=ANONYMOUS, open_state=VersionState.DRAFT).items == []

    def test_shows_a_type_with_its_versions_and_its_log_to_keepers_only(self) -> None:
        published()
        next_version(name="改名许可证")

        told = selectors.licence_type(code=CODE, actor=ANONYMOUS)
        more = selectors.licence_type(code=CODE, actor=EDITOR)

        assert [one.version for one in told.versions] == [2, 1]
        assert (told.log, told.acts, told.open_version) == ((), (), None)
        assert told.current is not None
        assert [(one.part, one.before, one.after) for one in told.current.changes] == [
            ("name", "新设许可证", "改名许可证")
        ]
        assert [one.act for one in more.log][:2] == [DirectoryAct.PUBLISH, DirectoryAct.APPROVE]
        assert more.acts == (DirectoryAct.COMPILE,)

    def test_compares_any_two_versions(self) -> None:
        published()
        next_version(name="第二")
        next_version(name="第三")

        found = selectors.type_version_by_number(code=CODE, version=3, actor=ANONYMOUS, against=1)

        assert (found.compared_with, found.changes[0].before) == (1, "新设许可证")
        with pytest.raises(TypeVersionNotFound):
            selectors.type_version_by_number(code=CODE, version=3, actor=ANONYMOUS, against=9)

    def test_offers_only_what_the_reader_may_do(self) -> None:
        draft = compiled()

        assert selectors.type_version(version_id=draft.id, actor=EDITOR).acts == (
            DirectoryAct.SAVE,
            DirectoryAct.SUBMIT,
            DirectoryAct.DISCARD,
        )
        assert selectors.type_version(version_id=draft.id, actor=REVIEWER).acts == ()

    @pytest.mark.parametrize(
        ("wanted", "codes"),
        [
            ({"text": "新设"}, [CODE]),
            ({"text": CODE.lower()}, [CODE]),
            ({"text": "审批局"}, [SEVERAL, CODE]),
            ({"text": "%"}, []),
            ({"text": "\0"}, [SEVERAL, CODE]),
            ({"sharing": SharingCategory.OPEN}, [CODE]),
            ({"item": "000101001000"}, [CODE]),
            ({"item": "000101001001"}, []),
            ({"state": TypeState.WITHDRAWN}, []),
        ],
    )
    def test_finds_types(self, wanted: dict[str, Any], codes: list[str]) -> None:
        load_licence_types(rows=[type_row(SEVERAL)], actor=system_actor("tests"), at=AT)
        published(sharing=SharingCategory.OPEN, items=("000101001000",))

        assert [one.code for one in selectors.licence_types(actor=EDITOR, **wanted).items] == codes

    def test_pages_by_code(self) -> None:
        load_types()

        first = selectors.licence_types(actor=ANONYMOUS, limit=2)
        second = selectors.licence_types(actor=ANONYMOUS, limit=2, cursor=first.next_cursor)

        assert [one.code[-3:] for one in (*first.items, *second.items)] == ["001", "002", "003"]
        assert second.next_cursor is None

    def test_asks_a_fixed_number_of_questions(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        load_types()
        published()
        next_version(name="第二")
        receipt = next_version(name="第三")

        with django_assert_num_queries(1):
            selectors.licence_types(actor=EDITOR)
        with django_assert_num_queries(2):
            selectors.licence_type(code=CODE, actor=ANONYMOUS)
        with django_assert_num_queries(3):
            selectors.licence_type(code=CODE, actor=EDITOR)
        with django_assert_num_queries(2):
            selectors.type_version(version_id=receipt.id, actor=ANONYMOUS)
        with django_assert_num_queries(1):
            selectors.exported_types(actor=ANONYMOUS)


@pytest.mark.django_db(transaction=True)
class TestUnderConcurrency:
    def test_publishes_once_however_many_press(self) -> None:
        draft = compiled()
        submit_draft(version_id=draft.id, actor=EDITOR, at=AT)
        approve_draft(version_id=draft.id, actor=REVIEWER, at=AT)
        refused: list[Exception] = []

        def press(version_id: UUID) -> None:
            try:
                publish_version(version_id=version_id, actor=REVIEWER, at=AT)
            except StepNotAllowed as error:
                refused.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=press, args=(draft.id,)) for _turn in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(refused) == 3
        assert LicenceType.objects.get().version == 1
        assert Announcement.objects.filter(topic="licences.type_published").count() == 1

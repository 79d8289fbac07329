"""
The quality rules, what becomes of what they find, and who answers for it.
"""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    COMPANY,
    DECIDER,
    ELSEWHERE,
    ISSUER,
    LONG_TERM,
    ONLY_ONE,
    OTHER_AGENCY,
    SEVERAL,
    SUPERVISOR,
    ZHANG,
    issue,
    type_row,
)
from tongban.business.licences import selectors
from tongban.business.licences.models import (
    Licence,
    LicenceType,
    QualityFinding,
    StockBatch,
    StockLicence,
)
from tongban.business.licences.permissions import FindingNotFound
from tongban.business.licences.services import (
    FindingActNotAllowed,
    answer_finding,
    check_quality,
    load_licence_types,
    render_licence,
)
from tongban.business.licences.values.quality import FindingAct, FindingState, QualityRule
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.documents.models import StoredFile
from tongban.support.documents.values import FileStatus
from tongban.support.identity.values import Role
from tongban.support.seals.models import SealUse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

KEEPER = Actor(kind=ActorKind.STAFF, id="keeper", agency_code="X", roles=frozenset({Role.LICENCE_EDITOR}))
LATER = AT + timedelta(days=1)


def check(*, days: int = 0, idle_days: int = 365) -> dict[QualityRule, int]:
    return check_quality(idle_days=idle_days, at=AT + timedelta(days=days))


def licence(type_code: str = SEVERAL, **changes: Any) -> Licence:
    """
    Return a licence that breaks no rule but those that `changes` break.
    """
    case = f"C-{uuid4().hex[:12]}"
    holder = changes.pop("holder", COMPANY)
    receipt = issue(type_code, case_number=case, holder=holder)
    Licence.objects.filter(id=receipt.id).update(**changes)
    return Licence.objects.get(id=receipt.id)


def broken(rule: QualityRule) -> list[tuple[str, str]]:
    found = QualityFinding.objects.filter(rule=rule, state=FindingState.OPEN).order_by("subject")
    return [(one.subject, one.detail) for one in found]


def finding(rule: QualityRule = QualityRule.STILL_VALID) -> QualityFinding:
    return QualityFinding.objects.get(rule=rule)


def run_out(**changes: Any) -> Licence:
    """
    Return a licence that ran out the day before yesterday, and that no job has written down.
    """
    return licence(valid_from=date(2026, 1, 1), valid_until=date(2026, 11, 20), **changes)


class TestRules:
    def test_find_nothing_in_a_library_that_is_in_order(self, seal: None) -> None:
        render_licence(licence_id=licence().id, at=AT)
        LicenceType.objects.exclude(code=SEVERAL).update(state="WITHDRAWN")

        counts = check(days=2)

        assert set(counts) == set(QualityRule)
        assert set(counts.values()) == {0}
        assert not QualityFinding.objects.exists()

    def test_find_types_that_were_never_issued(self) -> None:
        licence()

        check(days=366)

        assert broken(QualityRule.TYPE_NEVER_ISSUED) == [(ONLY_ONE, ""), (LONG_TERM, "")]

    def test_give_a_new_type_its_time(self) -> None:
        check(days=364)

        assert broken(QualityRule.TYPE_NEVER_ISSUED) == []

    def test_find_types_of_which_none_is_in_force_any_more(self) -> None:
        licence(status="CANCELED")
        licence(ONLY_ONE)

        check(days=366)

        assert broken(QualityRule.TYPE_NONE_IN_FORCE) == [(SEVERAL, "2026-11-21")]

    def test_find_types_whose_service_is_gone(self) -> None:
        LicenceType.objects.filter(code=SEVERAL).update(items=["000123001000"])

        check()

        assert broken(QualityRule.TYPE_ITEM_GONE) == [(SEVERAL, "000123001000")]

    def test_find_licences_without_a_face(self) -> None:
        one = licence()
        one.face = []
        one.save(update_fields=["face"])

        check()

        assert broken(QualityRule.FACE_MISSING) == [(one.identifier, "")]
        assert broken(QualityRule.FIELDS_MISSING) == []

    def test_find_lines_that_the_directory_asks_for(self) -> None:
        strict = [
            {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
            {"key": "venue", "label": "场所名称", "source": "form.venue_name", "is_required": True},
        ]
        load_licence_types(
            rows=[type_row("11510100MB1500000X009", face=strict)], actor=system_actor("tests"), at=AT
        )
        one = licence("11510100MB1500000X009")
        one.face = [{**line, "value": "" if line["key"] == "venue" else line["value"]} for line in one.face]
        one.save(update_fields=["face"])

        check()

        assert broken(QualityRule.FIELDS_MISSING) == [(one.identifier, "venue")]

    @pytest.mark.parametrize(
        ("code", "code_type", "is_wrong"),
        [
            ("91350100M000100Y43", "001", False),
            ("91350100M000100Y44", "001", True),
            ("11010519491231002X", "111", True),
            ("ANYTHING", "999", False),
        ],
    )
    def test_check_the_codes_of_holders(self, code: str, code_type: str, is_wrong: bool) -> None:
        one = licence()
        one.holder_code, one.holder_code_type = code, code_type
        one.save(update_fields=["holder_code", "holder_code_type"])

        check()

        expected = [(one.identifier, code_type)] if is_wrong else []
        assert broken(QualityRule.HOLDER_CODE_WRONG) == expected

    def test_find_what_has_no_document_a_day_after_its_issue(self) -> None:
        one = licence()

        check(days=2)

        assert broken(QualityRule.FILE_MISSING) == [(one.identifier, "")]

    def test_find_documents_that_are_gone_and_seals_nobody_has_logged(self, seal: None) -> None:
        one = licence()
        render_licence(licence_id=one.id, at=AT)
        one.refresh_from_db()
        StoredFile.objects.filter(id=str(one.file_id)).update(status=FileStatus.DISCARDED)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE seals_sealuse DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM seals_sealuse")
            cursor.execute("ALTER TABLE seals_sealuse ENABLE TRIGGER USER")

        check()

        assert not SealUse.objects.exists()
        assert broken(QualityRule.FILE_MISSING) == [(one.identifier, str(one.file_id))]
        assert broken(QualityRule.SEAL_MISSING) == [(one.identifier, "")]

    def test_find_earlier_licences_without_a_scan(self) -> None:
        one, other = licence(grade="C"), licence(grade="A")
        batch = StockBatch.objects.create(
            source="old", file_name="x", file_digest="1", supply="UPLOADED", agency_code=ISSUER,
            agency_name="局", division_code="", sample_percent=1, wanted_percent=1, brought_by_kind="SYSTEM",
            brought_by="tests", brought_at=AT,
        )  # fmt: skip
        for line, taken in enumerate((one, other), start=1):
            StockLicence.objects.create(batch=batch, line=line, state="TAKEN", licence=taken)

        check()

        assert broken(QualityRule.SCAN_MISSING) == [(one.identifier, "")]

    def test_find_holders_with_several_of_a_type_that_is_one_per_holder(self) -> None:
        first, second = licence(), licence()
        licence(holder=COMPANY, status="CANCELED")
        only_one = type_row(SEVERAL, allows_several=False)
        load_licence_types(rows=[only_one], actor=system_actor("tests"), at=AT)

        check()

        assert broken(QualityRule.HOLDER_REPEATED) == sorted(
            [(first.identifier, "2"), (second.identifier, "2")]
        )

    def test_find_a_number_that_is_used_twice(self) -> None:
        first = licence(number="N-1")
        second = licence(number="N-1", issuer_code="11510100MB2600000Y")
        licence(ONLY_ONE, number="N-1")

        check()

        assert broken(QualityRule.NUMBER_REPEATED) == sorted(
            [(first.identifier, "2"), (second.identifier, "2")]
        )

    def test_find_what_ran_out_and_says_it_is_valid(self) -> None:
        one = run_out()

        check()

        assert broken(QualityRule.STILL_VALID) == [(one.identifier, "2026-11-19")]

    def test_ask_the_database_no_more_often_for_more_licences(self) -> None:
        licence()
        with CaptureQueriesContext(connection) as few:
            check()
        for _number in range(4):
            licence()
        with CaptureQueriesContext(connection) as many:
            check(days=1)

        assert len(many) <= len(few)

    def test_leave_no_personal_data_in_the_table(self) -> None:
        one = licence(holder=COMPANY)
        one.holder_code, one.face = "110105194912310021", []
        one.save(update_fields=["holder_code", "face"])

        check()

        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(found::text, '') FROM licences_qualityfinding AS found")
            ((text,),) = cursor.fetchall()
        assert "110105194912310021" not in text
        assert COMPANY.name not in text


class TestFindings:
    def test_are_one_row_however_often_they_are_found(self) -> None:
        run_out()
        check()

        check(days=1)

        found = finding()
        assert (found.state, found.times_found, found.found_at, found.seen_at) == ("OPEN", 1, AT, LATER)

    def test_are_resolved_when_they_are_not_found_any_more(self) -> None:
        one = run_out()
        check()
        Licence.objects.filter(id=one.id).update(status="EXPIRED")

        check(days=1)

        assert (finding().state, finding().resolved_at) == (FindingState.RESOLVED, LATER)

    def test_open_again_when_they_come_back(self) -> None:
        one = run_out()
        check()
        Licence.objects.filter(id=one.id).update(status="EXPIRED")
        check(days=1)
        Licence.objects.filter(id=one.id).update(status="VALID")

        check(days=2)

        found = finding()
        assert (found.state, found.times_found, found.resolved_at) == ("OPEN", 2, None)

    def test_that_were_called_repaired_open_again_if_they_are_not(self) -> None:
        run_out()
        check()
        answer_finding(finding_id=finding().id, act=FindingAct.REPAIR, note="已注销", actor=DECIDER, at=AT)

        check(days=1)

        assert finding().state == FindingState.OPEN

    def test_that_were_explained_stay_so(self) -> None:
        run_out()
        check()
        answer_finding(finding_id=finding().id, act=FindingAct.EXPLAIN, note="诉讼中", actor=DECIDER, at=AT)

        check(days=1)

        assert finding().state == FindingState.EXPLAINED


class TestAnswerFinding:
    def test_keeps_who_said_what_sealed_and_writes_it_down(self) -> None:
        run_out()
        check()

        state = answer_finding(
            finding_id=finding().id, act=FindingAct.EXPLAIN, note=" 诉讼中 ", actor=KEEPER, at=LATER
        )

        found = finding()
        assert state is FindingState.EXPLAINED
        assert (found.note, found.acted_by, found.acted_at) == ("诉讼中", "keeper", LATER)
        assert AuditEntry.objects.filter(action="licences.quality.explain", actor_id="keeper").count() == 1

    def test_opens_again_what_was_explained(self) -> None:
        run_out()
        check()
        answer_finding(finding_id=finding().id, act=FindingAct.EXPLAIN, note="诉讼中", actor=DECIDER, at=AT)

        answer_finding(finding_id=finding().id, act=FindingAct.REOPEN, note="", actor=DECIDER, at=AT)

        assert finding().state == FindingState.OPEN

    def test_queues_the_document_that_was_never_made(self) -> None:
        one = licence()
        check(days=2)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")

        answer_finding(
            finding_id=finding(QualityRule.FILE_MISSING).id,
            act=FindingAct.REPAIR,
            note="字体已安装",
            actor=DECIDER,
            at=LATER,
        )

        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, args ->> 'licence_id' FROM procrastinate_jobs")
            assert cursor.fetchall() == [("licences.render_licence", str(one.id))]

    def test_wants_to_know_what_was_done(self) -> None:
        run_out()
        check()

        with pytest.raises(InvalidInput):
            answer_finding(finding_id=finding().id, act=FindingAct.REPAIR, note=" ", actor=DECIDER, at=AT)

    def test_leaves_what_is_resolved_alone(self) -> None:
        one = run_out()
        check()
        Licence.objects.filter(id=one.id).update(status="EXPIRED")
        check(days=1)

        with pytest.raises(FindingActNotAllowed):
            answer_finding(finding_id=finding().id, act=FindingAct.REPAIR, note="x", actor=DECIDER, at=AT)

    def test_is_for_the_agency_and_keepers_of_the_directory(self) -> None:
        run_out()
        check()

        def answer(actor: Actor) -> None:
            answer_finding(finding_id=finding().id, act=FindingAct.REPAIR, note="x", actor=actor, at=AT)

        for actor in (CLERK, SUPERVISOR):
            with pytest.raises(NotPermitted):
                answer(actor)
        for actor in (OTHER_AGENCY, ELSEWHERE, ZHANG):
            with pytest.raises(FindingNotFound):
                answer(actor)
        assert finding().state == FindingState.OPEN


class TestSelectors:
    @pytest.mark.parametrize(
        ("actor", "seen"), [(KEEPER, 2), (DECIDER, 1), (SUPERVISOR, 1), (OTHER_AGENCY, 0), (ELSEWHERE, 0)]
    )
    def test_show_findings_of_the_actors_agency_or_area(self, actor: Actor, seen: int) -> None:
        run_out()
        LicenceType.objects.filter(code=SEVERAL).update(items=["000123001000"], defining_body_code="Y" * 18)
        check()

        shown = selectors.quality_findings(actor=actor).items
        counts = selectors.quality_counts(actor=actor)

        assert len(shown) == seen
        assert sum(count.count for count in counts) == seen

    def test_show_nothing_to_the_public(self) -> None:
        with pytest.raises(NotPermitted):
            selectors.quality_findings(actor=ZHANG)

    def test_filter_by_rule_and_state(self) -> None:
        run_out()
        check(days=2)

        def numbers(**wanted: Any) -> int:
            return len(selectors.quality_findings(actor=KEEPER, **wanted).items)

        assert numbers(rule=QualityRule.STILL_VALID) == 1
        assert numbers(rule=QualityRule.FACE_MISSING) == 0
        assert numbers(state=FindingState.OPEN) == 2
        assert numbers(state=FindingState.EXPLAINED) == 0
        assert numbers(agency=ISSUER) == 2
        assert len(list(selectors.exported_findings(actor=KEEPER, rule=QualityRule.STILL_VALID))) == 1

    def test_list_findings_page_by_page(self) -> None:
        for _number in range(3):
            run_out()
        check()

        first = selectors.quality_findings(actor=KEEPER, limit=2)
        second = selectors.quality_findings(actor=KEEPER, limit=2, cursor=first.next_cursor)

        assert len({line.id for line in (*first.items, *second.items)}) == 3
        assert second.next_cursor is None

    def test_show_what_the_actor_may_do(self) -> None:
        run_out()
        check()

        mine = selectors.quality_finding(finding_id=finding().id, actor=DECIDER)
        supervised = selectors.quality_finding(finding_id=finding().id, actor=SUPERVISOR)

        assert mine.acts == (FindingAct.REPAIR, FindingAct.EXPLAIN)
        assert supervised.acts == ()

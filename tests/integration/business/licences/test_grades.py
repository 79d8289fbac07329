from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest

from tests.integration.business.licences.conftest import (
    AT,
    DECIDER,
    ELSEWHERE,
    ISSUER,
    TODAY,
    ZHANG,
    issue,
)
from tongban.business.licences import selectors
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.services import (
    NotComparable,
    NotCompared,
    annotation_of,
    compare_licence,
    open_presentation,
    render_licence,
    reveal_comparable,
)
from tongban.business.licences.values import TrustGrade, Verdict
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.documents import services as documents
from tongban.support.identity.values import Post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

COUNTER = Actor(
    kind=ActorKind.STAFF,
    id="counter",
    name="王五",
    agency_code=ISSUER,
    division_code="511602000000",
    posts=frozenset({Post.COUNTER}),
)


def graded(grade: TrustGrade, **changes: object) -> Licence:
    identifier = issue().identifier
    Licence.objects.filter(identifier=identifier).update(grade=grade, **changes)
    return Licence.objects.get(identifier=identifier)


def opened(file_id: Any) -> bytes:
    with documents.open_file(file_id=file_id, actor=ZHANG, at=AT).content as reader:
        return reader.read()


def words(licence: Licence) -> str:
    annotation = annotation_of(licence, valid_until=date(2026, 12, 31), maker="示例局", at=AT)
    return documents.annotation_text(annotation)


class TestCompareLicence:
    def test_raises_a_licence_of_grade_c_to_b_with_who_and_when(self) -> None:
        licence = graded(TrustGrade.C)

        compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT)

        licence.refresh_from_db()
        assert (licence.grade, licence.compared_by, licence.compared_agency) == ("B", "王五", ISSUER)
        assert licence.compared_at == AT
        assert LicenceEvent.objects.filter(licence=licence, kind="COMPARED", actor_id="counter").count() == 1
        assert AuditEntry.objects.filter(action="licences.licence.compared", actor_id="counter").count() == 1

    def test_shows_on_the_licence_who_compared_it(self) -> None:
        licence = graded(TrustGrade.C)
        before = selectors.licence_detail(identifier=licence.identifier, actor=COUNTER, at=AT)

        compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT)

        after = selectors.licence_detail(identifier=licence.identifier, actor=COUNTER, at=AT)
        assert (before.compared, before.may_compare, before.summary.grade) == (None, True, TrustGrade.C)
        assert (after.compared, after.may_compare) == ((f"{ISSUER} 王五", AT), False)
        assert after.summary.grade is TrustGrade.B

    @pytest.mark.parametrize("grade", [TrustGrade.A, TrustGrade.B, TrustGrade.D])
    def test_changes_no_other_grade(self, grade: TrustGrade) -> None:
        licence = graded(grade)

        with pytest.raises(NotComparable):
            compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT)

        licence.refresh_from_db()
        assert (licence.grade, licence.compared_at) == (grade, None)

    def test_refuses_a_licence_that_has_run_out(self) -> None:
        licence = graded(TrustGrade.C)

        with pytest.raises(NotComparable):
            compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT + timedelta(days=366))

    def test_is_for_counters_only(self) -> None:
        licence = graded(TrustGrade.C)

        with pytest.raises(NotPermitted):
            compare_licence(identifier=licence.identifier, actor=DECIDER, at=AT)
        with pytest.raises(NotPermitted):
            compare_licence(identifier=licence.identifier, actor=ZHANG, at=AT)
        with pytest.raises(LicenceNotFound):
            compare_licence(identifier=licence.identifier, actor=ELSEWHERE, at=AT)

    def test_makes_the_copy_that_says_who_compared_it(self) -> None:
        licence = graded(TrustGrade.C)
        compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT)

        render_licence(licence_id=licence.id, at=AT)

        licence.refresh_from_db()
        content = opened(licence.original_id)
        report = documents.read_ofd(content)
        assert report.signatures == ()
        assert (report.facts.metadata["ZZBS"], report.facts.metadata["JZJZZZ"]) == (
            licence.identifier,
            ISSUER,
        )
        assert f"核对人：{ISSUER} 王五，核对日期：2026年11月21日" in documents.ofd_text(content)
        assert opened(licence.file_id).startswith(b"%PDF")

    def test_lets_anybody_verify_the_copy(self) -> None:
        licence = graded(TrustGrade.C)
        compare_licence(identifier=licence.identifier, actor=COUNTER, at=AT)
        render_licence(licence_id=licence.id, at=AT)
        licence.refresh_from_db()
        content = opened(licence.original_id)

        found = selectors.verify_file(content=BytesIO(content), on=TODAY)
        changed = selectors.verify_file(content=BytesIO(content + b"x"), on=TODAY)

        assert (found.verdict, found.is_usable) == (Verdict.VALID, True)
        assert (changed.verdict, changed.is_usable) == (Verdict.CHANGED, False)


class TestUse:
    def test_shows_no_licence_that_nobody_has_compared(self) -> None:
        licence = graded(TrustGrade.C)

        with pytest.raises(NotCompared):
            open_presentation(identifier=licence.identifier, keys=[], actor=ZHANG, at=AT)

    @pytest.mark.parametrize(
        ("grade", "is_usable"),
        [(TrustGrade.A, True), (TrustGrade.B, True), (TrustGrade.C, False), (TrustGrade.D, True)],
    )
    def test_says_in_public_whether_somebody_must_look_at_the_original(
        self, grade: TrustGrade, is_usable: bool
    ) -> None:
        licence = graded(grade)

        found = selectors.verify_by_number(number=licence.number, on=TODAY)

        assert (found.verdict, found.is_usable) == (Verdict.VALID, is_usable)

    def test_makes_no_document_of_what_nobody_has_compared(self) -> None:
        licence = graded(TrustGrade.C)

        render_licence(licence_id=licence.id, at=AT)

        licence.refresh_from_db()
        assert (licence.original_id, licence.file_id) == (None, None)


class TestRevealComparable:
    def test_shows_everything_in_clear_and_writes_down_why(self) -> None:
        licence = graded(TrustGrade.C)

        clear = reveal_comparable(
            identifier=licence.identifier, purpose=Purpose.ACCEPTANCE, actor=COUNTER, at=AT
        )

        assert (clear.holder_name, clear.holder_code) == ("张小三", "11010519491231002X")
        assert [line.value for line in clear.lines] == [
            "张小三",
            "11010519491231002X",
            "示例大酒店",
            "示例路1号",
        ]
        entry = AuditEntry.objects.get(action="licences.licence.reveal")
        assert (entry.actor_id, entry.facts["purpose"]) == ("counter", "ACCEPTANCE")

    def test_asks_what_for(self) -> None:
        licence = graded(TrustGrade.C)

        with pytest.raises(InvalidInput):
            reveal_comparable(identifier=licence.identifier, purpose="", actor=COUNTER, at=AT)

        assert not AuditEntry.objects.filter(action="licences.licence.reveal").exists()

    def test_is_for_who_compares_only(self) -> None:
        licence, compared = graded(TrustGrade.C), Purpose.ACCEPTANCE

        with pytest.raises(NotPermitted):
            reveal_comparable(identifier=licence.identifier, purpose=compared, actor=DECIDER, at=AT)
        Licence.objects.filter(id=licence.id).update(grade=TrustGrade.B)
        with pytest.raises(NotComparable):
            reveal_comparable(identifier=licence.identifier, purpose=compared, actor=COUNTER, at=AT)


class TestAnnotationOf:
    def test_says_of_a_licence_without_end_that_its_copy_has_none(self) -> None:
        annotation = annotation_of(graded(TrustGrade.A), valid_until=None, maker="示例局", at=AT)

        assert documents.annotation_text(annotation).endswith("有效期至长期")

    def test_says_of_grade_a_who_provides_it(self) -> None:
        said = words(graded(TrustGrade.A))

        assert said == ("此件由示例区行政审批局提供，仅供办理政务服务事项时使用，有效期至2026年12月31日")

    def test_says_of_grade_b_who_compared_it_and_when(self) -> None:
        licence = graded(TrustGrade.B, compared_at=AT, compared_by="王五", compared_agency="示例局")

        assert words(licence) == (
            "此件经与原件核对无误，仅供办理政务服务事项时使用，有效期至2026年12月31日"
            "（核对人：示例局 王五，核对日期：2026年11月21日）"
        )

    def test_refuses_grade_c(self) -> None:
        with pytest.raises(NotCompared):
            words(graded(TrustGrade.C))

    def test_puts_no_agencys_words_on_what_the_holder_promised(self) -> None:
        with pytest.raises(NotComparable):
            words(graded(TrustGrade.D))

"""
What was filled in for the applicant and is wrong, as he says: sealed on the log, shown to the clerk.
"""

from uuid import uuid4

import pytest
from django.db import connection

from tests.factories import casework as make
from tongban.business.casework import services
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.casework.selectors import ShownDispute, case_by_number
from tongban.business.casework.values import Dispute
from tongban.foundation.errors import InvalidInput

pytestmark = pytest.mark.django_db

SAID = Dispute(fields=["shop_name"], remark="店名早已改了")


@pytest.fixture(autouse=True)
def offering() -> None:
    make.publish()


def shown(number: str) -> ShownDispute | None:
    return case_by_number(
        actor=make.clerk("ACCEPTANCE"), number=number, at=make.MONDAY, calendar=make.CALENDAR
    ).dispute


class TestDisputes:
    def test_are_shown_with_their_labels(self) -> None:
        number = make.submit(dispute=SAID).case_number

        found = shown(number)

        assert found is not None
        assert [(answer.label, answer.value) for answer in found.answers] == [("场所名称", "清风理发店")]
        assert (found.remark, found.is_masked) == ("", True)

    def test_are_read_in_the_applicants_words_with_a_purpose_only(self) -> None:
        number = make.submit(dispute=SAID).case_number

        clear = services.reveal_case(
            number=number, purpose="EXAMINATION", actor=make.clerk("ACCEPTANCE"), at=make.MONDAY
        )

        assert clear.dispute is not None
        assert (clear.dispute.remark, clear.dispute.is_masked) == ("店名早已改了", False)

    def test_are_no_part_of_a_case_without_them(self) -> None:
        number = make.submit().case_number

        assert shown(number) is None
        assert "dispute_sealed" not in CaseEvent.objects.get(case_number=number).data

    def test_stand_nowhere_in_clear(self) -> None:
        number = make.submit(dispute=SAID).case_number

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data::text FROM casework_event UNION ALL SELECT state::text FROM casework_case"
                " UNION ALL SELECT key || payload::text FROM foundation_announcement"
            )
            written = "".join(row[0] for row in cursor.fetchall())
        assert number in written
        assert "shop_name" not in written
        assert "店名早已改了" not in written

    def test_are_part_of_the_chain_and_outlive_the_row(self) -> None:
        number = make.submit(dispute=SAID).case_number
        make.accept(number)
        before = shown(number)
        Case.objects.all().delete()

        changed = services.rebuild_projections(at=make.MONDAY, calendar=make.CALENDAR)

        assert (changed, services.verify_ledger().faults) == (1, [])
        assert shown(number) == before

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            (Dispute(fields=["nothing"]), "有异议的内容不在本事项的申请表中"),
            (Dispute(fields=[], remark="长" * 501), "说明不能超过 500 字"),
        ],
    )
    def test_are_refused_where_they_make_no_sense(self, said: Dispute, sentence: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            make.submit(dispute=said, draft_id=uuid4())

        assert {name: str(text) for name, text in refused.value.fields.items()} == {"dispute": sentence}
        assert not Case.objects.exists()

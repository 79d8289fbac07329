"""
The key of a case: what it seals, what a change of the node's keys does to it, and what is left without it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories import casework as make
from tests.factories.database import empty_logs
from tongban.business.casework import services
from tongban.business.casework.models import Case, CaseEvent, CaseKey
from tongban.business.casework.selectors import case_by_number, open_cases_of
from tongban.config import keys as key_module
from tongban.config.keys import KeyFile
from tongban.foundation import crypto, rotation
from tongban.foundation.actors import system_actor

pytestmark = pytest.mark.django_db(transaction=True)

NODE = system_actor("tests")


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    yield
    empty_logs()


@pytest.fixture
def key_file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> KeyFile:
    monkeypatch.setattr(key_module, "LOOK_AGAIN_SECONDS", 0.0)
    file = KeyFile(tmp_path)
    file.load()
    settings.TONGBAN_KEYS = file
    return file


@pytest.fixture
def number(key_file: KeyFile) -> str:
    make.publish()
    return make.submit().case_number


def seen(number: str) -> Any:
    return case_by_number(actor=make.clerk("REVIEW"), number=number, at=make.MONDAY, calendar=make.CALENDAR)


class TestKeyOfACase:
    def test_seals_what_stands_in_the_row_and_in_the_log(self, number: str) -> None:
        case = Case.objects.get(number=number)

        assert bytes(case.applicant_sealed)[0] == crypto.OWN_KEY_VERSION
        assert bytes(case.form_sealed)[0] == crypto.OWN_KEY_VERSION
        assert services.log_uses_of_key(1) == 0

    def test_is_of_this_case_alone(self, number: str) -> None:
        other = make.submit().case_number

        first, second = (CaseKey.objects.get(case_number=one).key for one in (number, other))
        assert first != second

    def test_is_all_that_a_change_of_the_nodes_key_touches(self, number: str, key_file: KeyFile) -> None:
        before = CaseEvent.objects.get(case_number=number).data
        applicant = make.applicant_of(number)
        with key_file.changing() as change:
            change.add_key(at=make.MONDAY, is_standby=False)

        rotation.seal_anew(pause_seconds=0.01)
        with key_file.changing() as change:
            change.retire_key(1, keep_for_log=False)

        assert CaseEvent.objects.get(case_number=number).data == before
        assert make.applicant_of(number) == applicant
        assert services.verify_ledger().faults == []

    def test_corrected_forms_are_sealed_with_it_too(self, number: str) -> None:
        services.request_correction(
            number=number,
            items=make.correction(""),
            actor=make.clerk("ACCEPTANCE"),
            at=make.MONDAY,
            calendar=make.CALENDAR,
        )
        services.correct(
            number=number,
            evidence=[],
            form={**make.form_of(number), "shop_name": "新名字"},
            actor=make.person(),
            at=make.MONDAY,
            calendar=make.CALENDAR,
        )

        assert make.form_of(number)["shop_name"] == "新名字"
        assert bytes(Case.objects.get(number=number).form_sealed)[0] == crypto.OWN_KEY_VERSION

    def test_destroyed_leaves_a_case_that_verifies_and_nobody_can_read(self, number: str) -> None:
        CaseKey.objects.filter(case_number=number).delete()

        case = seen(number)

        assert {answer.value for answer in case.answers} == {""}
        assert case.applicant.id_number == ""
        assert make.applicant_of(number).name == ""
        assert services.verify_ledger().faults == []


class TestIndexOfTheApplicant:
    def test_is_made_anew_and_the_log_still_agrees(self, number: str, key_file: KeyFile) -> None:
        with key_file.changing() as change:
            change.use_root(change.add_root(at=make.MONDAY), at=make.MONDAY)

        report = rotation.index_anew(pause_seconds=0.01)
        with key_file.changing() as change:
            change.drop_roots()

        found = open_cases_of(
            actor=NODE, id_number=make.APPLICANT.id_number, offering_code="test-hygiene", at=make.MONDAY
        )
        assert report.changed["casework.Case"] == 1
        assert [case.number for case in found] == [number]
        assert services.verify_ledger().faults == []

"""
Exports in the tables of the standards: whose, of which days, in which form.
"""

import csv
import io
import zipfile
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import connection

from tests.factories import library as make
from tests.integration.resources.caselibrary.test_selectors import SUPERVISION, staff
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.values import ApplicantContent, ExportForm, ExportQuestion, ExportStandard

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("tests")
AREA = "511600000000"
FIRST_DAY = make.APPLIED.date()


def wanted(
    form: ExportForm = ExportForm.CSV,
    standard: ExportStandard = ExportStandard.C0110,
    division: str = AREA,
    since: date = FIRST_DAY,
) -> ExportQuestion:
    """
    Return what to export: the day of the cases of these tests.
    """
    return ExportQuestion(
        standard=standard, form=form, since=since, until=make.AT.date(), division_code=division
    )


def files(question: ExportQuestion) -> dict[str, bytes]:
    """
    Return an export of the node itself.
    """
    made = services.exported(wanted=question, actor=SYSTEM, at=make.AT)
    return {file.name: b"".join(file.lines) for file in made}


def rows(content: bytes) -> list[dict[str, str]]:
    """
    Return the rows of a CSV file.
    """
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


class TestC0110:
    def test_has_a_table_for_each_kind_with_official_names(self) -> None:
        make.take(*make.whole())

        made = files(wanted())

        assert list(made) == [
            "up_pro_accept.csv",
            "up_pro_process.csv",
            "up_pro_special_procedure.csv",
            "up_pro_material.csv",
            "up_pro_result.csv",
        ]
        (accepted,) = rows(made["up_pro_accept.csv"])
        (result,) = rows(made["up_pro_result.csv"])
        assert accepted["project_no"] == "K1"
        assert accepted["applyer_page_code"] == make.PERSON.id_number
        assert accepted["accept_date"] == "2026-11-12 10:00:00"
        assert (accepted["cd_operation"], accepted["data_source"]) == ("I", "p51")
        assert (result["result_type"], result["satisfaction"]) == ("0", "5")
        assert accepted["row_guid"] != result["row_guid"]

    def test_leaves_out_what_was_not_accepted_or_lies_elsewhere(self) -> None:
        make.take(
            make.case("K1"),
            make.case("K2", accepted_at=None, state="02"),
            make.case("K3", division_code="511603000000"),
            make.case("K4", applied_at=make.APPLIED - timedelta(days=1)),
        )

        made = rows(files(wanted(division="511602000000"))["up_pro_accept.csv"])

        assert [row["project_no"] for row in made] == ["K1"]

    def test_is_well_formed_whatever_people_write(self) -> None:
        odd = ApplicantContent(name="O'Neill \\ <&> =1+1", kind="1")
        make.take(make.case(applicant=odd))

        sql = files(wanted(ExportForm.SQL))["up_pro_accept.sql"].decode()
        xml = files(wanted(ExportForm.XML))["up_pro_accept.xml"]

        assert "'O''Neill ＼ <&> =1+1'" in sql
        assert ET.fromstring(xml).findtext("row/applyer_name") == "O'Neill \\ <&> =1+1"

    def test_goes_through_more_cases_than_fit_into_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tongban.resources.caselibrary.services.exporting.BATCH", 2)
        make.take(*(make.case(f"K{number}") for number in range(5)))

        made = rows(files(wanted())["up_pro_accept.csv"])

        assert [row["project_no"] for row in made] == [f"K{number}" for number in range(5)]


class TestGbt39046:
    def test_counts_satisfaction_the_other_way_round(self) -> None:
        make.take(*make.whole())

        made = files(wanted(standard=ExportStandard.GBT39046))

        (rating,) = rows(made["table9_rating.csv"])
        (application,) = rows(made["table5_application.csv"])
        assert rating["满意度代码"] == "1"
        assert application["申请时间"] == "20261111T100000"


class TestExporting:
    def test_is_for_reviewers_of_the_area_who_say_what_for(self) -> None:
        make.take(make.case())
        county = staff("DATA_REVIEWER", division="511602000000")

        with pytest.raises(NotPermitted):
            services.exported(wanted=wanted(), actor=staff("SUPERVISOR"), at=make.AT, reason=SUPERVISION)
        with pytest.raises(NotPermitted):
            services.exported(wanted=wanted(), actor=county, at=make.AT, reason=SUPERVISION)
        with pytest.raises(InvalidInput):
            services.exported(wanted=wanted(), actor=staff("DATA_REVIEWER"), at=make.AT)

        made = services.exported(
            wanted=wanted(), actor=staff("DATA_REVIEWER"), at=make.AT, reason=SUPERVISION
        )

        packed = b"".join(services.zipped(made))
        assert len(zipfile.ZipFile(io.BytesIO(packed)).namelist()) == 5
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM foundation_audit WHERE action = 'caselibrary.cases.export'")
            assert cursor.fetchone() == (1,)

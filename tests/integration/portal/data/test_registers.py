"""
Base registers in the data room: how they stand, whose a row is, whether a datum is wrong.
"""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import identity
from tests.integration.resources.registers.registers import (
    CIVIL,
    LI,
    POLICE,
    WANG,
    load,
    prepare,
)
from tongban.foundation import clock
from tongban.resources.registers.models import Batch, DisputeCase, Record, Source, WaitingRow
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db
ROOM = "/desk/data/registers/"
SECRETS = (WANG["id_number"], WANG["name"], WANG["household_address"])


@pytest.fixture(autouse=True)
def registers(tmp_path: Path) -> None:
    prepare()
    at = clock.now()
    load(tmp_path, WANG, LI, at=at)
    wrong = {
        "id_number": "511602199003079112",
        "name": "王示例",
        "birth_date": "1990-03-07",
        "marital_status": "已婚",
    }
    other = {**WANG, "household_address": "别处", "marital_status": "未婚"}
    load(tmp_path, wrong, other, {"name": "无号码"}, agency=CIVIL, at=at)


def browser_of(role: Role, *, agency: str = CIVIL) -> Browser:
    """
    Return a browser in which somebody with this role is logged in.
    """
    browser, at = Browser(), clock.now()
    identity.log_in(browser, identity.staff(roles=(role,), agency_code=agency, at=at), at=at)
    return browser


def text(response: Any, *, status: int = 200) -> str:
    """
    Return a page that was shown; no page says anybody's data in clear.
    """
    assert response.status_code == status, response.content.decode()[-2000:]
    found: str = response.content.decode()
    for secret in SECRETS:
        assert secret not in found
    return found


def test_the_overview_says_how_each_register_stands_and_whose_word_holds() -> None:
    browser = browser_of(Role.DATA_REVIEWER)

    page = text(browser.get(ROOM))
    refused = browser.post(
        f"{ROOM}sources/", {"register": "ENTITY", "role": "JUSTICE", "agency_code": "none"}
    )
    appointed = browser.post(
        f"{ROOM}sources/", {"register": "ENTITY", "role": "JUSTICE", "agency_code": POLICE}
    )

    assert "人口库" in page
    assert "区公安分局" in page
    assert "机构名录中没有" in text(refused, status=422)
    assert (appointed.status_code, Source.objects.filter(role="JUSTICE").count()) == (302, 1)


def test_a_load_says_of_every_refused_row_why() -> None:
    browser = browser_of(Role.DATA_STEWARD)
    batch = WaitingRow.objects.get().batch_id

    assert f"{ROOM}loads/{batch}/" in text(browser.get(f"{ROOM}loads/?register=POPULATION"))
    assert "匹配不到已有记录" in text(browser.get(f"{ROOM}loads/{batch}/"))
    table = browser.get(f"{ROOM}loads/{batch}.csv").getvalue().decode()
    assert '"3","没有主键，也匹配不到已有记录","公民身份号码"' in table


def test_a_record_is_shown_masked_for_a_purpose() -> None:
    browser = browser_of(Role.DATA_STEWARD)
    asked = {"register": "POPULATION", "key": WANG["id_number"]}

    refused = browser.post(f"{ROOM}look/", asked)
    page = text(browser.post(f"{ROOM}look/", {**asked, "purpose": "SUPERVISION"}))

    assert "请说明查看原因" in refused.content.decode()
    assert refused.status_code == 422
    assert "权威数源" in page
    assert "1 处不同" in page
    assert browser_of(Role.SUPERVISOR).post(f"{ROOM}look/", asked).status_code == 403


def test_a_steward_decides_whose_a_row_of_the_own_agency_is() -> None:
    row = WaitingRow.objects.get()
    browser = browser_of(Role.DATA_STEWARD)
    record = str(row.candidates[0])

    assert "主键有误" in text(browser.get(f"{ROOM}matches/"))
    assert "记录 1" in text(browser.get(f"{ROOM}matches/{row.id}/"))
    refused = browser.post(f"{ROOM}matches/{row.id}/", {"decision": "DISCARD"})
    decided = browser.post(f"{ROOM}matches/{row.id}/", {"decision": "MERGE", "record": record})

    assert "请说明理由" in text(refused, status=422)
    assert decided.status_code == 302
    assert Record.objects.get(id=record).fields["marital_status"] == "已婚"
    assert browser_of(Role.DATA_STEWARD, agency=POLICE).get(f"{ROOM}matches/{row.id}/").status_code == 404


def test_a_dispute_is_filed_by_an_agency_and_answered_by_the_source() -> None:
    civil, police = browser_of(Role.DATA_STEWARD), browser_of(Role.DATA_STEWARD, agency=POLICE)
    filed = {"field": "POPULATION.household_address", "key": LI["id_number"], "words": "迁居"}

    unknown = civil.post(f"{ROOM}disputes/new/", filed)
    done = civil.post(f"{ROOM}disputes/new/", {**filed, "key": WANG["id_number"], "proposed": "新居路2号"})
    address = f"{ROOM}disputes/{DisputeCase.objects.get().number}/"
    answer = {"finding": "ACCEPT", "correction": "新居路2号", "words": "经核实"}

    assert unknown.status_code == 422
    assert done.status_code == 302
    assert "新居路2号" not in text(civil.get(address))
    assert "新居路2号" in police.get(address).content.decode()
    assert civil.post(address, answer).status_code == 403
    assert police.post(address, {**answer, "words": ""}).status_code == 422
    assert police.post(address, answer).status_code == 302
    assert "已更正" in text(civil.get(f"{ROOM}disputes/?state=ACCEPTED"))
    assert Record.objects.filter(version=3).count() == 1
    assert browser_of(Role.DATA_STEWARD, agency="none").get(address).status_code == 404


class TestLoading:
    def send(self, browser: Browser, name: str, content: str, register: str = "POPULATION") -> Any:
        """
        Send a file by the page.
        """
        file = SimpleUploadedFile(name, content.encode())
        return browser.post(
            f"{ROOM}loads/new/", {"register": register, "file": file, "system": "婚姻登记系统"}
        )

    def test_a_steward_loads_what_the_own_agency_says(self) -> None:
        browser = browser_of(Role.DATA_STEWARD, agency=CIVIL)
        assert f"{ROOM}loads/new/" in text(browser.get(f"{ROOM}loads/"))

        answer = self.send(
            browser, "marriages.csv", f"id_number,name,marital_status\n{LI['id_number']},{LI['name']},离异\n"
        )

        report = text(browser.get(answer["Location"]))
        assert "婚姻登记系统" in report
        again = self.send(
            browser, "again.csv", f"id_number,name,marital_status\n{LI['id_number']},{LI['name']},离异\n"
        )
        assert again["Location"] == answer["Location"]

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("people.csv", "nickname\n小明\n", "nickname"),
            ("people.pdf", "%PDF", "无法识别文件"),
            ("people.csv", "", "不能为空"),
        ],
    )
    def test_what_is_no_file_of_the_register_is_refused(self, name: str, content: str, says: str) -> None:
        browser = browser_of(Role.DATA_STEWARD)
        before = Batch.objects.count()

        assert says in text(self.send(browser, name, content), status=422)
        assert Batch.objects.count() == before

    def test_nobody_else_loads(self) -> None:
        browser = browser_of(Role.DATA_REVIEWER)

        assert self.send(browser, "people.csv", "id_number\n1\n").status_code == 403
        assert f"{ROOM}loads/new/" not in text(browser.get(f"{ROOM}loads/"))

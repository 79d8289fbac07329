"""
The steward's whole way in the data room: compile, submit, review by somebody else, publish, change, withdraw.
"""

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import identity
from tests.factories.datasets import AGENCY, OTHER_AGENCY
from tongban.foundation import clock
from tongban.resources.datasets import services
from tongban.resources.datasets.models import CatalogueDuty, Dataset, DatasetVersion
from tongban.resources.datasets.values import DatasetUse, UserKind
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db
ROOM = "/desk/data/datasets/"
WHOLE = {
    "title": "低保对象信息",
    "title_en": "",
    "summary": "享受最低生活保障的家庭和个人",
    "class_code": "3",
    "group_code": "06",
    "subgroup_code": "018",
    "detail_code": "",
    "format": "DATABASE",
    "sharing": "2",
    "sharing_condition": "办理社会救助事项",
    "sharing_basis": "",
    "modes": ["INTERFACE", "TABLE"],
    "openness": "3",
    "opening_condition": "",
    "cycle": "4",
    "level": "DEPARTMENT",
    "related": "306018/000009",
    "rows": "2",
    "fields.0.name": "id_number",
    "fields.0.title": "身份证号",
    "fields.0.type": "C",
    "fields.0.length": "18",
    "fields.0.is_key": "1",
    "fields.0.is_required": "1",
    "fields.0.is_personal": "1",
    "fields.1.name": "amount",
    "fields.1.title": "月保障金额",
    "fields.1.type": "Y",
    "fields.1.length": "",
}


def browser_of(role: Role, *, agency: str = AGENCY) -> Browser:
    """
    Return a browser in which somebody with this role is logged in.
    """
    browser, at = Browser(), clock.now()
    identity.log_in(browser, identity.staff(roles=(role,), agency_code=agency, at=at), at=at)
    return browser


def text(response: Any, *, status: int = 200) -> str:
    """
    Return a page that was shown.
    """
    assert response.status_code == status, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


def revision(page: str) -> str:
    """
    Return the revision of the draft that a form holds.
    """
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def begun(steward: Browser) -> str:
    """
    Begin a dataset; return the address of its version.
    """
    answer = steward.post(f"{ROOM}new/", {**WHOLE, "title": "低保对象信息"})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return answer.headers["Location"].removesuffix("edit/")


def published(steward: Browser, reviewer: Browser) -> str:
    """
    Bring a dataset through its pages into force; return the address of its version.
    """
    version = begun(steward)
    held = revision(text(steward.get(f"{version}edit/")))
    answer = steward.post(f"{version}edit/", {**WHOLE, "revision": held, "act": "submit"})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    assert reviewer.post(f"{version}publish/", {"comment": ""}).status_code == 302
    return version


def test_a_dataset_goes_its_whole_way_by_two_people() -> None:
    steward = browser_of(Role.DATA_STEWARD)
    reviewer = browser_of(Role.DATA_REVIEWER, agency=OTHER_AGENCY)
    version = begun(steward)
    form = text(steward.get(f"{version}edit/"))

    grown = text(
        steward.post(f"{version}edit/", {**WHOLE, "revision": revision(form), "act": "add", "title": "改了"})
    )
    incomplete = text(
        steward.post(
            f"{version}edit/", {**WHOLE, "summary": "", "revision": revision(form), "act": "submit"}
        ),
        status=422,
    )
    sent = steward.post(f"{version}edit/", {**WHOLE, "revision": revision(incomplete), "act": "submit"})

    assert 'name="fields.2.name"' in grown
    assert 'value="改了"' in grown
    assert 'href="#f-summary"' in incomplete
    assert 'value="低保对象信息"' in incomplete
    assert sent.status_code == 302
    assert steward.get(f"{version}publish/").status_code == 404
    assert steward.post(f"{version}publish/", {}).status_code == 403

    assert f"{version}publish/" in text(reviewer.get(version))
    text(reviewer.post(f"{version}return/", {"comment": " "}), status=422)
    assert reviewer.post(f"{version}return/", {"comment": "请补充英文名称"}).status_code == 302
    steward.post(f"{version}submit/")
    assert reviewer.post(f"{version}publish/", {}).status_code == 302
    dataset = Dataset.objects.get()
    home = f"{ROOM}{dataset.id}/"
    assert (dataset.code, dataset.state, dataset.version) == ("306018/000001", "IN_USE", 1)
    assert "请补充英文名称" in text(steward.get(home))

    begun_again = steward.post(f"{home}begin/")
    second = begun_again.headers["Location"]
    held = revision(text(steward.get(second)))
    steward.post(second, {**WHOLE, "title": "低保人员信息", "revision": held, "act": "submit"})
    change = text(reviewer.get(second.removesuffix("edit/")))
    reviewer.post(second.replace("edit/", "publish/"), {})
    assert "低保人员信息" in change
    assert "与第 1 版的差异" in change
    assert Dataset.objects.get().title == "低保人员信息"

    text(reviewer.post(f"{home}withdraw/", {"comment": ""}), status=422)
    assert steward.get(f"{home}withdraw/").status_code == 404
    assert reviewer.post(f"{home}withdraw/", {"comment": "职能划转"}).status_code == 302
    assert Dataset.objects.get().state == "WITHDRAWN"


def test_others_see_what_is_published_and_nothing_of_drafts() -> None:
    steward = browser_of(Role.DATA_STEWARD)
    reviewer = browser_of(Role.DATA_REVIEWER, agency=OTHER_AGENCY)
    other = browser_of(Role.DATA_STEWARD, agency=OTHER_AGENCY)
    published(steward, reviewer)
    draft = begun(steward)
    hidden = DatasetVersion.objects.exclude(state="PUBLISHED").get()

    listed = text(other.get(ROOM))
    table = b"".join(other.get("/desk/data/datasets.csv?class=3"))

    assert "306018/000001" in listed
    assert "306018/000002" not in listed
    assert table.decode().count("306018/") == 1
    assert other.get(draft).status_code == 404
    assert other.get(f"{ROOM}{hidden.dataset_id}/").status_code == 404
    assert "306018/000002" in text(steward.get(f"{ROOM}?open=DRAFT&whose=mine"))
    assert "没有符合条件的信息资源" in text(other.get(f"{ROOM}?q=none"))
    assert other.post(f"{draft}submit/").status_code == 404


def test_an_agency_writes_down_what_changed_and_says_when_it_is_done() -> None:
    steward = browser_of(Role.DATA_STEWARD)
    typed = {"reason": "LAW", "text": "社会救助法施行", "occurred_on": "2026-03-02"}

    text(steward.post(f"{ROOM}duties/", {**typed, "occurred_on": "x"}), status=422)
    assert steward.post(f"{ROOM}duties/", typed).status_code == 302
    duty = CatalogueDuty.objects.get()
    page = text(steward.get(f"{ROOM}duties/"))

    assert "社会救助法施行" in page
    assert "已逾期" in page
    assert steward.post(f"{ROOM}duties/{duty.id}/settle/").status_code == 302
    assert "社会救助法施行" in text(steward.get(f"{ROOM}duties/?done=1"))


def test_files_come_in_as_drafts_with_a_report_and_go_out_in_every_form() -> None:
    steward = browser_of(Role.DATA_STEWARD)
    published(steward, browser_of(Role.DATA_REVIEWER, agency=OTHER_AGENCY))
    files = {form: steward.get(f"{ROOM}export/{form}/") for form in ("xlsx", "json", "ttl", "jsonld")}
    fresh = files["json"].content.replace(b'"306018/000001"', b'""')

    same = text(steward.post(f"{ROOM}import/", {"file": SimpleUploadedFile("a.xlsx", files["xlsx"].content)}))
    begun_one = text(steward.post(f"{ROOM}import/", {"file": SimpleUploadedFile("a.json", fresh)}))
    text(steward.post(f"{ROOM}import/", {"file": SimpleUploadedFile("a.xlsx", b"none")}), status=422)

    assert [answer.status_code for answer in files.values()] == [200] * 4
    assert "没有变化" in same
    assert "306018/000002" in begun_one
    assert steward.get(f"{ROOM}template.xlsx").content.startswith(b"PK")
    assert steward.get(f"{ROOM}export/exe/").status_code == 404


def test_a_dataset_says_who_uses_it_and_who_no_longer_does() -> None:
    steward = browser_of(Role.DATA_STEWARD)
    published(steward, browser_of(Role.DATA_REVIEWER, agency=OTHER_AGENCY))
    dataset, at = Dataset.objects.get(), datetime.fromisoformat("2026-11-20T10:00:00+08:00")
    for code, name in (("1", "住建局"), ("2", "人社局")):
        services.note_use(code=dataset.code, kind=UserKind.AGENCY, user_code=code, user_name=name, at=at)
    use = DatasetUse(
        code=dataset.code, kind=UserKind.AGENCY, user_code="1", last_on=date(2026, 11, 18), ended_at=at
    )
    services.note_uses([use])

    page = text(steward.get(f"{ROOM}{dataset.id}/"))
    english = text(steward.get(f"{ROOM}{dataset.id}/", headers={"accept-language": "en"}))

    table = page[page.index("首次授权") :]
    assert table.index("人社局") < table.index("还没有调用") < table.index("使用中") < table.index("住建局")
    assert table.index("住建局") < table.index("2026年11月18日") < table.index("已终止")
    assert all(words in english for words in ("First opened", "Last call", "No calls yet", "In use", "Ended"))

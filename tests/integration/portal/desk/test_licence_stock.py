"""
Licences issued before, on the desk: a file comes in, somebody else checks its sample, and it is taken in.
"""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import identity as people
from tongban.business.licences.models import Licence, StockBatch, StockLicence
from tongban.business.licences.services import load_licence_types, take_batch_in
from tongban.foundation import clock
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

HERE = "/desk/licence-stock/"
CODE = "11510100MB1500000X001"
TYPE: dict[str, Any] = {
    "code": CODE,
    "name": "演示许可证",
    "defining_body_code": CODE[:18],
    "defining_body_name": "示例区行政审批局",
    "face": [
        {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
        {"key": "holder_code", "label": "持证主体代码", "source": "holder.code"},
        {"key": "shop", "label": "场所名称"},
    ],
}
FILE = (
    "证照类型,证照编号,持证主体,持证主体代码,证照颁发日期,证照颁发机构代码,证照颁发机构,场所名称\n"
    "演示许可证,OLD-1,示例酒店有限公司,91350100M000100Y43,2020-01-02,X1,示例局,示例店\n"
    "没有的证,=1+1,示例酒店有限公司,91350100M000100Y43,2020-01-02,X1,示例局,示例店\n"
)


def browser_of(*roles: Role, posts: tuple[Post, ...] = ()) -> Client:
    browser = Client()
    people.log_in(browser, people.staff(*posts, roles=list(roles)), at=clock.now())
    return browser


@pytest.fixture
def editor() -> Client:
    return browser_of(Role.LICENCE_EDITOR)


@pytest.fixture
def reviewer() -> Client:
    return browser_of(Role.LICENCE_REVIEWER)


def bring(editor: Client, **changes: Any) -> Any:
    load_licence_types(rows=[TYPE], actor=people.NODE, at=clock.now())
    told = {
        "source": "旧登记簿",
        "supply": "UPLOADED",
        "sample_percent": "100",
        "wanted_percent": "90",
        "file": SimpleUploadedFile("old.csv", FILE.encode()),
    } | changes
    return editor.post(f"{HERE}new/", told)


def text_of(response: Any) -> str:
    return str(response.content.decode())


class TestBring:
    def test_leads_to_the_batch_with_its_counts(self, editor: Client) -> None:
        answer = bring(editor)

        batch = StockBatch.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"{HERE}{batch.id}/")
        page = text_of(editor.get(answer["Location"]))
        assert "OLD-1" in page
        assert "证照目录中没有在用的这种类型" in page

    def test_says_what_is_wrong_with_the_form(self, editor: Client) -> None:
        answer = bring(editor, supply="", sample_percent="0")

        assert answer.status_code == 422
        assert "请选择来源方式" in text_of(answer)
        assert not StockBatch.objects.exists()

    def test_refuses_a_file_that_is_none_of_licences(self, editor: Client) -> None:
        answer = bring(editor, file=SimpleUploadedFile("x.csv", b"a,b\n1,2\n"))

        assert answer.status_code == 422

    def test_is_not_for_reviewers_and_clerks(self, reviewer: Client) -> None:
        assert reviewer.get(f"{HERE}new/").status_code == 403
        assert browser_of(posts=(Post.REVIEW,)).get(f"{HERE}new/").status_code == 403


class TestSample:
    def test_is_shown_beside_its_data_and_lets_the_batch_in(self, editor: Client, reviewer: Client) -> None:
        bring(editor)
        row = StockLicence.objects.get(is_sampled=True)

        page = text_of(reviewer.get(f"{HERE}rows/{row.id}/"))
        answer = reviewer.post(f"{HERE}rows/{row.id}/", {"answer": "right"})

        assert "示例酒店有限公司" in page
        assert "没有扫描件" in page
        assert answer.status_code == 302
        batch = StockBatch.objects.get()
        assert batch.state == "TAKING"
        assert take_batch_in(batch_id=batch.id, actor=people.NODE, at=clock.now()) == 1
        assert Licence.objects.get().grade == "C"

    def test_asks_what_differs(self, editor: Client, reviewer: Client) -> None:
        bring(editor)
        row = StockLicence.objects.get(is_sampled=True)

        answer = reviewer.post(f"{HERE}rows/{row.id}/", {"answer": "wrong", "note": ""})

        assert answer.status_code == 422
        assert "请写明不符之处" in text_of(answer)

    def test_is_not_shown_to_clerks(self, editor: Client) -> None:
        bring(editor)
        row = StockLicence.objects.get(is_sampled=True)
        clerk = browser_of(posts=(Post.REVIEW,))

        assert clerk.get(f"{HERE}rows/{row.id}/").status_code == 404
        assert clerk.get(HERE).status_code == 404


class TestCompare:
    def taken(self, editor: Client, reviewer: Client) -> Licence:
        bring(editor)
        reviewer.post(f"{HERE}rows/{StockLicence.objects.get(is_sampled=True).id}/", {"answer": "right"})
        take_batch_in(batch_id=StockBatch.objects.get().id, actor=people.NODE, at=clock.now())
        licence = Licence.objects.get()
        Licence.objects.update(division_code=people.DISTRICT)
        return licence

    def test_raises_the_grade_after_a_look_at_the_original(self, editor: Client, reviewer: Client) -> None:
        licence = self.taken(editor, reviewer)
        counter = browser_of(posts=(Post.COUNTER,))
        page = f"/desk/licences/{licence.identifier}/compare/"

        asked = text_of(counter.get(page))
        answer = counter.post(page)

        assert "与原件相符" in asked
        assert answer.status_code == 302
        shown = text_of(counter.get(f"/desk/licences/{licence.identifier}/"))
        assert "B 级：经与原件核对" in shown
        assert counter.get(page).status_code == 403

    def test_is_not_for_reviewers(self, editor: Client, reviewer: Client) -> None:
        licence = self.taken(editor, reviewer)

        assert reviewer.post(f"/desk/licences/{licence.identifier}/compare/").status_code in {403, 404}
        assert Licence.objects.get().grade == "C"


class TestReport:
    def test_hands_out_every_row_with_its_reason_and_no_formula(self, editor: Client) -> None:
        bring(editor)

        answer = editor.get(f"{HERE}{StockBatch.objects.get().id}/report/")

        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        assert len(text.splitlines()) == 3
        assert '"\'=1+1"' in text
        assert "示例酒店有限公司" not in text

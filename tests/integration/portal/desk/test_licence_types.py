"""
The directory of licences on the desk: from a code typed in to a version in force, by two people.
"""

import json
import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import identity as people
from tongban.business.licences.models import LicenceType, LicenceTypeVersion
from tongban.business.licences.services import load_licence_types
from tongban.foundation import clock
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

HERE = "/desk/licence-types/"
CODE = "11510100MB1500000X001"
TYPE: dict[str, Any] = {
    "code": CODE,
    "name": "演示许可证",
    "name_en": "Demo permit",
    "defining_body_code": CODE[:18],
    "defining_body_name": "示例区行政审批局",
    "face": [
        {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
        {"key": "holder_code", "label": "持证主体代码", "source": "holder.code"},
        {"key": "shop", "label": "场所名称"},
    ],
    "validity_months": 12,
}


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


@pytest.fixture
def clerk() -> Client:
    return browser_of(posts=(Post.REVIEW,))


def load() -> None:
    load_licence_types(rows=[TYPE], actor=people.NODE, at=clock.now())


def begun(editor: Client) -> UUID:
    """
    Begin the next version of the loaded type.
    """
    load()
    editor.post(f"{HERE}{CODE}/begin/")
    return LicenceTypeVersion.objects.get(state="DRAFT").id


def of_version(version_id: UUID, act: str = "") -> str:
    return f"{HERE}versions/{version_id}/" + (f"{act}/" if act else "")


class Form(HTMLParser):
    """
    What a browser would send of the form of a draft: its inputs, as they stand in the page.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, Any] = {}
        self._select = self._area = ""
        self.feed(page)

    @classmethod
    def of(cls, response: Any) -> dict[str, Any]:
        return cls(text_of(response)).sent

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        name = told.get("name", "")
        if tag == "input" and name not in {"", "csrfmiddlewaretoken"}:
            if told.get("type") != "checkbox":
                self.sent[name] = told.get("value", "")
            elif "checked" in told:
                self.sent.setdefault(name, []).append(told["value"])
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.sent[name] = ""
        elif tag == "option" and self._select and (self._select not in self.sent or "selected" in told):
            self.sent[self._select] = told["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self._select = self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data.removeprefix("\n")


def form_of(browser: Client, version_id: UUID, **changes: str) -> dict[str, Any]:
    """
    Return what the form of a draft would send as it stands, with changes.
    """
    return Form.of(browser.get(of_version(version_id, "edit"))) | changes


def text_of(response: Any) -> str:
    return str(response.content.decode())


def faults_in(response: Any) -> set[str]:
    """
    Return the names of the inputs that the summary of errors links to.
    """
    return set(re.findall(r'href="#f-([^"]+)"', text_of(response)))


class TestList:
    def test_shows_clerks_what_is_published_and_no_more(self, editor: Client, clerk: Client) -> None:
        load()
        editor.post(
            f"{HERE}new/",
            {"code": "11510100MB1500000X002", "name": "秘密证", "defining_body_name": "示例局"},
        )

        page = text_of(clerk.get(HERE))

        assert "演示许可证" in page
        assert "秘密证" not in page
        assert "秘密证" in text_of(editor.get(HERE))

    def test_stands_in_the_side_bar_of_keepers(self, editor: Client, clerk: Client) -> None:
        assert f'href="{HERE}"' in text_of(editor.get("/desk/"))
        assert f'href="{HERE}"' not in text_of(clerk.get("/desk/"))

    def test_narrows(self, editor: Client) -> None:
        load()

        assert "演示许可证" in text_of(
            editor.get(HERE, {"q": "演示", "state": "IN_USE", "sharing": "CONDITIONAL"})
        )
        assert "没有符合条件的证照类型" in text_of(editor.get(HERE, {"q": "没有这个"}))
        assert "没有符合条件的证照类型" in text_of(editor.get(HERE, {"open": "IN_REVIEW"}))

    def test_asks_the_same_for_one_as_for_many(
        self, editor: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        load()
        editor.get(HERE)
        with django_assert_num_queries(4):
            editor.get(HERE)
        rows = [{**TYPE, "code": f"{CODE[:-3]}{number:03d}"} for number in range(1, 20)]
        load_licence_types(rows=rows, actor=people.NODE, at=clock.now())

        with django_assert_num_queries(4):
            editor.get(HERE)


class TestBeginning:
    def test_leads_to_the_form_with_the_holders_lines(self, editor: Client) -> None:
        answer = editor.post(
            f"{HERE}new/", {"code": CODE.lower(), "name": "新证", "defining_body_name": "示例局"}
        )

        version = LicenceTypeVersion.objects.get()
        assert answer["Location"] == of_version(version.id, "edit")
        assert [one["key"] for one in version.definition["fields"]] == ["holder_name", "holder_code"]

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, editor: Client) -> None:
        answer = editor.post(f"{HERE}new/", {"code": "1", "name": "新证", "defining_body_name": "示例局"})

        assert answer.status_code == 422
        assert "代码格式不正确" in text_of(answer)
        assert 'value="新证"' in text_of(answer)
        assert not LicenceType.objects.exists()

    def test_says_that_a_code_is_taken(self, editor: Client) -> None:
        load()

        answer = editor.post(f"{HERE}new/", {"code": CODE, "name": "新证", "defining_body_name": "示例局"})

        assert answer.status_code == 409
        assert "该证照类型代码已被使用" in text_of(answer)

    def test_is_for_editors(self, clerk: Client, reviewer: Client) -> None:
        load()

        for browser in (clerk, reviewer):
            assert browser.get(f"{HERE}new/").status_code == 403
            assert browser.get(f"{HERE}import/").status_code == 403
            assert browser.post(f"{HERE}{CODE}/begin/").status_code == 403


class TestForm:
    def test_saves_what_was_typed(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(
            editor,
            version_id,
            name="改名许可证",
            validity_kind="HOLDER_EVENT",
            validity_event="法人注销",
            issuers="11510100MB1500000X 示例区行政审批局",
            items="000101001000",
            sharing="CLOSED",
            sharing_condition="《示例法》第一条",
            **{"field-2-kind": "NUMBER", "field-2-minimum": "1", "field-2-is_required": "1"},
        )

        answer = editor.post(of_version(version_id, "edit"), {**typed, "act": "save"})

        assert answer["Location"] == of_version(version_id, "edit")
        kept = LicenceTypeVersion.objects.get(id=version_id).definition
        assert kept["name"] == "改名许可证"
        assert (kept["validity"]["kind"], kept["validity"]["event"]) == ("HOLDER_EVENT", "法人注销")
        assert kept["issuers"] == [{"code": "11510100MB1500000X", "name": "示例区行政审批局"}]
        assert (kept["items"], kept["sharing"]) == (["000101001000"], "CLOSED")
        shop = kept["fields"][2]
        assert (shop["key"], shop["kind"], shop["is_required"], shop["minimum"]) == (
            "shop",
            "NUMBER",
            True,
            1,
        )

    def test_shows_what_it_saved_unchanged(self, editor: Client) -> None:
        version_id = begun(editor)
        before = LicenceTypeVersion.objects.get(id=version_id).definition

        editor.post(of_version(version_id, "edit"), {**form_of(editor, version_id), "act": "save"})

        assert LicenceTypeVersion.objects.get(id=version_id).definition == before

    def test_takes_rows_in_and_out_without_saving(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, name="未保存")

        def pressed(act: str) -> dict[str, Any]:
            return Form.of(editor.post(of_version(version_id, "edit"), {**typed, "act": act}))

        added, removed, moved = (pressed(act) for act in ("add-field", "remove-field:2", "up-field:2"))

        assert [form["field-rows"] for form in (added, removed, moved)] == ["4", "2", "3"]
        keys = [moved[f"field-{number}-key"] for number in range(3)]
        assert keys == ["holder_name", "shop", "holder_code"]
        assert added["name"] == "未保存"
        assert LicenceTypeVersion.objects.get(id=version_id).definition["name"] == "演示许可证"

    def test_takes_the_usual_face_as_its_own_and_changes_it(self, editor: Client) -> None:
        version_id = begun(editor)
        own = {**form_of(editor, version_id), "act": "own-template"}
        typed = Form.of(editor.post(of_version(version_id, "edit"), own))
        count = int(typed["box-rows"])
        (title,) = [number for number in range(count) if typed[f"box-{number}-content"] == "{title}"]
        typed |= {f"box-{title}-content": "许可证：{title}", f"box-{title}-size": "9", "act": "save"}

        editor.post(of_version(version_id, "edit"), typed)

        template = LicenceTypeVersion.objects.get(id=version_id).definition["template"]
        box = template["pages"][0]["boxes"][title]
        assert (box["text"], box["font"]["size"]) == ("许可证：{title}", 9)
        assert len(template["pages"][0]["boxes"]) == count

    def test_says_what_cannot_be_read_and_keeps_it(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, check_months="很久", **{"field-2-minimum": "x"})

        answer = editor.post(of_version(version_id, "edit"), {**typed, "act": "save"})

        assert answer.status_code == 422
        assert faults_in(answer) == {"check_months", "field-2-minimum"}
        assert 'value="很久"' in text_of(answer)

    def test_refuses_boxes_that_are_none(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id) | {
            "page_width": "297", "page_height": "210", "box-rows": "1", "box-0-page": "1",
            "box-0-kind": "text", "box-0-place": "0 0 5000 10", "box-0-content": "{title}",
            "box-0-size": "5", "box-0-align": "", "box-0-when": "", "box-0-rest": "not json",
        }  # fmt: skip

        answer = editor.post(of_version(version_id, "edit"), {**typed, "act": "save"})

        assert answer.status_code == 422
        assert faults_in(answer) == {"boxes"}

    def test_names_the_inputs_of_what_lacks_something_when_it_is_sent_to_review(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, name="", validity_months="", **{"field-2-key": "Shop"})

        answer = editor.post(of_version(version_id, "edit"), {**typed, "act": "submit"})

        assert answer.status_code == 422
        assert faults_in(answer) == {"name", "validity_months", "field-2-key"}
        assert LicenceTypeVersion.objects.get(id=version_id).state == "DRAFT"

    def test_never_overwrites_what_somebody_else_has_saved(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, note="后")
        editor.post(of_version(version_id, "edit"), {**typed, "note": "先", "act": "save"})

        answer = editor.post(of_version(version_id, "edit"), {**typed, "act": "save"})

        assert answer.status_code == 409
        assert "这个版本刚被他人修改" in text_of(answer)
        assert LicenceTypeVersion.objects.get(id=version_id).definition["note"] == "先"

    def test_is_for_editors(self, editor: Client, reviewer: Client, clerk: Client) -> None:
        version_id = begun(editor)

        assert reviewer.get(of_version(version_id, "edit")).status_code == 403
        assert clerk.get(of_version(version_id, "edit")).status_code == 404

    @pytest.mark.parametrize(
        "act", ["remove-field:99", "up-box:x", "add-", "x", "down-field:2", "up-field:0"]
    )
    def test_bears_buttons_that_are_none(self, editor: Client, act: str) -> None:
        version_id = begun(editor)

        answer = editor.post(of_version(version_id, "edit"), {**form_of(editor, version_id), "act": act})

        assert answer.status_code in {200, 302}
        assert len(LicenceTypeVersion.objects.get(id=version_id).definition["fields"]) == 3


class TestPreview:
    def test_draws_what_is_typed_and_keeps_nothing(self, editor: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, name="预览证")

        answer = editor.post(of_version(version_id, "preview"), typed)

        assert 'src="data:image/svg+xml;base64,' in text_of(answer)
        assert LicenceTypeVersion.objects.get(id=version_id).definition["name"] == "演示许可证"

    def test_says_why_it_draws_nothing(self, editor: Client) -> None:
        version_id = begun(editor)

        answer = editor.post(of_version(version_id, "preview"), form_of(editor, version_id, check_months="x"))

        assert "data:image" not in text_of(answer)
        assert "有内容还不能识别" in text_of(answer)

    def test_draws_a_version_as_it_was_kept(self, clerk: Client) -> None:
        load()
        version_id = LicenceTypeVersion.objects.get().id

        answer = clerk.get(f"{of_version(version_id)}face/1.svg")

        assert answer["Content-Type"] == "image/svg+xml"
        assert answer.content.startswith((b"<svg", b"<?xml"))
        assert clerk.get(f"{of_version(version_id)}face/2.svg").status_code == 404

    def test_draws_no_draft_for_others(self, editor: Client, clerk: Client) -> None:
        version_id = begun(editor)

        assert clerk.get(f"{of_version(version_id)}face/1.svg").status_code == 404


class TestSteps:
    def test_lead_from_the_form_into_force_by_two_people(self, editor: Client, reviewer: Client) -> None:
        version_id = begun(editor)
        typed = form_of(editor, version_id, name="改名许可证")

        editor.post(of_version(version_id, "edit"), {**typed, "act": "submit"})
        seen = text_of(reviewer.get(of_version(version_id)))
        reviewer.post(of_version(version_id, "approve"), {"comment": "同意"})
        reviewer.post(of_version(version_id, "publish"))

        assert ("演示许可证" in seen, "改名许可证" in seen) == (True, True)
        kind = LicenceType.objects.get()
        assert (kind.name, kind.version, kind.state) == ("改名许可证", 2, "IN_USE")
        shown = text_of(reviewer.get(f"{HERE}{CODE}/"))
        assert all(word in shown for word in ("第 2 版", "审核通过", "同意"))

    def test_ask_for_words_before_they_give_back(self, editor: Client, reviewer: Client) -> None:
        version_id = begun(editor)
        editor.post(of_version(version_id, "submit"))

        empty = reviewer.post(of_version(version_id, "return"), {"comment": " "})
        told = reviewer.post(of_version(version_id, "return"), {"comment": "请补充"})

        assert (empty.status_code, told["Location"]) == (422, of_version(version_id))
        assert LicenceTypeVersion.objects.get(id=version_id).state == "DRAFT"

    def test_are_not_offered_before_their_time(self, editor: Client, reviewer: Client) -> None:
        version_id = begun(editor)

        answer = reviewer.get(of_version(version_id, "publish"))

        assert answer["Location"] == of_version(version_id)
        assert reviewer.post(of_version(version_id, "publish")).status_code == 409
        assert editor.post(of_version(version_id, "approve")).status_code == 403
        assert editor.get(of_version(version_id, "nonsense")).status_code == 404

    def test_take_a_type_out_of_use(self, editor: Client, reviewer: Client) -> None:
        load()

        assert editor.post(f"{HERE}{CODE}/withdraw/", {"comment": "依据已废止"}).status_code == 403
        answer = reviewer.post(f"{HERE}{CODE}/withdraw/", {"comment": "依据已废止"})

        assert answer["Location"] == f"{HERE}{CODE}/"
        assert LicenceType.objects.get().state == "WITHDRAWN"


class TestFiles:
    def upload(self, browser: Client, content: bytes) -> Any:
        file = SimpleUploadedFile("types.json", content, content_type="application/json")
        return browser.post(f"{HERE}import/", {"file": file})

    def test_come_back_as_they_went(self, editor: Client) -> None:
        load()
        exported = editor.get(f"{HERE}export/")

        answer = self.upload(editor, exported.content)

        assert exported["Content-Disposition"].startswith('attachment; filename="licence-types-')
        assert "新建草稿 0 个，与现行版本相同 1 个。" in text_of(answer)

    def test_begin_drafts(self, editor: Client) -> None:
        rows = [{**TYPE, "name": "导入的证"}]

        answer = self.upload(editor, json.dumps(rows).encode())

        version = LicenceTypeVersion.objects.get()
        assert of_version(version.id) in text_of(answer)
        assert (version.state, LicenceType.objects.get().state) == ("DRAFT", "NEW")

    @pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'[{"code": "1"}]', b"[" * 5000])
    def test_that_are_none_change_nothing(self, editor: Client, content: bytes) -> None:
        answer = self.upload(editor, content)

        assert answer.status_code == 422
        assert not LicenceType.objects.exists()

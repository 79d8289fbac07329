"""
Bad input through the real doors: a clear refusal with a stable code, nothing changed, nothing lost, never a 5xx.

The cases are data: tests/data/bad_input/*.jsonl, one a line. `{"$repeat": [text, count]}` stands for a long text;
{case}, {accepted}, {item}, {offering}, {draft} in an address or a text for what exists.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Http
from markupsafe import escape

from tests.factories import api, identity
from tests.factories import casework as make
from tests.factories.database import contents
from tests.unit.support.documents.samples import ofd, picture, plain_pdf, png_that_claims, zipped
from tongban.business.casework.models import Case
from tongban.business.catalogue.values import FieldOption as Option
from tongban.business.catalogue.values import FieldType, FormField
from tongban.business.handling.models import WorkItem
from tongban.foundation import clock, events
from tongban.portal.apply import services as drafts
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data" / "bad_input"
PROBLEM = "application/problem+json"
FEWEST = 200

RIGHT = {
    "text": "清风理发店",
    "note": "第一行\n第二行",
    "area": "86.5",
    "day": "2026-01-31",
    "kind": "A",
    "kinds": "A\nB",
    "person": "11010519491231002X",
    "phone": "13900000001",
    "unit": "91350100M000100Y43",
    "home": "示例路1号",
}
CHOICES = (Option(value="A", label="甲"), Option(value="B", label="乙"))
FORM = (
    FormField(key="text", label="名称", max_length=50),
    FormField(key="note", label="说明", type=FieldType.TEXTAREA),
    FormField(key="area", label="面积", type=FieldType.NUMBER, minimum=1, maximum=1000),
    FormField(key="day", label="日期", type=FieldType.DATE),
    FormField(key="kind", label="种类", type=FieldType.CHOICE, options=CHOICES),
    FormField(key="kinds", label="各类", type=FieldType.CHOICES, options=CHOICES),
    FormField(key="person", label="号码", type=FieldType.ID_NUMBER),
    FormField(key="phone", label="手机", type=FieldType.MOBILE),
    FormField(key="unit", label="代码", type=FieldType.SOCIAL_CREDIT_CODE),
    FormField(key="home", label="地址", type=FieldType.ADDRESS),
)
"""One field of every kind."""


def expand(value: Any) -> Any:
    """
    Write out what the data only hints at.
    """
    if isinstance(value, dict):
        if "$repeat" in value:
            text, count = value["$repeat"]
            return text * count
        return {key: expand(item) for key, item in value.items()}
    return [expand(item) for item in value] if isinstance(value, list) else value


def table(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


REQUESTS = table("requests.jsonl")
VALUES = table("forms.jsonl")
PAGES = table("pages.jsonl")
TYPED = [entry for entry in VALUES if "\0" not in entry["value"]]
"""Nobody types NUL; what sends it all the same is refused before the form is looked at."""
TITLES = {"not_found": "没有找到您要的内容", "unreadable_text": "发来的内容里有无法读取的字符，没有保存"}
"""Code of a refusal -> what its page says on top."""


class Area:
    """
    What the calls are about: an applicant, a clerk, another system, a case that waits and one that was accepted.
    """

    def __init__(self) -> None:
        at = clock.now()
        self.citizen = api.citizen()
        self.clerk = api.staff(*Post, login_name="clerk.all")
        self.system = api.system()
        self.nobody = api.nobody()
        offering = make.publish(at=at)
        person_id = str(self.citizen.actor.person_id)
        case, accepted = (
            make.submit(applicant_id=person_id, actor=self.citizen.actor, at=at).case_number for _ in range(2)
        )
        make.accept(accepted, at=at)
        events.deliver_all(at=at)
        item = str(WorkItem.objects.get().id)
        self.names = {"case": case, "accepted": accepted, "item": item, "offering": offering}

    def named(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@pytest.fixture
def area() -> Area:
    return Area()


@pytest.fixture(autouse=True)
def raises_nothing(settings: Any) -> None:
    """
    Answer as the node does: a defect is a 500, not an exception in the test.
    """
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False


def send(area: Area, call: dict[str, Any]) -> Any:
    if "raw" in call:
        body = expand(call["raw"]).encode()
    else:
        body = area.named(json.dumps(expand(call.get("body", {})), ensure_ascii=False)).encode()
    headers = getattr(area, call["who"]).headers({}) | call.get("headers", {})
    kind = headers.pop("Content-Type", "application/json")
    http = Http(raise_request_exception=False)
    return http.generic(call["method"], f"/api/v1{area.named(call['path'])}", body, kind, headers=headers)


def about(call: dict[str, Any]) -> str:
    return str(call["name"].partition(":")[0])


def outcome_of(response: Any) -> tuple[int, str, str]:
    """
    Return what matters of a refusal; a body that is no problem document gives no code.
    """
    kind = response.headers["Content-Type"]
    code = json.loads(response.content).get("code", "") if kind == PROBLEM else ""
    return response.status_code, code, kind


class TestRequests:
    def test_are_different_from_one_another(self) -> None:
        assert len({call["name"] for call in REQUESTS}) == len(REQUESTS)

    def test_are_many(self) -> None:
        assert len(REQUESTS) + len(PAGES) + len(VALUES) + len(UPLOADS) + len(FEED) >= FEWEST

    @pytest.mark.parametrize("about", sorted({about(call) for call in REQUESTS}))
    def test_are_refused_and_change_nothing(self, about: str, area: Area) -> None:
        calls = [call for call in REQUESTS if call["name"].startswith(f"{about}: ")]
        # A login that failed is written down, as it should be.
        without = {"foundation_audit"} if about == "failed login" else set()
        before = contents(without=without)

        told = {call["name"]: outcome_of(send(area, call)) for call in calls}

        assert told == {call["name"]: (call["status"], call["code"], PROBLEM) for call in calls}
        assert contents(without=without) == before


class TestPages:
    @pytest.mark.parametrize("about", sorted({about(call) for call in PAGES}))
    def test_are_refused_with_a_page_and_change_nothing(self, about: str, area: Area) -> None:
        calls = [call for call in PAGES if call["name"].startswith(f"{about}: ")]
        at = clock.now()
        browsers = {who: Http(raise_request_exception=False) for who in ("nobody", "citizen", "clerk")}
        for who in ("citizen", "clerk"):
            identity.log_in(browsers[who], getattr(area, who).actor, at=at)
        draft_id = drafts.start_draft(offering_code=area.names["offering"], actor=area.citizen.actor, at=at)
        area.names["draft"] = str(draft_id)
        before = contents()

        told = {call["name"]: page_of(visit(browsers[call["who"]], area, call)) for call in calls}

        assert told == {call["name"]: (call["status"], TITLES[call["code"]]) for call in calls}
        assert contents() == before


def visit(browser: Http, area: Area, call: dict[str, Any]) -> Any:
    path = area.named(call["path"])
    if "raw" in call:
        return browser.generic(call["method"], path, call["raw"].encode(), call["kind"])
    return browser.generic(
        call["method"],
        path,
        urlencode(call.get("form", {})).encode(),
        "application/x-www-form-urlencoded",
    )


def page_of(response: Any) -> tuple[int, str]:
    """
    Return the status of an answer and the heading of its page of refusal; a page that is none gives no heading.
    """
    found = re.search(r'<h1 id="oops-title">([^<]*)</h1>', response.content.decode())
    return response.status_code, found.group(1) if found else ""


@pytest.fixture
def draft() -> tuple[Http, str]:
    """
    A citizen before a draft of the offering with every kind of field.
    """
    at = clock.now()
    make.publish("test-everything", form=FORM, materials=(), at=at)
    actor = identity.citizen(name="王小明", at=at)
    draft_id = drafts.start_draft(offering_code="test-everything", actor=actor, at=at)
    browser = Http(raise_request_exception=False)
    identity.log_in(browser, actor, at=at)
    return browser, str(draft_id)


class TestForms:
    def test_take_what_is_right(self, draft: tuple[Http, str]) -> None:
        browser, draft_id = draft

        response = browser.post(f"/apply/d/{draft_id}/form/", answers(RIGHT))

        assert response.status_code == 302

    @pytest.mark.parametrize("field", RIGHT)
    def test_refuse_what_is_wrong_beside_the_field_and_keep_what_was_typed(
        self, field: str, draft: tuple[Http, str]
    ) -> None:
        browser, draft_id = draft
        lost = {}

        for value in (expand(entry["value"]) for entry in TYPED if entry["field"] == field):
            response = browser.post(f"/apply/d/{draft_id}/form/", answers({**RIGHT, field: value}))
            page = response.content.decode()
            typed = [right.split("\n")[0] for other, right in RIGHT.items() if other != field]
            # What is none of the choices has no box that could be ticked.
            typed += [] if field in {"kind", "kinds"} else [value[:40]]
            if (
                response.status_code != 422
                or f"a-{field}-error" not in page
                or not all(escape(text) in page for text in typed)
            ):
                lost[value[:40]] = response.status_code

        assert lost == {}
        assert not Case.objects.exists()

    @pytest.mark.parametrize("field", RIGHT)
    def test_are_refused_by_the_api_and_change_nothing(self, field: str) -> None:
        make.publish("test-everything", form=FORM, materials=(), at=clock.now())
        caller = api.system()
        before = contents()
        told = {}

        for value in (expand(entry["value"]) for entry in VALUES if entry["field"] == field):
            response = caller.post("/cases", submission({**RIGHT, field: value}))
            told[value[:40]] = outcome_of(response)

        assert told
        assert set(told.values()) == {(422, "invalid_input", PROBLEM)}, told
        assert contents() == before

    def test_are_refused_as_a_whole_for_a_character_nobody_can_type(self, draft: tuple[Http, str]) -> None:
        browser, draft_id = draft
        browser.post(f"/apply/d/{draft_id}/form/", answers(RIGHT))
        before = contents()

        response = browser.post(f"/apply/d/{draft_id}/form/", answers({**RIGHT, "text": "清风\0理发店"}))

        assert page_of(response) == (400, TITLES["unreadable_text"])
        assert contents() == before

    def test_of_more_than_two_megabytes_are_refused_and_leave_the_draft_as_it_was(
        self, draft: tuple[Http, str]
    ) -> None:
        browser, draft_id = draft
        browser.post(f"/apply/d/{draft_id}/form/", answers(RIGHT))
        before = contents()

        response = browser.post(f"/apply/d/{draft_id}/form/", answers({**RIGHT, "text": "长" * 1_000_000}))

        assert response.status_code in {400, 413}
        assert contents() == before

    @pytest.mark.parametrize(
        "text",
        [
            "'; DROP TABLE casework_case; --",
            "<script>alert(1)</script>",
            "{{ 7*7 }}",
            "{% raise %}",
            "${7*7}",
            "%s%n",
        ],
    )
    def test_show_text_as_text_whatever_it_looks_like(self, text: str, draft: tuple[Http, str]) -> None:
        browser, draft_id = draft

        saved = browser.post(f"/apply/d/{draft_id}/form/", answers({**RIGHT, "text": text}))
        page = browser.get(f"/apply/d/{draft_id}/form/").content.decode()

        assert saved.status_code == 302
        assert f'value="{text}"'.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in page
        assert "<script>alert" not in page


def submission(form: dict[str, str]) -> dict[str, Any]:
    return {
        "draft_id": "00000000-0000-4000-8000-00000000000d",
        "offering_code": "test-everything",
        "form": form,
        "applicant": {"name": "王小明", "id_number": "11010519491231002X", "mobile": "13900000001"},
    }


def answers(values: dict[str, str]) -> dict[str, Any]:
    several = {"kinds"}
    return {f"a-{name}": text.split("\n") if name in several else text for name, text in values.items()}


UPLOADS: dict[str, tuple[str, Any, str, int, str]] = {
    "empty": ("a.pdf", b"", "application/pdf", 422, "upload_empty"),
    "program": ("a.exe", b"MZ", "application/octet-stream", 415, "upload_type_not_allowed"),
    "program called PDF": ("a.pdf", b"MZ" + b"\0" * 100, "application/pdf", 415, "upload_type_mismatch"),
    "page called PDF": ("a.pdf", b"<html><script>", "application/pdf", 415, "upload_type_mismatch"),
    "two endings": ("a.pdf.exe", plain_pdf(), "application/pdf", 415, "upload_type_not_allowed"),
    "picture that is a script": (
        "a.svg",
        b"<svg onload='x'/>",
        "image/svg+xml",
        415,
        "upload_type_not_allowed",
    ),
    "GIF called PNG": ("a.png", picture("GIF"), "image/png", 415, "upload_type_mismatch"),
    "PDF called JPEG": ("a.jpg", plain_pdf(), "image/jpeg", 415, "upload_type_mismatch"),
    "polyglot GIF and PDF": (
        "a.pdf",
        b"GIF89a;" + plain_pdf(),
        "application/pdf",
        415,
        "upload_type_mismatch",
    ),
    "polyglot OFD and PDF": ("a.ofd", ofd() + plain_pdf(), "", 422, "upload_hides_content"),
    "archive": ("a.zip", zipped({"a": b"b"}), "application/zip", 415, "upload_type_not_allowed"),
    "archive called OFD": ("a.ofd", zipped({"a": b"b"}), "application/ofd", 415, "upload_type_mismatch"),
    "bomb in an OFD": (
        "a.ofd",
        ofd(**{"Doc_0/b.xml": b"\0" * 20_000_000}),
        "",
        422,
        "upload_expands_too_much",
    ),
    "path in an OFD": ("a.ofd", ofd(**{"../../x.xml": b""}), "", 422, "upload_archive_unsafe"),
    "picture of a billion points": (
        "a.png",
        png_that_claims(30_000, 30_000),
        "",
        422,
        "upload_too_many_pixels",
    ),
    "half a PDF": ("a.pdf", plain_pdf()[:90], "application/pdf", 422, "upload_damaged"),
    "half a picture": ("a.jpg", picture("JPEG")[:150], "image/jpeg", 422, "upload_damaged"),
    "name of 200 characters": ("字" * 200 + ".pdf", plain_pdf(), "", 422, "upload_name_invalid"),
    "name without an ending": ("a", plain_pdf(), "", 415, "upload_type_not_allowed"),
}


class TestUploads:
    @pytest.fixture
    def draft_id(self, area: Area, settings: Any, tmp_path: Path) -> str:
        settings.TONGBAN_HOME = tmp_path
        at = clock.now()
        return str(drafts.start_draft(offering_code=area.names["offering"], actor=area.citizen.actor, at=at))

    @pytest.mark.parametrize("name", UPLOADS)
    def test_are_refused_and_change_nothing(
        self, name: str, area: Area, draft_id: str, tmp_path: Path
    ) -> None:
        filename, content, kind, status, code = UPLOADS[name]
        before = contents()

        file = SimpleUploadedFile(filename, content, content_type=kind or "application/octet-stream")
        file.name = filename
        form = {"material_code": "floor_plan", "file": file}
        response = area.citizen.upload(f"/drafts/{draft_id}/files", form)

        told = response.json()
        assert (response.status_code, told["code"]) == (status, code), told
        assert contents() == before
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_of_200_megabytes_are_refused_by_what_they_announce(self, area: Area, draft_id: str) -> None:
        before = contents()
        kind = "multipart/form-data; boundary=x"

        response = Http(raise_request_exception=False).generic(
            "POST",
            f"/api/v1/drafts/{draft_id}/files",
            b"--x\r\n",
            kind,
            headers=area.citizen.headers({}),
            CONTENT_LENGTH=str(200 * 1024 * 1024),
        )

        assert (response.status_code, response.json()["code"]) == (413, "upload_too_large")
        assert contents() == before

    def test_for_a_material_nobody_asked_for_are_refused(self, area: Area, draft_id: str) -> None:
        before = contents()
        file = SimpleUploadedFile("a.pdf", plain_pdf(), content_type="application/pdf")

        form = {"material_code": "../../etc", "file": file}
        response = area.citizen.upload(f"/drafts/{draft_id}/files", form)

        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert contents() == before


@cache
def elements() -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    built: dict[str, Any] = msgspec.to_builtins(make.elements())
    return built


FEED: dict[str, dict[str, Any]] = {
    "name missing": {"name": None},
    "name empty": {"name": ""},
    "name is a number": {"name": 7},
    "name with NUL": {"name": "a\0b"},
    "name of 2000 characters": {"name": {"$repeat": ["长", 2000]}},
    "division is a word": {"division_code": "Guangan"},
    "division of eleven digits": {"division_code": "51160200000"},
    "handling kind unknown": {"handling_kind": "SOMEHOW"},
    "limit negative": {"statutory_limit": {"amount": -1}},
    "limit is text": {"statutory_limit": "twenty"},
    "limit in fortnights": {"promised_limit": {"amount": 1, "unit": "FORTNIGHT"}},
    "limit a fraction": {"promised_limit": {"amount": 1.5}},
    "applicants unknown": {"applicants": ["99"]},
    "materials is a text": {"materials": "none"},
    "material without a name": {"materials": [{"code": "a"}]},
    "form field of unknown type": {"form": [{"key": "a", "label": "a", "type": "MAGIC"}]},
    "result of unknown kind": {"results": [{"kind": "MEDAL", "name": "x"}]},
    "legal basis is a text": {"implementing_basis": "the law"},
}


class TestFeed:
    @pytest.mark.parametrize("name", FEED)
    def test_rows_are_refused_and_change_nothing(self, name: str) -> None:
        editor = api.system()
        before = contents()
        spoiled = {**elements(), **expand(FEED[name])}

        response = editor.send("PUT", "/offerings/test-bad", {"code": "test-bad", "elements": spoiled})

        told = response.json()
        assert (response.status_code, told["code"]) == (422, "invalid_input"), told
        assert contents() == before

"""
Bodies that are too long, or do not say how long they are, are refused before anything of them is read.
"""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from typing_extensions import override

from tongban.config.uploads import UploadSizes

REACHED = HttpResponse()
FORM = "application/x-www-form-urlencoded"
TWO_HUNDRED_MEGABYTES = 200 * 1024 * 1024


class UnreadBody(io.BytesIO):
    """
    A body that must not be read.
    """

    @override
    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


def request_of(path: str = "/apply/d/x/files/plan/", **environ: Any) -> Any:
    return RequestFactory().generic(
        "POST",
        path,
        **{"CONTENT_TYPE": "multipart/form-data; boundary=b", "wsgi.input": UnreadBody(), **environ},
    )


def answer(request: Any) -> Any:
    def reached(_: Any) -> Any:
        raise AssertionError("the view was reached")

    return UploadSizes(reached)(request)


class TestABodyOf200Megabytes:
    def test_is_refused_unread_with_a_page(self) -> None:
        response = answer(request_of(CONTENT_LENGTH=str(TWO_HUNDRED_MEGABYTES)))

        assert response.status_code == 413
        assert "文件超过 20 MB 的上限" in response.content.decode()

    def test_is_refused_in_plain_text_to_the_upload_script(self) -> None:
        response = answer(
            request_of(CONTENT_LENGTH=str(TWO_HUNDRED_MEGABYTES), HTTP_X_REQUESTED_WITH="upload")
        )

        assert response.status_code == 413
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response.content.decode() == "文件超过 20 MB 的上限，请压缩或拆分后再上传"

    def test_is_refused_with_a_problem_document_to_systems(self) -> None:
        response = answer(
            request_of("/api/v1/verifications/files", CONTENT_LENGTH=str(TWO_HUNDRED_MEGABYTES))
        )

        assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")


class TestAFormOfThreeMegabytes:
    TEXT = "text=" + "x" * (3 * 1024 * 1024)
    SENTENCE = "提交的内容太多，超过 2 MB 或项数的上限，没有保存"

    @pytest.fixture
    def browser(self, db: None) -> Client:
        """
        A browser that has seen a page, so that its forms' tokens are looked for in what it sends.
        """
        browser = Client(enforce_csrf_checks=True)
        browser.get("/my/login/")
        return browser

    def test_is_refused_unread(self) -> None:
        response = answer(request_of("/my/login/", CONTENT_TYPE=FORM, CONTENT_LENGTH=str(len(self.TEXT))))

        assert response.status_code == 413
        assert self.SENTENCE in response.content.decode()

    @pytest.mark.parametrize("path", ["/my/login/", "/desk/accept/", "/verify/", "/my/account/password/"])
    @pytest.mark.parametrize("content_type", [FORM, "multipart"])
    def test_is_answered_with_the_page_that_says_what_to_do(
        self, browser: Client, path: str, content_type: str
    ) -> None:
        sent = (
            {"data": self.TEXT, "content_type": FORM}
            if content_type == FORM
            else {"data": {"text": self.TEXT}}
        )

        response = browser.post(path, **sent)

        page = response.content.decode()
        assert response.status_code == 413
        assert f'<h1 id="oops-title">{self.SENTENCE}</h1>' in page
        assert "用浏览器的“后退”回到刚才的页面" in page
        assert ('href="/desk/"' in page) is path.startswith("/desk/")

    def test_is_answered_in_the_readers_language(self, browser: Client) -> None:
        browser.cookies["tongban_language"] = "en"

        response = browser.post("/my/login/", data=self.TEXT, content_type=FORM)

        assert (
            "What was sent is too much: over 2 MB or too many entries. Nothing was saved."
            in response.content.decode()
        )

    @pytest.mark.parametrize(
        "sent",
        [
            {"data": "&".join(f"f{number}=1" for number in range(2001)), "content_type": FORM},
            {"data": {f"f{number}": SimpleUploadedFile("a.pdf", b"%PDF") for number in range(101)}},
        ],
        ids=["fields", "files"],
    )
    def test_is_answered_like_one_of_too_many_entries(self, browser: Client, sent: dict[str, Any]) -> None:
        response = browser.post("/my/login/", **sent)

        assert response.status_code == 413
        assert self.SENTENCE in response.content.decode()


class TestABodyOfUnknownLength:
    @pytest.mark.parametrize("length", ["", "-1", "a lot", "１２"])
    def test_is_refused_unread(self, length: str) -> None:
        response = answer(request_of(CONTENT_LENGTH=length, HTTP_TRANSFER_ENCODING="chunked"))

        assert response.status_code == 411
        assert "没有说明内容的长度" in response.content.decode()


class TestOtherBodies:
    @pytest.mark.parametrize(
        "environ",
        [
            {"CONTENT_LENGTH": "1024"},
            {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": ""},
            {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(2 * 1024 * 1024)},
        ],
    )
    def test_are_let_through(self, environ: dict[str, str]) -> None:
        assert UploadSizes(lambda _: REACHED)(request_of(**environ)) is REACHED

    def test_of_a_redirected_form_do_not_exist(self) -> None:
        led_elsewhere = RequestFactory().get(
            "/apply/d/x/delivery/", CONTENT_TYPE="multipart/form-data; boundary=b"
        )

        assert UploadSizes(lambda _: REACHED)(led_elsewhere) is REACHED

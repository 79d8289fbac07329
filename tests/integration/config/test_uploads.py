"""
Bodies that are too long, or do not say how long they are, are refused before anything of them is read.
"""

import io
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from typing_extensions import override

from tongban.config.uploads import UploadSizes

REACHED = HttpResponse()
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
            {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": ""},
        ],
    )
    def test_are_let_through(self, environ: dict[str, str]) -> None:
        assert UploadSizes(lambda _: REACHED)(request_of(**environ)) is REACHED

    def test_of_a_redirected_form_do_not_exist(self) -> None:
        led_elsewhere = RequestFactory().get(
            "/apply/d/x/delivery/", CONTENT_TYPE="multipart/form-data; boundary=b"
        )

        assert UploadSizes(lambda _: REACHED)(led_elsewhere) is REACHED

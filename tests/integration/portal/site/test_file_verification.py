"""
What anybody reads about a file in hand, on the page and over the API: good, tampered, foreign, or no such file at all.
"""

import base64
import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories.ofd import plain_ofd
from tests.factories.portal import errors_of, text_of
from tests.factories.seals import AGENCY, AT, NODE, whole, with_seal
from tests.integration.support.seals.test_verifying import Foreign
from tongban.support.documents.models import StoredFile
from tongban.support.seals import services as seals
from tongban.support.seals.models import Seal
from tongban.support.seals.values import SealPurpose

pytestmark = pytest.mark.django_db
PAGE = "Doc_0/Pages/Page_0/Content.xml"


@pytest.fixture
def seal() -> Seal:
    """
    The seal of an agency, in use.
    """
    return with_seal()


@pytest.fixture
def sealed(seal: Seal) -> bytes:
    """
    An OFD file with that seal.
    """
    return seals.seal_document(
        document=plain_ofd(),
        agency_code=AGENCY,
        purpose=SealPurpose.NOTICE,
        case_number="2026-1",
        actor=NODE,
        at=AT,
    ).content


@pytest.fixture
def stranger() -> Browser:
    """
    Somebody who is not logged in.
    """
    return Browser()


def tampered(ofd: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(ofd)) as old:
        held = {name: old.read(name) for name in old.namelist()}
    page = next(name for name in held if name.endswith("Content.xml"))
    held[page] += b"<!-- 1 -->"
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as new:
        for name, content in held.items():
            new.writestr(name, content)
    return output.getvalue()


def asked(browser: Browser, content: bytes, name: str = "a.ofd") -> Any:
    return browser.post("/verify/", {"file": SimpleUploadedFile(name, content)})


def told(browser: Browser, *files: tuple[str, bytes]) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return browser.post("/api/v1/verifications", {"files": sent})


class TestThePage:
    def test_answers_each_question_of_a_good_file_apart(self, stranger: Browser, sealed: bytes) -> None:
        page = text_of(asked(stranger, sealed))

        assert "签章有效，内容未被改动" in page
        assert "签章所保护的内容没有被改动" in page
        assert "签名正确" in page
        assert "签章时印章在有效期内" in page
        assert "印章正常使用" in page
        assert "示例区民政局" in page

    def test_says_that_a_tampered_file_is_not_to_be_trusted(self, stranger: Browser, sealed: bytes) -> None:
        page = text_of(asked(stranger, tampered(sealed)))

        assert "签章后内容被改动" in page
        assert "不要采信这份文件" in page
        assert "签章有效，内容未被改动" not in page

    def test_tells_that_a_seal_is_lost(self, stranger: Browser, seal: Seal, sealed: bytes) -> None:
        Seal.objects.filter(id=seal.id).update(state="SUSPENDED", suspension="LOST", suspended_at=AT)

        page = text_of(asked(stranger, sealed))

        assert "印章已被冻结或挂失" in page
        assert "请向签章单位核实，文件是不是在停用以前签发的" in page

    def test_shows_pages_as_images_and_never_their_markup(self, stranger: Browser, sealed: bytes) -> None:
        page = asked(stranger, sealed).content.decode()

        (picture,) = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="第 1 页">', page)
        drawn = base64.b64decode(picture)
        assert drawn.lstrip().startswith(b"<svg") or drawn.startswith(b"<?xml")
        assert drawn.decode() not in page

    def test_shows_a_seal_by_itself(self, stranger: Browser, seal: Seal) -> None:
        page = asked(stranger, whole(seal), "a.esl").content.decode()

        assert "印章数据正确" in page
        assert '<img class="tb-seal-picture" src="data:image/png;base64,' in page
        assert "签章所保护的内容" not in page

    def test_shows_no_broken_picture_of_a_strange_seal(self, stranger: Browser) -> None:
        page = asked(stranger, Foreign().seal(), "a.esl").content.decode()

        assert "本平台不认识证书的签发机构" in page
        assert "制章者证书" in page
        assert "tb-seal-picture" not in page

    @pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04", b"%PDF-1.7", b"\x30\x82"])
    def test_has_a_word_for_what_cannot_be_read(self, stranger: Browser, content: bytes) -> None:
        page = asked(stranger, content, "<b>.ofd")

        assert page.status_code == 200 or set(errors_of(page)) == {"f-file"}
        assert "<b>.ofd" not in page.content.decode()

    def test_says_that_a_plain_file_carries_no_signature(self, stranger: Browser) -> None:
        page = text_of(asked(stranger, plain_ofd()))

        assert "文件没有签章" in page
        assert "这份文件不在本平台的证照库里" in page

    def test_keeps_nothing(self, stranger: Browser, sealed: bytes) -> None:
        before = StoredFile.objects.count()

        asked(stranger, sealed)
        told(stranger, ("a.ofd", sealed))

        assert StoredFile.objects.count() == before

    def test_can_be_read_in_english(self, stranger: Browser, sealed: bytes) -> None:
        file = SimpleUploadedFile("a.ofd", sealed)

        page = stranger.post("/verify/", {"file": file}, headers={"accept-language": "en"})

        assert not re.search("签章|印章|证书", re.sub("示例区民政局|<[^>]+>", "", page.content.decode()))

    def test_says_at_first_what_it_will_tell(self, stranger: Browser) -> None:
        page = text_of(stranger.get("/verify/"))

        assert "文件只在核验时读取，不会被保存" in page
        assert "会告诉您什么" in page


class TestTheInterface:
    def test_answers_a_list_with_the_keys_of_the_verdict(self, stranger: Browser, sealed: bytes) -> None:
        answer = told(stranger, ("a.ofd", sealed), ("b.ofd", tampered(sealed)), ("c.txt", b"x"))

        assert answer.status_code == 200
        good, changed, strange = answer.json()
        assert list(good) == ["file", "kind", "verdict", "signatures", "uncovered", "explanation"]
        assert [one["verdict"] for one in (good, changed, strange)] == ["valid", "changed", "unreadable"]
        assert [one["file"] for one in (good, changed, strange)] == ["a.ofd", "b.ofd", "c.txt"]
        (signature,) = good["signatures"]
        assert signature["integrity"] == "intact"
        assert signature["seal_state"] == "in_use"

    def test_refuses_more_than_ten_files(self, stranger: Browser) -> None:
        answer = told(stranger, *[(f"{number}.txt", b"x") for number in range(11)])

        assert answer.status_code == 422

    def test_needs_a_form(self, stranger: Browser) -> None:
        answer = stranger.post("/api/v1/verifications", b"x", content_type="application/pdf")

        assert answer.status_code == 415
        assert answer.json()["code"] == "unsupported_media_type"

    def test_counts_each_file(self, stranger: Browser) -> None:
        for _ in range(6):
            told(stranger, *[(f"{number}.txt", b"x") for number in range(10)])

        refused = told(stranger, ("a.txt", b"x"))

        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0

    def test_counts_together_with_the_page(self, stranger: Browser) -> None:
        for _ in range(60):
            stranger.get("/verify/nosuchtoken")

        assert told(stranger, ("a.txt", b"x")).status_code == 429

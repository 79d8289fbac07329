"""
Many files sealed at one request, and one file by several agencies, from the desk.
"""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories.identity import log_in, staff
from tests.factories.ofd import plain_ofd
from tests.factories.seals import AGENCY, DIVISION, applied, fresh, issued, people
from tests.integration.portal.desk.test_account_pages import text_of
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.documents.models import StoredFile
from tongban.support.identity.values import CHECKED_BY_FACTOR
from tongban.support.messaging import selectors as messages
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealBatch, SealBatchItem, SealUse, SigningRequest
from tongban.support.seals.values import AuthorisationKind, FileVerdictKind, Limits, SealPurpose

pytestmark = pytest.mark.django_db

OTHER = "11511602MB0000001A"


def sealer(agency_code: str, name: str) -> tuple[Actor, Browser]:
    """
    Return who may put his agency's seal on documents, and his browser.
    """
    at = clock.now()
    clerk = fresh(staff(agency_code=agency_code, division_code=DIVISION, at=at), at=at)
    seal_for(clerk, name)
    browser = Browser()
    log_in(browser, clerk, at=at, checked_level=CHECKED_BY_FACTOR)
    return clerk, browser


def seal_for(clerk: Actor, name: str) -> None:
    """
    Make a seal of somebody's agency, and let him use it.
    """
    at, agency_code = clock.now(), clerk.agency_code or ""
    by = people(agency_code=agency_code, at=at)
    seal = issued(applied(by, name=name, agency_code=agency_code, at=at), by, at=at)
    services.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.PERSONAL,
        limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
        valid_from=at,
        valid_until=at + timedelta(days=60),
        account_id=uuid.UUID(clerk.id),
        actor=by.keeper,
        at=at,
    )


def first_seal() -> str:
    """
    Return the code of the seal that was made first.
    """
    return Seal.objects.order_by("applied_at")[0].code


def ofd(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, plain_ofd(), content_type="application/ofd")


def run_jobs(batch_id: uuid.UUID) -> None:
    while services.sign_waiting(batch_id=batch_id, at=clock.now()):
        pass
    services.end_batch(batch_id=batch_id, at=clock.now())


class TestABatch:
    def test_takes_files_in_portions_seals_them_and_gives_all_back(self) -> None:
        _clerk, browser = sealer(AGENCY, "示例区民政局")
        other = Browser()
        log_in(other, staff(agency_code=AGENCY, division_code=DIVISION, at=clock.now()), at=clock.now())
        seal = first_seal()
        form = {"seal": seal, "purpose": "DOCUMENT", "case_number": "总-1"}

        first = browser.post(
            "/desk/seals/batches/files/", {"file": ofd("甲.ofd")}, headers={"X-Requested-With": "upload"}
        )
        spare = browser.post(
            "/desk/seals/batches/files/", {"file": ofd("多余.ofd")}, headers={"X-Requested-With": "upload"}
        )
        spare_id = StoredFile.objects.order_by("-created_at")[0].id
        removed = browser.post(f"/desk/seals/batches/files/{spare_id}/remove/")
        wrong = browser.post("/desk/seals/batches/new/", {**form, "list": "丙.ofd，C-3"})
        begun = browser.post(
            "/desk/seals/batches/new/", {**form, "file": [ofd("乙.ofd")], "list": "乙.ofd，C-2"}
        )

        assert "甲.ofd" in first.content.decode()
        assert (spare.status_code, removed.status_code) == (200, 302)
        assert (wrong.status_code, begun.status_code) == (422, 302)
        assert "清单中的文件没有上传：丙.ofd" in text_of(wrong)
        page = browser.get(begun["Location"])
        assert 'hx-trigger="load delay:2s"' in page.content.decode()
        assert 'http-equiv="refresh"' in page.content.decode()

        batch = SealBatch.objects.get()
        run_jobs(batch.id)

        told = text_of(browser.get(begun["Location"]))
        assert "共 2 份，已签章 2 份，未能签章 0 份" in told
        assert list(SealUse.objects.order_by("id").values_list("case_number", flat=True)) == ["总-1", "C-2"]
        packed = zipfile.ZipFile(io.BytesIO(browser.get(f"{begun['Location']}archive/").getvalue()))
        assert packed.namelist() == ["1-甲.ofd", "2-乙.ofd"]
        verdict = services.verify_file(content=packed.read("2-乙.ofd"), name="乙.ofd", at=clock.now())
        assert verdict.verdict is FileVerdictKind.VALID
        assert "甲.ofd" not in text_of(browser.get("/desk/seals/batches/new/"))
        for path in ("", "archive/"):
            assert other.get(f"{begun['Location']}{path}").status_code == 404
        assert other.post(f"{begun['Location']}stop/").status_code == 404

    def test_is_stopped_and_says_why_a_file_was_not_sealed(self) -> None:
        clerk, browser = sealer(AGENCY, "示例区民政局")
        form = {"seal": first_seal(), "purpose": "DOCUMENT", "file": [ofd("甲.ofd"), ofd("乙.ofd")]}
        begun = browser.post("/desk/seals/batches/new/", form)
        batch = SealBatch.objects.get()
        item = SealBatchItem.objects.filter(batch=batch, position=0)
        item.update(file_id=uuid.uuid4())
        services.sign_waiting(batch_id=batch.id, at=clock.now())

        browser.post(f"{begun['Location']}stop/")

        told = text_of(browser.get(begun["Location"]))
        assert services.sign_waiting(batch_id=batch.id, at=clock.now()) is False
        assert "文件已不在" in told
        assert "已停止" in told
        assert browser.get(f"{begun['Location']}archive/").status_code == 422
        assert clerk.name
        assert services.discard_uploads(at=clock.now() + timedelta(days=3)) == 2


class TestASigning:
    def test_leads_from_agency_to_agency(self) -> None:
        first, first_browser = sealer(AGENCY, "示例区民政局")
        second, second_browser = sealer(OTHER, "示例区财政局")
        form = {"purpose": "DOCUMENT", "case_number": "C-9", "arranged": "1", "rows": "5"}

        alone = first_browser.post("/desk/seals/signings/new/", {**form, "party": [AGENCY, ""]})
        more = first_browser.post(
            "/desk/seals/signings/new/", {**form, "party": [AGENCY, OTHER], "more": "1"}
        )
        begun = first_browser.post(
            "/desk/seals/signings/new/", {**form, "party": [AGENCY, OTHER, ""], "file": ofd("协议.ofd")}
        )

        assert (alone.status_code, more.status_code, begun.status_code) == (422, 200, 302)
        assert 'id="f-party-9"' in more.content.decode()
        page = begun["Location"]
        request = SigningRequest.objects.get()
        assert services.tell_signing(request_id=request.id, at=clock.now()) == 1
        assert services.tell_signing(request_id=request.id, at=clock.now()) == 1
        (notice,) = messages.notices(actor=first).items
        assert notice.title == "轮到本机构签章"
        assert "等待" in text_of(second_browser.get(page))
        early = second_browser.post(page, {"act": "seal"})
        assert (early.status_code, "还没有轮到" in text_of(early)) == (409, True)

        placed = {"act": "seal", "is_shown": "1", "page": "1", "x": "20", "y": "200"}
        first_browser.post(page, placed)
        assert services.tell_signing(request_id=request.id, at=clock.now()) == 1
        assert "轮到本机构" in text_of(second_browser.get("/desk/seals/signings/"))
        assert 'name="seal"' not in second_browser.get(page).content.decode()
        seal_for(second, "示例区财政局财务专用章")
        assert 'name="seal"' in second_browser.get(page).content.decode()
        unsaid = second_browser.post(page, placed)
        placed["seal"] = Seal.objects.get(name="示例区财政局财务专用章").code
        faulty = second_browser.post(page, {**placed, "x": "左"})
        second_browser.post(page, {**placed, "x": "90"})

        assert (unsaid.status_code, faulty.status_code) == (422, 422)
        assert "各方均已签章" in text_of(first_browser.get(page))
        request.refresh_from_db()
        content = first_browser.get(f"/files/{request.file_id}").getvalue()
        verdict = services.verify_file(content=content, name="协议.ofd", at=clock.now())
        assert verdict.verdict is FileVerdictKind.VALID
        assert [one.seal_name for one in verdict.signatures] == ["示例区民政局", "示例区财政局财务专用章"]
        assert services.tell_signing(request_id=request.id, at=clock.now()) == 1
        assert messages.notices(actor=first).items[0].title == "多方签章已结束：各方均已签章"
        assert [one.title for one in messages.notices(actor=second).items] == ["轮到本机构签章"]

    def test_is_declined_with_a_reason_or_taken_back_by_who_asked(self) -> None:
        _first, first_browser = sealer(AGENCY, "示例区民政局")
        _second, second_browser = sealer(OTHER, "示例区财政局")
        form = {"purpose": "DOCUMENT", "party": [OTHER, AGENCY]}
        stranger = Browser()
        log_in(
            stranger,
            staff(agency_code="11510100MB1500000Y", division_code=DIVISION, at=clock.now()),
            at=clock.now(),
        )
        pages = [
            first_browser.post("/desk/seals/signings/new/", {**form, "file": ofd("协议.ofd")})["Location"]
            for _time in range(2)
        ]

        silent = second_browser.post(pages[0], {"act": "decline", "note": " "})
        second_browser.post(pages[0], {"act": "decline", "note": "条款不符"})
        forbidden = second_browser.post(pages[1], {"act": "withdraw"})
        first_browser.post(pages[1], {"act": "withdraw"})

        assert (silent.status_code, forbidden.status_code) == (422, 404)
        assert "条款不符" in text_of(first_browser.get(pages[0]))
        assert "发起人已撤回" in text_of(second_browser.get(pages[1]))
        assert stranger.get(pages[0]).status_code == 404
        assert first_browser.post(pages[0], {"act": "other"}).status_code == 404

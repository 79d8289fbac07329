"""
Seals at the desk: from the application to the log, each step by whose turn it is; signing with a second factor.
"""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from tests.factories.identity import AGENCY, DISTRICT, log_in, staff
from tests.factories.ofd import plain_ofd
from tests.factories.trust import establish
from tests.integration.portal.desk.test_account_pages import OTHER, area, text_of
from tests.integration.support.identity.test_second_factor import with_app
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.models import AuditEntry
from tongban.support.documents.models import StoredFile
from tongban.support.federation import ports
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.identity.values import CHECKED_BY_FACTOR, Role
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealAuthorisation, SealDocument, SealEvent, SealUse
from tongban.support.seals.values import FileVerdictKind

pytestmark = pytest.mark.django_db

__all__ = ["area"]

ASKED = {"name": "广安区卫生健康局", "kind": "1", "caption": "", "basis": "三定方案", "years": "5"}


def browser_of(actor: Actor, *, is_fresh: bool = True) -> Browser:
    browser = Browser()
    log_in(browser, actor, at=clock.now(), checked_level=CHECKED_BY_FACTOR if is_fresh else 0)
    return browser


def somebody(*roles: Role, agency_code: str = AGENCY, name: str = "章工") -> Actor:
    return staff(roles=roles, agency_code=agency_code, division_code=DISTRICT, name=name, at=clock.now())


@pytest.fixture
def keeper(area: None) -> Browser:
    establish(at=clock.now())
    return browser_of(somebody(Role.SEAL_KEEPER, name="管章人"))


@pytest.fixture
def reviewer(area: None) -> Browser:
    return browser_of(somebody(Role.SEAL_REVIEWER, name="审核人"))


@pytest.fixture
def maker(area: None) -> Browser:
    return browser_of(somebody(Role.SEAL_MAKER, name="制章人"))


@pytest.fixture
def registrar(area: None) -> Browser:
    return browser_of(somebody(Role.SEAL_REGISTRAR, name="备案人"))


@pytest.fixture
def seal(keeper: Browser, reviewer: Browser, maker: Browser, registrar: Browser) -> Seal:
    """
    A seal that went through all desks.
    """
    keeper.post("/desk/seals/apply/", ASKED)
    page = f"/desk/seals/{Seal.objects.get().id}/"
    reviewer.post(page, {"act": "REVIEW", "note": "同意"})
    maker.post(page, {"act": "MAKE"})
    registrar.post(page, {"act": "FILE", "filing_number": "备-77"})
    maker.post(page, {"act": "ISSUE"})
    keeper.post(page, {"act": "RECEIVE"})
    return Seal.objects.get()


@pytest.fixture
def signer(seal: Seal, keeper: Browser) -> Browser:
    """
    A colleague who was authorised over the page.
    """
    colleague = somebody(name="经办人")
    answer = keeper.post(f"/desk/seals/{seal.id}/authorise/", authorisation(account_id=colleague.id))
    assert answer.status_code == 302, answer.content.decode()
    return browser_of(colleague)


def authorisation(**typed: Any) -> dict[str, Any]:
    today = clock.civil_date(clock.now())
    return {
        "kind": "PERSONAL",
        "purposes": ["DOCUMENT"],
        "valid_from": f"{today}",
        "valid_until": f"{today.replace(day=28)}" if today.day < 28 else f"{today}",
        **typed,
    }


def to_sign(seal: Seal, /, **typed: Any) -> dict[str, Any]:
    return {
        "file": SimpleUploadedFile("通知.ofd", plain_ofd()),
        "seal": seal.code,
        "purpose": "DOCUMENT",
        "case_number": "2026-9",
        "page": "1",
        "corner": "lower_right",
        **typed,
    }


class TestTheLife:
    def test_leads_from_desk_to_desk(self, seal: Seal, keeper: Browser) -> None:
        page = text_of(keeper.get(f"/desk/seals/{seal.id}/"))

        assert seal.state == "IN_USE"
        assert "启用" in page
        assert "审核人 · 同意" in page
        assert "备案人 · 备-77" in page

    def test_offers_each_only_his_step(self, keeper: Browser, reviewer: Browser, maker: Browser) -> None:
        keeper.post("/desk/seals/apply/", ASKED)
        page = f"/desk/seals/{Seal.objects.get().id}/"

        assert 'value="REVIEW"' in reviewer.get(page).content.decode()
        assert 'value="REVIEW"' not in maker.get(page).content.decode()
        assert maker.post(page, {"act": "REVIEW"}).status_code == 403

    def test_keeps_what_was_typed_when_a_field_is_missing(self, keeper: Browser) -> None:
        page = keeper.post("/desk/seals/apply/", {**ASKED, "basis": "", "caption": "专用章"})

        assert page.status_code == 422
        assert 'value="专用章"' in page.content.decode()
        assert not Seal.objects.exists()

    def test_refuses_to_reject_without_a_reason(self, keeper: Browser, reviewer: Browser) -> None:
        keeper.post("/desk/seals/apply/", ASKED)
        page = f"/desk/seals/{Seal.objects.get().id}/"

        refused = reviewer.post(page, {"act": "REJECT", "note": " "})

        assert refused.status_code == 422
        assert "请填写原因" in text_of(refused)
        assert Seal.objects.get().state == "APPLIED"

    def test_says_at_the_right_field_that_a_loss_needs_a_reason(self, seal: Seal, keeper: Browser) -> None:
        page = keeper.post(f"/desk/seals/{seal.id}/", {"act": "REPORT_LOSS", "reason": " "})

        assert page.status_code == 422
        assert 'id="f-reason-error"' in page.content.decode()
        assert Seal.objects.get().state == "IN_USE"

    def test_does_not_know_an_act_that_is_none(self, seal: Seal, keeper: Browser) -> None:
        assert keeper.post(f"/desk/seals/{seal.id}/", {"act": "EXPIRE"}).status_code == 404

    def test_asks_for_a_renewal_once(self, seal: Seal, keeper: Browser) -> None:
        form = {**ASKED, "kind": "RENEWAL", "basis": "到期"}

        first = keeper.post(f"/desk/seals/{seal.id}/next/", form)
        second = keeper.post(f"/desk/seals/{seal.id}/next/", form)

        assert first.status_code == 302
        assert second.status_code == 409
        assert Seal.objects.filter(version=2, state="APPLIED").count() == 1


class TestWhoSees:
    def test_other_agencies_are_told_that_there_is_none(self, seal: Seal) -> None:
        stranger = browser_of(somebody(Role.SEAL_KEEPER, agency_code=OTHER))

        assert stranger.get(f"/desk/seals/{seal.id}/").status_code == 404
        assert stranger.get(f"/desk/seals/{seal.id}/uses/").status_code == 404
        assert seal.code not in text_of(stranger.get("/desk/seals/"))

    def test_lists_are_narrowed_by_state(self, seal: Seal, keeper: Browser) -> None:
        assert seal.code in text_of(keeper.get("/desk/seals/?state=in_use"))
        assert seal.code not in text_of(keeper.get("/desk/seals/?state=waiting"))

    def test_who_has_no_part_applies_for_none(self, area: None) -> None:
        nobody = browser_of(somebody())

        assert nobody.get("/desk/seals/apply/").status_code == 403
        assert "还没有印章" in text_of(nobody.get("/desk/seals/"))


class TestAuthorising:
    def test_needs_the_second_factor_before_anything_is_typed(self, seal: Seal) -> None:
        keeper = somebody(Role.SEAL_KEEPER)
        tired = browser_of(keeper, is_fresh=False)
        with_app(keeper, at=clock.now() - timedelta(hours=1))

        page = tired.get(f"/desk/seals/{seal.id}/authorise/")

        assert page.status_code == 302
        assert "factor" in page["Location"]

    def test_tells_every_fault_at_once(self, seal: Seal, keeper: Browser) -> None:
        typed = authorisation(most_yuan="x", uses_a_day="-1", valid_from="31")

        page = keeper.post(f"/desk/seals/{seal.id}/authorise/", typed)

        assert page.status_code == 422
        assert "请填写金额" in text_of(page)
        assert "请填写整数" in text_of(page)
        assert "请填写日期" in text_of(page)

    def test_keeps_the_limits(self, seal: Seal, keeper: Browser) -> None:
        colleague = somebody()
        typed = authorisation(
            account_id=colleague.id, most_yuan="1200.50", offerings="A1，B2", from_hour="9", until_hour="17"
        )

        keeper.post(f"/desk/seals/{seal.id}/authorise/", typed)

        given = SealAuthorisation.objects.get()
        assert (given.most_fen, given.offerings) == (120050, ["A1", "B2"])
        assert (given.from_hour, given.until_hour) == (9, 17)
        assert "金额不超过 1200.50 元" in text_of(keeper.get(f"/desk/seals/{seal.id}/"))

    def test_lets_another_platform_use_the_seal_where_there_is_one(self, seal: Seal, keeper: Browser) -> None:
        address, there = f"/desk/seals/{seal.id}/authorise/", "510100000000"
        alone = text_of(keeper.get(address))
        node = Provider(
            code=there,
            kind=ProviderKind.NODE,
            name="成都市",
            name_en="",
            url="http://n",
            shared_key=b"k" * 32,
        )
        trusted = ports.trust_by(ports.FixedTrust(Topology(providers=(node,))))

        offered = text_of(keeper.get(address))
        missing = keeper.post(address, authorisation(kind="NODE"))
        keeper.post(address, authorisation(kind="NODE", node_code=there))

        ports.trust_by(trusted)
        assert ("其他平台" in alone, "成都市" in offered) == (False, True)
        assert "请选择被授权的平台" in text_of(missing)
        assert [one.node_code for one in SealAuthorisation.objects.all()] == [there]
        assert f"其他平台自动签发授权 {there}" in text_of(keeper.get(f"/desk/seals/{seal.id}/"))

    def test_withdrawn_it_ends_at_once(self, seal: Seal, keeper: Browser, signer: Browser) -> None:
        given = SealAuthorisation.objects.get()

        keeper.post(
            f"/desk/seals/{seal.id}/", {"act": "END_AUTHORISATION", "authorisation_id": str(given.id)}
        )

        assert "没有可以使用的印章" in text_of(signer.get("/desk/seals/sign/"))


class TestSigning:
    def test_gives_the_sealed_file_back(self, seal: Seal, signer: Browser) -> None:
        answer = signer.post("/desk/seals/sign/", to_sign(seal))

        assert answer["Content-Type"] == "application/ofd"
        assert "attachment" in answer["Content-Disposition"]
        verdict = services.verify_file(content=answer.content, name="a.ofd", at=clock.now())
        assert verdict.verdict is FileVerdictKind.VALID
        assert SealUse.objects.get().case_number == "2026-9"

    def test_shows_the_pages_to_choose_the_place_and_keeps_nothing(
        self, seal: Seal, signer: Browser, keeper: Browser
    ) -> None:
        file = SimpleUploadedFile("通知.ofd", plain_ofd())
        kept = StoredFile.objects.count()

        pages = signer.post("/desk/seals/sign/preview/", {"file": file})
        strange = signer.post("/desk/seals/sign/preview/", {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
        form = signer.get("/desk/seals/sign/").content.decode()

        assert 'data-sheet data-page="1" data-width="210.0" data-height="297.0"' in pages.content.decode()
        assert "data:image/svg+xml;base64," in pages.content.decode()
        assert "这种文件不能在这里显示" in text_of(strange)
        assert 'data-preview="/desk/seals/sign/preview/"' in form
        assert keeper.post("/desk/seals/sign/preview/", {"file": file}).status_code == 403
        assert StoredFile.objects.count() == kept

    def test_puts_a_straddle_seal_too(self, seal: Seal, signer: Browser) -> None:
        answer = signer.post("/desk/seals/sign/", to_sign(seal, straddle="1"))

        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/ofd"

    def test_a_lost_seal_refuses_at_once(self, seal: Seal, signer: Browser, keeper: Browser) -> None:
        keeper.post(f"/desk/seals/{seal.id}/", {"act": "REPORT_LOSS", "reason": "密钥外泄"})

        page = signer.post("/desk/seals/sign/", to_sign(seal))

        assert "没有可以使用的印章" in text_of(page)
        assert not SealUse.objects.exists()

    def test_leads_to_the_second_factor_first(self, seal: Seal, keeper: Browser) -> None:
        colleague = somebody()
        keeper.post(f"/desk/seals/{seal.id}/authorise/", authorisation(account_id=colleague.id))
        tired = browser_of(colleague, is_fresh=False)
        with_app(colleague, at=clock.now() - timedelta(hours=1))

        page = tired.get("/desk/seals/sign/")

        assert page.status_code == 302
        assert "factor" in page["Location"]

    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ({"file": SimpleUploadedFile("a.txt", b"text")}, "只能在 OFD 或 PDF 文件上签章"),
            ({"page": "9"}, "文件没有这一页"),
            ({"corner": "exact", "x": "-3", "y": "10"}, "毫米数"),
            ({"seal": "5116000000000"}, "请选择印章"),
            ({"purpose": "LICENCE"}, "这次用印不在授权范围内"),
        ],
    )
    def test_says_what_is_wrong(self, seal: Seal, signer: Browser, typed: dict[str, Any], told: str) -> None:
        page = signer.post("/desk/seals/sign/", to_sign(seal, **typed))

        assert page.status_code in (403, 422)
        assert told in text_of(page)
        assert not SealUse.objects.exists()


class TestTheLog:
    def test_leaves_as_a_table_and_that_is_written_down(
        self, seal: Seal, signer: Browser, keeper: Browser
    ) -> None:
        signer.post("/desk/seals/sign/", to_sign(seal))

        answer = keeper.get(f"/desk/seals/{seal.id}/uses/")

        table = answer.getvalue().decode("utf-8-sig")
        assert "2026-9" in table
        assert SealUse.objects.get().digest in table
        assert AuditEntry.objects.filter(action="seals.use.export", subject=seal.code).count() == 1


class TestItsPapers:
    def test_are_opened_from_the_step_they_belong_to(self, seal: Seal, keeper: Browser) -> None:
        event = SealEvent.objects.get(seal=seal, action="FILE")
        services.write_step(event_id=event.id, at=clock.now())
        file_id = SealDocument.objects.get(event=event).file_id

        page = keeper.get(f"/desk/seals/{seal.id}/").content.decode()
        file = keeper.get(f"/files/{file_id}?inline")

        assert page.count("/files/") == 1
        assert f"/files/{file_id}?inline" in page
        assert file.getvalue().startswith(b"%PDF")

    def test_show_the_picture_fit_for_print_and_write_down_who_took_it(
        self, seal: Seal, keeper: Browser
    ) -> None:
        answer = keeper.get(f"/desk/seals/{seal.id}/picture/")

        with Image.open(io.BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 1200))
        assert AuditEntry.objects.filter(action="seals.picture.export", subject=seal.code).count() == 1

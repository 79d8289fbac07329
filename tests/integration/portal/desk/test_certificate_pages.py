"""
Console for certificates: system administrators see, security administrators act, nobody else enters.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import certificates as make
from tests.factories.identity import staff
from tests.factories.trust import establish, issue
from tests.integration.portal.desk.test_account_pages import area, at_desk, security, system, text_of
from tongban.foundation import clock
from tongban.foundation.crypto.certificates import pem, read_certificates
from tongban.foundation.crypto.issuing import read_request
from tongban.support.identity.values import Role
from tongban.support.trust.models import IssuedCertificate, TrustAnchor
from tongban.support.trust.values import CertificateReceipt

pytestmark = pytest.mark.django_db

__all__ = ["area"]

FORM = {
    "act": "issue",
    "name": "数据局接口",
    "organisation": "测试市数据局",
    "organisation_code": "",
    "algorithm": "SM2",
    "profile": "DOCUMENT",
}


@pytest.fixture
def keeper(area: None) -> Browser:
    return security()


@pytest.fixture
def receipt(area: None) -> CertificateReceipt:
    at = clock.now()
    establish(at=at)
    return issue(at=at)


def root() -> make.Holder:
    at = clock.now()
    return make.root("外部根", not_before=at - make.YEAR, not_after=at + make.YEAR)


def upload(content: bytes, name: str = "root.cer") -> Any:
    return SimpleUploadedFile(name, content)


class TestList:
    def test_says_what_ends_soon(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        at = clock.now()
        issue(at=at, name="快到期的证书", bearer="desk", valid_until=at + timedelta(days=5, hours=1))

        text = text_of(keeper.get("/desk/certificates/"))

        assert "1 张证书将在 60 天内到期，且没有后续证书" in text
        assert "还有 5 天" in text

    def test_shows_certificates_and_authorities(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        text = text_of(keeper.get("/desk/certificates/"))

        assert "测试市某局公章" in text
        assert "演示 测试市政务服务电子认证根 SM2-R" in text
        assert "办理证书" in text

    def test_finds_by_words_and_state(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        assert "测试市某局公章" in text_of(keeper.get("/desk/certificates/", {"words": "某局"}))
        assert "测试市某局公章" in text_of(
            keeper.get("/desk/certificates/", {"words": receipt.serial[:8].lower()})
        )
        assert "没有符合条件的证书" in text_of(keeper.get("/desk/certificates/", {"state": "REVOKED"}))

    def test_is_seen_by_system_administrators_who_cannot_act(self, receipt: CertificateReceipt) -> None:
        browser = system()
        one = f"/desk/certificates/{receipt.certificate_id}/"

        assert "测试市某局公章" in text_of(browser.get("/desk/certificates/"))
        assert "办理证书" not in text_of(browser.get("/desk/certificates/"))
        assert "吊销原因" not in text_of(browser.get(one))
        assert browser.get("/desk/certificates/new/").status_code == 403
        assert browser.post(one, {"act": "revoke", "reason": "CESSATION"}).status_code == 403
        assert IssuedCertificate.objects.get(id=receipt.certificate_id).revoked_at is None

    def test_is_closed_to_others(self, receipt: CertificateReceipt) -> None:
        browser = at_desk(staff(roles=[Role.AUDIT_ADMINISTRATOR], at=clock.now()))

        for path in ("", "issuers/", f"{receipt.certificate_id}/", f"{receipt.certificate_id}/file/"):
            assert browser.get(f"/desk/certificates/{path}").status_code == 403


class TestOne:
    def test_is_revoked_with_a_reason(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        address = f"/desk/certificates/{receipt.certificate_id}/"

        without = keeper.post(address, {"act": "revoke"})
        keeper.post(address, {"act": "revoke", "reason": "KEY_COMPROMISE"})

        assert without.status_code == 422
        assert "请选择吊销原因" in text_of(without)
        assert IssuedCertificate.objects.get(id=receipt.certificate_id).reason == "KEY_COMPROMISE"
        assert "已吊销" in text_of(keeper.get(address))

    def test_is_renewed(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        answer = keeper.post(f"/desk/certificates/{receipt.certificate_id}/", {"act": "renew"}, follow=True)

        new = IssuedCertificate.objects.get(renews_id=receipt.certificate_id)
        assert answer.request["PATH_INFO"] == f"/desk/certificates/{new.id}/"
        assert "已续期" in text_of(answer)

    def test_loses_its_key_only_when_nothing_needs_it(
        self, keeper: Browser, receipt: CertificateReceipt
    ) -> None:
        address = f"/desk/certificates/{receipt.certificate_id}/"

        early = keeper.post(address, {"act": "destroy"})
        keeper.post(address, {"act": "revoke", "reason": "CESSATION"})
        keeper.post(address, {"act": "destroy"})

        assert early.status_code == 409
        assert "已销毁" in text_of(keeper.get(address))

    def test_is_downloaded_with_those_above_it(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        answer = keeper.get(f"/desk/certificates/{receipt.certificate_id}/file/")

        found = read_certificates(answer.content)
        assert [one.der for one in found] == [receipt.der, *receipt.chain]

    def test_does_nothing_else(self, keeper: Browser, receipt: CertificateReceipt) -> None:
        assert (
            keeper.post(f"/desk/certificates/{receipt.certificate_id}/", {"act": "sell"}).status_code == 404
        )


class TestIssue:
    def test_makes_a_certificate_with_a_key_of_the_node(
        self, keeper: Browser, receipt: CertificateReceipt
    ) -> None:
        answer = keeper.post("/desk/certificates/new/", FORM, follow=True)

        made = IssuedCertificate.objects.get(name="数据局接口")
        assert (made.profile, made.algorithm, made.key_id is None) == ("DOCUMENT", "SM2", False)
        assert "证书已签发" in text_of(answer)

    @pytest.mark.parametrize("wrong", ["name", "organisation", "algorithm", "profile"])
    def test_says_what_is_missing(self, keeper: Browser, receipt: CertificateReceipt, wrong: str) -> None:
        answer = keeper.post("/desk/certificates/new/", {**FORM, wrong: ""})

        assert answer.status_code == 422
        assert not IssuedCertificate.objects.filter(name="数据局接口").exists()

    def test_asks_an_outside_authority_and_installs_its_answer(
        self, keeper: Browser, receipt: CertificateReceipt
    ) -> None:
        asked = keeper.post("/desk/certificates/new/", {**FORM, "act": "request"})
        request = read_request(asked.content)
        assert request.public_key is not None
        outside, at = root(), clock.now()
        leaf = make.issued(
            outside,
            "外部证书",
            point=request.public_key.point,
            not_before=at - make.YEAR,
            not_after=at + make.YEAR,
        )
        content = (pem(leaf.certificate.der) + pem(outside.certificate.der)).encode()
        sent = {"act": "install", "profile": "SEAL"}

        early = keeper.post("/desk/certificates/new/", {**sent, "content": upload(content)})
        keeper.post(
            "/desk/certificates/issuers/",
            {
                "act": "trust",
                "name": "外部CA",
                "grounds": "许可证",
                "content": upload(outside.certificate.der),
            },
        )
        answer = keeper.post("/desk/certificates/new/", {**sent, "content": upload(content)}, follow=True)

        assert early.status_code == 422
        assert "证书已安装" in text_of(answer)
        assert IssuedCertificate.objects.get(name="外部证书").authority is None


class TestIssuers:
    def test_are_trusted_and_not_any_more(self, keeper: Browser) -> None:
        sent = {"act": "trust", "name": "外部CA", "grounds": "许可证 0001"}

        trusted = keeper.post(
            "/desk/certificates/issuers/", {**sent, "content": upload(root().certificate.der)}, follow=True
        )
        anchor = TrustAnchor.objects.get()
        withdrawn = keeper.post(
            "/desk/certificates/issuers/", {"act": "withdraw", "anchor": str(anchor.id)}, follow=True
        )

        assert "许可证 0001" in text_of(trusted)
        assert "已撤回信任" in text_of(withdrawn)
        anchor.refresh_from_db()
        assert anchor.withdrawn_at is not None

    def test_are_not_trusted_for_a_file_of_anything(self, keeper: Browser) -> None:
        answer = keeper.post(
            "/desk/certificates/issuers/",
            {"act": "trust", "name": "外部CA", "grounds": "x", "content": upload(b"hello")},
        )

        assert answer.status_code == 422
        assert "不是证书文件" in text_of(answer)

    def test_are_only_shown_to_system_administrators(self, area: None) -> None:
        browser = system()
        sent = {"act": "trust", "name": "外部CA", "grounds": "x", "content": upload(root().certificate.der)}

        assert "接收吊销列表" not in text_of(browser.get("/desk/certificates/issuers/"))
        assert browser.post("/desk/certificates/issuers/", sent).status_code == 403

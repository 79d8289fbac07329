"""
A clerk asks for a licence of an applicant's; the holder agrees, sees it used, and takes the consent back.
"""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories.identity import NODE, log_in, staff
from tongban.business.licences.models import Licence, LicenceShare, LicenceUse
from tongban.business.licences.services import Holder, issue_licence, load_licence_types
from tongban.business.licences.services.life import revoke_licence
from tongban.business.licences.services.sharing_telling import tell_users
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.foundation.models import Announcement
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

WHY = {"purpose": "核对场所名称", "type_code": make.LICENCE_TYPE["code"], "days": "30"}


@pytest.fixture
def clerk(db: None) -> Browser:
    browser = Browser()
    actor = staff(Post.REVIEW, agency_code=make.AGENCY, division_code=make.DIVISION)
    log_in(browser, actor, at=clock.now())
    return browser


@pytest.fixture
def number(person: Actor) -> str:
    """
    A case of the citizen's, who holds a licence that a counter has compared with its original.
    """
    make.publish("test-plain", at=clock.now())
    number = make.submit(
        "test-plain", applicant_id=person.person_id, actor=person, at=clock.now()
    ).case_number
    load_licence_types(rows=[make.LICENCE_TYPE], actor=NODE, at=clock.now())
    code = make.applicant_of(number).id_number
    with transaction.atomic():
        receipt = issue_licence(
            type_code=make.LICENCE_TYPE["code"],
            holder=Holder(kind="1", name="张小三", code=code, code_type="111", person_id=person.person_id),
            face={},
            issuer_code=make.AGENCY,
            issuer_name="示例局",
            division_code=make.DIVISION,
            case_number="C-1",
            actor=NODE,
            at=clock.now(),
        )
    compared: dict[str, Any] = {"grade": "B", "compared_at": clock.now(), "compared_by": "李核"}
    Licence.objects.filter(id=receipt.id).update(original_id=uuid.uuid4(), **compared)
    return number


def asked(clerk: Browser, number: str) -> uuid.UUID:
    page = clerk.post(f"/desk/cases/{number}/ask-licence/", WHY)
    assert page.status_code == 302, page.content.decode()
    return LicenceShare.objects.get().id


class TestSharing:
    def test_goes_from_the_question_to_the_log_and_back(
        self, clerk: Browser, browser: Browser, number: str
    ) -> None:
        assert "请求共享证照" in clerk.get(f"/desk/cases/{number}/").content.decode()
        share = asked(clerk, number)
        mine, desk = f"/my/licence-shares/{share}/", f"/desk/shared-licences/{share}/"
        assert "有 1 个机关请求使用您的证照" in browser.get("/my/licences/").content.decode()
        assert "核对场所名称" in browser.get("/my/licence-shares/").content.decode()
        assert "查看照面信息" not in clerk.get(desk).content.decode()

        assert browser.post(mine, {"answer": "CONSENT"}).status_code == 302

        assert "加注件" in clerk.get(f"/desk/cases/{number}/").content.decode()
        assert "本次查看已记录" in clerk.post(desk).content.decode()
        identifier = Licence.objects.get().identifier
        log = browser.get(f"/my/licences/{identifier}/uses/").content.decode()
        assert log.rindex("查看照面信息") < log.rindex("取得加注件") < log.rindex("请求共享")
        assert number in log

        assert browser.post(mine, {"answer": "WITHDRAW", "words": "不再需要"}).status_code == 302
        after = clerk.post(desk, follow=True).content.decode()
        assert "持证人已撤回" in after
        assert "不再需要" in after
        assert LicenceUse.objects.filter(kind="READ").count() == 1

    def test_says_what_is_wrong(self, clerk: Browser, browser: Browser, number: str) -> None:
        wrong = clerk.post(f"/desk/cases/{number}/ask-licence/", {**WHY, "purpose": "", "days": "abc"})
        Licence.objects.update(status="SUSPENDED")
        refused = clerk.post(f"/desk/cases/{number}/ask-licence/", WHY)
        Licence.objects.update(status="VALID")
        share = asked(clerk, number)
        long = browser.post(f"/my/licence-shares/{share}/", {"answer": "REFUSE", "words": "长" * 501})
        late = browser.post(f"/my/licence-shares/{share}/", {"answer": "WITHDRAW"}, follow=True)

        assert (wrong.status_code, refused.status_code, long.status_code) == (422, 409, 422)
        assert "期限为 1 至 365 日" in wrong.content.decode()
        assert "证照当前不是有效状态" in refused.content.decode()
        assert "不能这样答复" in late.content.decode()

    def test_hides_the_share_from_others(self, other: Browser, clerk: Browser, number: str) -> None:
        share = asked(clerk, number)
        elsewhere = Browser()
        stranger = staff(Post.REVIEW, agency_code="11510100MB9900000Z", division_code=make.DIVISION)
        log_in(elsewhere, stranger, at=clock.now())

        assert other.get(f"/my/licence-shares/{share}/").status_code == 404
        assert elsewhere.get(f"/desk/shared-licences/{share}/").status_code == 404
        assert elsewhere.get(f"/desk/cases/{number}/ask-licence/").status_code == 404

    def test_lists_licences_that_have_changed(self, clerk: Browser, number: str) -> None:
        clerk.post(f"/desk/cases/{number}/ask-licence/", {**WHY, "legal_basis": "某法第三条"})
        decider = staff(Post.DECISION, agency_code=make.AGENCY, division_code=make.DIVISION)
        identifier, share = Licence.objects.get().identifier, LicenceShare.objects.get().id
        assert "没有变化" in clerk.get("/desk/shared-licences/").content.decode()
        revoke_licence(
            identifier=identifier,
            reason="骗取",
            legal_basis="许可法第六十九条",
            actor=decider,
            at=clock.now(),
        )
        fact = Announcement.objects.get(topic="licences.licence_revoked")
        tell_users(
            events.Announced(id=fact.pk, topic=fact.topic, key=fact.key, at=fact.at, payload=fact.payload)
        )

        assert "未知悉" in clerk.get("/desk/shared-licences/").content.decode()
        assert "证照已变为：撤销" in clerk.get(f"/desk/shared-licences/{share}/").content.decode()
        assert clerk.post(f"/desk/shared-licences/{share}/seen/").status_code == 302
        assert "没有变化" in clerk.get("/desk/shared-licences/").content.decode()

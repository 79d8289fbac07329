"""
Data services in the data room: published, applied for, opened, used up, ended; told in figures.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import identity
from tests.factories import sharing as make
from tests.factories.sharing import Agency
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.crypto import sm2
from tongban.resources.sharing import services
from tongban.resources.sharing.models import DataRequest, DataService, Grant, SubscriberKey
from tongban.resources.sharing.services import calling
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

ROOM = "/desk/data/"
SERVICE = f"{ROOM}services/at/births/"


@pytest.fixture
def agency(settings: object) -> Iterator[Agency]:
    with make.wired(), make.agency() as agency, make.let_out(settings):
        yield agency


def browser_of(role: Role, agency_code: str) -> Browser:
    browser, at = Browser(), clock.now()
    identity.log_in(browser, identity.staff(roles=(role,), agency_code=agency_code, at=at), at=at)
    return browser


def text(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


def sent(browser: Browser, path: str, form: dict[str, Any]) -> str:
    return text(browser.post(path, form, follow=True))


def form(agency: Agency, **changes: str) -> dict[str, str]:
    plain = {
        "code": "births",
        "title": "出生登记查询",
        "dataset_code": make.DATASET,
        "kind": "UPSTREAM",
        "url": agency.url,
        "credential": "BEARER",
        "secret": "of-the-agency",
        "parameters": "id_number 身份证号码\nnote? 备注",
        "timeout_seconds": "3",
        "cache_seconds": "0",
    }
    return {**plain, **changes}


def wish(**changes: Any) -> dict[str, Any]:
    plain = {
        "client_id": make.CLIENT,
        "purpose": "核定生育保险待遇",
        "legal_basis": "社会保险法第五十四条",
        "fields": ["name", "born"],
        "daily_quota": "2",
        "until": clock.civil_date(clock.now() + timedelta(days=30)).isoformat(),
        "contact_name": "姚用数",
        "contact_phone": "0000-1234567",
    }
    return {**plain, **changes}


def called(actor: Actor = make.SYSTEM) -> Any:
    body = json.dumps({"question": {"id_number": "1"}}).encode()
    return services.call_service(code="births", body=body, actor=actor, request_id="r-1", at=clock.now())


class TestTheWayOfAService:
    def test_is_published_applied_for_used_up_and_taken_back(self, agency: Agency) -> None:
        steward = browser_of(Role.DATA_STEWARD, make.PROVIDER)
        user = browser_of(Role.DATA_STEWARD, make.USER)
        reviewer = browser_of(Role.DATA_REVIEWER, make.OFFICE)

        wrong = text(
            steward.post(f"{ROOM}services/new/", form(agency, cache_seconds="60", title="甲乙")), status=422
        )
        assert "只有无条件共享且不含个人信息的信息资源可以缓存" in wrong
        assert 'value="甲乙"' in wrong
        assert "已登记" in sent(steward, f"{ROOM}services/new/", form(agency))
        assert text(user.get(f"{ROOM}services/")).count("出生登记查询") == 0
        assert "已核验" in sent(reviewer, SERVICE, {"act": "CHECK"})
        assert "已发布" in sent(steward, SERVICE, {"act": "PUBLISH"})
        assert DataService.objects.get().credential == "of-the-agency"

        page = text(user.get(SERVICE))
        assert "申请使用" in page
        assert agency.url not in page
        short = text(user.post(f"{SERVICE}apply/", wish(legal_basis="")), status=422)
        assert "核定生育保险待遇" in short
        assert "等待合规审核" in sent(user, f"{SERVICE}apply/", wish())
        here = f"{ROOM}requests/{DataRequest.objects.get().id}/"
        assert "退回申请方补充" in sent(reviewer, here, {"act": "RETURN", "words": "请写明条款"})
        assert "社会保险法第五十四条" in text(user.get(f"{here}edit/"))
        sent(user, f"{here}edit/", wish(legal_basis="社会保险法第五十六条"))
        assert "答复期限从今天起算" in sent(reviewer, here, {"act": "PASS"})
        assert "须说明理由" in text(steward.post(here, {"act": "REFUSE", "reason": "不便"}), status=409)
        opened = {"act": "GRANT", "fields": ["name"], "daily_quota": "2"}
        assert "现在可以调用" in sent(steward, here, opened)

        assert make.rows(called()) == [{"name": "王小明"}, {"name": "李小红"}]
        called()
        with pytest.raises(calling.QuotaExhausted):
            called()
        grant = f"{ROOM}grants/{Grant.objects.get().id}/"
        assert "今日次数已用完" in text(user.get(grant))
        again = text(user.get(f"{SERVICE}apply/", {"renews": str(Grant.objects.get().id)}))
        assert "社会保险法第五十六条" in again

        figures = text(steward.get(f"{ROOM}services/figures/"))
        assert "data_quota_exhausted" in figures
        assert figures.count("<rect") == 2
        table = steward.get(f"{ROOM}services/figures.csv").getvalue().decode()
        assert '"births","出生登记查询"' in table
        evidence = text(user.get(f"{ROOM}services/calls/", {"service": "births"}))
        assert evidence.count("r-1") == 3
        assert "王小明" not in evidence

        assert "使用方会看到" in text(steward.get(grant))
        assert "已收回" in sent(steward, grant, {"words": "超范围使用"})
        with pytest.raises(calling.GrantRevoked):
            called()
        assert "超范围使用" in text(user.get(grant))
        assert "超范围使用" in text(user.get(here))

    def test_shows_nothing_to_others(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()
        other = browser_of(Role.DATA_STEWARD, "11511301008778000X")

        assert other.get(f"{ROOM}requests/{DataRequest.objects.get().id}/").status_code == 404
        assert other.get(f"{ROOM}grants/{Grant.objects.get().id}/").status_code == 404
        assert other.get(f"{SERVICE}edit/").status_code == 404
        for page in ("requests/", "grants/", "services/calls/", "services/figures/"):
            assert "births" not in text(other.get(f"{ROOM}{page}"))

    def test_keeps_keys_and_rules(self, agency: Agency) -> None:
        user = browser_of(Role.DATA_STEWARD, make.USER)
        point = sm2.generate().public.point.hex()

        bad = text(user.post(f"{ROOM}grants/keys/", {"client_id": make.CLIENT, "point": "04"}), status=422)
        assert "请填写 SM2 公钥" in bad
        sent(user, f"{ROOM}grants/keys/", {"client_id": make.CLIENT, "point": point})
        key = SubscriberKey.objects.get()
        sent(user, f"{ROOM}grants/keys/", {"end": str(key.id)})
        key.refresh_from_db()
        assert key.ended_at is not None
        rules = {"ERROR_RATE-on": "1", "ERROR_RATE-threshold": "5", "ERROR_RATE-minutes": "10"}
        rest = {"LATENCY-threshold": "900", "LATENCY-minutes": "10", "QUOTA-threshold": "70"}
        rest |= {"DENIED-on": "1", "DENIED-threshold": "20", "DENIED-minutes": "60", "QUOTA-minutes": "1440"}
        rest |= {"CIRCUIT-on": "1", "CIRCUIT-threshold": "5", "CIRCUIT-minutes": "30"}
        saved = sent(user, f"{ROOM}services/rules/", {**rules, **rest})
        assert "告警规则已保存" in saved
        page = text(user.get(f"{ROOM}services/rules/"))
        assert 'value="900"' in page
        assert "被拒绝的调用次数" in page
        english = text(user.get(f"{ROOM}services/rules/", headers={"Accept-Language": "en"}))
        assert all(words in english for words in ("Calls denied", "Circuit open", "times"))

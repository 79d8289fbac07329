"""
A holder shows a licence on a phone; somebody at a reception checks it on another: online, by a picture, offline.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, NARROW, PHONE, Node, Visitor
from tests.journeys.test_counter_clerk import sign_in
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.values.presenting import Claims
from tongban.foundation import clock
from tongban.foundation.crypto import sm2
from tools.demo.__main__ import Demo, _staff_of

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def staff(node: Node) -> Iterator[Demo]:
    """
    A citizen who has just been granted a licence, and who did it.
    """
    demo = Demo(node.url)
    for act in (demo.register, demo.search, demo.guide, demo.apply, demo.request_correction, demo.correct):
        act()
    for act in (demo.accept, demo.review, demo.grant):
        act()
    yield demo
    for connection in (demo.api, demo.browser, demo.stranger):
        connection.close()


def logged_in(visit: Visit, staff: Demo) -> Visitor:
    visitor = visit(PHONE, is_mobile=True, has_touch=True)
    visitor.open("/my/login/")
    visitor.page.locator("#f-login").fill(staff.citizen.id_number)
    visitor.page.locator("#f-password").fill(staff.citizen.password)
    visitor.page.locator("main button.tb-btn--primary").first.click()
    visitor.page.wait_for_url(re.compile("/my/$"))
    return visitor


def show(holder: Visitor, staff: Demo) -> str:
    holder.open(f"/my/licences/{staff.licence}/present/")
    holder.page.locator("main").get_by_role("button", name="亮证", exact=True).click()
    holder.page.wait_for_url(re.compile("/my/presentations/"))
    return holder.page.locator("[data-presented-code]").text_content() or ""


def paste(page: Page, code: str) -> None:
    page.locator("#f-code").fill(code)
    page.get_by_role("button", name="核验", exact=True).click()


def look(visitor: Visitor, name: str) -> None:
    visitor.keep(f"present-{name}")
    assert visitor.overflow() == 0, name
    assert visitor.violations() == [], name
    assert visitor.missing_icons() == [], name


class TestAHolderAndAChecker:
    def test_check_online_once(self, visit: Visit, staff: Demo) -> None:
        holder, checker = logged_in(visit, staff), visit(NARROW, is_mobile=True, has_touch=True)
        holder.open(f"/my/licences/{staff.licence}/present/")
        look(holder, "choose")
        code = show(holder, staff)
        look(holder, "code")

        checker.open("/check/")
        look(checker, "check")
        checker.page.locator("#f-checker").fill("某酒店前台")
        paste(checker.page, code)
        result = checker.page.locator("[data-result]")
        expect(result).to_contain_text("真实 · 有效")
        expect(result).to_contain_text(staff.citizen.name)
        expect(result).not_to_contain_text(staff.citizen.id_number)
        look(checker, "valid")
        paste(checker.page, code)
        expect(result).to_contain_text("已被核验过")
        look(checker, "used")

        holder.page.reload()
        expect(holder.page.locator(".tb-present__checks")).to_contain_text("自称：某酒店前台")
        assert holder.complaints == checker.complaints == []

    def test_check_a_picture_of_the_code(self, visit: Visit, staff: Demo, tmp_path: Path) -> None:
        holder, checker = logged_in(visit, staff), visit(PHONE)
        show(holder, staff)
        picture = tmp_path / "code.png"
        # A browser may show the page before it has drawn the picture in it.
        holder.page.locator(".tb-present__code").evaluate("picture => picture.decode()")
        holder.page.locator(".tb-present__code").screenshot(path=picture)

        checker.open("/check/")
        checker.page.locator("[data-picture]").set_input_files(picture)

        expect(checker.page.locator("[data-result]")).to_contain_text("真实 · 有效")
        assert checker.complaints == []

    def test_open_the_page_by_the_code_and_leave_no_trace(self, visit: Visit, staff: Demo) -> None:
        holder, checker = logged_in(visit, staff), visit(PHONE)

        checker.open(f"/check/#{show(holder, staff)}")

        expect(checker.page.locator("[data-result]")).to_contain_text("真实 · 有效")
        assert checker.page.url == checker.node.at("/check/")

    def test_check_offline_and_hear_what_that_cannot_tell(self, visit: Visit, staff: Demo) -> None:
        holder, checker = logged_in(visit, staff), visit(PHONE)
        code = show(holder, staff)
        page = checker.page
        checker.open("/check/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")

        page.context.set_offline(True)
        page.reload()
        paste(page, code)

        result = page.locator("[data-result]")
        expect(result).to_contain_text("真实 · 状态未核实")
        expect(result).to_contain_text(staff.citizen.name)
        checker.keep("present-offline")
        paste(page, code)
        expect(result).to_contain_text("已被核验过")
        changed = code[:60] + ("A" if code[60] != "A" else "B") + code[61:]
        paste(page, changed)
        expect(result).to_contain_text(re.compile("伪造或被改动|无法识别|不是已知平台的码"))
        paste(page, forged(code))
        expect(result).to_contain_text("伪造或被改动")
        paste(page, "你好")
        expect(result).to_contain_text("无法识别")

    def test_judge_time_by_the_same_words_offline(self, visit: Visit, staff: Demo) -> None:
        holder, checker = logged_in(visit, staff), visit(PHONE)
        page = checker.page
        page.clock.install()
        checker.open("/check/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        code = show(holder, staff)
        page.context.set_offline(True)

        page.clock.set_system_time(told(code)[3] + 31)
        paste(page, code)
        expect(page.locator("[data-result]")).to_contain_text("已过期")
        page.clock.set_system_time(told(code)[2] - 31)
        paste(page, code)
        expect(page.locator("[data-result]")).to_contain_text("时间尚未到")


class TestACodeOfAnotherCity:
    KEY = sm2.generate()

    @pytest.fixture(autouse=True)
    def told(self, node: Node) -> None:
        """
        The node has been told the city's key, as it is every hour; that is proved in tests/network.
        """
        now = clock.now().replace(microsecond=0)
        row = {
            "teller": "510000000000",
            "source": "510100000000",
            "source_name": "成都市",
            "key_id": codes.key_id_of(self.KEY.public.point),
            "point": self.KEY.public.point,
            "not_before": now - timedelta(days=1),
            "not_after": now + timedelta(days=1),
            "fetched_at": now,
        }
        places = ", ".join(f"%({name})s" for name in row)
        with psycopg.connect(node.database) as database:
            database.execute("DELETE FROM licences_peerkey WHERE source = %(source)s", row)
            database.execute(f"INSERT INTO licences_peerkey ({', '.join(row)}) VALUES ({places})", row)

    def code(self, nonce: str = "n-1", *, at: datetime | None = None) -> str:
        at = at or clock.now()
        claims = Claims(
            key_id=codes.key_id_of(self.KEY.public.point),
            nonce=nonce,
            issued_at=at,
            expires_at=at + timedelta(seconds=60),
            identifier="1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            type_name="演示许可证",
            issuer_name="成都某局",
            last_valid_date=None,
            is_by_agent=False,
            is_demonstration=True,
            lines=(("场所", "成都示例店"),),
        )
        signed = codes.signed_part(claims)
        return codes.sealed_code(signed, sm2.raw_of(self.KEY.sign(signed.encode())))

    def test_is_verified_offline_against_its_published_key_and_refused_when_changed_or_late(
        self, visit: Visit
    ) -> None:
        checker = visit(PHONE, is_mobile=True, has_touch=True)
        page, result = checker.page, checker.page.locator("[data-result]")
        checker.open("/check/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.context.set_offline(True)
        page.reload()

        good = self.code()
        paste(page, good)
        expect(result).to_contain_text("真实 · 状态未核实")
        expect(result).to_contain_text("成都市")
        expect(result).to_contain_text("成都示例店")
        checker.keep("present-elsewhere-offline")
        paste(page, forged(self.code("n-2")))
        expect(result).to_contain_text("伪造或被改动")
        paste(page, self.code("n-4", at=clock.now() - timedelta(seconds=120)))
        expect(result).to_contain_text("已过期")
        paste(page, good.rpartition(".")[0] + "." + self.code("n-3").rpartition(".")[2])
        expect(result).to_contain_text("伪造或被改动")
        assert checker.complaints == []


class TestAnAgency:
    def test_uses_the_licence_in_another_case_and_the_holder_sees_it(self, visit: Visit, staff: Demo) -> None:
        found = staff.api.get("/search", params={"q": "临时占用街道"}).json()["hits"]
        staff.offering = found[0]["ref_code"]
        staff.apply()
        number = staff.case_number
        agency = staff.api.get(f"/offerings/{staff.offering}").json()["elements"]["agency_code"]
        clerk, holder = visit(DESK), logged_in(visit, staff)
        sign_in(clerk, _staff_of(agency)["review"])

        clerk.open(f"/desk/cases/{number}/")
        clerk.page.get_by_role("link", name="请求共享证照").click()
        look(clerk, "share-ask")
        clerk.page.locator("#f-type_code").select_option(label="公共场所卫生许可证")
        clerk.page.locator("#f-purpose").fill("核对经营场所")
        clerk.page.get_by_role("button", name="发出请求").click()
        expect(clerk.page.locator("main")).to_contain_text("等待持证人答复")

        holder.open("/my/licences/")
        holder.page.get_by_role("link", name="查看并答复").click()
        look(holder, "share-list")
        holder.page.get_by_role("link", name="公共场所卫生许可证").click()
        look(holder, "share-show")
        holder.page.get_by_role("button", name="同意", exact=True).click()
        expect(holder.page.locator("main")).to_contain_text("共享中")

        clerk.page.reload()
        look(clerk, "share-case")
        clerk.page.get_by_role("link", name="公共场所卫生许可证").click()
        clerk.page.get_by_role("button", name="查看照面信息").click()
        expect(clerk.page.locator("main")).to_contain_text("本次查看已记录")
        look(clerk, "share-face")

        holder.open(f"/my/licences/{staff.licence}/uses/")
        log = holder.page.locator("main")
        expect(log).to_contain_text("查看照面信息")
        expect(log).to_contain_text(number)
        expect(log).to_contain_text("用途：核对经营场所")
        look(holder, "share-uses")
        assert holder.complaints == clerk.complaints == []


def told(code: str) -> list[Any]:
    """
    Return what stands in a code.
    """
    claims = code.split(".")[1]
    found: list[Any] = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return found


def forged(code: str) -> str:
    """
    Return the code with another name of the licence on it, and the old signature.
    """
    claims = told(code)
    claims[1], claims[5] = "another-number", "别的证照"
    text = urlsafe_b64encode(json.dumps(claims, ensure_ascii=False).encode()).rstrip(b"=").decode()
    return ".".join([code.split(".", maxsplit=1)[0], text, code.split(".")[2]])

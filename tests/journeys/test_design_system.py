"""
Every component of the design system, drawn once by the real templates and looked at by a real browser.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory
from playwright.sync_api import Route

from tests.journeys.conftest import DESK, NARROW, PHONE, Visitor
from tongban.config.security import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.browser

GALLERY = Path(__file__).parent / "gallery"
Visit = Callable[..., Visitor]

SAMPLE = SimpleNamespace(
    entries=[
        SimpleNamespace(
            name="申请提交", at=datetime(2026, 11, 21, 6, 2, tzinfo=UTC), note="网上", state="done"
        ),
        SimpleNamespace(name="受理", at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC), note=None, state="current"),
        SimpleNamespace(name="听证", at=None, note="不计入时限", state="paused"),
        SimpleNamespace(name="决定", at=date(2026, 11, 30), note="最迟", state="future"),
    ],
    steps=[
        SimpleNamespace(name="申请", note="网上", is_yours=True, is_off_clock=False),
        SimpleNamespace(name="现场审查", note="不计入时限", is_yours=False, is_off_clock=True),
        SimpleNamespace(name="决定", note="第 5 个工作日前", is_yours=False, is_off_clock=False),
    ],
    rows=[
        SimpleNamespace(name="道路货物运输经营许可", state="late", days=-1),
        SimpleNamespace(name="食品经营许可（变更）", state="soon", days=0),
        SimpleNamespace(name="社会团体成立登记", state="on_time", days=8),
    ],
    tasks=[
        SimpleNamespace(name="填写", href="/x", note="已自动保存", is_done=True),
        SimpleNamespace(name="材料", href="", note="", is_done=False),
    ],
    licence=SimpleNamespace(
        type_name="公共场所卫生许可证",
        href="/l",
        holder="张*",
        number="1.2.156.3005.2.SAMPLE.0001",
        agency_name="示例区卫生健康局",
        grade="A 级",
        status="有效",
        valid="至 2030年11月29日",
        is_ended=False,
    ),
    ended=SimpleNamespace(
        type_name="营业执照",
        href="",
        holder="张*",
        number="1.2.156.3005.2.SAMPLE.0002",
        agency_name="示例区市场监管局",
        grade="",
        status="已注销",
        valid="",
        is_ended=True,
    ),
)


def drawn(name: str, **cookies: str) -> str:
    request = RequestFactory().get(f"/gallery-{name}", HTTP_HOST="127.0.0.1")
    request.COOKIES.update(cookies)
    environment: Any = engines.all()[0]
    template = environment.from_string((GALLERY / f"{name}.html").read_text(encoding="utf-8"))
    html: str = template.render({"sample": SAMPLE}, request)
    return html


def show(visitor: Visitor, name: str, **cookies: str) -> None:
    html = drawn(name, **cookies)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CONTENT_SECURITY_POLICY}
    visitor.page.route(f"**/gallery-{name}", lambda route: route.fulfill(body=html, headers=headers))
    visitor.open(f"/gallery-{name}")


class TestComponents:
    @pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE), ("narrow", NARROW)])
    def test_stand_on_every_screen(self, visit: Visit, name: str, size: dict[str, int]) -> None:
        visitor = visit(size)

        show(visitor, "components")

        visitor.keep(f"design-components-{name}")
        assert visitor.overflow() == 0
        assert visitor.missing_icons() == []
        assert visitor.violations() == []
        assert visitor.complaints == []

    def test_stand_in_the_elder_edition(self, visit: Visit) -> None:
        visitor = visit(NARROW)

        show(visitor, "components", tongban_elder="1")

        visitor.keep("design-components-elder")
        assert visitor.overflow() == 0
        assert visitor.violations() == []

    def test_move_the_focus_to_the_error_summary_and_from_there_to_the_field(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "components")

        assert visitor.page.evaluate("document.activeElement.className") == "tb-errors"

        visitor.page.get_by_role("link", name="请填写姓名").click()

        assert visitor.page.evaluate("document.activeElement.id") == "f-name"

    def test_ask_before_what_cannot_be_undone(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "components")
        sent: list[str] = []

        def answer(route: Route) -> None:
            sent.append(route.request.method)
            route.fulfill(body="ok")

        visitor.page.route("**/x", answer)

        visitor.page.get_by_role("button", name="注销").click()
        dialog = visitor.page.get_by_role("dialog", name="请确认")

        assert "真的要注销吗？" in dialog.inner_text()
        # The browser may still fetch a picture of the page.
        assert "POST" not in sent

        dialog.get_by_role("button", name="确定").click()
        visitor.page.wait_for_url("**/x")

        assert sent == ["POST"]

    def test_upload_a_file_at_once_and_say_why_it_was_refused(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "components")
        visitor.page.route(
            "**/upload",
            lambda route: route.fulfill(
                status=422, content_type="application/problem+json", body='{"detail": "文件是空的"}'
            ),
        )

        visitor.page.set_input_files(
            "#f-plan", {"name": "空.pdf", "mimeType": "application/pdf", "buffer": b""}
        )

        visitor.page.get_by_text("文件是空的").first.wait_for()

    @pytest.mark.parametrize("control", ["#f-plan", "#f-form-file"])
    def test_say_that_a_file_is_too_large_before_anything_is_sent(self, visit: Visit, control: str) -> None:
        visitor = visit(DESK)
        show(visitor, "components")
        visitor.page.evaluate(
            "document.querySelectorAll('[data-most-bytes]').forEach((box) => (box.dataset.mostBytes = '3'))"
        )
        sent: list[str] = []
        visitor.page.on("request", lambda request: sent.append(request.method))

        visitor.page.set_input_files(
            control, {"name": "大.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
        )

        visitor.page.locator(".tb-field__error", has_text="文件超过 20 MB 的上限").first.wait_for()
        assert visitor.page.locator(control).evaluate("input => input.files.length") == 0
        # The browser may still fetch a picture of the page.
        assert "POST" not in sent


class TestDesk:
    def test_stands(self, visit: Visit) -> None:
        visitor = visit(DESK)

        show(visitor, "desk")

        visitor.keep("design-desk")
        assert visitor.overflow() == 0
        assert visitor.missing_icons() == []
        assert visitor.violations() == []
        assert visitor.complaints == []

    def test_obeys_the_keyboard(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "desk")

        visitor.page.keyboard.press("j")
        visitor.page.keyboard.press("j")

        assert visitor.page.evaluate("document.activeElement.textContent") == "食品经营许可（变更）"
        assert visitor.page.locator("tr[data-selected]").count() == 1

    def test_presses_the_button_of_a_letter(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "desk")
        visitor.page.evaluate(
            "document.querySelector('[data-key=a]').addEventListener('click', () => (window.pressed = true))"
        )

        visitor.page.keyboard.press("a")

        assert visitor.page.evaluate("window.pressed") is True

    def test_explains_its_keys_and_lets_them_be_switched_off(self, visit: Visit) -> None:
        visitor = visit(DESK)
        show(visitor, "desk")

        visitor.page.keyboard.press("?")
        visitor.page.get_by_role("button", name="停用快捷键").click()
        visitor.page.get_by_role("button", name="知道了").click()
        visitor.page.keyboard.press("j")

        assert visitor.page.locator("tr[data-selected]").count() == 0

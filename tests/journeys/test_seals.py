"""
A seal from the application to its loss, and what anybody reads about the files it was put on.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories.ofd import rich_parts, zipped
from tests.integration.support.seals.test_verifying import Foreign
from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.test_counter_clerk import sign_in

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]

KEEPER, REVIEWER, MAKER, REGISTRAR = "seal.keep", "seal.review", "seal.make", "seal.file"
NAME = "行政审批局验收专用章（演示）"
SIGNER = "approval.accept"


def look(visitor: Visitor, name: str) -> None:
    visitor.keep(name)
    assert visitor.violations() == []
    assert visitor.overflow() <= 0
    assert visitor.missing_icons() == []


def at_desk(visit: Visit, login: str) -> Visitor:
    visitor = visit(DESK)
    sign_in(visitor, login)
    return visitor


def take_step(visit: Visit, login: str, path: str, *, filing_number: str = "") -> None:
    """
    Take the step that the page of the seal offers, by its key.
    """
    visitor = at_desk(visit, login)
    visitor.open(path)
    if filing_number:
        visitor.page.fill("#f-filing_number", filing_number)
        look(visitor, "desk-seal-step")
    visitor.page.locator("h1").click()
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Escape")
        visitor.page.locator("#step button[data-key=s]").press("Enter")
    assert visitor.page.locator(".tb-notice--good").count() == 1


def checked(visitor: Visitor, path: Path, name: str) -> str:
    """
    Have a file checked and return the first sentence of the answer.
    """
    visitor.open("/verify/")
    visitor.page.set_input_files("#f-file", path)
    with visitor.page.expect_navigation():
        visitor.page.locator("main button[type=submit]").press("Enter")
    look(visitor, name)
    assert visitor.complaints == []
    return visitor.page.locator("main .tb-notice").first.inner_text()


def seal_many(signer: Visitor, plain: Path, folder: Path) -> None:
    """
    Seal two files at one request, and take both away.
    """
    signer.open("/desk/seals/batches/new/")
    second = folder / "决定.ofd"
    second.write_bytes(plain.read_bytes())
    signer.page.set_input_files("#f-file", [plain, second])
    signer.page.locator(".tb-file__item button").nth(1).wait_for()
    look(signer, "desk-batch-new")
    signer.page.locator("main button[data-key=s]").press("Enter")
    signer.page.get_by_text("共 2 份，已签章 2 份，未能签章 0 份").wait_for()
    look(signer, "desk-batch-done")
    with signer.page.expect_download() as download:
        signer.page.get_by_role("link", name="全部下载").click()
    packed = folder / "sealed.zip"
    download.value.save_as(packed)
    # The script sends files side by side: which arrives first is not said.
    assert {name[2:] for name in zipfile.ZipFile(packed).namelist()} == {"通知.ofd", "决定.ofd"}


def ask_others(signer: Visitor, plain: Path) -> None:
    """
    Ask another agency to seal after one's own, and seal where one has clicked and moved the seal to.
    """
    signer.open("/desk/seals/signings/new/")
    signer.page.set_input_files("#f-file", plain)
    signer.page.select_option("#f-party-1", index=2)
    look(signer, "desk-signing-new")
    signer.page.locator("main button[data-key=s]").press("Enter")
    signer.page.locator("[data-sheet][data-page='1']").click(position={"x": 200, "y": 300})
    column = float(signer.page.input_value("#f-x"))
    signer.page.keyboard.press("Shift+ArrowRight")
    assert float(signer.page.input_value("#f-x")) == column + 10
    look(signer, "desk-signing-turn")
    signer.page.locator("#seal button[data-key=s]").press("Enter")
    signer.page.get_by_text("已签章，并通知下一个机构").wait_for()
    look(signer, "desk-signing-waits")


def seal_more(signer: Visitor, plain: Path, folder: Path) -> None:
    seal_many(signer, plain, folder)
    ask_others(signer, plain)


def tampered(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        held = {name: old.read(name) for name in old.namelist()}
    page = next(name for name in held if name.endswith("Content.xml"))
    held[page] = held[page].replace(b"</ofd:Page>", b" </ofd:Page>")
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as new:
        for name, part in held.items():
            new.writestr(name, part)
    return output.getvalue()


class TestASeal:
    def test_is_asked_for_made_used_verified_and_lost(self, visit: Visit, tmp_path: Path) -> None:
        keeper = at_desk(visit, KEEPER)
        keeper.open("/desk/seals/apply/")
        keeper.page.fill("#f-name", NAME)
        keeper.page.select_option("#f-kind", "99")
        keeper.page.fill("#f-basis", "演示：机构设立文件")
        look(keeper, "desk-seal-apply")
        keeper.page.locator("main button[data-key=s]").press("Enter")
        keeper.page.wait_for_url("**/desk/seals/*-*/")
        path = keeper.page.url.removeprefix(keeper.node.url)

        take_step(visit, REVIEWER, path)
        take_step(visit, MAKER, path)
        take_step(visit, REGISTRAR, path, filing_number="演示备案-1")
        take_step(visit, MAKER, path)
        take_step(visit, KEEPER, path)

        keeper.open(f"{path}authorise/")
        keeper.page.get_by_label("其他文件").check()
        name = keeper.page.locator("#f-account_id option", has_text="赵受理").get_attribute("value")
        keeper.page.select_option("#f-account_id", name)
        look(keeper, "desk-seal-authorise")
        keeper.page.locator("main button[data-key=s]").press("Enter")
        keeper.page.wait_for_url(f"**{path}")

        signer = at_desk(visit, SIGNER)
        plain = tmp_path / "通知.ofd"
        plain.write_bytes(zipped(rich_parts()))
        signer.open("/desk/seals/sign/")
        signer.page.set_input_files("#f-file", plain)
        signer.page.get_by_label("加盖骑缝章").check()
        look(signer, "desk-seal-sign")
        with signer.page.expect_download() as download:
            signer.page.locator("main button[data-key=s]").press("Enter")
        good = tmp_path / "good.ofd"
        download.value.save_as(good)
        changed = tmp_path / "changed.ofd"
        changed.write_bytes(tampered(good.read_bytes()))

        seal_more(signer, plain, tmp_path)

        anybody = visit(PHONE)
        assert "签章有效，内容未被改动" in checked(anybody, good, "phone-verify-good")
        assert anybody.page.locator("main .tb-page-picture img").count() == 2
        assert "签章后内容被改动" in checked(anybody, changed, "phone-verify-changed")

        keeper.open(path)
        look(keeper, "desk-seal-used")
        keeper.page.fill("#f-reason", "演示：密钥介质遗失")
        keeper.page.get_by_role("button", name="挂失", exact=True).click()
        keeper.page.locator("[data-confirm-yes]").click()
        keeper.page.get_by_text("已挂失：任何人都不能再用这枚印章签章").wait_for()
        look(keeper, "desk-seal-lost")
        signer.open("/desk/seals/sign/")
        assert signer.page.get_by_role("heading", name="没有可以使用的印章").count() == 1
        checked(anybody, good, "phone-verify-lost")
        assert "印章已被冻结或挂失" in anybody.page.locator("main").inner_text()


class TestAForeignFile:
    @pytest.mark.parametrize("script", [True, False])
    def test_is_right_and_its_issuer_unknown(self, visit: Visit, tmp_path: Path, script: bool) -> None:
        path = tmp_path / "foreign.ofd"
        path.write_bytes(Foreign(version=4).ofd())
        anybody = visit(DESK, java_script_enabled=script)
        anybody.open("/verify/")
        anybody.page.set_input_files("#f-file", path)
        with anybody.page.expect_navigation():
            anybody.page.locator("main button[type=submit]").press("Enter")

        told = anybody.page.locator("main").inner_text()

        assert "本平台不认识证书的签发机构" in told
        assert "签章所保护的内容没有被改动" in told
        assert anybody.complaints == []

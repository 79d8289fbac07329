"""
Each contract of our own is broken once on purpose, in a package made for it, and must say so.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CONFIGURATION = """
[tool.importlinter]
root_package = "shop"
contract_types = [
    "published: tools.contracts.PublishedModulesContract",
    "protected_name: tools.contracts.ProtectedNameContract",
]

[[tool.importlinter.contracts]]
name = "published"
type = "published"
published = ["services", "events"]
layers = ["shop.business"]

[[tool.importlinter.contracts]]
name = "clock"
type = "protected_name"
protected_module = "shop.foundation.clock"
protected_name = "now"
allowed_parts = ["config", "views"]
"""

FILES = {
    "foundation/clock.py": "def now(): ...\ndef civil_date(at): ...\n",
    "business/orders/models.py": "class Order: ...\n",
    "business/orders/services.py": "from shop.business.orders import models\n",
    "business/bills/services.py": "",
    "business/bills/views.py": "",
    "config/urls.py": "",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (path.parent, path.parent.parent, tmp_path / "shop"):
            (folder / "__init__.py").touch()
        path.write_text(text)
    (tmp_path / "__init__.py").unlink(missing_ok=True)
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    return tmp_path


def lint(shop: Path, file: str = "business/bills/services.py", text: str = "") -> tuple[int, str]:
    (shop / "shop" / file).write_text(text)
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=shop,
        env=os.environ | {"PYTHONPATH": f"{shop}{os.pathsep}{ROOT}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


class TestPublishedModules:
    def test_lets_an_app_use_what_another_publishes(self, shop: Path) -> None:
        code, said = lint(shop, text="from shop.business.orders import services\n")

        assert code == 0, said

    def test_keeps_an_app_out_of_the_tables_of_another(self, shop: Path) -> None:
        code, said = lint(shop, text="from shop.business.orders.models import Order\n")

        assert code == 1
        assert "shop.business.bills.services -> shop.business.orders.models" in said

    def test_lets_the_composition_root_look_anywhere(self, shop: Path) -> None:
        code, said = lint(shop, "config/urls.py", "from shop.business.orders.models import Order\n")

        assert code == 0, said


class TestProtectedName:
    @pytest.mark.parametrize(
        "text",
        [
            "from shop.foundation.clock import now\n",
            "from shop.foundation.clock import civil_date, now as present\n",
            "from shop.foundation import clock\n",
            "import shop.foundation.clock\n",
            "def late():\n    from shop.foundation.clock import (\n        now,\n    )\n",
        ],
    )
    def test_keeps_a_service_from_reading_the_clock(self, shop: Path, text: str) -> None:
        code, said = lint(shop, text=text)

        assert code == 1
        assert "shop.business.bills.services takes shop.foundation.clock.now" in said

    def test_lets_a_service_ask_for_the_day_of_a_moment(self, shop: Path) -> None:
        code, said = lint(shop, text="from shop.foundation.clock import civil_date\n")

        assert code == 0, said

    @pytest.mark.parametrize("file", ["business/bills/views.py", "config/urls.py"])
    def test_lets_interfaces_read_the_clock(self, shop: Path, file: str) -> None:
        code, said = lint(shop, file, "from shop.foundation.clock import now\n")

        assert code == 0, said

    def test_notices_when_the_protected_module_is_gone(self, shop: Path) -> None:
        (shop / "shop" / "foundation" / "clock.py").unlink()

        code, said = lint(shop)

        assert code == 1
        assert "shop.foundation.clock is not there" in said

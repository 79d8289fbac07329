"""
Files with manifests: an agency's system handles a case by them, and nothing that is put into the folder does harm.
"""

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as node
from openpyxl import Workbook

from simulators.agency.files import Files, _sm3
from simulators.agency.office import Office, OfficeDials
from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories.docking import AT, settle
from tongban.business.casework.models import Case, CaseEvent
from tongban.resources.docking import services
from tongban.resources.docking.adapters.folder import WatchedFolder
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.rules.rows import local
from tongban.resources.docking.services import rounds
from tongban.resources.docking.values import SystemState, TakesFrom, Way

pytestmark = pytest.mark.django_db

FULL = ["SUBMITTED", "ACCEPTED", "REVIEWED", "GRANTED", "ISSUED", "DELIVERED", "CLOSED"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The folder of the system, below a data folder of its own.
    """
    monkeypatch.setattr(node, "TONGBAN_HOME", tmp_path)
    WatchedFolder(dock.CODE)
    return tmp_path / "docking" / dock.CODE


def agency(folder: Path, **dials: float) -> Files:
    moments = iter(local(AT) + timedelta(seconds=30 * turn) for turn in range(1, 1000))
    return Files(folder=folder, office=Office(dials=OfficeDials(**dials)), clock=lambda: next(moments))


def turns(system: DockedSystem, office: Files, *, most: int = 8) -> None:
    for _turn in range(most):
        receipt = rounds.exchange(code=system.code, at=AT)
        settle()
        if office.work() + receipt.read + receipt.given == 0:
            return


def kinds(number: str) -> list[str]:
    return list(CaseEvent.objects.filter(case_number=number).order_by("seq").values_list("kind", flat=True))


def names(folder: Path, place: str) -> list[str]:
    return sorted(path.name for path in (folder / place).iterdir())


def put(folder: Path, name: str, content: bytes, /, **changes: object) -> None:
    (folder / "in" / name).write_bytes(content)
    manifest = {"name": name, "rows": 1, "sm3": _sm3(content), **changes}
    (folder / "in" / f"{name}.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def a_step(number: str, *, id: str = "s-1") -> dict[str, str]:  # noqa: A002
    moment = (AT + timedelta(minutes=1)).isoformat()
    words = {"step_name": "审查", "outcome": "PASS"}
    return {"id": id, "case_number": number, "kind": "STEP", "at": moment, **words}


class TestCase:
    def test_is_led_from_submission_to_the_licence(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES, takes_from=TakesFrom.SUBMISSION)
        make.publish_permit()
        number = make.submit("test-permit").case_number
        settle()
        office = agency(folder)

        turns(system, office)

        assert kinds(number) == FULL
        assert Case.objects.get(number=number).state["licences"] == [office.office.cases[number].licence]
        assert names(folder, "in") == names(folder, "out") == names(folder, "rejected") == []
        assert len(names(folder, "accepted")) == 6
        assert set(DockMessage.objects.filter(direction="OUT").values_list("state", flat=True)) == {"TAKEN"}

    def test_has_effects_once_where_files_come_twice(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES)
        number = dock.given()
        office = agency(folder, twice=1.0)

        turns(system, office)

        assert kinds(number) == FULL
        assert names(folder, "rejected") == names(folder, "quarantine") == []

    def test_goes_on_where_a_crash_left_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        system = dock.live(way=Way.FILES)
        number = dock.given()
        office = agency(folder)
        rounds.exchange(code=system.code, at=AT)
        office.work()
        move = Path.replace

        def crash(self: Path, target: Path) -> Path:
            if self.name.endswith(".manifest.json"):
                raise KeyboardInterrupt
            return move(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", crash)
            with pytest.raises(KeyboardInterrupt):
                rounds.exchange(code=system.code, at=AT)
        settle()
        rounds.exchange(code=system.code, at=AT)

        assert kinds(number) == FULL
        assert names(folder, "in") == names(folder, "quarantine") == []
        assert len(names(folder, "accepted")) == 3


class TestFiles:
    def test_without_a_manifest_are_not_touched(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES)
        (folder / "in" / "half.csv").write_text("id,case")

        rounds.exchange(code=system.code, at=AT)

        assert names(folder, "in") == ["half.csv"]

    @pytest.mark.parametrize(
        ("name", "content", "changes", "code"),
        [
            ("a.csv", b"id\n1\n", {"sm3": "0" * 64}, "digest_differs"),
            ("a.csv", b"id\n1\n", {"rows": 2}, "rows_differ"),
            ("a.csv", b"id\n1\n", {"name": "../b.csv"}, "manifest_names_another"),
            ("a.csv", b"id\n1\n", {"rows": "x"}, "manifest_not_readable"),
            ("a.exe", b"MZ", {}, "file_not_readable"),
            ("a.xlsx", b"PK", {}, "file_not_readable"),
            (
                "a.xml",
                b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><reports><report><id>&e;</id></report></reports>',
                {},
                "file_not_readable",
            ),
        ],
    )
    def test_that_are_not_what_they_say_go_to_quarantine(
        self, folder: Path, name: str, content: bytes, changes: dict[str, object], code: str
    ) -> None:
        system = dock.live(way=Way.FILES)
        put(folder, name, content, **changes)

        rounds.exchange(code=system.code, at=AT)

        report = json.loads((folder / "quarantine" / f"{name}.report.json").read_text())
        assert report["problem"]["code"] == code
        assert names(folder, "in") == []
        assert not DockMessage.objects.exists()

    def test_with_a_symbolic_link_are_not_followed(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES)
        (folder / "in" / "a.csv").symlink_to("/etc/passwd")
        manifest = {"name": "a.csv", "rows": 1, "sm3": "0" * 64}
        (folder / "in" / "a.csv.manifest.json").write_text(json.dumps(manifest))

        rounds.exchange(code=system.code, at=AT)

        report = json.loads((folder / "quarantine" / "a.csv.report.json").read_text())
        assert report["problem"]["code"] == "file_missing"

    def test_say_which_rows_are_wrong_and_keep_the_others(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES)
        number = dock.given()
        good, bad = a_step(number), {**a_step(number, id="s-2"), "outcome": "7"}
        worse = {"id": "s-3", "kind": "NONSENSE"}
        content = "".join(json.dumps(row) + "\n" for row in (good, bad, worse)).encode()
        put(folder, "a.jsonl", content, rows=3)

        rounds.exchange(code=system.code, at=AT)

        report = json.loads((folder / "rejected" / "a.jsonl.report.json").read_text())
        assert [(row["row"], row["id"], row["code"]) for row in report["rows"]] == [
            (2, "s-2", "unknown_code"),
            (3, "s-3", "row_not_readable"),
        ]
        assert (report["taken"], report["refused"]) == (1, 2)
        assert kinds(number)[-1] == "REVIEWED"

    def test_may_be_sheets_of_excel(self, folder: Path) -> None:
        system = dock.live(way=Way.FILES)
        number = dock.given()
        book = Workbook()
        row = a_step(number)
        book.active.append(list(row))
        book.active.append(list(row.values()))
        content = BytesIO()
        book.save(content)
        put(folder, "a.xlsx", content.getvalue())

        rounds.exchange(code=system.code, at=AT)

        assert kinds(number)[-1] == "REVIEWED"
        assert "a.xlsx" in names(folder, "accepted")


class TestConformance:
    def test_certifies_a_system_that_handles_its_trial_case(self, folder: Path) -> None:
        system = dock.register(way=Way.FILES)
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)
        before = services.check(code=system.code, way=Way.FILES, actor=dock.operator(), at=AT)
        turns(system, agency(folder))

        report = services.check(code=system.code, way=Way.FILES, actor=dock.operator(), at=AT)

        system.refresh_from_db()
        assert "files.manifest" in [finding.id for finding in before.findings if not finding.is_met]
        assert [finding.id for finding in report.findings if not finding.is_met] == []
        assert system.state == SystemState.CONFORMANT


class TestDemonstration:
    def test_has_a_system_under_test_that_takes_no_case(self, folder: Path) -> None:
        dock.register("another")
        path = folder / "docking.json"
        path.write_text(
            json.dumps(
                [
                    {
                        "code": "demo",
                        "name": "示例",
                        "agency_code": make.AGENCY,
                        "way": "FILES",
                        "takes_from": "ACCEPTANCE",
                        "reports": [
                            {"id": "1", "kind": "STEP", "minutes": 1, "step_name": "审查", "outcome": "?"}
                        ],
                    }
                ]
            )
        )

        loaded = [services.load_demo_systems(path=path, actor=make.LOADER, at=AT) for _time in range(2)]
        dock.given()

        assert loaded == [1, 0]
        assert DockedSystem.objects.get(code="demo").is_demo
        assert list(DockMessage.objects.values_list("kind", "state")) == [
            ("CASE", "QUEUED"),
            ("STEP", "REFUSED"),
        ]

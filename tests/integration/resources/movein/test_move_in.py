"""
An older platform moves in: tried, loaded, followed, written back to, cut over item by item. Against a real MariaDB.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as node
from django.db import transaction

from tests.factories import docking as dock
from tests.factories import library as cases
from tests.factories.mariadb import mariadb
from tests.factories.old_platform import DIVISION, MAPPING, OFFERING, OldHall
from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.models import LibraryPart, LibraryPlace, LibraryRecord
from tongban.resources.caselibrary.services import WholeCase
from tongban.resources.exchange import ports as exchange
from tongban.resources.movein import ports, selectors, services
from tongban.resources.movein.models import MoveConflict, OldPlatform, WrittenCase
from tongban.resources.movein.services.items import StillAtOldPlatform
from tongban.resources.movein.services.platforms import MappingWrong, PlatformStateForbids
from tongban.resources.movein.services.taking import Taking
from tongban.resources.movein.values import Matter, PlatformState, Rule, RunState

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 10, 0, tzinfo=CHINA)
CODE = "old-hall"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """
    Run a database server for the old platform.
    """
    with mariadb() as dsn:
        yield dsn


@pytest.fixture
def hall(database: str, monkeypatch: pytest.MonkeyPatch) -> OldHall:
    """
    Give an old platform without cases, in a network that may be reached.
    """
    chosen = node.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.1"})
    monkeypatch.setattr(node, "TONGBAN_OUTGOING", chosen)
    old = OldHall(dsn=database)
    old.rebuild()
    return old


def register(hall: OldHall, text: str = MAPPING) -> str:
    """
    Register the old platform.
    """
    return services.register(text=text, settings={"dsn": hall.dsn}, actor=dock.operator(), at=AT)


def load(at: datetime = AT) -> Any:
    """
    Load it.
    """
    return services.load(code=CODE, actor=dock.operator(), at=at)


def follow(*, minutes: int) -> int:
    """
    Do a round some time later.
    """
    return services.follow_once(code=CODE, at=AT + timedelta(minutes=minutes))


def followed(hall: OldHall) -> None:
    """
    Register, load and follow.
    """
    register(hall)
    load()
    services.begin_to_follow(code=CODE, actor=dock.operator(), at=AT)


def held() -> list[str]:
    """
    Return the cases of the old platform that lie in the library.
    """
    return sorted(LibraryPlace.objects.filter(system=CODE).values_list("number", flat=True))


def own_case(number: str = "OWN-1", item: str = OFFERING, *, count: int = 1, **changes: Any) -> None:
    """
    Take a case of this node itself.
    """
    own = exchange.neighbours().own_code
    case = cases.case(number, node=own, system="tongban", local_task_code=item, **changes)
    with transaction.atomic():
        library.take_own([WholeCase(number=count, contents=(case,))], at=AT)


class TestMapping:
    def test_that_names_a_missing_column_is_refused_with_its_place(self, hall: OldHall) -> None:
        register(hall, MAPPING.replace('item_name = "item_name"', 'item_name = "title"'))

        with pytest.raises(MappingWrong) as refusal:
            services.check(code=CODE, actor=dock.operator(), at=AT)

        assert refusal.value.fields == {"case": "原平台没有这一列：apply_case.title"}

    def test_without_a_required_field_is_refused(self, hall: OldHall) -> None:
        with pytest.raises(MappingWrong) as refusal:
            register(hall, MAPPING.replace('number = "no"\n', ""))

        assert refusal.value.fields == {"case.fields.number": "必填字段没有来源"}
        assert not OldPlatform.objects.exists()

    def test_never_reads_the_nodes_own_database(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            services.register(text=MAPPING, settings={}, actor=dock.operator(), at=AT)

        assert list(refusal.value.fields) == ["dsn"]

    def test_is_changed_by_operators_only(self, hall: OldHall) -> None:
        with pytest.raises(NotPermitted):
            services.register(
                text=MAPPING, settings={"dsn": hall.dsn}, actor=dock.operator("DATA_REVIEWER"), at=AT
            )

    def test_keeps_items_that_are_cut_over(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-2", on=AT.date(), actor=dock.operator(), at=AT)
        without = MAPPING.replace('[items.HY-2]\noffering = "OFF-WATER"\n', "")

        with pytest.raises(MappingWrong) as refusal:
            services.change_mapping(text=without, actor=dock.operator(), at=AT)

        assert list(refusal.value.fields) == ["items.HY-2"]

    def test_may_let_items_change_places(self, hall: OldHall) -> None:
        register(hall)
        swapped = MAPPING.replace(OFFERING, "X").replace("OFF-WATER", OFFERING).replace('"X"', '"OFF-WATER"')

        services.change_mapping(text=swapped, actor=dock.operator(), at=AT)

        items = selectors.platform(code=CODE, actor=dock.operator(), at=AT).items
        assert {item.old_code: item.offering_code for item in items} == {
            "HY-1": "OFF-WATER",
            "HY-2": OFFERING,
        }


class TestTry:
    def test_tells_what_would_be_lost_and_keeps_nothing(self, hall: OldHall) -> None:
        hall.whole_case(1)
        hall.case(2, status="X")
        hall.step(21, 2)
        hall.case(3, who_kind="?", remark="请尽快")
        hall.case(4, applied="2020-03-09 09:00:00")
        hall.step(99, 77)
        register(hall)

        run = services.try_load(code=CODE, actor=dock.operator(), at=AT)

        report = run.report
        assert (run.cases, run.state) == (4, RunState.DONE)
        tables = {table.name: table for table in report.tables}
        assert tables["apply_case"].columns == {"remark": 1}
        assert tables["apply_step"].orphans == 1
        assert "web_log" not in tables
        assert {kind: (tally.read, tally.taken, tally.refused) for kind, tally in report.tallies.items()} == {
            "case": (4, 2, 2),
            "process": (2, 1, 1),
            "result": (1, 1, 0),
            "rating": (1, 1, 0),
        }
        assert report.unmapped == {
            "case.state": {"X": 1},
            "case.applicant.kind": {"?": 1},
            "case.applicant.id_type": {"?": 1},
        }
        assert {(each.kind, each.code, each.field, each.count) for each in report.refused} == {
            ("case", "code_unmapped", "state", 1),
            ("process", "case_missing", "", 1),
            ("case", "times_out_of_order", "", 1),
        }
        assert held() == []
        assert OldPlatform.objects.get().state == PlatformState.REGISTERED

    def test_of_what_comes_along_whole_has_no_loss(self, hall: OldHall) -> None:
        hall.whole_case(1)
        register(hall)

        assert services.try_load(code=CODE, actor=dock.operator(), at=AT).report.is_without_loss

    def test_tells_of_numbers_that_two_cases_have(self, hall: OldHall) -> None:
        hall.whole_case(1)
        hall.whole_case(2, no="HY2020-00001")
        register(hall)

        report = services.try_load(code=CODE, actor=dock.operator(), at=AT).report

        assert next(table.repeated for table in report.tables if table.name == "apply_case") == 1
        assert (report.tallies["case"].taken, report.tallies["case"].refused) == (1, 1)
        assert ("case", "number_repeated") in {(each.kind, each.code) for each in report.refused}


class TestLoad:
    def test_brings_cases_with_everything_of_them(self, hall: OldHall) -> None:
        hall.whole_case(1)
        hall.whole_case(2, who_kind="E", who="甲公司", who_number="")
        register(hall)

        load()

        assert held() == ["HY2020-00001", "HY2020-00002"]
        record = LibraryRecord.objects.get(number="HY2020-00001")
        assert (record.item_code, record.state, record.result_type, record.satisfaction) == (
            "HY-1",
            "10",
            "0",
            5,
        )
        assert record.at == datetime(2020, 3, 2, 9, 0, tzinfo=CHINA)
        assert record.applicant_masked == "王*明"
        assert sorted(LibraryPart.objects.values_list("kind", flat=True)) == sorted(
            ["process", "result", "rating"] * 2
        )
        assert OldPlatform.objects.get().state == PlatformState.LOADED

    def test_done_again_takes_what_is_different_and_drops_what_is_gone(self, hall: OldHall) -> None:
        hall.whole_case(1)
        hall.whole_case(2)
        register(hall)
        load()
        hall.do("UPDATE apply_result SET outcome = 'NO' WHERE case_id = 1")
        hall.do("DELETE FROM apply_step WHERE case_id = 1")

        report = load(AT + timedelta(hours=1)).report

        assert LibraryRecord.objects.get(number="HY2020-00001").result_type == "1"
        assert LibraryPart.objects.filter(kind="process").count() == 1
        assert (report.tallies["case"].same, report.tallies["result"].taken) == (2, 1)

    def test_that_broke_off_goes_on_where_it_stopped(
        self, hall: OldHall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(1, 6):
            hall.whole_case(number)
        register(hall)
        monkeypatch.setattr("tongban.resources.movein.services.loading.CASES_AT_ONCE", 2)
        taken = Taking.take
        turns = iter(range(9))

        def fails_once(self: Taking, rows: Any) -> None:
            if next(turns) == 1:
                raise ports.OldPlatformAway(reason="cut")
            taken(self, rows)

        monkeypatch.setattr(Taking, "take", fails_once)
        with pytest.raises(ports.OldPlatformAway):
            load()
        assert selectors.platform(code=CODE, actor=dock.operator(), at=AT).runs[0].state is RunState.BROKEN

        run = load(AT + timedelta(minutes=5))

        assert len(held()) == 5
        assert (run.cases, run.report.tallies["case"].taken) == (5, 5)

    def test_of_a_platform_that_is_away_says_so(self, hall: OldHall) -> None:
        services.register(
            text=MAPPING, settings={"dsn": "mysql://root@127.0.0.1:1/none"}, actor=dock.operator(), at=AT
        )

        with pytest.raises(ports.OldPlatformAway):
            load()


class TestFollowing:
    def test_takes_what_changed_there(self, hall: OldHall) -> None:
        hall.whole_case(1)
        hall.case(2, status="A", ended=None, accepted="2026-11-19 10:00:00", applied="2026-11-18 10:00:00")
        followed(hall)
        hall.do(
            "UPDATE apply_case SET status = 'E', ended = '2026-11-20 09:00:00', changed = '2026-11-20 09:00:00'"
            " WHERE id = 2"
        )
        hall.result(2, 2, at="2026-11-20 09:00:00", changed="2026-11-20 09:00:00")
        hall.case(
            3,
            applied="2026-11-20 09:30:00",
            accepted=None,
            ended=None,
            status="H",
            changed="2026-11-20 09:30:00",
        )

        follow(minutes=1)

        assert {row.number: row.state for row in LibraryRecord.objects.all()} == {
            "HY2020-00001": "10",
            "HY2020-00002": "10",
            "HY2020-00003": "02",
        }
        assert LibraryRecord.objects.get(number="HY2020-00002").result_type == "0"

    def test_takes_a_step_whose_case_did_not_change(self, hall: OldHall) -> None:
        hall.whole_case(1)
        followed(hall)
        hall.step(11, 1, name="勘验", changed="2026-11-20 09:00:00")

        follow(minutes=1)

        assert LibraryPart.objects.filter(kind="process").count() == 2

    def test_notes_that_it_is_away_and_catches_up(self, hall: OldHall) -> None:
        followed(hall)
        hall.do("RENAME TABLE apply_case TO elsewhere")
        follow(minutes=1)
        assert OldPlatform.objects.get().last_error != ""
        assert services.platforms_due(at=AT + timedelta(minutes=1)) == []
        hall.do("RENAME TABLE elsewhere TO apply_case")
        hall.whole_case(9, changed="2026-11-20 10:02:00")

        assert services.platforms_due(at=AT + timedelta(minutes=5)) == [CODE]
        follow(minutes=5)

        assert held() == ["HY2020-00009"]
        assert OldPlatform.objects.get().last_error == ""

    def test_is_not_begun_before_the_load(self, hall: OldHall) -> None:
        register(hall)

        with pytest.raises(PlatformStateForbids):
            services.begin_to_follow(code=CODE, actor=dock.operator(), at=AT)

    def test_writes_our_cases_of_cut_over_items_back(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)
        own_case("OWN-1", division_code=DIVISION)
        own_case("OWN-2", "OFF-WATER", division_code=DIVISION)

        follow(minutes=1)
        own_case(
            "OWN-1", division_code=DIVISION, count=2, state="10", ended_at=cases.APPLIED + timedelta(days=5)
        )
        follow(minutes=2)

        rows = hall.ask("SELECT no, item, who, status FROM from_new")
        assert rows == [("OWN-1", OFFERING, "王小明", "E")]
        assert not WrittenCase.objects.filter(written_at=None).exists()


class TestConflicts:
    def test_a_case_after_the_cut_over_waits_for_somebody(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)
        hall.case(
            5,
            applied="2026-11-20 09:59:00",
            accepted=None,
            ended=None,
            status="H",
            changed="2026-11-20 10:00:30",
        )
        hall.do("UPDATE apply_case SET status = 'A', accepted = '2026-11-20 09:59:30' WHERE id = 5")

        follow(minutes=1)
        follow(minutes=2)

        assert held() == []
        (conflict,) = selectors.conflicts(code=CODE, actor=dock.operator("DATA_REVIEWER")).items
        assert (conflict.matter, conflict.case_number, conflict.decision) == (
            Matter.LATE_CASE,
            "HY2020-00005",
            None,
        )

        services.decide(
            conflict_id=conflict.id,
            decision=Rule.OLD,
            actor=dock.operator("DATA_REVIEWER"),
            at=AT + timedelta(minutes=3),
        )

        assert held() == ["HY2020-00005"]
        assert selectors.conflicts(code=CODE, actor=dock.operator()).items == []

    def test_a_case_before_the_cut_over_ends_at_the_old_platform(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)
        hall.case(
            6,
            applied="2026-11-18 09:00:00",
            accepted="2026-11-19 09:00:00",
            ended=None,
            status="A",
            changed="2026-11-20 10:00:30",
        )

        follow(minutes=1)

        assert held() == ["HY2020-00006"]
        assert not MoveConflict.objects.exists()

    def test_a_change_of_our_case_there_is_written_over(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)
        own_case("OWN-1", division_code=DIVISION)
        follow(minutes=1)
        # The old platform takes our case into its own table, and somebody there ends it.
        hall.do("UPDATE from_new SET status = 'E'")
        hall.case(
            7,
            no="OWN-1",
            applied="2026-11-11 10:00:00",
            accepted="2026-11-12 10:00:00",
            ended="2026-11-20 09:00:00",
            changed="2026-11-20 10:01:30",
        )

        follow(minutes=2)

        conflict = MoveConflict.objects.get()
        assert (conflict.matter, conflict.decision, conflict.old_state) == ("OWN_CASE", "OURS", "10")
        assert hall.ask("SELECT status FROM from_new") == [("A",)]
        assert held() == []

    def test_the_mapping_may_believe_the_old_platform(self, hall: OldHall) -> None:
        register(hall, MAPPING.replace('late_case = "HOLD"', 'late_case = "OLD"'))
        load()
        services.begin_to_follow(code=CODE, actor=dock.operator(), at=AT)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)
        hall.case(
            5,
            applied="2026-11-20 09:00:00",
            accepted="2026-11-20 09:10:00",
            ended=None,
            status="A",
            changed="2026-11-20 10:00:30",
        )

        follow(minutes=1)

        assert held() == ["HY2020-00005"]
        assert MoveConflict.objects.get().decision == "OLD"


class TestCutOver:
    def test_leads_to_the_old_platform_until_its_day(self, hall: OldHall) -> None:
        followed(hall)

        with pytest.raises(StillAtOldPlatform) as refusal:
            services.require_moved_in(offering_code=OFFERING, at=AT)
        assert refusal.value.facts["address"] == "https://old.example/apply"

        tomorrow = AT + timedelta(days=1)
        services.cut_over(code=CODE, old_item="HY-1", on=tomorrow.date(), actor=dock.operator(), at=AT)
        with pytest.raises(StillAtOldPlatform):
            services.require_moved_in(offering_code=OFFERING, at=AT)
        services.require_moved_in(offering_code=OFFERING, at=tomorrow)
        services.require_moved_in(offering_code="NOT-LISTED", at=AT)

    def test_is_taken_back(self, hall: OldHall) -> None:
        followed(hall)
        services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)

        services.go_back(code=CODE, old_item="HY-1", actor=dock.operator(), at=AT)

        with pytest.raises(StillAtOldPlatform):
            services.require_moved_in(offering_code=OFFERING, at=AT)

    def test_waits_for_the_load(self, hall: OldHall) -> None:
        register(hall)

        with pytest.raises(PlatformStateForbids):
            services.cut_over(code=CODE, old_item="HY-1", on=AT.date(), actor=dock.operator(), at=AT)

    def test_of_every_item_lets_the_old_platform_end(self, hall: OldHall) -> None:
        followed(hall)
        with pytest.raises(PlatformStateForbids):
            services.end(code=CODE, actor=dock.operator(), at=AT)
        for item in ("HY-1", "HY-2"):
            services.cut_over(code=CODE, old_item=item, on=AT.date(), actor=dock.operator(), at=AT)

        services.end(code=CODE, actor=dock.operator(), at=AT)

        platform = OldPlatform.objects.get()
        assert (platform.state, platform.settings) == (PlatformState.ENDED, {})
        assert follow(minutes=1) == 0

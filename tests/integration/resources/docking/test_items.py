"""
Items that an item library writes into the national item tables: into the catalogue, whole, corrected, taken back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from simulators.agency.tables import Tables
from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories.docking import AT, settle
from tests.factories.item_library import BASIC, CODE, MATERIALS, keep
from tests.integration.resources.docking.test_tables import SCHEMA, agency
from tongban.business.catalogue.models import OfferingVersion, ServiceOffering
from tongban.business.catalogue.services import publish_offering
from tongban.business.catalogue.values import FeedItem, OfferingElements, OfferingState
from tongban.foundation.actors import system_actor
from tongban.resources.docking import services
from tongban.resources.docking.adapters import front_end
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.rules.rows import local
from tongban.resources.docking.services import items, rounds
from tongban.resources.docking.values import ITEM, RoundReceipt, SystemState, Way

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Iterator[Tables]:
    """
    An item library at a schema of the node's own database.
    """
    with front_end.opened({"dsn": "", "schema": SCHEMA}) as opened:
        opened.create()
    engine = front_end.engine_of("")
    yield agency(engine)
    with engine.begin() as database:
        database.execute(sa.schema.DropSchema(SCHEMA, cascade=True))
    engine.dispose()


def turn(system: DockedSystem, *, at: datetime = AT) -> RoundReceipt:
    receipt = rounds.exchange(code=system.code, at=at)
    settle()
    return receipt


def elements(code: str = CODE) -> OfferingElements:
    offering = ServiceOffering.objects.get(code=code)
    version = OfferingVersion.objects.get(offering=offering, effective_until=None)
    return msgspec.convert(version.elements, OfferingElements)


def flags(office: Tables, name: str) -> set[str]:
    with office.engine.begin() as database:
        return set(database.execute(sa.text(f"SELECT is_sync FROM {office.schema}.{name}")).scalars())


def complaints(office: Tables) -> list[tuple[str, str, str, str]]:
    with office.engine.begin() as database:
        rows = database.execute(
            sa.text(
                f"SELECT err_type, table_sql_name, table_row_guid, remark FROM {office.schema}.dn_audit_abnormal "
                "ORDER BY table_update_time"
            )
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


class TestAnItem:
    def test_comes_whole_into_the_catalogue(self, office: Tables) -> None:
        system = dock.live()
        keep(office)

        receipt = turn(system)

        assert complaints(office) == []
        assert (receipt.read, receipt.applied, receipt.refused) == (7, 1, 0)
        offering = ServiceOffering.objects.get(code=CODE)
        assert (offering.state, offering.division_code) == (OfferingState.IN_USE, make.DIVISION)
        item = elements()
        assert (item.name, item.agency_code) == ("公共场所卫生许可（示例）", make.AGENCY)
        assert [(one.name, one.necessity, one.source) for one in item.materials] == [
            ("营业执照", "LATER", "GOVERNMENT"),
            ("平面图", "REQUIRED", "APPLICANT"),
        ]
        assert item.statutory_limit is not None
        assert item.promised_limit is not None
        assert (item.statutory_limit.amount, item.promised_limit.amount) == (20, 5)
        assert item.setting_basis[0].document == "公共场所卫生管理条例"
        assert [one.text for one in item.eligibility_criteria] == ["有固定的经营场所", "有卫生管理制度"]
        assert [(fee.name, fee.price, fee.unit) for fee in item.fee_items] == [("工本费", "10.50", "元/本")]
        assert "检测费：按实际检测项目收取" in item.fee_basis
        assert (item.online_depth, item.reach) == (("1", "2", "5"), "CITY")
        assert item.questions[0].answer == "五个工作日。"
        assert [result.name for result in item.results] == ["公共场所卫生许可证"]
        assert flags(office, "up_task_general_material") == {"1"}
        message = DockMessage.objects.get(kind=ITEM)
        assert (message.state, message.case_number) == ("APPLIED", CODE)

    def test_changes_nothing_when_it_comes_again(self, office: Tables) -> None:
        system = dock.live()
        task = keep(office)
        turn(system)

        office.change("up_task_general_basic", task)
        again = turn(system)

        assert (again.read, again.refused) == (1, 0)
        assert OfferingVersion.objects.count() == 1
        assert DockMessage.objects.filter(kind=ITEM).count() == 1

    def test_comes_anew_when_a_row_of_it_changes(self, office: Tables) -> None:
        system = dock.live()
        task = keep(office)
        turn(system)

        with office.engine.begin() as database:
            guids: dict[str, str] = dict(
                database.execute(
                    sa.text(f"SELECT material_name, row_guid FROM {SCHEMA}.up_task_general_material")
                ).all()
            )
        office.change("up_task_general_material", guids["平面图"], material_name="平面布局图")
        office.change("up_task_general_material", guids["营业执照"], cd_operation="D")
        turn(system)

        assert [one.name for one in elements().materials] == ["平面布局图"]
        office.change("up_task_general_basic", task, cd_operation="D")
        turn(system)
        assert ServiceOffering.objects.get(code=CODE).state == OfferingState.RETIRED

    def test_of_public_service_needs_no_promise_and_has_its_directory(self, office: Tables) -> None:
        system = dock.live()
        without = {"power_source", "promise_day", "promise_type"}
        basic = {name: value for name, value in BASIC.items() if name not in without}
        office.keep_item({**basic, "task_type": "20"}, family="public")
        entry = {name: BASIC[name] for name in ("catalog_code", "task_state", "task_version", "use_level")}
        with office.engine.begin() as database:
            office._write(
                database,
                "up_task_directory",
                {**entry, "task_name": "公共场所卫生", "task_type": "20", "by_law": "《示例规定》"},
            )

        receipt = turn(system)

        assert (receipt.read, receipt.refused) == (2, 0)
        assert elements().promised_limit is None
        assert ServiceOffering.objects.get(code=CODE).definition.name == "公共场所卫生"

    def test_waits_for_its_first_day(self, office: Tables) -> None:
        system = dock.live()
        keep(office, plan_effective_date=local(AT) + timedelta(days=2))

        turn(system)

        assert not ServiceOffering.objects.filter(code=CODE).exists()
        assert flags(office, "up_task_general_basic") == {"0"}
        assert flags(office, "up_task_general_material") == {"1"}

        turn(system, at=AT + timedelta(days=3))

        assert len(elements().materials) == 2

    def test_is_split_by_the_code_of_its_case_of_business(self, office: Tables) -> None:
        system = dock.live()
        keep(office, task_handle_item=f"{CODE}-01")
        keep(office, task_handle_item=f"{CODE}-02", task_name="延续")

        turn(system)

        assert sorted(ServiceOffering.objects.values_list("code", flat=True)) == [f"{CODE}-01", f"{CODE}-02"]

    def test_comes_in_several_turns_where_there_are_many(
        self, office: Tables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(items, "ROWS_AT_ONCE", 3)
        system = dock.live()
        for number in range(5):
            keep(office, task_handle_item=f"{CODE}-{number}")

        receipt = turn(system)

        assert ServiceOffering.objects.count() == 5
        assert receipt.read == 35
        assert [len(elements(f"{CODE}-{number}").materials) for number in range(5)] == [2] * 5


class TestWhatIsWrong:
    def test_is_written_back_by_row_and_taken_corrected(self, office: Tables) -> None:
        system = dock.live()
        keep(office, project_type="7")

        refused = turn(system)

        assert (refused.applied, refused.refused) == (0, 1)
        ((code, table, guid, words),) = complaints(office)
        assert (code, table) == ("unknown_code", "up_task_general_basic")
        assert words == "办件类型（project_type）应为 1、2、9 之一"
        assert flags(office, "up_task_general_basic") == {"9"}
        assert not ServiceOffering.objects.filter(code=CODE).exists()
        message = DockMessage.objects.get(kind=ITEM)
        assert (message.state, message.code) == ("REFUSED", "unknown_code")
        assert "办件类型" in message.text

        office.change("up_task_general_basic", guid, project_type="2")
        turn(system)

        assert len(elements().materials) == 2
        assert flags(office, "up_task_general_basic") == {"1"}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"dept_code": make.OTHER_AGENCY}, "other_agency"),
            ({"task_type": "8X"}, "row_not_readable"),
            ({"server_type": "1,8"}, "row_not_readable"),
            ({"promise_type": "8"}, "row_not_readable"),
            ({"task_name": ""}, "missing"),
        ],
    )
    def test_is_told_by_the_rule_of_whoever_refuses(
        self, office: Tables, changes: dict[str, Any], code: str
    ) -> None:
        system = dock.live()
        keep(office, **changes)

        turn(system)

        assert [complaint[0] for complaint in complaints(office)] == [code]
        assert not ServiceOffering.objects.filter(code=CODE).exists()

    def test_is_anothers_item(self, office: Tables) -> None:
        system = dock.live()
        publish_offering(
            item=FeedItem(
                code=CODE,
                elements=OfferingElements(
                    name="别处的事项",
                    service_type="01",
                    agency_code=make.AGENCY,
                    agency_name="示例区卫生健康局",
                    division_code=make.DIVISION,
                ),
            ),
            source="other",
            actor=system_actor("tests"),
            at=AT,
        )
        keep(office)

        turn(system)

        assert [complaint[0] for complaint in complaints(office)] == ["offering_of_other_source"]
        assert elements().name == "别处的事项"

    def test_is_a_row_without_its_item_after_a_day(self, office: Tables) -> None:
        system = dock.live()
        with office.engine.begin() as database:
            lonely = {"task_guid": "nobody", "task_code": CODE, **MATERIALS[0]}
            office._write(database, "up_task_general_material", lonely)

        turn(system)
        assert (flags(office, "up_task_general_material"), complaints(office)) == ({"0"}, [])

        turn(system, at=AT + timedelta(days=2))

        assert flags(office, "up_task_general_material") == {"9"}
        assert [complaint[0] for complaint in complaints(office)] == ["item_missing"]

    def test_is_nothing_while_the_system_is_tried(self, office: Tables) -> None:
        system = dock.live()
        DockedSystem.objects.update(state=SystemState.TESTING)
        keep(office)

        turn(system)

        assert flags(office, "up_task_general_basic") == {"0"}


class TestItemTables:
    def test_need_not_be_there(self, office: Tables) -> None:
        system = dock.live()
        with office.engine.begin() as database:
            database.execute(sa.text(f"DROP TABLE {SCHEMA}.up_task_general_questions"))

        assert turn(system).read == 0
        DockedSystem.objects.update(state=SystemState.DRAFT)
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)
        report = services.check(code=system.code, way=Way.TABLES, actor=dock.operator(), at=AT)
        found = {finding.id: finding for finding in report.findings}

        assert found["tables.present"].is_met
        assert not found["tables.items"].is_met
        assert "up_task_general_questions" in found["tables.items"].found

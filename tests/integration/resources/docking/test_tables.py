"""
Front-end tables: an agency's system at its own database handles a case to the licence, whatever goes wrong between.
"""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from django.conf import settings as node
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from simulators.agency.office import Office, OfficeDials
from simulators.agency.tables import Tables
from tests.factories import casework as make
from tests.factories import docking as dock
from tests.factories import item_library
from tests.factories.docking import AT, settle
from tests.factories.mariadb import mariadb
from tests.settings import CLUSTER
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.catalogue.models import ServiceOffering
from tongban.resources.caselibrary.services import held_contents
from tongban.resources.caselibrary.values import CaseContent
from tongban.resources.docking import services
from tongban.resources.docking.adapters import front_end
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.rules.rows import local
from tongban.resources.docking.services import rounds
from tongban.resources.docking.services.tables import place_of
from tongban.resources.docking.values import ConformanceReport, SystemState, TakesFrom, Way
from tongban.resources.exchange import ports as exchange

pytestmark = pytest.mark.django_db

SCHEMA = "dock_health_system"
OUTSIDE = "front_end_of_health"


@pytest.fixture
def own() -> Iterator[sa.Engine]:
    """
    The schema of a system in the node's own database, gone afterwards.
    """
    with front_end.opened({"dsn": "", "schema": SCHEMA}) as opened:
        opened.create()
    engine = front_end.engine_of("")
    yield engine
    with engine.begin() as database:
        database.execute(sa.schema.DropSchema(SCHEMA, cascade=True))
    engine.dispose()


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[dock.Bridge]:
    """
    A second database behind a port that can be cut, with the tables of the printed DDL.
    """
    where = connection.settings_dict
    address = {
        "host": where["HOST"],
        "port": where["PORT"],
        "user": where["USER"],
        "password": where["PASSWORD"],
    }
    allow("127.0.0.1", monkeypatch)
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {OUTSIDE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {OUTSIDE}")
        with psycopg.connect(**address, dbname=OUTSIDE, autocommit=True) as database:
            database.execute(front_end.ddl("postgresql"))
        made = dock.Bridge()
        yield made
        made.close()
        server.execute(f"DROP DATABASE {OUTSIDE} WITH (FORCE)")


def allow(networks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = node.TONGBAN_OUTGOING.model_copy(update={"networks": networks})
    monkeypatch.setattr(node, "TONGBAN_OUTGOING", chosen)


def agency(engine: sa.Engine, *, schema: str = SCHEMA, **dials: float) -> Tables:
    office = Office(dials=OfficeDials(**dials))
    # Later with every look, as clocks are.
    moments = iter(local(AT) + timedelta(seconds=30 * turn) for turn in range(1, 1000))
    return Tables(engine=engine, schema=schema, office=office, clock=lambda: next(moments))


def turns(system: DockedSystem, office: Tables, *, most: int = 8) -> None:
    """
    Let node and agency work until neither has anything to do.
    """
    for _turn in range(most):
        receipt = rounds.exchange(code=system.code, at=AT)
        settle()
        if office.work() + receipt.read + receipt.given == 0:
            return


def kinds(number: str) -> list[str]:
    return list(CaseEvent.objects.filter(case_number=number).order_by("seq").values_list("kind", flat=True))


FULL = ["SUBMITTED", "ACCEPTED", "REVIEWED", "GRANTED", "ISSUED", "DELIVERED", "CLOSED"]


class TestOwnSchema:
    def test_leads_a_case_from_submission_to_the_licence(self, own: sa.Engine) -> None:
        system = dock.live(takes_from=TakesFrom.SUBMISSION)
        make.publish_permit()
        number = make.submit("test-permit").case_number
        settle()
        office = agency(own)

        turns(system, office)

        assert kinds(number) == FULL
        case = office.office.cases[number]
        assert Case.objects.get(number=number).state["licences"] == [case.licence]
        assert office.office.complaints == []
        assert set(DockMessage.objects.filter(direction="OUT").values_list("state", flat=True)) == {"TAKEN"}

    def test_writes_back_what_is_wrong_and_takes_it_corrected(self, own: sa.Engine) -> None:
        system = dock.live()
        number = dock.given()
        office = agency(own, wrong=1.0)

        turns(system, office)

        # The step was wrong and was corrected after the result had come: the licence stands, the step is told why.
        assert office.office.complaints[0] == "unknown_code"
        assert "GRANTED" in kinds(number)
        row = DockMessage.objects.filter(direction="IN", code="unknown_code").get()
        assert row.text == "业务动作（event_name）应为 1、2、9 之一"

    def test_has_an_effect_once_where_rows_come_twice(self, own: sa.Engine) -> None:
        system = dock.live()
        number = dock.given()
        office = agency(own, twice=1.0)

        turns(system, office)

        assert kinds(number) == FULL
        repeats = [line for message in DockMessage.objects.filter(direction="IN") for line in message.story]
        assert [line[1] for line in repeats].count("repeated") >= 2
        assert office.office.complaints == []

    def test_marks_what_was_read_before_a_crash(
        self, own: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system = dock.live()
        number = dock.given()
        office = agency(own)
        rounds.exchange(code=system.code, at=AT)
        office.work()

        def crash(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(front_end.SqlFrontEnd, "answer", crash)
            with pytest.raises(KeyboardInterrupt):
                rounds.exchange(code=system.code, at=AT)
        turns(system, office)

        assert kinds(number) == FULL
        assert office.office.complaints == []

    def test_brings_a_case_that_began_in_the_system_into_the_library(self, own: sa.Engine) -> None:
        system = dock.live()
        office = agency(own)
        applied, accepted = local(AT - timedelta(days=1)), local(AT)
        office.begin(dock.begun_row("WJ-1", apply_date=applied, accept_date=accepted))
        office.begin(
            dock.begun_row("WJ-2", apply_date=applied, accept_date=accepted, org_code="11510104MB0000000M")
        )

        turns(system, office)

        case, *parts = held_contents({(exchange.neighbours().own_code, system.code, "WJ-1")}).popitem()[1]
        assert isinstance(case, CaseContent)
        assert (case.item_name, case.applicant.name, case.state) == ("放射诊疗许可", "张小三", "10")
        assert [type(part).__name__ for part in parts] == ["ProcessContent", "ResultContent"]
        # The other agency's acceptance, and what was written of a case that never began.
        assert office.office.complaints == ["foreign_agency", "unknown_case", "unknown_case"]

    def test_says_which_case_is_unknown(self, own: sa.Engine) -> None:
        system = dock.live()
        office = agency(own)
        with own.begin() as database:
            office._accepted(database, {"project_no": "511602000000000"})

        turns(system, office)

        assert office.office.complaints == ["unknown_case", "unknown_case"]

    def test_holds_back_results_while_steps_are_still_unread(
        self, own: sa.Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tongban.resources.docking.services.tables.ROWS_AT_ONCE", 1)
        system = dock.live()
        number = dock.given()
        office = agency(own)

        turns(system, office)

        assert kinds(number) == FULL


class TestOutside:
    def test_database_is_waited_for_with_growing_pauses(self, bridge: dock.Bridge) -> None:
        system = dock.live(settings={"dsn": bridge.dsn(OUTSIDE)})
        number = dock.given()
        office = agency(front_end.engine_of(bridge.dsn(OUTSIDE)), schema="")
        bridge.is_cut = True

        errors = [rounds.exchange(code=system.code, at=AT).error for _try in range(3)]

        system.refresh_from_db()
        assert all("前置库无法访问" in error for error in errors)
        assert (system.failures, system.next_attempt_at) == (3, AT + timedelta(seconds=60))
        assert rounds.systems_due(at=AT) == []
        assert rounds.systems_due(at=AT + timedelta(minutes=1)) == [system.code]
        bridge.is_cut = False
        turns(system, office)
        system.refresh_from_db()
        assert (system.failures, system.last_error, system.seen_at) == (0, "", AT)
        assert kinds(number) == FULL

    def test_address_of_a_network_that_is_not_named_is_refused(
        self, bridge: dock.Bridge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        allow("", monkeypatch)
        system = dock.live(settings={"dsn": bridge.dsn(OUTSIDE)})

        receipt = rounds.exchange(code=system.code, at=AT)

        assert "平台不能访问该地址" in receipt.error


@pytest.mark.skipif(CLUSTER is None, reason="only the tests' own server has a superuser that is known")
class TestRights:
    @pytest.mark.parametrize(
        ("statement", "is_permitted"),
        [
            (
                "INSERT INTO {schema}.up_pro_material (row_guid) SELECT row_guid FROM {schema}.dn_pro_material",
                True,
            ),
            ("UPDATE {schema}.up_pro_result SET is_sync = '0'", True),
            ("UPDATE {schema}.dn_pro_result SET is_sync = '1'", True),
            ("SELECT * FROM {schema}.dn_audit_abnormal", True),
            ("UPDATE {schema}.dn_pro_result SET result_type = '1'", False),
            ("INSERT INTO {schema}.dn_pro_result SELECT * FROM {schema}.dn_pro_result", False),
            ("DELETE FROM {schema}.up_pro_result", False),
            ("SELECT * FROM public.casework_case", False),
        ],
    )
    def test_let_a_system_write_its_rows_and_nothing_else(
        self, own: sa.Engine, statement: str, is_permitted: bool
    ) -> None:
        assert CLUSTER is not None
        printed = front_end.rights("postgresql", role="dock_test_role", place=SCHEMA)
        grants = "".join(line for line in printed.splitlines() if not line.startswith("\\"))
        own.dispose()
        address = conninfo_to_dict(CLUSTER.owner_url) | {"dbname": connection.settings_dict["NAME"]}
        with psycopg.connect(**address) as database:
            database.execute(grants)
            database.execute("SET LOCAL ROLE dock_test_role")
            refusal = None
            try:
                database.execute(statement.format(schema=SCHEMA))
            except psycopg.errors.InsufficientPrivilege as error:
                refusal = error
            database.rollback()

        assert (refusal is None) is is_permitted


class TestMySql:
    def test_has_the_same_tables_in_its_own_words(self) -> None:
        ddl = front_end.ddl("mysql")

        assert "CREATE TABLE up_pro_accept" in ddl
        assert "cd_time DATETIME NOT NULL COMMENT '同步时间'" in ddl
        assert "row_guid VARCHAR(50) NOT NULL COMMENT '记录唯一标识'" in ddl
        assert "is_sync VARCHAR(1) NOT NULL COMMENT '同步标志' DEFAULT '0'" in ddl
        assert ddl.count("CREATE TABLE") == 12 + 11
        assert ddl.count("ENGINE=InnoDB") == ddl.count("CHARSET=utf8mb4") == 12 + 11

    def test_statements_are_written_in_its_dialect(self) -> None:
        dialect = sa.create_engine("mysql+pymysql://").dialect
        table = front_end.SQL_TABLES["up_pro_result"]
        wanted = sa.select(table.c.row_guid).where(table.c.is_sync == "0").order_by(table.c.cd_time).limit(5)

        text = str(wanted.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

        assert text.replace("\n", "") == (
            "SELECT up_pro_result.row_guid FROM up_pro_result WHERE up_pro_result.is_sync = '0'"
            " ORDER BY up_pro_result.cd_time  LIMIT 5"
        )

    def test_leads_a_case_to_its_licence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        allow("127.0.0.1", monkeypatch)
        with mariadb() as dsn:
            engine = front_end.engine_of(dsn)
            with engine.begin() as database:
                for statement in front_end.ddl("mysql").split(";\n"):
                    if statement.strip():
                        database.execute(sa.text(statement))
            system = dock.live(settings={"dsn": dsn})
            number = dock.given()
            office = agency(engine, schema="")

            turns(system, office)
            item_library.keep(office)
            items = rounds.exchange(code=system.code, at=AT)

        assert kinds(number) == FULL
        assert (items.applied, items.refused) == (1, 0)
        assert ServiceOffering.objects.filter(code=item_library.CODE).exists()


class TestPlace:
    def test_is_a_schema_of_the_system_where_no_address_is_given(self) -> None:
        assert place_of(dock.register())["schema"] == SCHEMA


class TestConformance:
    def check(self, system: DockedSystem) -> ConformanceReport:
        return services.check(code=system.code, way=Way.TABLES, actor=dock.operator(), at=AT)

    def test_names_what_is_missing_and_how_to_mend_it(self, own: sa.Engine) -> None:
        system = dock.register()
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)
        with own.begin() as database:
            database.execute(sa.text(f"DROP TABLE {SCHEMA}.dn_pro_process"))
            database.execute(
                sa.text(f"ALTER TABLE {SCHEMA}.up_pro_result ALTER result_explain TYPE varchar(100)")
            )
            database.execute(sa.text(f"ALTER TABLE {SCHEMA}.up_pro_accept DROP COLUMN legal"))

        report = self.check(system)

        found = {finding.id: finding.found for finding in report.findings if not finding.is_met}
        assert found["tables.present"] == "dn_pro_process"
        assert found["tables.columns"] == "up_pro_accept.legal"
        assert found["tables.types"] == "up_pro_result.result_explain 100 < 2000"
        assert "trial.result" in found
        assert all(finding.mend for finding in report.findings if not finding.is_met)
        assert report.certificate is None

    def test_certifies_a_system_that_handles_its_trial_case(self, own: sa.Engine) -> None:
        system = dock.register()
        services.begin_tests(code=system.code, actor=dock.operator(), at=AT)
        office = agency(own)
        before = self.check(system)
        turns(system, office)

        report = self.check(system)

        system.refresh_from_db()
        assert [finding.id for finding in before.findings if not finding.is_met] == [
            "trial.taken",
            "trial.step",
            "trial.result",
            "trial.order",
        ]
        assert [finding.id for finding in report.findings if not finding.is_met] == []
        assert system.state == SystemState.CONFORMANT
        assert system.certificate is not None
        assert services.is_genuine(system.certificate)
        assert not services.is_genuine({**system.certificate, "system": "another"})
        services.go_live(code=system.code, actor=dock.operator(), at=AT)
        assert not Case.objects.exists()

    def test_of_other_settings_begins_anew(self) -> None:
        system = dock.live()

        services.change_system(
            code=system.code, name="新库", items=[], settings={"dsn": "x"}, actor=dock.operator(), at=AT
        )

        system.refresh_from_db()
        assert (system.state, system.certificate) == (SystemState.TESTING, None)

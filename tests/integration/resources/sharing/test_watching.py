"""
What both sides see, and what time brings.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.factories import sharing as make
from tests.factories.sharing import APPLICANT, AT, CALENDAR, REVIEWER, STEWARD, Agency, Told, call
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA
from tongban.foundation.errors import ServiceError
from tongban.foundation.models import AuditEntry
from tongban.resources.sharing import selectors, services
from tongban.resources.sharing.models import Alarm, Call
from tongban.resources.sharing.permissions import GrantNotFound, RequestNotFound, ServiceNotFound
from tongban.resources.sharing.values import AlarmKind, RequestAct, ServiceAct

pytestmark = pytest.mark.django_db

STRANGER = make.staff("DATA_STEWARD", agency_code="11511301008778000X", name="路人")


@pytest.fixture
def told() -> Iterator[Told]:
    with make.wired() as told:
        yield told


@pytest.fixture
def agency(settings: object, told: Told) -> Iterator[Agency]:
    with make.agency() as agency, make.let_out(settings):
        yield agency


class TestSeeing:
    def test_shows_each_side_its_own_and_nobody_else_anything(self, agency: Agency) -> None:
        services.create_service(
            code="draft",
            agency_code=make.PROVIDER,
            division_code=make.DISTRICT,
            content=make.content(agency.url),
            actor=STEWARD,
            at=AT,
        )
        make.published(agency.url)
        request = make.granted()
        call()

        def seen(actor: Actor) -> list[int]:
            return [
                len(selectors.services_page(actor=actor).items),
                len(selectors.requests_page(actor=actor, at=AT).items),
                len(selectors.grants_page(actor=actor, at=AT).items),
                len(selectors.calls_page(actor=actor).items),
            ]

        assert [seen(each) for each in (STEWARD, APPLICANT, REVIEWER, STRANGER)] == [
            [2, 1, 1, 1],
            [1, 1, 1, 1],
            [2, 1, 1, 1],
            [1, 0, 0, 0],
        ]
        assert request.grant_id is not None
        with pytest.raises(ServiceNotFound):
            selectors.service_by_code(code="draft", actor=APPLICANT)
        with pytest.raises(RequestNotFound):
            selectors.request_by_id(request_id=request.id, actor=STRANGER, at=AT)
        with pytest.raises(GrantNotFound):
            selectors.grant_by_id(grant_id=request.grant_id, actor=STRANGER, at=AT)
        assert selectors.service_by_code(code=make.SERVICE, actor=APPLICANT).definition is None

    def test_offers_each_what_he_may_do(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.asked_for()

        def acts(actor: Actor) -> tuple[RequestAct, ...]:
            return selectors.request_by_id(request_id=request.id, actor=actor, at=AT).acts

        assert acts(REVIEWER) == (RequestAct.RETURN, RequestAct.PASS, RequestAct.REFUSE)
        assert (acts(STEWARD), acts(APPLICANT)) == ((), (RequestAct.WITHDRAW,))
        assert selectors.waiting_requests(actor=REVIEWER) == 1
        assert selectors.waiting_requests(actor=STEWARD) == 0
        service = selectors.service_by_code(code=make.SERVICE, actor=REVIEWER)
        assert service.acts == (ServiceAct.SUSPEND,)

    def test_counts_calls_errors_and_what_is_left(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.granted()
        call()
        agency.status = 500
        with pytest.raises(ServiceError):
            call()

        figures = selectors.figures(actor=STEWARD, first=date(2026, 11, 1), last=date(2026, 11, 30))
        day = figures.days[0]
        assert (day.key, day.calls, day.errors, day.error_percent) == ("2026-11-20", 2, 1, 50.0)
        assert [each.key for each in figures.subscribers] == [make.USER]
        assert [each.key for each in figures.results] == ["data_upstream_failed", "ok"]
        assert (
            len(selectors.all_figures(actor=STEWARD, first=date(2026, 11, 1), last=date(2026, 11, 30))) == 1
        )
        assert selectors.figures(actor=STRANGER, first=date(2026, 11, 1), last=date(2026, 11, 30)).days == []
        assert request.grant_id is not None
        grant = selectors.grant_by_id(grant_id=request.grant_id, actor=APPLICANT, at=AT)
        assert (grant.left_today, grant.last_day, grant.may_renew) == (1, date(2026, 12, 31), True)


class TestTime:
    def test_reminds_once_and_reports_what_is_late_once(self, agency: Agency, told: Told) -> None:
        make.published(agency.url)
        request = make.asked_for()
        services.pass_request(request_id=request.id, actor=REVIEWER, calendar=CALENDAR, at=AT)
        told.words.clear()

        done = [services.watch(at=AT + timedelta(days=days)) for days in (5, 12, 13, 15, 16)]

        assert done == [0, 1, 0, 1, 0]
        assert [(role, agency) for role, agency, _words in told.words] == [
            ("DATA_STEWARD", make.PROVIDER),
            ("DATA_REVIEWER", ""),
        ]
        log = selectors.request_by_id(request_id=request.id, actor=APPLICANT, at=AT).log
        assert len(log) == 4

    def test_tells_that_a_grant_ends_soon(self, agency: Agency, told: Told) -> None:
        make.published(agency.url)
        make.granted()
        told.words.clear()

        done = [services.watch(at=AT + timedelta(days=days)) for days in (1, 30, 31)]

        assert done == [0, 1, 0]
        assert told.words[0][1] == make.USER

    def test_goes_on_with_a_grant_that_is_renewed(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.granted()
        again = services.submit_request(
            service_code=make.SERVICE,
            content=make.wish(until=date(2027, 6, 30)),
            actor=APPLICANT,
            calendar=CALENDAR,
            at=AT,
            renews=request.grant_id,
        )
        call()
        services.pass_request(request_id=again.id, actor=REVIEWER, calendar=CALENDAR, at=AT)
        services.grant_request(
            request_id=again.id,
            answer=services.Answer(fields=("name",), row_condition="", daily_quota=3),
            actor=STEWARD,
            at=AT,
        )

        assert make.rows(call(at=AT + timedelta(days=60)))[0] == {"name": "王小明"}

    def test_alarms_once_at_four_fifths_of_the_quota_and_at_errors(self, agency: Agency, told: Told) -> None:
        make.published(agency.url)
        make.granted(daily_quota=12)
        agency.status = 500
        for turn in range(10):
            with pytest.raises(ServiceError):
                call(at=AT + timedelta(seconds=40 * turn))
        told.words.clear()

        services.watch(at=AT + timedelta(minutes=10))
        services.watch(at=AT + timedelta(minutes=11))

        kinds = {alarm.kind for alarm in selectors.open_alarms(actor=STEWARD)}
        assert kinds == {AlarmKind.ERROR_RATE, AlarmKind.QUOTA, AlarmKind.CIRCUIT}
        assert len(told.words) == 3
        assert selectors.open_alarms(actor=APPLICANT) == []
        services.watch(at=AT + timedelta(days=1))
        assert not Alarm.objects.filter(ended_at__isnull=True).exists()

    def test_alarms_by_the_providers_own_rule(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted(daily_quota=2)
        services.save_rule(
            kind=AlarmKind.QUOTA, threshold=100, minutes=1440, is_on=True, actor=STEWARD, at=AT
        )
        call()
        services.watch(at=AT)
        assert selectors.open_alarms(actor=STEWARD) == []
        call()

        services.watch(at=AT)

        assert [alarm.value for alarm in selectors.open_alarms(actor=STEWARD)] == [100]

    def test_alarms_at_calls_for_what_is_not_opened(self, agency: Agency, told: Told) -> None:
        make.published(agency.url)
        granted = make.granted()
        assert granted.grant_id is not None
        services.revoke_grant(grant_id=granted.grant_id, words="不再需要", actor=STEWARD, at=AT)
        stranger = replace(make.SYSTEM, id="stranger-system", agency_code=make.OFFICE)
        for turn in range(10):
            for system in (make.SYSTEM, stranger):
                with pytest.raises(ServiceError):
                    call(at=AT + timedelta(seconds=turn), actor=system)
        told.words.clear()

        services.watch(at=AT + timedelta(minutes=1))

        alarms = selectors.open_alarms(actor=STEWARD)
        assert {(alarm.kind, alarm.client_id, alarm.value) for alarm in alarms} == {
            (AlarmKind.DENIED, make.CLIENT, 10),
            (AlarmKind.DENIED, "stranger-system", 10),
        }
        assert {agency for _role, agency, _words in told.words} == {make.PROVIDER}
        services.watch(at=AT + timedelta(minutes=40))
        assert selectors.open_alarms(actor=STEWARD) == []

    def test_leaves_nothing_of_a_service_that_is_none(self, agency: Agency) -> None:
        with pytest.raises(ServiceError):
            call("no-such-service")

        assert not Call.objects.exists()

    def test_alarms_while_a_circuit_is_open(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted(daily_quota=20)
        agency.status = 500
        for _turn in range(5):
            with pytest.raises(ServiceError):
                call()

        services.watch(at=AT + timedelta(seconds=10))

        alarm = next(each for each in selectors.open_alarms(actor=STEWARD) if each.kind is AlarmKind.CIRCUIT)
        assert (alarm.value, alarm.threshold) == (5, 5)
        agency.status = 200
        call(at=AT + timedelta(minutes=1))
        services.watch(at=AT + timedelta(minutes=1))
        assert AlarmKind.CIRCUIT not in {each.kind for each in selectors.open_alarms(actor=STEWARD)}


class TestKeeping:
    """
    The evidence of calls, and its term.
    """

    def test_drops_whole_months_after_their_term_and_says_so(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()
        call()
        call(at=AT + timedelta(days=20))

        term = timedelta(days=1095)
        early = services.prune_calls(at=datetime(2029, 11, 29, tzinfo=CHINA), keep=term)
        due = services.prune_calls(at=datetime(2029, 11, 30, tzinfo=CHINA), keep=term)

        assert (early, due) == (10, 1)
        assert [call.at for call in Call.objects.all()] == [AT + timedelta(days=20)]
        entry = AuditEntry.objects.filter(action="sharing.call.prune").latest("at")
        assert (entry.subject, entry.facts["rows"]) == ("sharing_call_202611", 1)

    def test_keeps_no_less_than_the_law_asks_for(self) -> None:
        with pytest.raises(ValueError, match="182"):
            services.prune_calls(at=AT, keep=timedelta(days=182))

"""
用数申请 from the application to the grant, and what both sides see of it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.factories import sharing as make
from tests.factories.sharing import APPLICANT, AT, CALENDAR, REVIEWER, STEWARD, Agency, Told
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing import services
from tongban.resources.sharing.models import DataRequest, DataService, Grant, RequestEvent
from tongban.resources.sharing.permissions import RequestNotFound
from tongban.resources.sharing.services.defining import (
    NotShared,
    OwnServiceNotCheckable,
    ServiceStepNotAllowed,
)
from tongban.resources.sharing.services.requesting import AlreadyAsked, RefusalWithoutGround
from tongban.resources.sharing.values import DataRequestState, ServiceAct, ServiceKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[Told]:
    with make.wired() as told:
        yield told


@pytest.fixture
def agency(settings: object) -> Iterator[Agency]:
    with make.agency() as agency, make.let_out(settings):
        yield agency


def acts(number: str) -> list[str]:
    return list(
        RequestEvent.objects.filter(request__number=number).order_by("id").values_list("act", flat=True)
    )


@pytest.mark.usefixtures("told")
class TestCompiling:
    def test_is_checked_by_another_and_takes_its_fields_from_the_catalogue(self, agency: Agency) -> None:
        make.published(agency.url)

        service = DataService.objects.get(code=make.SERVICE)
        assert (service.state, service.sharing) == ("PUBLISHED", "2")
        assert [each["name"] for each in service.fields] == ["name", "born", "place", "division"]

    def test_refuses_who_compiled_it_and_who_is_of_another_agency(self, agency: Agency) -> None:
        both = make.staff("DATA_REVIEWER", agency_code=make.PROVIDER, name="程编目")
        services.create_service(
            code="x1",
            agency_code=make.PROVIDER,
            division_code=make.DISTRICT,
            content=make.content(agency.url),
            actor=STEWARD,
            at=AT,
        )
        DataService.objects.update(compiled_by=[both.id])

        with pytest.raises(OwnServiceNotCheckable):
            services.check_service(code="x1", actor=both, at=AT)
        with pytest.raises(ServiceStepNotAllowed):
            services.publish_service(code="x1", actor=STEWARD, at=AT)
        with pytest.raises(NotPermitted):
            services.change_state(code="x1", act=ServiceAct.WITHDRAW, words="x", actor=APPLICANT, at=AT)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"definition": {"url": "http://169.254.169.254/"}}, "definition"),
            ({"definition": {"uri": "x"}}, "definition"),
            ({"cache_seconds": 60}, "cache_seconds"),
            ({"subject": "nobody"}, "subject"),
            ({"dataset_code": "none"}, "dataset_code"),
            (
                {
                    "kind": ServiceKind.ORCHESTRATED,
                    "definition": {
                        "steps": [
                            {"id": "a", "call": "x", "input": "{}", "after": ["b"]},
                            {"id": "b", "call": "x", "input": "{}", "after": ["a"]},
                        ],
                        "output": "{}",
                    },
                },
                "definition",
            ),
        ],
    )
    def test_says_what_is_wrong(self, agency: Agency, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            make.published(agency.url, **changes)

        assert set(refused.value.fields) == {field}

    def test_gives_out_nothing_of_a_closed_dataset(self, agency: Agency) -> None:
        with make.wired(closed=make.dataset(sharing=Sharing.NONE)), pytest.raises(NotShared):
            make.published(agency.url)


class TestApplying:
    def test_is_looked_at_in_two_working_days_and_answered_in_ten(self, agency: Agency, told: Told) -> None:
        make.published(agency.url)

        request = make.asked_for()
        first = DataRequest.objects.get(id=request.id).due_date
        services.pass_request(request_id=request.id, actor=REVIEWER, calendar=CALENDAR, at=AT)

        kept = DataRequest.objects.get(id=request.id)
        assert (first, kept.due_date) == (date(2026, 11, 24), date(2026, 12, 4))
        assert kept.remind_date == date(2026, 12, 2)
        assert [(role, agency) for role, agency, _words in told.words] == [
            ("DATA_REVIEWER", ""),
            ("DATA_STEWARD", make.PROVIDER),
        ]

    @pytest.mark.usefixtures("told")
    def test_opens_exactly_what_the_provider_says(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.asked_for(daily_quota=50)
        services.pass_request(request_id=request.id, actor=REVIEWER, calendar=CALENDAR, at=AT)
        more = services.Answer(fields=("name", "place"), row_condition="", daily_quota=10)
        less = services.Answer(fields=("name",), row_condition="row.division == '511602'", daily_quota=10)

        with pytest.raises(InvalidInput):
            services.grant_request(request_id=request.id, answer=more, actor=STEWARD, at=AT)
        with pytest.raises(NotPermitted):
            services.grant_request(request_id=request.id, answer=less, actor=APPLICANT, at=AT)
        services.grant_request(request_id=request.id, answer=less, actor=STEWARD, at=AT)

        grant = Grant.objects.get(request_id=request.id)
        assert (grant.fields, grant.daily_quota) == (["name"], 10)
        assert grant.expires_at.isoformat() == "2026-12-31T16:00:00+00:00"
        assert acts(request.number) == ["SUBMIT", "PASS", "GRANT"]

    def test_opens_at_once_what_is_shared_without_condition(self, agency: Agency) -> None:
        with make.wired(free=make.dataset(sharing=Sharing.UNCONDITIONAL)) as told:
            make.published(agency.url)

            request = make.asked_for()

        assert request.state is DataRequestState.GRANTED
        assert Grant.objects.filter(request_id=request.id).count() == 1
        assert [role_agency[1] for role_agency in told.words] == [make.PROVIDER]

    @pytest.mark.usefixtures("told")
    def test_returns_it_to_be_completed_with_everything_in_it(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.asked_for()
        services.return_request(request_id=request.id, words="请写明依据的条款", actor=REVIEWER, at=AT)

        with pytest.raises(AlreadyAsked):
            make.asked_for()
        services.resubmit_request(
            request_id=request.id,
            content=make.wish(legal_basis="社会保险法第五十六条"),
            actor=APPLICANT,
            calendar=CALENDAR,
            at=AT,
        )

        kept = DataRequest.objects.get(id=request.id)
        assert (kept.number, kept.state) == (request.number, "SUBMITTED")
        assert kept.legal_basis == "社会保险法第五十六条"
        assert acts(request.number) == ["SUBMIT", "RETURN", "RESUBMIT"]

    @pytest.mark.usefixtures("told")
    def test_is_refused_only_with_a_ground_in_law(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.asked_for()
        services.pass_request(request_id=request.id, actor=REVIEWER, calendar=CALENDAR, at=AT)

        with pytest.raises(RefusalWithoutGround) as refused:
            services.refuse_request(request_id=request.id, words="不便", clause="", actor=STEWARD, at=AT)
        services.refuse_request(
            request_id=request.id, words="超出职责", clause="个人信息保护法第六条", actor=STEWARD, at=AT
        )

        assert refused.value.clause == "共享办法-9"
        kept = DataRequest.objects.get(id=request.id)
        assert (kept.state, kept.answer_clause, kept.due_date) == ("REFUSED", "个人信息保护法第六条", None)

    @pytest.mark.usefixtures("told")
    def test_is_nothing_to_anybody_else(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.asked_for()
        stranger = make.staff("DATA_STEWARD", agency_code="11511301008778000X", name="路人")

        with pytest.raises(RequestNotFound):
            services.withdraw_request(request_id=request.id, actor=stranger, at=AT)
        with pytest.raises(InvalidInput) as refused:
            services.submit_request(
                service_code=make.SERVICE, content=make.wish(), actor=stranger, calendar=CALENDAR, at=AT
            )

        assert set(refused.value.fields) == {"client_id"}

"""
The life of a dataset in the catalogue, by two people; and between nodes.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from tests.factories.datasets import OTHER_STEWARD, REVIEWER, STEWARD, definition
from tests.factories.life import AT
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import NotAuthenticated, NotFound, NotPermitted
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.models import CatalogueDuty, Dataset
from tongban.resources.datasets.services import exchanging
from tongban.resources.datasets.values import (
    DatasetAct,
    DatasetEntry,
    DatasetState,
    DatasetVersionState,
    DutyEntry,
    DutyReason,
    UserKind,
    VersionReceipt,
)
from tongban.resources.exchange.values import Operation, Received

pytestmark = pytest.mark.django_db

CITY = "511300000000"
COUNTY_OF_CITY, ANOTHER_CITY, PROVINCE = "511302000000", "511400000000", "510000000000"


def published(**changes: object) -> VersionReceipt:
    """
    Bring a dataset through its whole life into force.
    """
    receipt = services.compile_dataset(definition=definition(**changes), actor=STEWARD, at=AT)
    services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
    return services.publish_version(version_id=receipt.id, actor=REVIEWER, at=AT)


class TestALife:
    def test_goes_from_a_draft_over_a_review_into_force(self) -> None:
        receipt = published()

        shown = selectors.dataset(dataset_id=receipt.dataset_id, actor=OTHER_STEWARD, at=AT)

        assert receipt.code == "306018/000001"
        assert (shown.summary.state, shown.summary.version) == (DatasetState.IN_USE, 1)
        assert shown.definition == definition()
        kept = selectors.published("306018/000001")
        assert kept is not None
        assert (kept.version, kept.definition) == (1, definition())

    def test_numbers_datasets_of_a_class_one_by_one(self) -> None:
        codes = [published().code, published().code, published(subgroup_code="019").code]

        assert codes == ["306018/000001", "306018/000002", "306019/000001"]

    def test_changes_by_a_new_version_that_says_in_what_it_differs(self) -> None:
        first = published()
        draft = services.compile_version(dataset_id=first.dataset_id, actor=STEWARD, at=AT)
        saved = services.save_draft(
            version_id=draft.id,
            revision=draft.revision,
            definition=definition(title="低保人员信息"),
            actor=STEWARD,
            at=AT,
        )
        services.submit_draft(version_id=saved.id, actor=STEWARD, at=AT)
        services.publish_version(version_id=saved.id, actor=REVIEWER, at=AT)

        detail = selectors.dataset_version(version_id=saved.id, actor=REVIEWER)

        assert [(change.part, change.after) for change in detail.changes] == [("title", "低保人员信息")]
        versions = selectors.dataset(dataset_id=first.dataset_id, actor=STEWARD, at=AT).versions
        assert [(each.version, each.state) for each in versions] == [
            (2, DatasetVersionState.PUBLISHED),
            (1, DatasetVersionState.REPLACED),
        ]

    def test_is_refused_to_other_agencies_and_to_who_compiled(self) -> None:
        receipt = services.compile_dataset(definition=definition(), actor=STEWARD, at=AT)
        both = replace(REVIEWER, id=STEWARD.id)

        with pytest.raises(NotFound):
            services.submit_draft(version_id=receipt.id, actor=OTHER_STEWARD, at=AT)
        services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
        with pytest.raises(services.OwnDraftNotReviewable):
            services.publish_version(version_id=receipt.id, actor=both, at=AT)
        with pytest.raises(NotPermitted):
            services.publish_version(version_id=receipt.id, actor=STEWARD, at=AT)
        assert Dataset.objects.get().version == 0

    def test_submits_only_what_is_whole(self) -> None:
        receipt = services.compile_dataset(definition=definition(summary="", fields=()), actor=STEWARD, at=AT)

        with pytest.raises(services.DefinitionIncomplete) as refused:
            services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)

        assert set(refused.value.fields) == {"summary", "fields"}

    def test_does_not_overwrite_what_a_colleague_saved(self) -> None:
        receipt = services.compile_dataset(definition=definition(), actor=STEWARD, at=AT)
        given: dict[str, Any] = {
            "version_id": receipt.id,
            "revision": receipt.revision,
            "actor": STEWARD,
            "at": AT,
        }
        services.save_draft(definition=definition(title="甲"), **given)

        with pytest.raises(services.DraftChanged):
            services.save_draft(definition=definition(title="乙"), **given)

        assert Dataset.objects.get().title == "甲"

    def test_keeps_the_class_of_what_was_published(self) -> None:
        first = published()
        draft = services.compile_version(dataset_id=first.dataset_id, actor=STEWARD, at=AT)

        with pytest.raises(services.CodeTaken):
            services.save_draft(
                version_id=draft.id,
                revision=draft.revision,
                definition=definition(group_code="07"),
                actor=STEWARD,
                at=AT,
            )

    def test_comes_back_from_a_review_with_a_comment_and_ends_by_a_withdrawal(self) -> None:
        receipt = services.compile_dataset(definition=definition(), actor=STEWARD, at=AT)
        services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
        services.return_draft(version_id=receipt.id, comment="请补充摘要", actor=REVIEWER, at=AT)
        services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
        services.publish_version(version_id=receipt.id, actor=REVIEWER, at=AT)
        services.withdraw_dataset(dataset_id=receipt.dataset_id, comment="职能划转", actor=REVIEWER, at=AT)

        shown = selectors.dataset(dataset_id=receipt.dataset_id, actor=STEWARD, at=AT)

        assert shown.summary.state is DatasetState.WITHDRAWN
        assert [line.act for line in shown.log] == [
            DatasetAct.WITHDRAW,
            DatasetAct.PUBLISH,
            DatasetAct.SUBMIT,
            DatasetAct.RETURN,
            DatasetAct.SUBMIT,
            DatasetAct.COMPILE,
        ]
        assert selectors.published(receipt.code) is None


class TestReading:
    def test_shows_drafts_to_their_agency_and_to_reviewers_only(self) -> None:
        services.compile_dataset(definition=definition(), actor=STEWARD, at=AT)

        seen = [
            len(selectors.datasets(actor=actor, at=AT).items) for actor in (STEWARD, REVIEWER, OTHER_STEWARD)
        ]

        assert seen == [1, 1, 0]
        with pytest.raises(NotAuthenticated):
            selectors.datasets(actor=ANONYMOUS, at=AT)

    def test_pages_by_node_and_code(self) -> None:
        for _turn in range(5):
            published()

        first = selectors.datasets(actor=REVIEWER, at=AT, limit=3)
        second = selectors.datasets(actor=REVIEWER, at=AT, limit=3, cursor=first.next_cursor)

        codes = [line.code for line in (*first.items, *second.items)]
        assert codes == [f"306018/00000{number}" for number in range(1, 6)]
        assert second.next_cursor is None

    def test_tells_how_fresh_and_whole_it_is_and_who_uses_it(self) -> None:
        receipt = published()
        services.note_load(code=receipt.code, rows=1200, filled=0.98, errors=3, at=AT)
        services.note_use(code=receipt.code, kind=UserKind.AGENCY, user_code="x", user_name="住建局", at=AT)

        shown = selectors.dataset(dataset_id=receipt.dataset_id, actor=STEWARD, at=AT + timedelta(days=60))

        assert (shown.summary.health.rows, shown.summary.health.errors) == (1200, 3)
        assert shown.summary.health.is_fresh is False
        assert [user.name for user in shown.users] == ["住建局"]

    def test_holds_rows_against_the_schema(self) -> None:
        receipt = published()

        problems = services.check_rows(code=receipt.code, rows=[{"granted_on": "2026-11-20"}])

        assert [(problem.row, problem.field) for problem in problems] == [(1, "")]


class TestDuties:
    def test_are_due_fifteen_working_days_after_a_change(self) -> None:
        duty: dict[str, Any] = {
            "agency_code": STEWARD.agency_code,
            "agency_name": "广安区民政局",
            "division_code": STEWARD.division_code,
            "reason": DutyReason.LAW,
            "text": "社会救助法施行",
        }
        duty_id = services.record_duty(**duty, occurred_on=date(2026, 3, 2), actor=STEWARD, at=AT)

        (line,) = selectors.duties(actor=REVIEWER, at=AT).items

        assert line.due_on == date(2026, 3, 23)
        assert line.is_late is (AT.date() > date(2026, 3, 23))
        with pytest.raises(NotPermitted):
            services.settle_duty(duty_id=duty_id, actor=OTHER_STEWARD, at=AT)
        services.settle_duty(duty_id=duty_id, actor=STEWARD, at=AT)
        assert selectors.duties(actor=REVIEWER, at=AT).items == []
        assert CatalogueDuty.objects.get().done_at == AT


class TestBetweenNodes:
    def entry(self, number: int, *, node: str = CITY, **changes: object) -> Received:
        """
        Return what a city tells of a dataset.
        """
        content = DatasetEntry(
            node=node,
            code="306018/000009",
            version=number,
            state="IN_USE",
            published_at="2026-11-20T00:00:00+00:00",
            definition=definition(**changes),
        )
        return Received(
            number=number, key="x", operation=Operation.UPDATE, made_at=AT, origin=CITY, content=content
        )

    def test_keeps_what_a_node_below_registers_and_never_an_older_word(self) -> None:
        exchanging.take_datasets([self.entry(7, title="新")], CITY, AT)
        exchanging.take_datasets([self.entry(6, title="旧")], CITY, AT)

        (line,) = selectors.datasets(actor=OTHER_STEWARD, at=AT, is_own=False).items

        assert (line.node, line.title, line.is_own) == (CITY, "新", False)
        with pytest.raises(NotFound):
            services.compile_version(dataset_id=line.id, actor=STEWARD, at=AT)

    def test_refuses_what_is_ours_or_not_whole(self) -> None:
        ours = self.entry(1)
        ours = replace(ours, content=DatasetEntry(**{**_parts(ours.content), "node": _own()}))
        bad = replace(self.entry(2), content=DatasetEntry(**{**_parts(self.entry(2).content), "code": "9"}))

        refused = exchanging.take_datasets([ours, bad, self.entry(3, summary="")], CITY, AT)

        assert [each.code for each in refused] == [
            "dataset_is_ours",
            "dataset_code_invalid",
            "dataset_incomplete",
        ]
        assert not Dataset.objects.exists()

    def test_keeps_duties_of_nodes_below_and_no_word_of_one_about_anothers(self) -> None:
        own_id = services.record_duty(
            agency_code=STEWARD.agency_code or "",
            agency_name="广安区民政局",
            division_code=STEWARD.division_code or "",
            reason=DutyReason.LAW,
            text="社会救助法施行",
            occurred_on=date(2026, 3, 2),
            actor=STEWARD,
            at=AT,
        )
        good = self.duty(1)
        spoilt = {
            "duty_is_anothers": self.duty(2, id=str(own_id)),
            "duty_reason_unknown": self.duty(3, reason="WEATHER"),
            "duty_incomplete": self.duty(4, due_on="soon"),
        }

        refused = exchanging.take_duties([good, *spoilt.values()], CITY, AT)

        assert [each.code for each in refused] == list(spoilt)
        assert CatalogueDuty.objects.get(id=own_id).node == _own()
        assert {row.node for row in CatalogueDuty.objects.all()} == {_own(), CITY}
        assert len(selectors.duties(actor=REVIEWER, at=AT).items) >= 1

    def test_believes_a_node_of_itself_and_of_nodes_in_its_area_alone(self) -> None:
        own = self.duty(1)
        below = self.duty(2, origin=COUNTY_OF_CITY, node=COUNTY_OF_CITY)
        beside = self.duty(3, origin=ANOTHER_CITY, node=ANOTHER_CITY)
        above = self.duty(4, origin=PROVINCE, node=PROVINCE)
        in_anothers_name = self.duty(5, origin=COUNTY_OF_CITY)
        dataset_beside = self.entry(6, node=ANOTHER_CITY)
        dataset_below = self.entry(7, node=COUNTY_OF_CITY)

        duties = exchanging.take_duties([own, below, beside, above, in_anothers_name], CITY, AT)
        datasets = exchanging.take_datasets([dataset_beside, dataset_below], CITY, AT)

        assert [(each.number, each.code) for each in duties] == [
            (number, "duty_is_anothers") for number in (3, 4, 5)
        ]
        assert {row.node for row in CatalogueDuty.objects.all()} == {CITY, COUNTY_OF_CITY}
        assert [(each.number, each.code) for each in datasets] == [(6, "dataset_is_anothers")]
        assert Dataset.objects.get().node == COUNTY_OF_CITY

    def test_believes_the_node_above_of_its_own_datasets_alone(self) -> None:
        entries = [self.entry(1, node=PROVINCE), self.entry(2, node=CITY)]

        refused = exchanging.take_references(entries, PROVINCE, AT)

        assert [(each.number, each.code) for each in refused] == [(2, "dataset_is_anothers")]
        assert Dataset.objects.get().node == PROVINCE

    def duty(self, number: int, *, origin: str = CITY, **changes: str) -> Received:
        """
        Return what a city tells of a duty.
        """
        content: dict[str, str] = {
            "node": CITY,
            "id": str(uuid4()),
            "agency_code": "11510100MB0000001A",
            "agency_name": "成都市民政局",
            "division_code": CITY,
            "reason": "LAW",
            "text": "社会救助法施行",
            "occurred_on": "2026-03-02",
            "due_on": "2026-03-23",
            "done_at": "",
        }
        return replace(self.entry(number), origin=origin, content=DutyEntry(**{**content, **changes}))

    def test_gives_snapshots_page_by_page_and_sweeps_what_is_gone(self) -> None:
        published()
        exchanging.take_datasets([self.entry(7)], CITY, AT)

        first = exchanging.snapshot("", 1)
        second = exchanging.snapshot(first[-1][0], 1)

        contents: list[Any] = [content for _key, content in (*first, *second)]
        assert [content.node for content in contents] == sorted([CITY, _own()])
        assert exchanging.snapshot(second[-1][0], 1) == []
        assert len(exchanging.snapshot_own("", 9)) == 1
        assert exchanging.sweep_registered(CITY, 8, AT) == 1
        assert Dataset.objects.get(node=CITY).state == DatasetState.WITHDRAWN

    def test_refuses_what_no_column_can_keep(self) -> None:
        long = self.entry(1, title="长" * 201)

        datasets = exchanging.take_datasets([long, self.entry(2)], CITY, AT)
        duties = exchanging.take_duties([self.duty(3, text="长" * 501), self.duty(4)], CITY, AT)

        assert [(each.number, each.code) for each in datasets] == [(1, "dataset_incomplete")]
        assert [(each.number, each.code) for each in duties] == [(3, "duty_incomplete")]
        assert Dataset.objects.count() == CatalogueDuty.objects.count() == 1

    def test_tells_a_node_that_joins_late_of_every_duty(self) -> None:
        exchanging.take_duties([self.duty(3), self.duty(4, done_at="2026-03-20T08:00:00+00:00")], CITY, AT)
        before = CatalogueDuty.objects.values_list("id", "node", "due_on", "done_at")
        told = set(before)

        first = exchanging.snapshot_duties("", 1)
        second = exchanging.snapshot_duties(first[-1][0], 9)
        CatalogueDuty.objects.all().delete()
        entries = [
            replace(self.entry(5), key=key, content=content, origin=origin)
            for key, content, origin in (*first, *second)
        ]

        assert exchanging.take_duties(entries, CITY, AT) == []
        assert set(before.all()) == told


def _own() -> str:
    return str(settings.TONGBAN_NODE.division_code)


def _parts(content: Any) -> dict[str, Any]:
    return {name: getattr(content, name) for name in content.__struct_fields__}

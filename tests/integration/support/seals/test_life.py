"""
The life of a seal, from the application to its end, by the people whom the table names.
"""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import seals as factory
from tests.factories.identity import staff
from tests.factories.seals import (
    AGENCY,
    AT,
    DIVISION,
    People,
    applied,
    end_of,
    fresh,
    issued,
    people,
    whole,
)
from tests.integration.support.identity.test_second_factor import with_app
from tongban.foundation.errors import InvalidInput, NotPermitted, ServiceError
from tongban.support.identity.services import SecondFactorNotFresh
from tongban.support.identity.values import Role
from tongban.support.messaging.selectors import notices
from tongban.support.seals import services
from tongban.support.seals.models import Seal, SealAuthorisation, SealEvent
from tongban.support.seals.permissions import SealNotFound
from tongban.support.seals.rules.structures import read_seal
from tongban.support.seals.selectors import seal_detail, seals_seen, state_of
from tongban.support.seals.values import (
    ApplicationKind,
    SealAction,
    SealKind,
    SealState,
    SuspensionKind,
)

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def by() -> People:
    return people()


def announced() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT topic FROM foundation_announcement ORDER BY id")
        return [topic for (topic,) in cursor.fetchall() if topic.startswith("seals.")]


def audited(subject: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT action FROM foundation_audit WHERE subject = %s ORDER BY id", [subject])
        return [action for (action,) in cursor.fetchall()]


class TestFromApplicationToUse:
    def test_takes_six_steps_by_four_people(self, by: People) -> None:
        seal = issued(applied(by), by)

        assert seal.state == SealState.IN_USE
        steps = SealEvent.objects.filter(seal=seal).order_by("id").values_list("action", "actor_id")
        assert list(steps) == [
            (SealAction.APPLY, by.keeper.id),
            (SealAction.REVIEW, by.reviewer.id),
            (SealAction.MAKE, by.maker.id),
            (SealAction.FILE, by.registrar.id),
            (SealAction.ISSUE, by.maker.id),
            (SealAction.RECEIVE, by.keeper.id),
        ]
        assert audited(seal.code) == [
            "seals.seal.request",
            "seals.seal.review",
            "seals.seal.make",
            "seals.seal.file",
            "seals.seal.issue",
            "seals.seal.receive",
        ]
        assert announced() == ["seals.seal_issued"]

    def test_makes_a_seal_that_says_what_was_asked_for(self, by: People) -> None:
        seal = issued(applied(by), by)

        made = read_seal(whole(seal))
        facts = made.facts
        assert (facts.version, facts.identifier, facts.name, facts.kind) == (4, seal.code, "示例区民政局", 1)
        assert (facts.valid_from, facts.valid_until) == (seal.valid_from, seal.valid_until)
        assert seal.valid_until == AT + timedelta(days=5 * 365)
        assert len(facts.certificates) == 1
        assert (facts.picture.kind, facts.picture.width, facts.picture.height) == ("PNG", 42, 42)
        assert facts.picture.content == seal.p256_key()[1]
        assert len(facts.picture.content) < 10 * 1024

    def test_numbers_seals_by_division_one_after_another(self, by: People) -> None:
        first = Seal.objects.get(id=applied(by, name="甲"))
        second = Seal.objects.get(id=applied(by, name="乙"))

        assert first.code[:6] == second.code[:6] == "511602"
        assert int(second.code) == int(first.code) + 1

    def test_uses_one_maker_for_all_seals_it_lasts_for(self, by: People) -> None:
        one = issued(applied(by, name="甲"), by)
        two = issued(applied(by, name="乙"), by)

        makers = {read_seal(whole(seal)).maker_certificate for seal in (one, two)}
        assert len(makers) == 1

    def test_ends_with_a_rejection_that_says_why(self, by: People) -> None:
        seal_id = applied(by)

        with pytest.raises(InvalidInput):
            services.reject_seal(seal_id=seal_id, note=" ", actor=by.reviewer, at=AT)
        receipt = services.reject_seal(seal_id=seal_id, note="名称不符", actor=by.reviewer, at=AT)

        assert receipt.state is SealState.REJECTED
        assert SealEvent.objects.get(seal_id=seal_id, action="REJECT").note == "名称不符"

    def test_lets_a_rejected_one_be_asked_for_again(self, by: People) -> None:
        services.reject_seal(seal_id=applied(by), note="名称不符", actor=by.reviewer, at=AT)

        assert Seal.objects.get(id=applied(by)).state == SealState.APPLIED

    @pytest.mark.parametrize("field", ["name", "basis", "agency_name"])
    def test_refuses_what_is_not_filled_in(self, by: People, field: str) -> None:
        form: dict[str, Any] = {"name": "印", "basis": "依据", "agency_name": "机构"} | {field: " "}

        with pytest.raises(InvalidInput) as refused:
            services.apply_for_seal(
                agency_code=AGENCY,
                division_code=DIVISION,
                kind=SealKind.AGENCY,
                actor=by.keeper,
                at=AT,
                **form,
            )

        assert set(refused.value.fields) == {field}
        assert Seal.objects.count() == 0

    def test_refuses_a_second_one_of_the_name(self, by: People) -> None:
        applied(by)

        with pytest.raises(services.SealAskedFor):
            applied(by)


class TestWhoMayDoWhat:
    def test_keepers_of_other_agencies_do_not_even_see_it(self, by: People) -> None:
        seal_id = applied(by)
        stranger = staff(roles=[Role.SEAL_KEEPER], agency_code="11511602MB0000001A", at=AT)

        with pytest.raises(SealNotFound):
            services.freeze_seal(seal_id=seal_id, note="x", actor=stranger, at=AT)
        with pytest.raises(SealNotFound):
            seal_detail(seal_id=seal_id, actor=stranger)
        assert seals_seen(actor=stranger).items == []

    def test_reviewers_of_other_areas_do_not_even_see_it(self, by: People) -> None:
        seal_id = applied(by)
        stranger = replace(by.reviewer, division_code="511304000000")

        with pytest.raises(SealNotFound):
            services.review_seal(seal_id=seal_id, actor=stranger, at=AT)
        assert seals_seen(actor=stranger).items == []

    def test_a_keeper_asks_for_his_own_agency_only(self, by: People) -> None:
        with pytest.raises(NotPermitted):
            applied(by, agency_code="11511602MB0000001A")

    def test_each_step_asks_for_its_role(self, by: People) -> None:
        seal_id = applied(by)

        for actor in (by.keeper, by.maker, by.registrar):
            with pytest.raises(NotPermitted):
                services.review_seal(seal_id=seal_id, actor=actor, at=AT)
        assert Seal.objects.get(id=seal_id).state == SealState.APPLIED

    def test_one_person_with_all_roles_takes_no_two_steps(self) -> None:
        roles = [Role.SEAL_KEEPER, Role.SEAL_REVIEWER, Role.SEAL_MAKER, Role.SEAL_REGISTRAR]
        one = staff(roles=roles, agency_code=AGENCY, division_code=DIVISION, at=AT)
        alone = People(keeper=one, reviewer=one, maker=one, registrar=one)
        seal_id = applied(alone)

        with pytest.raises(services.SamePerson):
            services.review_seal(seal_id=seal_id, actor=one, at=AT)

    def test_steps_out_of_their_order_are_refused_and_change_nothing(self, by: People) -> None:
        seal_id = applied(by)

        with pytest.raises(services.StepRefused):
            services.make_seal(seal_id=seal_id, actor=by.maker, at=AT)
        with pytest.raises(services.StepRefused):
            services.issue_seal(seal_id=seal_id, actor=by.maker, at=AT)
        assert SealEvent.objects.filter(seal_id=seal_id).count() == 1

    def test_a_seal_that_never_was_is_not_found(self, by: People) -> None:
        with pytest.raises(SealNotFound):
            services.review_seal(seal_id=uuid.uuid4(), actor=by.reviewer, at=AT)


class TestSuspension:
    def test_begins_at_once_and_is_ended_by_somebody_else(self, by: People) -> None:
        seal = issued(applied(by), by)

        services.report_loss(seal_id=seal.id, note="介质丢失", actor=by.registrar, at=LATER)
        answer = state_of(code=seal.code, at=LATER)
        with pytest.raises(services.SamePerson):
            services.resume_seal(seal_id=seal.id, note="找回", actor=by.registrar, at=LATER)
        other = fresh(staff(roles=[Role.SEAL_REGISTRAR], agency_code=AGENCY, division_code=DIVISION, at=AT))
        services.resume_seal(seal_id=seal.id, note="找回", actor=other, at=LATER)

        assert (answer.state, answer.suspension) == (SealState.SUSPENDED, SuspensionKind.LOST)
        assert answer.is_usable is False
        assert state_of(code=seal.code, at=LATER).is_usable is True
        assert announced() == ["seals.seal_issued", "seals.seal_suspended", "seals.seal_resumed"]

    def test_of_a_frozen_seal_that_turns_out_lost_counts_from_the_freezing(self, by: People) -> None:
        seal = issued(applied(by), by)
        services.freeze_seal(seal_id=seal.id, note="核查", actor=by.keeper, at=AT)

        services.report_loss(seal_id=seal.id, note="确认丢失", actor=by.keeper, at=LATER)

        seal.refresh_from_db()
        assert (seal.suspension, seal.suspended_at) == (SuspensionKind.LOST, AT)

    def test_asks_for_a_reason(self, by: People) -> None:
        seal = issued(applied(by), by)

        with pytest.raises(InvalidInput):
            services.freeze_seal(seal_id=seal.id, note="", actor=by.keeper, at=AT)
        assert Seal.objects.get(id=seal.id).state == SealState.IN_USE


class TestNextVersion:
    def change(self, seal: Seal, by: People, **words: Any) -> uuid.UUID:
        return services.apply_for_next_version(
            seal_id=seal.id,
            kind=ApplicationKind.CHANGE,
            basis="更名",
            actor=by.keeper,
            at=LATER,
            **words,
        ).seal_id

    def test_replaces_the_present_one_when_it_is_handed_out_and_keeps_its_authorisations(
        self, by: People
    ) -> None:
        old = issued(applied(by), by)
        given = factory.standing(old, by)

        new = issued(self.change(old, by, agency_name="示例区民政和人社局"), by, at=LATER)

        old.refresh_from_db()
        assert (new.code, new.version, new.state) == (old.code, 2, SealState.IN_USE)
        assert old.state == SealState.REPLACED
        assert SealAuthorisation.objects.get(id=given).seal_id == new.id
        assert state_of(code=old.code, at=LATER).version == 2
        assert state_of(code=old.code, version=1, at=LATER).state is SealState.REPLACED
        assert announced() == [
            "seals.seal_issued",
            "seals.seal_authorised",
            "seals.seal_replaced",
            "seals.seal_issued",
        ]

    def test_leaves_the_present_one_in_use_until_then(self, by: People) -> None:
        old = issued(applied(by), by)

        self.change(old, by, caption="审批专用章")

        assert state_of(code=old.code, at=LATER).version == 1
        assert Seal.objects.get(id=old.id).state == SealState.IN_USE

    def test_is_asked_for_once(self, by: People) -> None:
        old = issued(applied(by), by)
        self.change(old, by, caption="审批专用章")

        with pytest.raises(services.SealAskedFor):
            self.change(old, by, caption="审批专用章")

    def test_does_not_take_the_name_of_another_seal(self, by: People) -> None:
        old = issued(applied(by), by)
        applied(by, name="示例区民政局行政审批专用章")

        with pytest.raises(services.SealAskedFor):
            self.change(old, by, name="示例区民政局行政审批专用章")

    def test_can_be_asked_for_again_after_a_rejection(self, by: People) -> None:
        old = issued(applied(by), by)
        rejected = self.change(old, by, caption="审批专用章")
        services.reject_seal(seal_id=rejected, note="不必", actor=by.reviewer, at=LATER)

        again = self.change(old, by, caption="审批专用章")

        assert Seal.objects.get(id=again).version == 3

    def test_of_a_renewal_changes_no_word(self, by: People) -> None:
        old = issued(applied(by), by)

        with pytest.raises(InvalidInput):
            services.apply_for_next_version(
                seal_id=old.id,
                kind=ApplicationKind.RENEWAL,
                basis="到期",
                caption="新",
                actor=by.keeper,
                at=LATER,
            )
        renewed = services.apply_for_next_version(
            seal_id=old.id, kind=ApplicationKind.RENEWAL, basis="到期", actor=by.keeper, at=LATER
        )

        assert Seal.objects.get(id=renewed.seal_id).name == old.name

    def test_of_an_expired_seal_makes_it_usable_again(self, by: People) -> None:
        old = issued(applied(by), by)
        over = end_of(old) + timedelta(seconds=1)
        services.expire_due(at=over)

        renewed = services.apply_for_next_version(
            seal_id=old.id, kind=ApplicationKind.RENEWAL, basis="到期", actor=by.keeper, at=over
        )
        issued(renewed.seal_id, by, at=over)

        assert state_of(code=old.code, at=over).is_usable is True


class TestEnd:
    def test_comes_with_the_term(self, by: People) -> None:
        seal = issued(applied(by), by)

        early = services.expire_due(at=end_of(seal) - timedelta(seconds=1))
        due = services.expire_due(at=end_of(seal))
        again = services.expire_due(at=end_of(seal))

        assert (early, due, again) == (0, 1, 0)
        assert Seal.objects.get(id=seal.id).state == SealState.EXPIRED

    def test_of_a_destroyed_seal_takes_its_authorisations_along(self, by: People) -> None:
        seal = issued(applied(by), by)
        given = factory.standing(seal, by)

        receipt = services.destroy_seal(seal_id=seal.id, note="机构撤销", actor=by.registrar, at=LATER)

        ended = SealAuthorisation.objects.get(id=given)
        assert receipt.state is SealState.DESTROYED
        assert (ended.ended_at, ended.ended_by) == (LATER, by.registrar.id)
        assert announced()[-1] == "seals.seal_destroyed"

    @pytest.mark.parametrize("step", ["freeze_seal", "report_loss", "resume_seal", "destroy_seal"])
    def test_is_final(self, by: People, step: str) -> None:
        seal = issued(applied(by), by)
        services.destroy_seal(seal_id=seal.id, note="机构撤销", actor=by.registrar, at=LATER)

        with pytest.raises(ServiceError) as refused:
            getattr(services, step)(seal_id=seal.id, note="x", actor=by.registrar, at=LATER)
        assert refused.value.code == "seal_state_forbids_step"

    def test_leaves_a_log_that_nobody_changes(self, by: People) -> None:
        issued(applied(by), by)

        for statement in ("UPDATE seals_sealevent SET note = ''", "DELETE FROM seals_sealevent"):
            with (
                pytest.raises(DatabaseError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


class TestSealDetail:
    def test_tells_the_life_and_what_the_reader_may_do(self, by: People) -> None:
        seal = issued(applied(by), by)
        factory.standing(seal, by)

        shown = seal_detail(seal_id=seal.id, actor=by.keeper)

        assert [step.action for step in shown.steps] == [
            SealAction.APPLY,
            SealAction.REVIEW,
            SealAction.MAKE,
            SealAction.FILE,
            SealAction.ISSUE,
            SealAction.RECEIVE,
            SealAction.AUTHORISE,
        ]
        assert shown.actions == (
            SealAction.AUTHORISE,
            SealAction.END_AUTHORISATION,
            SealAction.FREEZE,
            SealAction.REPORT_LOSS,
        )
        assert len(shown.authorisations) == 1
        assert b"<svg" in shown.picture

    def test_lists_seals_with_those_changed_last_first(self, by: People) -> None:
        first, second = applied(by, name="甲"), applied(by, name="乙", at=LATER)

        assert [line.id for line in seals_seen(actor=by.reviewer).items] == [second, first]
        assert seals_seen(actor=by.reviewer, states=frozenset({SealState.IN_USE})).items == []

    def test_does_not_tell_the_public_of_seals_not_handed_out(self, by: People) -> None:
        code = Seal.objects.get(id=applied(by)).code

        with pytest.raises(SealNotFound):
            state_of(code=code, at=AT)


class TestReceiving:
    def test_is_what_lets_a_seal_be_used_and_ends_the_version_before(self, by: People) -> None:
        old = issued(applied(by), by)
        asked = services.apply_for_next_version(
            seal_id=old.id, kind=ApplicationKind.RENEWAL, basis="到期", actor=by.keeper, at=AT
        ).seal_id
        services.review_seal(seal_id=asked, actor=by.reviewer, at=AT)
        services.make_seal(seal_id=asked, actor=by.maker, at=AT)
        services.file_seal(seal_id=asked, filing_number="备-2", actor=by.registrar, at=AT)
        services.issue_seal(seal_id=asked, actor=by.maker, at=AT)
        handed_out = {seal.version: seal.state for seal in Seal.objects.filter(code=old.code)}

        services.receive_seal(seal_id=asked, actor=by.keeper, at=AT)

        assert handed_out == {1: SealState.IN_USE, 2: SealState.ISSUED}
        states = {seal.version: seal.state for seal in Seal.objects.filter(code=old.code)}
        assert states == {1: SealState.REPLACED, 2: SealState.IN_USE}


class TestWithdrawing:
    def test_an_application_lets_it_be_asked_for_anew(self, by: People) -> None:
        seal_id = applied(by)

        with pytest.raises(NotPermitted):
            services.withdraw_application(seal_id=seal_id, actor=by.reviewer, at=AT)
        receipt = services.withdraw_application(seal_id=seal_id, actor=by.keeper, at=AT)

        assert receipt.state is SealState.WITHDRAWN
        with pytest.raises(services.StepRefused):
            services.review_seal(seal_id=seal_id, actor=by.reviewer, at=AT)
        assert applied(by) != seal_id


class TestSecondFactors:
    def test_are_asked_for_to_let_a_seal_go_on_and_to_end_it_never_to_stop_it(self, by: People) -> None:
        seal = issued(applied(by), by)
        early = AT - timedelta(hours=2)
        with_app(by.keeper, at=early)
        with_app(by.registrar, at=early)
        tired = [replace(one, checked_level=0, checked_at=None) for one in (by.keeper, by.registrar)]

        services.report_loss(seal_id=seal.id, note="遗失", actor=tired[0], at=AT)

        for step in (services.resume_seal, services.destroy_seal):
            with pytest.raises(SecondFactorNotFresh):
                step(seal_id=seal.id, note="找回", actor=tired[1], at=AT)


class TestMessages:
    def test_go_to_whose_turn_it_is_and_to_keepers_and_tell_nothing_twice(self, by: People) -> None:
        seal_id = applied(by)

        told = [services.tell_step(seal_id=seal_id, at=AT) for _time in range(2)]
        services.reject_seal(seal_id=seal_id, note="名称不符", actor=by.reviewer, at=AT)
        services.tell_step(seal_id=seal_id, at=AT)

        assert told == [1, 1]
        assert [one.title for one in notices(actor=by.reviewer).items] == ["印章待办：示例区民政局"]
        assert [one.title for one in notices(actor=by.keeper).items] == ["印章状态有变化：示例区民政局"]
        assert notices(actor=by.maker).items == []

    def test_are_not_sent_of_what_is_done_already(self, by: People) -> None:
        seal = issued(applied(by), by)

        assert services.tell_step(seal_id=seal.id, at=AT) == 0


class TestSupervisors:
    def test_see_seals_of_their_area_and_take_no_step(self, by: People) -> None:
        seal = issued(applied(by), by)
        supervisor = staff(
            roles=[Role.SUPERVISOR], agency_code="11510100MB1500000Y", division_code=DIVISION, at=AT
        )

        shown = seal_detail(seal_id=seal.id, actor=supervisor)

        assert shown.actions == ()
        assert [line.id for line in seals_seen(actor=supervisor).items] == [seal.id]
        with pytest.raises(NotPermitted):
            services.freeze_seal(seal_id=seal.id, note="核查", actor=supervisor, at=AT)

"""
三员: system, security and audit administrators are three people, and none of them is alone with an account.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.factories.identity import AGENCY, DISTRICT, NODE, NOW, PASSWORD, citizen, id_number, staff
from tests.integration.support.identity.test_second_factor import begun, finished, rules, with_app
from tongban.business.casework import selectors as casework
from tongban.config.env import SecondFactorRule
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, SignIn, StaffAssignment, StaffMember
from tongban.support.identity.services import (
    AdministratorsAreThree,
    NoFactorToReset,
    SecondFactorNotFresh,
    SecondPersonNeeded,
)
from tongban.support.identity.values import AccountKind, LoginStep, Post, Role, StaffFilter

pytestmark = pytest.mark.django_db

TWO_OF_THREE = [
    (Role.OPERATOR, Role.SECURITY_ADMINISTRATOR),
    (Role.OPERATOR, Role.AUDIT_ADMINISTRATOR),
    (Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR),
]


def system() -> Actor:
    return staff(roles=[Role.OPERATOR], name="系统甲")


def security() -> Actor:
    return staff(roles=[Role.SECURITY_ADMINISTRATOR], name="安全乙")


def grant(account_id: str, *, actor: Actor, posts: Any = (), roles: Any = ()) -> None:
    services.grant_tasks(
        account_id=UUID(account_id), posts=posts, roles=roles, reason="岗位调整", actor=actor, at=NOW
    )


def create(login: str, *, actor: Actor, number: str = "", roles: Any = (), posts: Any = ()) -> Any:
    return services.create_staff(
        login_name=login,
        name="王刚",
        agency_code=AGENCY,
        division_code=DISTRICT,
        posts=posts,
        roles=roles,
        password=PASSWORD,
        id_number=number or (id_number(sequence=76) if roles else ""),
        actor=actor,
        at=NOW,
    )


class TestThreePeople:
    @pytest.mark.parametrize("pair", TWO_OF_THREE)
    def test_are_not_made_one_account_by_opening_it(self, pair: tuple[Role, Role]) -> None:
        with pytest.raises(AdministratorsAreThree):
            create("wang.gang", actor=NODE, roles=pair)

        assert not Account.objects.filter(login_name="wang.gang").exists()

    @pytest.mark.parametrize("pair", TWO_OF_THREE)
    def test_are_not_made_one_account_by_giving_it_tasks(self, pair: tuple[Role, Role]) -> None:
        member = staff(roles=[pair[0]])

        with pytest.raises(AdministratorsAreThree):
            grant(member.id, actor=security(), roles=pair)

        assert StaffMember.objects.get(account_id=member.id).roles == [pair[0]]

    @pytest.mark.parametrize("pair", TWO_OF_THREE)
    def test_are_not_made_one_account_by_hand(self, pair: tuple[Role, Role]) -> None:
        member = staff(roles=[pair[0]])

        with pytest.raises(IntegrityError, match="staff_is_one_administrator_at_most"), transaction.atomic():
            StaffMember.objects.filter(account_id=member.id).update(roles=list(pair))

    @pytest.mark.parametrize("pair", TWO_OF_THREE)
    def test_are_not_made_one_person_with_two_accounts(self, pair: tuple[Role, Role]) -> None:
        number = id_number(sequence=77)
        create("first", actor=NODE, number=number, roles=[pair[0]])

        with pytest.raises(AdministratorsAreThree):
            create("second", actor=NODE, number=number, roles=[pair[1]])

        assert not Account.objects.filter(login_name="second").exists()

    def test_are_known_as_people_before_they_are_administrators(self) -> None:
        with pytest.raises(InvalidInput) as by_node:
            services.create_staff(
                login_name="wang.gang",
                name="王刚",
                agency_code=AGENCY,
                division_code=DISTRICT,
                posts=(),
                roles=[Role.OPERATOR],
                password=PASSWORD,
                actor=NODE,
                at=NOW,
            )
        member = staff(Post.REVIEW)
        with pytest.raises(InvalidInput) as by_colleague:
            grant(member.id, actor=security(), roles=[Role.OPERATOR])

        assert [list(error.value.fields) for error in (by_node, by_colleague)] == [["id_number"]] * 2
        assert not Account.objects.filter(login_name="wang.gang").exists()
        assert StaffMember.objects.get(account_id=member.id).roles == []

    def test_are_not_made_one_person_by_giving_a_second_account_tasks(self) -> None:
        number = id_number(sequence=79)
        create("first", actor=NODE, number=number, roles=[Role.OPERATOR])
        second, administrator = staff(Post.REVIEW), security()

        with pytest.raises(AdministratorsAreThree):
            services.grant_tasks(
                account_id=UUID(second.id),
                posts=(),
                roles=[Role.AUDIT_ADMINISTRATOR],
                id_number=number,
                reason="任命",
                actor=administrator,
                at=NOW,
            )

        assert StaffMember.objects.get(account_id=second.id).roles == []

    def test_are_noted_once_and_never_exchanged(self) -> None:
        member = staff(roles=[Role.OPERATOR])
        before = bytes(StaffMember.objects.get(account_id=member.id).id_number_index or b"")

        services.grant_tasks(
            account_id=UUID(member.id),
            posts=(),
            roles=[Role.OPERATOR],
            id_number=id_number(sequence=80),
            reason="更正",
            actor=security(),
            at=NOW,
        )

        assert bytes(StaffMember.objects.get(account_id=member.id).id_number_index or b"") == before

    def test_are_known_by_the_index_alone_that_was_noted_before_numbers_were_kept(self) -> None:
        number = id_number(sequence=81)
        made = create("first", actor=NODE, number=number, roles=[Role.OPERATOR])
        StaffMember.objects.filter(account_id=made.account_id).update(id_number=None)
        before = bytes(StaffMember.objects.get().id_number_index or b"")
        administrator = security()

        for typed in ("", id_number(sequence=82)):
            services.grant_tasks(
                account_id=made.account_id,
                posts=[Post.REVIEW],
                roles=[Role.OPERATOR],
                id_number=typed,
                reason="调整",
                actor=administrator,
                at=NOW,
            )
            kept = StaffMember.objects.get(account_id=made.account_id)
            assert (bytes(kept.id_number_index or b""), kept.id_number) == (before, None)
        services.grant_tasks(
            account_id=made.account_id,
            posts=(),
            roles=[Role.OPERATOR],
            id_number=number,
            reason="补登",
            actor=administrator,
            at=NOW,
        )

        kept = StaffMember.objects.get(account_id=made.account_id)
        assert (bytes(kept.id_number_index or b""), kept.id_number) == (before, number)

    def test_may_become_somebody_elses_task_once_the_first_has_left(self) -> None:
        number = id_number(sequence=78)
        first = create("first", actor=NODE, number=number, roles=[Role.OPERATOR])
        services.let_staff_leave(account_id=first.account_id, reason="离职", actor=NODE, at=NOW)

        second = create("second", actor=NODE, number=number, roles=[Role.AUDIT_ADMINISTRATOR])

        assert StaffMember.objects.get(account_id=second.account_id).roles == [Role.AUDIT_ADMINISTRATOR]

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
    def test_read_no_cases_by_that_role(self, role: Role) -> None:
        assert not casework.sees_cases(actor=staff(roles=[role]))


class TestCreateAndEmpower:
    def test_are_two_people(self) -> None:
        with pytest.raises(NotPermitted):
            create("wang.gang", actor=system(), posts=[Post.REVIEW])

        assert not Account.objects.filter(login_name="wang.gang").exists()

    def test_give_an_account_its_tasks_one_after_the_other(self) -> None:
        made = services.create_staff_with_password(
            login_name="wang.gang",
            name="王刚",
            agency_code=AGENCY,
            division_code=DISTRICT,
            actor=system(),
            at=NOW,
        )
        grant(str(made.account_id), actor=security(), posts=[Post.REVIEW])

        member = StaffMember.objects.get(account_id=made.account_id)
        assert (member.posts, member.roles) == ([Post.REVIEW], [])
        assert Account.objects.get(id=made.account_id).must_change_password
        known = services.authenticate(
            login="wang.gang",
            password=made.password,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )
        assert known.account_id == made.account_id
        history = StaffAssignment.objects.filter(member=member).order_by("valid_from", "valid_until")
        assert sorted(line.kind for line in history) == ["CREATE", "GRANT"]

    @pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR])
    def test_let_nobody_else_give_tasks(self, role: Role | None) -> None:
        member = staff(Post.REVIEW)

        with pytest.raises(NotPermitted):
            grant(member.id, actor=staff(roles=[role] if role else []), posts=[Post.DECISION])

        assert StaffMember.objects.get(account_id=member.id).posts == [Post.REVIEW]

    def test_let_nobody_give_tasks_to_himself(self) -> None:
        administrator = security()

        with pytest.raises(NotPermitted):
            grant(administrator.id, actor=administrator, posts=[Post.DECISION])

    @pytest.mark.parametrize(
        ("posts", "roles"), [(["KING"], []), ([], ["ROOT"]), ([Role.OPERATOR], []), ([], [Post.REVIEW])]
    )
    def test_know_only_what_there_is(self, posts: list[str], roles: list[str]) -> None:
        member = staff(Post.REVIEW)

        with pytest.raises(InvalidInput):
            grant(member.id, actor=security(), posts=posts, roles=roles)

    def test_take_effect_with_the_next_request(self) -> None:
        member = staff(Post.REVIEW)
        sign_in = finished(begun(member).pending_id)

        grant(member.id, actor=security(), posts=[Post.DELIVERY])

        actor = selectors.actor_for_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW)
        assert actor.posts == frozenset({Post.DELIVERY})

    def test_are_written_down_with_what_was_before(self) -> None:
        member, administrator = staff(Post.REVIEW), security()

        grant(member.id, actor=administrator, posts=[Post.DELIVERY])

        entry = AuditEntry.objects.get(action="identity.staff.empower", subject=member.id)
        assert (entry.actor_id, entry.facts["before"]["posts"], entry.facts["reason"]) == (
            administrator.id,
            ["REVIEW"],
            "岗位调整",
        )


class TestForceLogOut:
    def test_ends_sessions_and_tokens_with_the_next_request(self) -> None:
        member = staff(Post.REVIEW)
        sign_in = finished(begun(member).pending_id)
        token = services.issue_session_token(
            login=Account.objects.get(id=member.id).login_name,
            password=PASSWORD,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

        services.force_log_out(account_id=UUID(member.id), reason="可疑登录", actor=security(), at=NOW)

        assert selectors.open_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW) is None
        assert selectors.actor_for_token(token=token.token, at=NOW) is None
        assert AuditEntry.objects.filter(action="identity.account.force_log_out", subject=member.id).exists()

    def test_works_for_persons_too(self) -> None:
        person = citizen()
        sign_in = finished(begun(person).pending_id)

        services.force_log_out(account_id=UUID(person.id), reason="本人挂失", actor=security(), at=NOW)

        assert selectors.open_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW) is None

    @pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.AUDIT_ADMINISTRATOR])
    def test_is_for_security_administrators(self, role: Role | None) -> None:
        member = staff(Post.REVIEW)
        finished(begun(member).pending_id)

        with pytest.raises(NotPermitted):
            services.force_log_out(
                account_id=UUID(member.id),
                reason="x",
                actor=staff(roles=[role] if role else []),
                at=NOW,
            )

        assert SignIn.objects.get().ended_at is None

    def test_needs_a_reason(self) -> None:
        with pytest.raises(InvalidInput):
            services.force_log_out(
                account_id=UUID(staff(Post.REVIEW).id), reason=" ", actor=security(), at=NOW
            )

    def test_knows_no_account_that_is_not_there(self) -> None:
        with pytest.raises(NotFound):
            services.force_log_out(account_id=uuid4(), reason="x", actor=security(), at=NOW)


class TestUnlock:
    def test_lets_somebody_try_again_at_once(self) -> None:
        member = staff(Post.REVIEW)
        login = Account.objects.get(id=member.id).login_name
        for _try in range(5):
            with pytest.raises(services.LoginFailed):
                self.log_in(login, "Wrong-2026")

        services.unlock_account(account_id=UUID(member.id), reason="本人来电", actor=security(), at=NOW)

        assert self.log_in(login, PASSWORD).account_id == UUID(member.id)

    def log_in(self, login: str, password: str) -> Any:
        return services.authenticate(
            login=login, password=password, kind=AccountKind.STAFF, actor=ANONYMOUS, address=None, at=NOW
        )


class TestInitialPassword:
    def test_opens_nothing_but_its_own_change(self) -> None:
        member = staff(Post.REVIEW)

        given = services.give_initial_password(
            account_id=UUID(member.id), reason="忘记密码", actor=security(), at=NOW
        )

        assert begun(member).step is LoginStep.PASSWORD
        assert given.password not in repr(given)

    def test_does_not_take_the_second_factor_away(self) -> None:
        member = staff(Post.REVIEW)
        with_app(member)

        services.give_initial_password(
            account_id=UUID(member.id), reason="忘记密码", actor=security(), at=NOW
        )

        assert begun(member).step is LoginStep.FACTOR

    def test_is_not_for_persons(self) -> None:
        with pytest.raises(NotFound):
            services.give_initial_password(
                account_id=UUID(citizen().id), reason="x", actor=security(), at=NOW
            )


class TestFactorReset:
    def test_takes_two_people(self) -> None:
        member, asking, approving = staff(Post.REVIEW), security(), system()
        with_app(member)
        sign_in = SignIn.objects.create(
            account_id=member.id, epoch=0, started_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(hours=1)
        )
        reset = services.ask_factor_reset(account_id=UUID(member.id), reason="手机遗失", actor=asking, at=NOW)
        before = selectors.own_factors(actor=member)

        services.approve_factor_reset(reset_id=reset, actor=approving, at=NOW)

        assert len(before.factors) == 1
        assert not selectors.own_factors(actor=member).factors
        assert selectors.open_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW) is None
        entry = AuditEntry.objects.get(action="identity.factor.reset", subject=member.id)
        assert (entry.actor_id, entry.facts["asked_by"]) == (approving.id, asking.id)

    def test_is_not_approved_by_whoever_asked(self) -> None:
        member, asking = staff(Post.REVIEW), security()
        with_app(member)
        reset = services.ask_factor_reset(account_id=UUID(member.id), reason="手机遗失", actor=asking, at=NOW)

        with pytest.raises(SecondPersonNeeded):
            services.approve_factor_reset(reset_id=reset, actor=asking, at=NOW)

        assert selectors.own_factors(actor=member).factors

    def test_tells_nobody_else_which_there_are(self) -> None:
        member = staff(Post.REVIEW)
        with_app(member)
        reset = services.ask_factor_reset(account_id=UUID(member.id), reason="x", actor=security(), at=NOW)

        for asked_for in (reset, uuid4()):
            with pytest.raises(NotPermitted):
                services.approve_factor_reset(reset_id=asked_for, actor=staff(Post.REVIEW), at=NOW)

    def test_is_approved_once_and_within_a_day(self) -> None:
        member = staff(Post.REVIEW)
        with_app(member)
        reset = services.ask_factor_reset(account_id=UUID(member.id), reason="x", actor=security(), at=NOW)

        with pytest.raises(NotFound):
            services.approve_factor_reset(
                reset_id=reset, actor=system(), at=NOW + timedelta(hours=24, seconds=1)
            )

    def test_is_not_for_oneself(self) -> None:
        administrator = security()
        with_app(administrator)

        with pytest.raises(NotPermitted):
            services.ask_factor_reset(
                account_id=UUID(administrator.id), reason="x", actor=administrator, at=NOW
            )

    @pytest.mark.parametrize("role", [None, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR])
    def test_is_for_two_administrators_only(self, role: Role | None) -> None:
        member = staff(Post.REVIEW)
        with_app(member)

        with pytest.raises(NotPermitted):
            services.ask_factor_reset(
                account_id=UUID(member.id), reason="x", actor=staff(roles=[role] if role else []), at=NOW
            )

    def test_is_not_asked_for_where_there_is_none(self) -> None:
        with pytest.raises(NoFactorToReset):
            services.ask_factor_reset(
                account_id=UUID(staff(Post.REVIEW).id), reason="x", actor=security(), at=NOW
            )

    def test_waits_where_the_other_sees_it(self) -> None:
        member, asking, approving = staff(Post.REVIEW, name="王刚"), security(), system()
        with_app(member)
        services.ask_factor_reset(account_id=UUID(member.id), reason="手机遗失", actor=asking, at=NOW)

        mine = selectors.waiting_resets(actor=asking, at=NOW)
        others = selectors.waiting_resets(actor=approving, at=NOW)

        assert [(line.name, line.may_approve) for line in mine] == [("王刚", False)]
        assert [(line.name, line.may_approve) for line in others] == [("王刚", True)]


class TestFreshFactor:
    def test_is_asked_for_before_what_is_risky(self) -> None:
        administrator, member = security(), staff(Post.REVIEW)
        with_app(administrator)

        with pytest.raises(SecondFactorNotFresh):
            grant(member.id, actor=administrator, posts=[Post.DECISION])

        assert StaffMember.objects.get(account_id=member.id).posts == [Post.REVIEW]

    def test_is_asked_for_from_whoever_has_none_where_the_node_asks_for_one(self) -> None:
        administrator, member = security(), staff(Post.REVIEW)

        with (
            rules(staff_second_factor=SecondFactorRule.REQUIRED),
            pytest.raises(SecondFactorNotFresh),
        ):
            grant(member.id, actor=administrator, posts=[Post.DECISION])

    @pytest.mark.parametrize(
        ("ago", "is_let"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)]
    )
    def test_counts_for_ten_minutes(self, ago: timedelta, is_let: bool) -> None:
        administrator = security()
        with_app(administrator)
        pending = begun(administrator, at=NOW - ago)
        codes = services.renew_recovery_codes(
            password=PASSWORD, actor=administrator, at=NOW - ago
        ).recovery_codes
        services.show_code(pending_id=pending.pending_id, code=codes[0], actor=ANONYMOUS, at=NOW - ago)
        sign_in = finished(pending.pending_id, at=NOW - ago)
        actor = selectors.actor_for_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW)

        if is_let:
            services.require_second_factor(actor, at=NOW)
        else:
            with pytest.raises(SecondFactorNotFresh):
                services.require_second_factor(actor, at=NOW)

    def test_is_nothing_persons_can_show(self) -> None:
        with pytest.raises(NotPermitted):
            services.require_second_factor(citizen(), at=NOW)


class TestDirectory:
    @pytest.mark.parametrize("role", [None, Role.AUDIT_ADMINISTRATOR, Role.SUPERVISOR])
    def test_is_for_system_and_security_administrators(self, role: Role | None) -> None:
        actor = staff(Post.REVIEW, roles=[role] if role else [])

        with pytest.raises(NotPermitted):
            selectors.staff_page(actor=actor, wanted=StaffFilter(), at=NOW)

    def test_is_paged_by_login_name(self) -> None:
        administrator = staff(roles=[Role.OPERATOR], login_name="a-admin")
        for name in ("c.one", "b.two", "d.three"):
            staff(Post.REVIEW, login_name=name)

        first = selectors.staff_page(actor=administrator, wanted=StaffFilter(), at=NOW, limit=2)
        second = selectors.staff_page(
            actor=administrator, wanted=StaffFilter(), at=NOW, limit=2, cursor=first.next_cursor
        )

        assert [line.login_name for line in first.items] == ["a-admin", "b.two"]
        assert [line.login_name for line in second.items] == ["c.one", "d.three"]
        assert second.next_cursor is None

    def test_is_narrowed(self) -> None:
        administrator = staff(roles=[Role.OPERATOR], login_name="a-admin")
        staff(Post.REVIEW, login_name="b.two", name="王小刚")
        staff(Post.DECISION, login_name="c.one", name="李四")

        def found(**wanted: Any) -> list[str]:
            page = selectors.staff_page(actor=administrator, wanted=StaffFilter(**wanted), at=NOW)
            return [line.login_name for line in page.items]

        assert found(text="小刚") == ["b.two"]
        assert found(text="c.") == ["c.one"]
        assert found(post=Post.REVIEW) == ["b.two"]
        assert found(role=Role.OPERATOR) == ["a-admin"]
        assert found(is_active=False) == []
        assert found(agency_code="nowhere") == []

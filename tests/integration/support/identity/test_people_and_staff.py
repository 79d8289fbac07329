"""
Staff accounts, demo accounts, and looking at personal data.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from tests.factories.identity import AGENCY, DISTRICT, NODE, NOW, PASSWORD, citizen, id_number, mobile, staff
from tongban.foundation.actors import ANONYMOUS, system_actor
from tongban.foundation.codes import Sex
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, NotPermitted
from tongban.foundation.models import AuditEntry, RateWindow
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, Person, SignIn, StaffMember, VerificationCode
from tongban.support.identity.services import LoginNameTaken, PersonRow, StaffRow
from tongban.support.identity.values import (
    AccountKind,
    AssuranceLevel,
    CodePurpose,
    DisclosurePurpose,
    Post,
    Role,
)

pytestmark = pytest.mark.django_db

CASE = "511602-2026-000001"
STAFF_ROW: StaffRow = {
    "login_name": "demo.counter",
    "name": "演示综合窗口",
    "agency_code": AGENCY,
    "division_code": DISTRICT,
    "posts": ["COUNTER", "ACCEPTANCE"],
    "roles": [],
}
PERSON_ROW: PersonRow = {"name": "演示张小三", "id_number": id_number(sequence=71), "mobile": mobile(71)}


class TestCreateStaff:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"login_name": "1abc"}, "login_name"),
            ({"login_name": mobile(1)}, "login_name"),
            ({"login_name": "-"}, "login_name"),
            ({"name": "  "}, "name"),
            ({"division_code": "511602"}, "division_code"),
            ({"division_code": "５１１６０２００００００"}, "division_code"),
            ({"password": "password"}, "password"),
            ({"login_name": "wang.gang", "password": "Wang.Gang-1"}, "password"),
        ],
    )
    def test_refuses_what_cannot_be(self, changed: dict[str, str], field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            staff(Post.COUNTER, **changed)  # type: ignore[arg-type]

        assert set(refusal.value.fields) == {field}
        assert not Account.objects.exists()

    def test_refuses_a_login_name_twice(self) -> None:
        staff(Post.COUNTER, login_name="wang.gang")

        with pytest.raises(LoginNameTaken):
            staff(Post.REVIEW, login_name="Wang.Gang")

        assert StaffMember.objects.get().posts == ["COUNTER"]

    @pytest.mark.parametrize("roles", [[], [Role.SUPERVISOR], [Role.CATALOGUE_EDITOR]])
    def test_is_for_operators(self, roles: list[Role]) -> None:
        outsider = staff(Post.DECISION, roles=roles)

        with pytest.raises(NotPermitted):
            services.create_staff(
                login_name="new.one",
                name="新人",
                agency_code=AGENCY,
                division_code=DISTRICT,
                posts=[Post.DECISION],
                roles=[Role.OPERATOR],
                password=PASSWORD,
                actor=outsider,
                at=NOW,
            )

        assert Account.objects.count() == 1


class TestStaffOfAgency:
    def test_finds_those_who_hold_a_post_at_work(self) -> None:
        reviewer = staff(Post.REVIEW, login_name="b.reviewer")
        both = staff(Post.REVIEW, Post.DECISION, login_name="a.decider")
        staff(Post.COUNTER)
        staff(Post.REVIEW, agency_code="OTHER")
        gone = staff(Post.REVIEW)
        StaffMember.objects.filter(account_id=gone.id).update(is_active=False)

        found = selectors.staff_of_agency(agency_code=AGENCY, post=Post.REVIEW, actor=NODE)

        assert [str(ref.account_id) for ref in found] == [both.id, reviewer.id]
        assert found[0].holds_any({Post.DECISION})

    def test_names_former_ones_by_id_too(self) -> None:
        gone = staff(Post.REVIEW, name="赵前")
        StaffMember.objects.filter(account_id=gone.id).update(is_active=False)

        assert selectors.find_staff(account_id=UUID(gone.id), actor=NODE) is None
        assert (
            selectors.staff_by_ids(account_ids=[UUID(gone.id), uuid4()], actor=NODE)[UUID(gone.id)].name
            == "赵前"
        )

    def test_is_not_for_the_public(self) -> None:
        for outsider in (ANONYMOUS, citizen()):
            with pytest.raises(NotPermitted):
                selectors.staff_of_agency(agency_code=AGENCY, post=None, actor=outsider)
            with pytest.raises(NotPermitted):
                selectors.staff_by_ids(account_ids=[], actor=outsider)
            with pytest.raises(NotPermitted):
                selectors.find_staff(account_id=uuid4(), actor=outsider)


class TestLoadDemoAccounts:
    def test_opens_accounts_once(self) -> None:
        for created in (1, 0):
            loaded = services.load_demo_accounts(
                staff=[STAFF_ROW], persons=[PERSON_ROW], password=PASSWORD, actor=NODE, at=NOW
            )
            assert (loaded.staff_created, loaded.persons_created) == (created, created)

        person = services.authenticate(
            login=mobile(71),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )
        clerk = services.authenticate(
            login="demo.counter",
            password=PASSWORD,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )
        assert (person.name, clerk.name) == ("演***三", "演示综合窗口")

    def test_is_all_or_nothing(self) -> None:
        broken: PersonRow = {**PERSON_ROW, "id_number": "511602199001010000"}

        with pytest.raises(InvalidInput):
            services.load_demo_accounts(
                staff=[STAFF_ROW], persons=[PERSON_ROW, broken], password=PASSWORD, actor=NODE, at=NOW
            )

        assert not Account.objects.exists()

    def test_is_for_operators(self) -> None:
        with pytest.raises(NotPermitted):
            services.load_demo_accounts(
                staff=[STAFF_ROW], persons=[], password=PASSWORD, actor=citizen(), at=NOW
            )

        assert not StaffMember.objects.exists()


class TestPersonalData:
    NUMBER = id_number(sequence=81)

    def test_are_masked_on_the_account_page(self) -> None:
        person = citizen(number=self.NUMBER, phone=mobile(81))

        profile = selectors.profile(actor=person)

        assert (profile.name, profile.id_number_masked) == ("张*三", f"511***********{self.NUMBER[-4:]}")
        assert profile.mobile_masked == "199****0081"
        assert profile.assurance_level == AssuranceLevel.MOBILE

    def test_are_shown_to_their_owner_and_that_is_written_down(self) -> None:
        person = citizen(number=self.NUMBER, phone=mobile(81))

        details = services.reveal_own(actor=person, at=NOW)

        assert (details.name, details.id_number, details.mobile) == ("张小三", self.NUMBER, mobile(81))
        assert (details.birth_date.isoformat(), details.sex) == ("1990-01-01", Sex.MALE)
        assert AuditEntry.objects.filter(action="identity.person.reveal_own", actor_id=person.id).count() == 1
        assert "张小三" not in repr(details)

    def test_are_disclosed_to_staff_for_a_case_and_that_is_written_down(self) -> None:
        person, clerk = citizen(number=self.NUMBER), staff(Post.REVIEW)

        details = services.disclose_person(
            person_id=UUID(person.person_id),
            purpose=DisclosurePurpose.CASE_HANDLING,
            subject=CASE,
            actor=clerk,
            at=NOW,
        )

        entry = AuditEntry.objects.get(action="identity.person.disclose")
        assert details.id_number == self.NUMBER
        assert (entry.actor_id, entry.agency_code, entry.subject) == (clerk.id, AGENCY, person.person_id)
        assert entry.facts == {"purpose": "CASE_HANDLING", "case_number": CASE}

    @pytest.mark.parametrize(
        "who", ["nobody", "another person", "staff without a post", "staff without a case"]
    )
    def test_are_disclosed_to_nobody_else(self, who: str) -> None:
        person = citizen(number=self.NUMBER)
        actors = {
            "nobody": ANONYMOUS,
            "another person": citizen(),
            "staff without a post": staff(roles=[Role.SUPERVISOR]),
            "staff without a case": staff(Post.REVIEW),
        }

        with pytest.raises(NotPermitted):
            services.disclose_person(
                person_id=UUID(person.person_id),
                purpose=DisclosurePurpose.CASE_HANDLING,
                subject="" if who == "staff without a case" else CASE,
                actor=actors[who],
                at=NOW,
            )

        assert not AuditEntry.objects.filter(action="identity.person.disclose").exists()

    def test_of_others_are_not_found_by_a_person(self) -> None:
        theirs, me = citizen(), citizen()

        for person_id in (UUID(theirs.person_id), uuid4()):
            with pytest.raises(NotFound):
                selectors.person_ref(person_id=person_id, actor=me, at=NOW)
        assert selectors.person_ref(person_id=UUID(me.person_id), actor=me, at=NOW).name_masked == "张*三"

    def test_give_the_mobile_to_the_nodes_own_messages_only(self) -> None:
        person = citizen(phone=mobile(81))

        contact = selectors.contact_of(person_id=UUID(person.person_id), actor=system_actor("messaging"))

        assert contact.mobile == mobile(81)
        for outsider in (ANONYMOUS, person, staff(Post.COUNTER)):
            with pytest.raises(NotPermitted):
                selectors.contact_of(person_id=UUID(person.person_id), actor=outsider)

    def test_are_not_there_for_nobody(self) -> None:
        with pytest.raises(NotAuthenticated):
            selectors.profile(actor=ANONYMOUS)
        with pytest.raises(NotAuthenticated):
            services.reveal_own(actor=ANONYMOUS, at=NOW)


class TestClearExpired:
    def test_deletes_what_is_past_and_nothing_else(self) -> None:
        person = citizen(phone=mobile(91))
        services.request_code(
            mobile=mobile(92), purpose=CodePurpose.REGISTER, actor=ANONYMOUS, address=None, at=NOW
        )
        session = SessionStore()
        services.begin_sign_in(
            session=session, account_id=UUID(person.id), address=None, user_agent="", at=NOW
        )
        session.set_expiry(NOW + timedelta(hours=12))
        session.save()

        soon = services.clear_expired(at=NOW + timedelta(minutes=1))
        later = services.clear_expired(at=NOW + timedelta(days=2))

        assert (soon, later) == (0, 5)
        assert not VerificationCode.objects.exists()
        assert not RateWindow.objects.exists()
        assert not Session.objects.exists()
        assert (SignIn.objects.count(), Person.objects.count()) == (1, 1)

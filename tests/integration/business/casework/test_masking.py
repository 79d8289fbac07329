"""
Personal data of a case: masked for whoever works on it, in clear for the applicant, and for others with a reason only.
"""

from typing import Any

import pytest

from tests.factories import casework as make
from tongban.business.casework import services
from tongban.business.casework.selectors import CaseDetail, FormAnswer, case_by_number
from tongban.business.catalogue.values import FieldOption, FieldType, FormField, Prefill
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.foundation.models import AuditEntry
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

ADDRESS = "四川省广安市广安区示例路1号"
FORM = {
    "contact": "王小明",
    "representative": "欧阳小娜",
    "home": ADDRESS,
    "person": "11010519491231002X",
    "phone": "13900000001",
    "account": "6222000000001234",
    "guardian": "李示例",
    "shop_name": "清风理发店",
    "kind": "A",
}
FIELDS = (
    FormField(key="contact", label="联系人", prefill=Prefill.PERSON_NAME),
    FormField(key="representative", label="法定代表人", prefill=Prefill.LEGAL_REPRESENTATIVE),
    FormField(key="home", label="住所", type=FieldType.ADDRESS),
    FormField(key="person", label="公民身份号码", type=FieldType.ID_NUMBER),
    FormField(key="phone", label="手机", type=FieldType.MOBILE),
    FormField(key="account", label="银行账号", is_personal=True),
    FormField(key="guardian", label="监护人姓名", is_personal=True),
    FormField(key="shop_name", label="场所名称"),
    FormField(
        key="kind", label="种类", type=FieldType.CHOICE, options=(FieldOption(value="A", label="美容美发"),)
    ),
)
MASKED = {
    "contact": "王*明",
    "representative": "欧阳*娜",
    "home": "四川省广安市广安区****",
    "person": "110***********002X",
    "phone": "139****0001",
    "account": "************1234",
    "guardian": "李*例",
    "shop_name": "清风理发店",
    "kind": "美容美发",
}
CLEAR = {**FORM, "kind": "美容美发"}
PURPOSE = "核对身份"


@pytest.fixture
def number() -> str:
    make.publish(form=FIELDS)
    return make.submit(form=FORM).case_number


def client(*scopes: str, agency_code: str = make.AGENCY) -> Actor:
    return Actor(
        kind=ActorKind.CLIENT,
        id="agency-system",
        agency_code=agency_code,
        division_code=make.DIVISION,
        scopes=frozenset(scopes),
    )


def supervisor() -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id="00000000-0000-4000-8000-0000000000ab",
        agency_code=make.OTHER_AGENCY,
        division_code=make.DIVISION,
        roles=frozenset({Role.SUPERVISOR.value}),
    )


def seen_by(actor: Actor, number: str) -> CaseDetail:
    return case_by_number(actor=actor, number=number, at=make.MONDAY, calendar=make.CALENDAR)


def values(answers: list[FormAnswer]) -> dict[str, str]:
    return {answer.key: answer.value for answer in answers}


def reveal(number: str, actor: Actor, purpose: str = PURPOSE) -> Any:
    return services.reveal_case(number=number, purpose=purpose, actor=actor, at=make.MONDAY)


class TestTheFormOfACase:
    @pytest.mark.parametrize(
        "actor",
        [
            *(make.clerk(post.value) for post in Post),
            supervisor(),
            client("cases:read"),
            system_actor("tests"),
        ],
        ids=lambda actor: "+".join([actor.kind, *actor.posts, *actor.roles]),
    )
    def test_is_masked_for_everybody_but_the_applicant(self, actor: Actor, number: str) -> None:
        case = seen_by(actor, number)

        assert values(case.answers) == MASKED
        assert {answer.key: answer.value_en for answer in case.answers} == MASKED
        assert {answer.key for answer in case.answers if answer.is_masked} == set(FORM) - {
            "shop_name",
            "kind",
        }

    def test_is_clear_for_the_applicant(self, number: str) -> None:
        case = seen_by(make.person(), number)

        assert values(case.answers) == CLEAR
        assert not any(answer.is_masked for answer in case.answers)


class TestRevealing:
    @pytest.mark.parametrize(
        "actor",
        [*(make.clerk(post.value) for post in Post), client("cases:read", "cases:write")],
        ids=lambda actor: "+".join([actor.kind, *actor.posts]),
    )
    def test_shows_applicant_and_form_to_whoever_may_act_and_writes_down_why(
        self, actor: Actor, number: str
    ) -> None:
        revealed = reveal(number, actor)

        assert seen_by(actor, number).may_reveal
        assert revealed.applicant == make.APPLICANT
        assert values(revealed.answers) == CLEAR
        entry = AuditEntry.objects.get(action="casework.case.reveal")
        assert (entry.actor_id, entry.subject, entry.facts["words"]) == (actor.id, number, PURPOSE)

    @pytest.mark.parametrize(
        "actor", [supervisor(), client("cases:read")], ids=["supervisor", "client that reads"]
    )
    def test_is_refused_to_whoever_only_looks(self, actor: Actor, number: str) -> None:
        with pytest.raises(NotPermitted):
            reveal(number, actor)

        assert not seen_by(actor, number).may_reveal
        assert not AuditEntry.objects.filter(action="casework.case.reveal").exists()

    @pytest.mark.parametrize(
        "actor",
        [
            make.clerk("ACCEPTANCE", agency_code=make.OTHER_AGENCY),
            make.clerk("COUNTER", agency_code=make.OTHER_AGENCY, division_code="511603000000"),
            make.person(make.OTHER_PERSON_ID),
            client("cases:read", "cases:write", agency_code=make.OTHER_AGENCY),
        ],
        ids=["another agency", "counter elsewhere", "another person", "client of another agency"],
    )
    def test_finds_nothing_for_strangers(self, actor: Actor, number: str) -> None:
        with pytest.raises(NotFound):
            reveal(number, actor)

        assert not AuditEntry.objects.filter(action="casework.case.reveal").exists()

    @pytest.mark.parametrize("purpose", ["", "  ", "长" * 201])
    def test_needs_a_purpose(self, purpose: str, number: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            reveal(number, make.clerk("REVIEW"), purpose)

        assert list(refused.value.fields) == ["purpose"]
        assert not AuditEntry.objects.filter(action="casework.case.reveal").exists()

    def test_leaves_nothing_clear_in_what_is_printed_of_it(self, number: str) -> None:
        printed = repr(reveal(number, make.clerk("REVIEW")))

        assert "王小明" not in printed
        assert ADDRESS not in printed

"""
Applying in another's name: a company by its agent, an elder by a relative, a child by a parent.
"""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import connection
from django.test import Client as Browser

from tests.factories import casework as cases
from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories import portal
from tests.factories.portal import text_of
from tongban.business.casework import selectors, services
from tongban.business.casework.models import Case
from tongban.business.casework.selectors.details import unsealed_applicant
from tongban.business.catalogue.values import FormField, Prefill
from tongban.business.catalogue.values.enums import ApplicantKind
from tongban.business.licences.models import Licence
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.calendar import current_calendar
from tongban.portal.apply.models import Draft
from tongban.support.identity import services as identity
from tongban.support.identity.models import AssuranceGrant
from tongban.support.identity.values import Post
from tongban.support.mandates import services as mandates
from tongban.support.mandates.ports import KnownEntities, ask_entities_by
from tongban.support.mandates.selectors import choices
from tongban.support.mandates.services.counter import Card
from tongban.support.mandates.values import Evidence
from tongban.support.messaging.models import Message, OutgoingText

pytestmark = pytest.mark.django_db
UNIT_FORM = (
    FormField(key="unit", label="单位名称", prefill=Prefill.LEGAL_NAME),
    FormField(key="code", label="统一社会信用代码", prefill=Prefill.LEGAL_SOCIAL_CREDIT_CODE),
    FormField(key="contact", label="联系人", prefill=Prefill.PERSON_NAME),
    FormField(key="shop_name", label="场所名称"),
)


class Scene:
    """
    A browser of somebody who acts for somebody else.
    """

    def __init__(self, agent: Actor, mandate_id: UUID) -> None:
        self.agent = agent
        self.browser = Browser()
        people.log_in(self.browser, agent, at=clock.now())
        self.browser.post("/my/acting/set/", {"mandate": str(mandate_id)})
        self.principal = make.acting(agent, mandate_id, at=clock.now()).principal_id

    def post(self, path: str, form: dict[str, Any]) -> Any:
        return self.browser.post(path, {"acting_as": self.principal, **form})

    def apply(self, **answers: str) -> Case:
        draft = self.post(f"/apply/{portal.CODE}/", {})["Location"]
        self.post(f"{draft}form/", {f"a-{key}": value for key, value in answers.items()})
        self.post(f"{draft}delivery/", {"way": "electronic"})
        response = self.post(f"{draft}submit/", {"promise": "1"})
        assert response["Location"].endswith("/receipt/"), text_of(response)
        return Case.objects.get()


@pytest.fixture(autouse=True)
def register() -> Any:
    known = KnownEntities()
    before = ask_entities_by(known)
    yield known
    ask_entities_by(before)


def of_company(register: KnownEntities, **granted: Any) -> tuple[Scene, Actor, UUID]:
    at = clock.now()
    boss = make.representative(at=at)
    agent = make.representative(name="唐代办", at=at)
    entity_id = make.company(boss, register=register, at=at)
    mandate_id = make.mandate(boss, agent, entity_id=entity_id, granted=make.grant(at=at, **granted), at=at)
    return Scene(agent, mandate_id), boss, entity_id


def publish_for_units() -> None:
    portal.publish_permit(applicants=(ApplicantKind.ENTERPRISE,), form=UNIT_FORM, situations=(), materials=())


def first_event(case: Case) -> tuple[str, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_name, data::text FROM casework_event WHERE case_number = %s AND seq = 1",
            [case.number],
        )
        name, data = cursor.fetchone()
    return name, msgspec.json.decode(data)


class TestAgentOfACompany:
    def test_applies_in_the_companys_name(self, register: KnownEntities) -> None:
        scene, _boss, entity_id = of_company(register)
        publish_for_units()

        draft = scene.post(f"/apply/{portal.CODE}/", {})["Location"]
        known = Draft.objects.get().answers
        scene.post(
            f"{draft}form/", {f"a-{key}": value for key, value in {**known, "shop_name": "店"}.items()}
        )
        scene.post(f"{draft}delivery/", {"way": "electronic"})
        scene.post(f"{draft}submit/", {"promise": "1"})

        case = Case.objects.get()
        assert (known["unit"], known["contact"]) == (make.COMPANY, "唐代办")
        assert (case.applicant_id, case.applicant_masked) == (entity_id, make.COMPANY)
        applicant = unsealed_applicant(actor=people.NODE, number=case.number)
        assert (applicant.kind, applicant.name) == ("2", make.COMPANY)
        assert applicant.legal_representative == "孙创业"
        assert (applicant.agent_name, applicant.agent_id_type) == ("唐代办", "111")
        own = identity.reveal_own(actor=scene.agent, at=clock.now())
        assert (applicant.agent_id_number, applicant.agent_mobile) == (own.id_number, own.mobile)

    def test_stands_in_the_first_event_without_a_name_in_clear(self, register: KnownEntities) -> None:
        scene, _boss, entity_id = of_company(register)
        publish_for_units()

        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )

        name, data = first_event(case)
        assert (data["applicant_id"], data["agent_id"]) == (str(entity_id), scene.agent.person_id)
        assert (name, data["agent_masked"]) == ("唐*办", "唐*办")
        assert "唐代办" not in str(data)

    def test_is_seen_by_whoever_acts_for_the_company_and_by_nobody_else(
        self, register: KnownEntities
    ) -> None:
        scene, boss, entity_id = of_company(register)
        publish_for_units()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )
        colleague = make.representative(name="李示范", at=clock.now())
        theirs = make.mandate(boss, colleague, entity_id=entity_id, at=clock.now())
        [own] = [choice for choice in boss_choices(boss) if choice.principal_id == entity_id]

        colleagues = Scene(colleague, theirs).browser.get(f"/my/cases/{case.number}/")
        bosss = Scene(boss, own.mandate_id).browser.get(f"/my/cases/{case.number}/")
        scene.browser.post("/my/acting/set/", {"mandate": ""})
        as_oneself = scene.browser.get(f"/my/cases/{case.number}/")

        assert [colleagues.status_code, bosss.status_code, as_oneself.status_code] == [200, 200, 404]
        assert "唐*办" in text_of(colleagues)
        assert make.COMPANY in text_of(colleagues)

    def test_cannot_name_another_company(self, register: KnownEntities) -> None:
        scene, _boss, _entity_id = of_company(register)
        publish_for_units()
        draft = scene.post(f"/apply/{portal.CODE}/", {})["Location"]
        scene.post(
            f"{draft}form/",
            {"a-unit": "别家", "a-code": make.credit_code(), "a-contact": "唐代办", "a-shop_name": "店"},
        )
        scene.post(f"{draft}delivery/", {"way": "electronic"})

        response = scene.post(f"{draft}submit/", {"promise": "1"})

        assert response.status_code == 422
        assert not Case.objects.exists()

    def test_is_held_to_the_functions_of_the_mandate(self, register: KnownEntities) -> None:
        scene, _boss, _entity_id = of_company(register, functions=frozenset({MandateFunction.QUERY}))
        publish_for_units()

        response = scene.post(f"/apply/{portal.CODE}/", {})

        assert response.status_code == 403
        assert scene.browser.get("/my/").status_code == 200
        assert not Draft.objects.exists()

    def test_is_held_to_the_items_of_the_mandate(self, register: KnownEntities) -> None:
        scene, _boss, _entity_id = of_company(register, items=("other-",))
        publish_for_units()

        response = scene.post(f"/apply/{portal.CODE}/", {})

        assert response.status_code == 403
        assert not Draft.objects.exists()

    def test_gets_the_companys_licence_into_the_companys_wallet(self, register: KnownEntities) -> None:
        scene, _boss, entity_id = of_company(register)
        publish_for_units()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )

        portal.grant(case.number)

        licence = Licence.objects.get()
        assert (licence.person_id, licence.holder_name) == (str(entity_id), make.COMPANY)

    def test_is_told_by_short_message_and_the_company_in_its_inbox(self, register: KnownEntities) -> None:
        scene, boss, entity_id = of_company(register)
        publish_for_units()
        events.deliver_all(at=clock.now())
        OutgoingText.objects.all().delete()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )

        events.deliver_all(at=clock.now())

        [message] = Message.objects.filter(subject=case.number)
        assert message.recipient_person_id == entity_id
        own = identity.reveal_own(actor=scene.agent, at=clock.now())
        assert [text.mobile for text in OutgoingText.objects.all()] == [own.mobile]
        assert "申请已提交" in text_of(scene.browser.get("/my/messages/"))
        assert boss.person_id

    def test_is_not_told_any_more_when_his_mandate_has_ended(self, register: KnownEntities) -> None:
        scene, boss, _entity_id = of_company(register)
        publish_for_units()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )
        mandate = UUID(first_event(case)[1]["mandate_id"])
        mandates.end_mandate(mandate_id=mandate, actor=boss, at=clock.now())
        events.deliver_all(at=clock.now())
        OutgoingText.objects.all().delete()

        cases_accept(case.number)
        events.deliver_all(at=clock.now())

        chief = identity.reveal_own(actor=boss, at=clock.now())
        assert [text.mobile for text in OutgoingText.objects.all()] == [chief.mobile]

    def test_is_shown_masked_at_the_desk(self, register: KnownEntities) -> None:
        scene, _boss, _entity_id = of_company(register)
        publish_for_units()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )

        detail = selectors.case_by_number(
            actor=cases.clerk("ACCEPTANCE"), number=case.number, at=clock.now(), calendar=current_calendar()
        )

        own = identity.reveal_own(actor=scene.agent, at=clock.now())
        assert detail.applicant.agent_name == "唐*办"
        assert detail.applicant.agent_mobile == f"{own.mobile[:3]}****{own.mobile[-4:]}"
        assert own.id_number[6:14] not in detail.applicant.agent_id_number

    def test_leaves_a_ledger_that_verifies(self, register: KnownEntities) -> None:
        scene, _boss, _entity_id = of_company(register)
        publish_for_units()
        case = scene.apply(
            unit=make.COMPANY, code=registered_code(register), contact="唐代办", shop_name="店"
        )

        report = services.verify_case(number=case.number, actor=people.NODE)

        assert report.is_sound


class TestRelativeOfAnElder:
    def test_applies_in_the_elders_name(self) -> None:
        at = clock.now()
        elder, relative = make.representative(name="刘长寿", at=at), make.representative(name="唐代办", at=at)
        scene = Scene(relative, make.mandate(elder, relative, granted=make.grant(at=at), at=at))
        portal.publish_permit(situations=(), materials=(), form=portal.FORM[:4])

        case = scene.apply(contact="刘长寿", mobile="19900000009", shop_name="店", floor_area="20")

        applicant = unsealed_applicant(actor=people.NODE, number=case.number)
        assert str(case.applicant_id) == elder.person_id
        assert (applicant.name, applicant.agent_name, applicant.kind) == ("刘长寿", "唐代办", "1")
        hers = Browser()
        people.log_in(hers, elder, at=at)
        page = text_of(hers.get(f"/my/cases/{case.number}/"))
        assert "唐*办" in page

    def test_is_told_that_the_elder_is_not_known_surely_enough(self) -> None:
        at = clock.now()
        elder, relative = make.representative(name="刘长寿", at=at), make.representative(name="唐代办", at=at)
        AssuranceGrant.objects.filter(person_id=str(relative.person_id)).update(level=4)
        scene = Scene(relative, make.mandate(elder, relative, granted=make.grant(at=at), at=at))
        portal.publish_permit(situations=(), materials=(), form=portal.FORM[:4], required_assurance_level=3)
        start = text_of(scene.browser.get(f"/apply/{portal.CODE}/"))
        draft = scene.post(f"/apply/{portal.CODE}/", {})["Location"]
        answers = {"contact": "刘长寿", "mobile": "19900000009", "shop_name": "店", "floor_area": "20"}
        scene.post(f"{draft}form/", {f"a-{key}": value for key, value in answers.items()})
        scene.post(f"{draft}delivery/", {"way": "electronic"})

        refused = scene.post(f"{draft}submit/", {"promise": "1"})
        AssuranceGrant.objects.filter(person_id=str(elder.person_id)).update(level=3)
        done = scene.post(f"{draft}submit/", {"promise": "1"})

        assert "申请人本人的实名等级不够" in start
        assert "现在核验身份" not in start
        assert refused.status_code == 403
        assert "请申请人本人在网上完成核验" in text_of(refused)
        assert done["Location"] == f"{draft}receipt/"

    def test_fills_in_what_is_known_of_the_elder(self) -> None:
        at = clock.now()
        elder, relative = make.representative(name="刘长寿", at=at), make.representative(name="唐代办", at=at)
        scene = Scene(relative, make.mandate(elder, relative, granted=make.grant(at=at), at=at))
        portal.publish_permit(situations=(), materials=(), form=portal.FORM[:4])

        scene.post(f"/apply/{portal.CODE}/", {})

        own = identity.reveal_own(actor=elder, at=at)
        assert Draft.objects.get().answers == {"contact": "刘长寿", "mobile": own.mobile}


class TestParentOfAChild:
    def test_applies_for_a_child_under_fourteen(self) -> None:
        at = clock.now()
        parent = make.representative(at=at)
        own = identity.reveal_own(actor=parent, at=at)
        receipt = mandates.establish_guardianship(
            guardian=Card(name=own.name, id_number=own.id_number, mobile=own.mobile),
            ward=Card(
                name="孙小宝", id_number=people.id_number(born_on=at.date().replace(year=2020), sequence=4)
            ),
            evidence=Evidence.BIRTH_CERTIFICATE,
            note="出生医学证明 S510000001",
            actor=people.staff(Post.COUNTER),
            at=at,
        )
        scene = Scene(parent, receipt.mandate_id)
        portal.publish_permit(situations=(), materials=(), form=portal.FORM[:4])

        case = scene.apply(contact="孙小宝", mobile=own.mobile, shop_name="店", floor_area="20")

        applicant = unsealed_applicant(actor=people.NODE, number=case.number)
        assert (applicant.name, applicant.mobile, applicant.agent_name) == ("孙小宝", own.mobile, "孙创业")


def registered_code(register: KnownEntities) -> str:
    return next(iter(register.entities))


def boss_choices(boss: Actor) -> Any:
    return choices(actor=boss, at=clock.now())


def cases_accept(number: str) -> None:
    services.accept(
        number=number, actor=cases.clerk("ACCEPTANCE"), at=clock.now(), calendar=current_calendar()
    )

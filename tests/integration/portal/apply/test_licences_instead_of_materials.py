"""
免提交: a citizen lets a licence take the place of a material, and the form is filled in from it.
"""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories import portal
from tests.factories.identity import NODE
from tests.factories.portal import ANSWERS, FORM, MATERIALS, begin
from tongban.business.casework.models import Case
from tongban.business.catalogue.values import FormField, Material, MaterialKind
from tongban.business.licences.models import Licence, LicenceShare
from tongban.business.licences.services import Holder, issue_licence, load_licence_types
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.portal.apply.models import Draft
from tongban.support.identity import services as identity

pytestmark = pytest.mark.django_db

TYPE = make.LICENCE_TYPE["code"]


@pytest.fixture
def licence(person: Actor) -> Licence:
    """
    A licence of the citizen's that a counter has compared with its original.
    """
    load_licence_types(rows=[make.LICENCE_TYPE], actor=NODE, at=clock.now())
    code = identity.reveal_own(actor=person, at=clock.now()).id_number
    return issued(person, code)


def issued(person: Actor, code: str) -> Licence:
    with transaction.atomic():
        receipt = issue_licence(
            type_code=TYPE,
            holder=Holder(kind="1", name="张小三", code=code, code_type="111", person_id=person.person_id),
            face={"shop_name": "老字号理发店"},
            issuer_code=make.AGENCY,
            issuer_name="示例局",
            division_code=make.DIVISION,
            case_number=f"C-{uuid.uuid4().hex[:6]}",
            actor=NODE,
            at=clock.now(),
        )
    compared: dict[str, Any] = {"grade": "B", "compared_at": clock.now(), "compared_by": "李核"}
    Licence.objects.filter(id=receipt.id).update(
        original_id=uuid.uuid4(), original_digest="ab" * 32, **compared
    )
    return Licence.objects.get(id=receipt.id)


@pytest.fixture
def service() -> str:
    """
    The permit; its plan may be replaced by a licence, and the shop's name stands on it.
    """
    plan = Material(code="floor_plan", name="公共场所卫生许可证", licence_type=TYPE)
    shop = FormField(key="shop_name", label="场所名称", licence_type=TYPE, licence_key="shop_name")
    form = tuple(shop if field.key == "shop_name" else field for field in FORM)
    return portal.publish_permit(materials=(plan, *MATERIALS[1:]), form=form)


def draft_until_materials(browser: Browser) -> str:
    draft = begin(browser)
    browser.post(f"{draft}situation/", {"s-place": "place.barber"})
    browser.post(f"{draft}form/", ANSWERS)
    return draft


def page(browser: Browser, address: str) -> str:
    return browser.get(address).content.decode()


class TestMaterials:
    def test_are_replaced_by_a_licence_the_applicant_agrees_to(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        draft = draft_until_materials(browser)
        assert "可以不交这项材料" in page(browser, f"{draft}materials/")

        browser.post(f"{draft}materials/", {"licence": f"floor_plan:{licence.identifier}"})

        assert "改为自己上传" in page(browser, f"{draft}materials/")
        assert browser.post(f"{draft}materials/", {}).status_code == 302
        browser.post(f"{draft}delivery/", {"way": "electronic"})
        assert "免提交：用您的" in page(browser, f"{draft}check/")
        for _twice in range(2):
            assert browser.post(f"{draft}submit/", {"promise": "1"}).status_code == 302
        share = LicenceShare.objects.get()
        (material,) = Case.objects.get().state["materials"]
        assert (material["get_type"], material["licence"]) == ("3", licence.identifier)
        assert material["digest"] == "ab" * 32
        assert (share.state, share.authority, share.material_code) == ("GIVEN", "CONSENT", "floor_plan")
        assert share.case_number == Case.objects.get().number
        assert share.purpose == "代替申请材料“公共场所卫生许可证”"

    def test_are_asked_for_again_when_the_applicant_changes_his_mind(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        draft = draft_until_materials(browser)
        browser.post(f"{draft}materials/", {"licence": f"floor_plan:{licence.identifier}"})

        browser.post(f"{draft}materials/", {"licence": "floor_plan:"})

        assert browser.post(f"{draft}materials/", {}).status_code == 422
        assert Draft.objects.get().licences == {}

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"grade": "C"}, "证照尚未与原件核对"),
            ({"grade": "D"}, "自行承诺"),
            ({"status": "SUSPENDED"}, "不是有效状态"),
        ],
    )
    def test_are_not_replaced_by_what_cannot_be_used(
        self, browser: Browser, licence: Licence, service: str, changes: dict[str, Any], why: str
    ) -> None:
        Licence.objects.update(**changes)
        draft = draft_until_materials(browser)

        shown = page(browser, f"{draft}materials/")
        browser.post(f"{draft}materials/", {"licence": f"floor_plan:{licence.identifier}"})

        assert why in shown
        assert "用这份证照" not in shown
        assert Draft.objects.get().licences == {}

    def test_are_asked_for_when_the_licence_ends_before_submission(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        draft = draft_until_materials(browser)
        browser.post(f"{draft}materials/", {"licence": f"floor_plan:{licence.identifier}"})
        browser.post(f"{draft}delivery/", {"way": "electronic"})
        Licence.objects.update(status="REVOKED")

        response = browser.post(f"{draft}submit/", {"promise": "1"})

        assert response.status_code == 422
        assert LicenceShare.objects.count() == Case.objects.count() == 0

    def test_are_not_replaced_by_what_the_directory_closes(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        closed = {**make.LICENCE_TYPE, "sharing": "CLOSED", "sharing_condition": "某法"}
        load_licence_types(rows=[closed], actor=NODE, at=clock.now())

        assert "该类证照不予共享" in page(browser, f"{draft_until_materials(browser)}materials/")

    @pytest.mark.parametrize(
        ("material", "items", "is_offered"),
        [
            ("公共场所卫生许可证复印件", ["000123456000"], True),
            ("公共场所卫生许可证复印件", ["000999999000"], False),
            ("公共场所卫生许可证和身份证明", ["000123456000"], False),
        ],
    )
    def test_are_replaced_by_what_the_directory_associates_with_the_service(
        self, browser: Browser, licence: Licence, material: str, items: list[str], is_offered: bool
    ) -> None:
        plan = Material(code="floor_plan", name=material, kind=MaterialKind.CERTIFICATE)
        portal.publish_permit(materials=(plan,), basic_code="000123456000")
        load_licence_types(rows=[{**make.LICENCE_TYPE, "items": items}], actor=NODE, at=clock.now())

        shown = page(browser, f"{draft_until_materials(browser)}materials/")

        assert ("可以不交这项材料" in shown) is is_offered

    def test_are_not_replaced_by_a_licence_of_somebody_else(
        self, browser: Browser, licence: Licence, person: Actor, service: str
    ) -> None:
        other = issued(person, "91350100M000100Y43")
        draft = draft_until_materials(browser)
        browser.post(f"{draft}materials/", {"licence": f"floor_plan:{other.identifier}"})
        browser.post(f"{draft}delivery/", {"way": "electronic"})

        response = browser.post(f"{draft}submit/", {"promise": "1"})

        assert response.status_code == 409
        assert "证照的持证主体不是申请人" in response.content.decode()
        assert Case.objects.count() == 0


class TestForm:
    def test_is_filled_in_from_a_licence_and_stays_editable(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        draft = begin(browser)
        browser.post(f"{draft}situation/", {"s-place": "place.barber"})

        shown = page(browser, f"{draft}form/")
        browser.post(f"{draft}form/", ANSWERS)

        assert "老字号理发店" in shown
        assert "电子证照" in shown
        kept = Draft.objects.get()
        assert (kept.known["shop_name"], kept.answers["shop_name"]) == ("老字号理发店", "清风理发店")

    def test_is_left_empty_where_no_licence_can_be_used(
        self, browser: Browser, licence: Licence, service: str
    ) -> None:
        Licence.objects.update(status="SUSPENDED")

        begin(browser)

        assert "shop_name" not in Draft.objects.get().known

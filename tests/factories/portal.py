"""
A citizen in front of the portal's pages: a small permit with a situation, known data and a material, and drafts of it.
"""

import io
import re
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import casework as make
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case
from tongban.business.casework.values import CorrectionItem
from tongban.business.catalogue.values import (
    FieldOption,
    FieldType,
    FormField,
    Material,
    Necessity,
    Prefill,
    Situation,
    SituationOption,
)
from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar

CODE = "test-permit"
SITUATIONS = (
    Situation(
        code="place",
        question="您要开办哪一类场所？",
        options=(
            SituationOption(code="place.barber", label="美容美发场所"),
            SituationOption(code="place.hotel", label="住宿场所"),
        ),
    ),
)
FORM = (
    FormField(key="contact", label="联系人", prefill=Prefill.PERSON_NAME),
    FormField(key="mobile", label="联系手机", type=FieldType.MOBILE, prefill=Prefill.PERSON_MOBILE),
    FormField(key="shop_name", label="场所名称"),
    FormField(key="floor_area", label="营业面积", type=FieldType.NUMBER, minimum=1),
    FormField(key="rooms", label="客房数", type=FieldType.NUMBER, minimum=1, situations=("place.hotel",)),
    FormField(
        key="services",
        label="服务项目",
        type=FieldType.CHOICES,
        is_required=False,
        options=(FieldOption(value="cut", label="理发"), FieldOption(value="dye", label="染发")),
    ),
)
MATERIALS = (
    Material(code="floor_plan", name="公共场所平面图", legal_basis="公共场所卫生管理条例实施细则第二十三条"),
    Material(code="test_report", name="卫生检测报告", necessity=Necessity.LATER),
    Material(code="room_list", name="客房清单", situations=("place.hotel",)),
)
ANSWERS = {"a-contact": "张小三", "a-shop_name": "清风理发店", "a-floor_area": "86", "a-services": ["cut"]}


def publish_permit(**changes: Any) -> str:
    """
    Publish the permit and return its code; `changes` replace elements.
    """
    return make.publish_permit(
        CODE,
        at=clock.now(),
        **{"situations": SITUATIONS, "form": FORM, "materials": MATERIALS, **changes},
    )


def plan(name: str = "平面图.pdf") -> SimpleUploadedFile:
    """
    Return a small PDF, as a browser sends it.
    """
    content = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(content)
    return SimpleUploadedFile(name, content.getvalue(), content_type="application/pdf")


def begin(browser: Browser, query: str = "") -> str:
    """
    Begin an application and return the address of its draft.
    """
    response = browser.post(f"/apply/{CODE}/", dict(re.findall(r"([^&=?]+)=([^&]+)", query)))
    address: str = response["Location"]
    return address


def fill_in(browser: Browser) -> str:
    """
    Fill in everything up to the check and return the address of the draft.
    """
    draft = begin(browser)
    browser.post(f"{draft}situation/", {"s-place": "place.barber"})
    browser.post(f"{draft}form/", ANSWERS)
    browser.post(f"{draft}materials/", {"file-floor_plan": plan()})
    browser.post(f"{draft}delivery/", {"way": "electronic"})
    return draft


def text_of(response: Any) -> str:
    """
    Return the page.
    """
    return str(response.content.decode())


def errors_of(response: Any) -> dict[str, str]:
    """
    Return the summary of errors: id of the control -> sentence. Every one of them leads to something on the page.
    """
    page = text_of(response)
    found = dict(re.findall(r'<a href="#(f-[^"]+)"[^>]*>([^<]+)</a>', page))
    for control in found:
        assert f'id="{control}"' in page, f"the summary leads to {control}, which is not on the page"
    return found


def apply(browser: Browser) -> str:
    """
    Apply for the permit through the pages and return the number of the case.
    """
    draft = fill_in(browser)
    browser.post(f"{draft}submit/", {"promise": "1"})
    return Case.objects.order_by("-id").values_list("number", flat=True)[0]


def ask_for_correction(number: str, *, form: bool = False) -> None:
    """
    Have a clerk ask for the plan to be corrected, and for the form where `form` says so.
    """
    items = [CorrectionItem(material_code="floor_plan", name="公共场所平面图", reason="图纸不清晰")]
    if form:
        items.append(CorrectionItem(material_code="", name="申请表", reason="营业面积与平面图不一致"))
    casework.request_correction(
        number=number,
        items=items,
        actor=make.clerk("ACCEPTANCE"),
        at=clock.now(),
        calendar=current_calendar(),
    )


def grant(number: str) -> None:
    """
    Have staff accept and grant; the licence is issued, and what is delivered electronically is closed with it.
    """
    clerk = make.clerk("ACCEPTANCE", "REVIEW", "DECISION")
    at, calendar = clock.now(), current_calendar()
    casework.accept(number=number, actor=clerk, at=at, calendar=calendar)
    casework.grant(number=number, opinion="准予许可", actor=clerk, at=at, calendar=calendar)

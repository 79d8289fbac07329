"""
Short ways to write the parts of an offering; the result is the JSON of the feed's own form.
"""

from typing import Any

Part = dict[str, Any]

HALL: Part = {
    "name": "广安区政务服务中心（示例大厅）",
    "name_en": "Guang'an District Service Hall (demo)",
    "address": "四川省广安市广安区示例大道 1 号",
    "address_en": "1 Demo Avenue, Guang'an District, Guang'an, Sichuan",
    "hours": "法定工作日 09:00—12:00，13:00—17:00",
    "hours_en": "Working days 09:00–12:00 and 13:00–17:00",
    "phone": "0000-0000001",
}
PERMIT_SUPERVISION: Part = {"document": "中华人民共和国行政许可法", "article": "第六十一条"}
REMEDIES = (
    "对决定不服的，可以自知道该决定之日起六十日内申请行政复议，"
    "也可以自知道或者应当知道作出该决定之日起六个月内直接向人民法院提起行政诉讼。"
)
REMEDIES_EN = (
    "Who disagrees with the decision may ask for administrative reconsideration within sixty days of learning "
    "of it, or go directly to the people's court within six months."
)


def days(amount: int, note: str = "", note_en: str = "", unit: str = "WORKING_DAY") -> Part:
    """
    Return a limit.
    """
    return clean({"amount": amount, "unit": unit, "note": note, "note_en": note_en}, unit="WORKING_DAY")


def clean(part: Part, **defaults: object) -> Part:
    """
    Leave out what is empty, and what is the default anyway.
    """
    return {
        key: value
        for key, value in part.items()
        if value not in ("", None, [], (), {}) and not (key in defaults and defaults[key] == value)
    }


def material(code: str, name: str, name_en: str, kind: str = "OTHER", **more: object) -> Part:
    """
    Return a material; `situations` may be one code or several.
    """
    situations = more.pop("situations", [])
    if isinstance(situations, str):
        situations = [situations]
    return clean({"code": code, "name": name, "name_en": name_en, "kind": kind, "situations": situations, **more})


def certificate(code: str, name: str, name_en: str, issuer: str, **more: object) -> Part:
    """
    Return a material that some body issues.
    """
    facts = {"source": "GOVERNMENT", "source_explanation": issuer, **more}
    return material(code, name, name_en, "CERTIFICATE", **facts)


def form_paper(code: str, name: str, name_en: str, **more: object) -> Part:
    """
    Return a material that is a form to fill in.
    """
    return material(code, name, name_en, "FORM", **{"blank_form": f"{name}（空白表）", "sample": f"{name}（样表）", **more})


def field(key: str, label: str, label_en: str, type_: str = "TEXT", **more: object) -> Part:
    """
    Return a form field.
    """
    situations = more.pop("situations", [])
    if isinstance(situations, str):
        situations = [situations]
    options = [
        {"value": value, "label": text, "label_en": text_en} for value, text, text_en in more.pop("options", [])  # type: ignore[attr-defined]
    ]
    return clean(
        {"key": key, "label": label, "label_en": label_en, "type": type_, "options": options,
         "situations": situations, **more},
        type="TEXT",
    )  # fmt: skip


def situation(code: str, question: str, question_en: str, *options: tuple[str, str, str], **more: object) -> Part:
    """
    Return a question with its answers (word, label, English label).
    """
    answers = [
        {"code": f"{code}.{word}", "label": label, "label_en": label_en} for word, label, label_en in options
    ]
    return {"code": code, "question": question, "question_en": question_en, "options": answers, **more}


PERSON_SECTION = {"section": "申请人信息", "section_en": "Applicant"}
LEGAL_SECTION = {"section": "单位信息", "section_en": "Organisation"}


def person_fields() -> list[Part]:
    """
    Return what every person's form begins with.
    """
    return [
        field("name", "姓名", "Name", prefill="person.name", max_length=50, **PERSON_SECTION),
        field("id_number", "公民身份号码", "Resident ID number", "ID_NUMBER", prefill="person.id_number", **PERSON_SECTION),
        field("mobile", "手机号码", "Mobile number", "MOBILE", prefill="person.mobile", **PERSON_SECTION),
        field("address", "现住址", "Present address", "ADDRESS", prefill="person.address", max_length=200, **PERSON_SECTION),
    ]


def legal_fields() -> list[Part]:
    """
    Return what every organisation's form begins with.
    """
    return [
        field("organisation", "单位名称", "Name of the organisation", prefill="legal.name", max_length=100, **LEGAL_SECTION),
        field(
            "credit_code", "统一社会信用代码", "Unified social credit code", "SOCIAL_CREDIT_CODE",
            prefill="legal.social_credit_code", **LEGAL_SECTION,
        ),
        field(
            "representative", "法定代表人（负责人）", "Legal representative", prefill="legal.representative",
            max_length=50, **LEGAL_SECTION,
        ),
        field("organisation_address", "住所", "Registered address", "ADDRESS", prefill="legal.address", max_length=200, **LEGAL_SECTION),
        field("contact", "联系人", "Contact person", prefill="person.name", max_length=50, **LEGAL_SECTION),
        field("mobile", "联系手机", "Contact mobile", "MOBILE", prefill="person.mobile", **LEGAL_SECTION),
    ]  # fmt: skip


STEP_WORDS = {
    "INTAKE": ("收件", "Receipt", "综合窗口", "One-stop counter"),
    "ACCEPTANCE": ("受理", "Acceptance", "受理人", "Acceptance clerk"),
    "REVIEW": ("审查", "Review", "审查人", "Reviewer"),
    "DECISION": ("决定", "Decision", "决定人", "Decider"),
    "CERTIFICATE": ("制证", "Making the licence", "制证人", "Licence clerk"),
    "DELIVERY": ("送达", "Delivery", "送件人", "Delivery clerk"),
}


def step(stage: str, amount: int | None = None, name: str = "", name_en: str = "", **more: object) -> Part:
    """
    Return a step of the flow.
    """
    word, word_en, post, post_en = STEP_WORDS[stage]
    return clean({
        "name": name or word, "name_en": name_en or word_en, "stage": stage, "post": post, "post_en": post_en,
        "limit": None if amount is None else days(amount), **more,
    })  # fmt: skip


def flow(acceptance: int, review: int, decision: int, *extra: Part, delivery: str = "送达") -> list[Part]:
    """
    Return the usual flow with its working days; `extra` steps come between review and decision.
    """
    del delivery
    return [
        step("INTAKE"), step("ACCEPTANCE", acceptance), step("REVIEW", review), *extra,
        step("DECISION", decision), step("DELIVERY"),
    ]  # fmt: skip


def site_check(method_days: int | None = None) -> Part:
    """
    Return a site check outside the promised time.
    """
    limit = {} if method_days is None else {"limit": days(method_days)}
    return clean({
        "name": "实地核查", "name_en": "Site check", "stage": "REVIEW", "post": "审查人（两名以上）",
        "post_en": "Reviewers (two or more)", "is_counted": False,
        "note": "不计入承诺办结时限", "note_en": "Outside the promised time", **limit,
    })  # fmt: skip


def basis(document: str, article: str = "", text: str = "", edition: str = "") -> Part:
    """
    Return a provision.
    """
    return clean({"document": document, "article": article, "text": text, "edition": edition})


def question(text: str, text_en: str, answer: str, answer_en: str) -> Part:
    """
    Return a question with its answer.
    """
    return {"question": text, "question_en": text_en, "answer": answer, "answer_en": answer_en}


def criterion(text: str, text_en: str) -> Part:
    """
    Return a condition.
    """
    return {"text": text, "text_en": text_en}


BUSINESS_LICENCE = certificate(
    "business_licence", "营业执照", "Business licence", "市场监督管理部门", is_shared=True, original_copies=0, photocopies=1
)
ID_CARD = certificate(
    "id_card", "居民身份证", "Resident ID card", "公安机关", original_copies=0, photocopies=1, is_shared=True
)

"""
Items that item libraries write into the national item tables: into the catalogue, as offerings of those libraries.

Codes are those of C 0109 (standards.md 3.3). What the tables hold as one text, and the catalogue as parts, stays one
text: nothing is guessed out of it. The tables know no form, so nobody applies for these items here until one is given:
`is_online` and the address say where.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.utils import translation
from django.utils.translation import gettext as _

from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.values import FeedItem, OfferingState, PublishOutcome
from tongban.business.catalogue.values.enums import (
    HandlingForm,
    HandlingKind,
    LimitUnit,
    MaterialForm,
    MaterialKind,
    MaterialSource,
    Necessity,
    Reach,
    ResultKind,
)
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.resources.docking import ports
from tongban.resources.docking.ports import ItemRefused
from tongban.resources.docking.values.item_tables import Task
from tongban.resources.docking.values.tables import DELETE, Row

CHINESE: Final = "zh-hans"
GRADED: Final = "7"
NO_PROCEDURE: Final = frozenset({"", "无", "不涉及", "/"})
SHORT, TEXT, LONG = 200, 2000, 20000
LONGEST_KEY: Final = 39

STATES: Final = {"1": OfferingState.IN_USE, "2": OfferingState.SUSPENDED, "3": OfferingState.RETIRED}
APPLICANTS: Final = {**{code: code for code in "1234569"}, "7": "9"}
"""T4 of C 0109; two lists are in use for 其他组织."""
HANDLING_KINDS: Final = {
    "1": HandlingKind.ON_THE_SPOT,
    "2": HandlingKind.COMMITTED,
    "9": HandlingKind.OTHER,
}
HANDLING_FORMS: Final = {"1": HandlingForm.COUNTER, "2": HandlingForm.WEB, "3": HandlingForm.COURIER}
UNITS: Final = {
    "1": LimitUnit.WORKING_DAY,
    "2": LimitUnit.CALENDAR_DAY,
    "3": LimitUnit.MONTH,
    "4": LimitUnit.YEAR,
    "5": LimitUnit.HOUR,
}
REACHES: Final = {
    "1": Reach.NATION,
    "2": Reach.PROVINCE,
    "3": Reach.CITY,
    "4": Reach.COUNTY,
    "5": Reach.TOWNSHIP,
    "6": Reach.ACROSS_VILLAGES,
}
RESULTS: Final = {
    "10": ResultKind.LICENCE,
    "1": ResultKind.LICENCE,
    "20": ResultKind.DOCUMENT,
    "2": ResultKind.DOCUMENT,
}
NO_RESULT: Final = "4"
"""T12 of one digit."""
MATERIAL_KINDS: Final = {"1": MaterialKind.CERTIFICATE, "2": MaterialKind.FORM}
MATERIAL_FORMS: Final = {"1": MaterialForm.PAPER, "2": MaterialForm.ELECTRONIC}
NECESSITIES: Final = {"1": Necessity.REQUIRED, "2": Necessity.OPTIONAL, "3": Necessity.LATER}
SOURCES: Final = {
    "": MaterialSource.APPLICANT,
    "10": MaterialSource.APPLICANT,
    "20": MaterialSource.GOVERNMENT,
    "30": MaterialSource.INTERMEDIARY,
}
PRICE: Final = re.compile(r"^\s*(\d{1,9}(?:\.\d{1,4})?)\s*(元(?:[/／每].{1,50})?)")
DOCUMENT: Final = re.compile(r"《([^》]{1,190})》")


def join() -> None:
    """
    Wire it; called when all apps are loaded.
    """
    ports.keep_items_by(take)


def take(*, source: str, division_code: str, task: Task, actor: Actor, at: datetime) -> bool:
    """
    Publish an item as it stands in the tables; return whether anything changed.

    :param division_code: 12 digits; of the agency
    :raises ItemRefused: the catalogue does not take it; nothing was changed
    """
    with translation.override(CHINESE):
        try:
            item = msgspec.convert(item_of(task, division_code), FeedItem, strict=False)
            done = catalogue.publish_offering(item=item, source=source, actor=actor, at=at)
        except msgspec.ValidationError as error:
            raise ItemRefused(
                reason="row_not_readable", why=_("无法读取：%(error)s") % {"error": error}
            ) from error
        except ServiceError as error:
            fields = error.fields if isinstance(error, InvalidInput) else {}
            why = "；".join([str(error), *(f"{name}：{text}" for name, text in fields.items())])
            raise ItemRefused(reason=error.code, why=why) from error
    return done.outcome is not PublishOutcome.UNCHANGED


def item_of(task: Task, division_code: str) -> dict[str, Any]:
    """
    Return an item in the words of the catalogue's feed.
    """
    basic, directory = task.basic, task.directory
    is_gone = basic.text("cd_operation") == DELETE
    item: dict[str, Any] = {
        "code": task.code,
        "state": OfferingState.RETIRED if is_gone else STATES[basic.text("task_state")],
        "effective_from": _day(basic, "plan_effective_date"),
        "effective_until": _day(basic, "plan_cancel_date"),
        "elements": {
            **_who_and_what(basic, division_code),
            **_how_long(basic),
            **_where(basic),
            **(_more(task.extend) if task.extend else {}),
            "extension": {
                "handle_flow": basic.text("handle_flow"),
                **({"is_online": _is(task.extend, "is_online")} if task.extend else {}),
            },
            "materials": [_material(row, place) for place, row in enumerate(task.materials, start=1)],
            **_fees(task),
            "questions": [
                {"question": row.text("question"), "answer": row.text("answer")}
                for row in task.questions
                if row.text("question")
            ],
        },
    }
    if directory is not None:
        item["main_item"] = {
            "name": directory.text("task_name"),
            "basic_code": directory.text("catalog_code"),
        }
        item["definition_name"] = directory.text("task_name")
        item["definition_basis"] = _basis(directory)
    return item


def _who_and_what(basic: Row, division_code: str) -> dict[str, Any]:
    level = basic.text("use_level")
    return {
        "name": basic.text("task_name"),
        "service_type": basic.text("task_type"),
        "basic_code": basic.text("catalog_code"),
        "local_basic_code": basic.text("local_catalog_code"),
        "implementation_code": basic.text("task_code"),
        "local_implementation_code": basic.text("local_task_code"),
        "agency_code": basic.text("dept_code"),
        "agency_name": basic.text("dept_name"),
        "body_nature": basic.text("dept_type"),
        "entrusted_body": basic.text("entrust_name"),
        "power_source": basic.text("power_source"),
        # 分级管理 where several levels are named.
        "use_level": level if len(level) == 1 else GRADED,
        "division_code": division_code,
        "setting_basis": _basis(basic),
        "applicants": _codes(basic, "server_type", APPLICANTS),
        "eligibility_criteria": [
            {"text": line[:TEXT]}
            for line in map(str.strip, basic.text("accept_condition").splitlines())
            if line
        ],
    }


def _basis(row: Row) -> list[dict[str, str]]:
    words = row.text("by_law")
    named = DOCUMENT.search(words)
    return [{"document": named[1] if named else words[:SHORT], "text": words[:LONG]}] if words else []


def _how_long(basic: Row) -> dict[str, Any]:
    procedure = basic.text("special_procedure")
    found = {
        "handling_kind": HANDLING_KINDS[basic.text("project_type")],
        "statutory_limit": _limit(basic, "anticipate"),
        "special_procedures": []
        if procedure in NO_PROCEDURE
        else [{"code": "special", "name": procedure[:SHORT], "note": procedure}],
        "visits": min(max(int(basic.text("limit_scene_num")), 0), 9),
    }
    if basic.text("promise_day"):
        found["promised_limit"] = _limit(basic, "promise")
    return found


def _limit(basic: Row, which: str) -> dict[str, Any]:
    return {
        "amount": int(basic.text(f"{which}_day")),
        "unit": UNITS.get(basic.text(f"{which}_type") or "1", basic.text(f"{which}_type")),
        "note": basic.text(f"{which}_explain")[:SHORT],
    }


def _where(basic: Row) -> dict[str, Any]:
    return {
        "handling_forms": _codes(basic, "handle_type", HANDLING_FORMS),
        "places": [
            {
                "name": basic.text("dept_name"),
                "address": basic.text("transact_addr")[:TEXT],
                "hours": basic.text("transact_time")[:TEXT],
            }
        ],
        "hours": basic.text("transact_time")[:TEXT],
        "enquiry_ways": basic.text("link_way")[:TEXT],
        "complaint_ways": basic.text("supervise_way")[:TEXT],
        "online_url": basic.text("link_addr")[:TEXT],
    }


def _more(extend: Row) -> dict[str, Any]:
    return {
        "is_in_hall": _is(extend, "is_entry_center"),
        "reach": REACHES.get(extend.text("handle_area")),
        "online_depth": list(_parts(extend, "online_handle_depth")),
        **({"online_url": url[:TEXT]} if (url := extend.text("online_handle_url")) else {}),
        "has_online_payment": _is(extend, "is_pay_online"),
        "has_courier_delivery": _is(extend, "is_express"),
        "has_appointments": _is(extend, "is_schedule"),
        "has_self_service_terminal": _is(extend, "is_service_terminals"),
        "quantity_limit": extend.text("limit_explain")[:TEXT],
        "visits_reason": extend.text("limit_scene_explain")[:TEXT],
        "participating_agencies": [part[:SHORT] for part in _parts(extend, "other_dept")],
        "intermediary_services": extend.text("service_type")[:TEXT],
        "results": _results(extend),
        "person_themes": list(_parts(extend, "user_topic_type")),
        "legal_themes": list(_parts(extend, "corp_topic_type")),
        "township_names": [part[:SHORT] for part in _parts(extend, "town_name")],
    }


def _results(extend: Row) -> list[dict[str, Any]]:
    name = extend.text("result_name")
    kinds = [
        RESULTS.get(code, ResultKind.OTHER) for code in _parts(extend, "result_type") if code != NO_RESULT
    ]
    sample = extend.text("result_guid")
    return [
        {"kind": kind, "name": (name or str(kind.label))[:SHORT], "sample": sample}
        for kind in dict.fromkeys(kinds)
    ]


def _material(row: Row, place: int) -> dict[str, Any]:
    return {
        "code": f"m{place}",
        "name": row.text("material_name"),
        "kind": MATERIAL_KINDS.get(row.text("material_type"), MaterialKind.OTHER),
        "form": MATERIAL_FORMS.get(row.text("material_format"), MaterialForm.EITHER),
        "necessity": NECESSITIES[row.text("is_need")],
        "source": SOURCES.get(row.text("source_type"), MaterialSource.OTHER),
        "source_explanation": row.text("source_explain")[:TEXT],
        "original_copies": int(row.text("page_num") or 1),
        "paper_format": row.text("page_format"),
        "filling_notes": row.text("fill_explain")[:TEXT],
        "acceptance_standard": row.text("accept_stand")[:TEXT],
        "blank_form": row.text("form_guid"),
        "sample": row.text("example_guid"),
        "legal_basis": row.text("by_law")[:TEXT],
        "remark": row.text("remark")[:TEXT],
    }


def _fees(task: Task) -> dict[str, Any]:
    """
    Return fees; a standard that is no plain price stays a text of the basis.
    """
    items, words = [], [task.basic.text("fee_basis")]
    for row in task.fees:
        price = PRICE.match(row.text("fee_stand"))
        if price is None:
            words.append(f"{row.text('fee_name')}：{row.text('fee_stand')}")
            continue
        items.append(
            {
                "name": row.text("fee_name"),
                "price": price[1],
                "unit": price[2],
                "standard": row.text("fee_stand")[:TEXT],
                "legal_basis": row.text("by_law")[:TEXT],
                "can_be_reduced": _is(row, "is_desc"),
                "reduction": row.text("desc_explain")[:TEXT],
            }
        )
    return {
        "is_charged": _is(task.basic, "is_fee"),
        "fee_items": items,
        "fee_basis": "\n".join(filter(None, words))[:TEXT],
    }


def _is(row: Row, name: str) -> bool:
    return row.text(name) == "1"


def _parts(row: Row, name: str) -> Iterator[str]:
    """
    Yield the codes or words of a column that holds several: the tables join them by ^, by a comma, by 、 or ；.
    """
    return filter(None, map(str.strip, re.split(r"[\^,，、;；]", row.text(name))))


def _codes(row: Row, name: str, ours: Mapping[str, str]) -> list[str]:
    """
    Return the codes of a column in the catalogue's words; one that is in no list stays, and is refused by name.
    """
    return list(dict.fromkeys(ours.get(code, code) for code in _parts(row, name)))


def _day(row: Row, name: str) -> date | None:
    value = row.values.get(name)
    return value.date() if isinstance(value, datetime) else None

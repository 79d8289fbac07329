"""
What a citizen fills into an application of the sample area.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PDF = Path(__file__).with_name("plan.pdf")


def chosen(terms: dict[str, Any]) -> dict[str, str]:
    """
    Return the first option of each question about the situation, by name of the control.
    """
    return {
        f"s-{question['code']}": question["options"][0]["code"] for question in terms.get("situations", [])
    }


def answers(terms: dict[str, Any], situations: set[str]) -> dict[str, str]:
    """
    Return what a citizen types; what the account has filled in already is left alone.
    """
    typed = {}
    for field in terms["form"]:
        if not _applies(field, situations) or str(field.get("prefill", "")).startswith("person."):
            continue
        typed[f"a-{field['key']}"] = _answer(field)
    return typed


def needed(terms: dict[str, Any], situations: set[str]) -> Iterator[dict[str, Any]]:
    """
    Give the materials that must be uploaded.
    """
    for material in terms["materials"]:
        if (
            material.get("form") != "PAPER"
            and material.get("necessity", "REQUIRED") == "REQUIRED"
            and _applies(material, situations)
        ):
            yield material


def query_code(page: str) -> str:
    """
    Return the query code that a receipt shows.
    """
    at = page.index("查询码")
    return next(
        word
        for word in page[at : at + 300].replace("<", " ").replace(">", " ").split()
        if len(word) == len("7K2M-84XQ") and word[4] == "-"
    )


def _answer(field: dict[str, Any]) -> str:
    kind = field.get("type", "TEXT")
    if kind in {"CHOICE", "CHOICES"}:
        return str(field["options"][0]["value"])
    samples = {
        "NUMBER": str(max(field.get("minimum", 1), 1)),
        "DATE": "2026-12-01",
        "MOBILE": "13900000001",
        "ID_NUMBER": "11010519491231002X",
        "SOCIAL_CREDIT_CODE": "91350100M000100Y43",
    }
    return samples.get(kind, "演示" + str(field["label"]))[: field.get("max_length") or 100]


def _applies(part: dict[str, Any], situations: set[str]) -> bool:
    by_question: dict[str, bool] = {}
    for code in part.get("situations", []):
        question = code.partition(".")[0]
        by_question[question] = by_question.get(question, False) or code in situations
    return all(by_question.values())

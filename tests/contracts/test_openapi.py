"""
The document of the API: valid, committed as it is, and complete about refusals.
"""

import json
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from ninja import Schema
from openapi_spec_validator import validate

from tongban.business.catalogue import schemas as catalogue_shapes
from tongban.business.licences import schemas as licence_shapes
from tongban.config import openapi
from tongban.config.api import api
from tongban.config.api_document import operations, takes_key

T = TypeVar("T")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
FIRST_REFUSAL = 400


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def responses(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """
    Return operation id, status and description of every answer.
    """
    return [
        (operation["operationId"], status, response)
        for _path, _method, operation in operations(document)
        for status, response in operation["responses"].items()
    ]


def described(kind: type[T]) -> list[type[T]]:
    """
    Return what is made of a kind, however far down.
    """
    found: list[type[T]] = list(kind.__subclasses__())
    return found + [one for below in found for one in described(below)]


def choices_in(annotations: Iterable[Any]) -> set[type[Enum]]:
    """
    Return the enumerations that annotations speak of, within lists and unions too.
    """
    found: set[type[Enum]] = set()
    for each in annotations:
        if isinstance(each, type) and issubclass(each, Enum):
            found.add(each)
        found |= choices_in(get_args(each))
    return found


class TestDocument:
    def test_is_valid_openapi_3_1(self, document: dict[str, Any]) -> None:
        validate(document)

        assert document["openapi"] == "3.1.0"

    def test_gives_every_choice_a_name_of_its_own(self) -> None:
        kept: dict[str, set[type]] = {}
        for shape in described(Schema):
            for kind in choices_in([field.annotation for field in shape.model_fields.values()]):
                kept.setdefault(kind.__name__, set()).add(kind)

        # Of two with one name the document would keep one, and describe answers by the other's choices.
        assert {name: kinds for name, kinds in kept.items() if len(kinds) > 1} == {}

    def test_is_made_once(self) -> None:
        # Anybody may fetch it, and making it takes seconds.
        assert api.get_openapi_schema() is api.get_openapi_schema(path_params={})

    def test_is_committed_as_it_is(self, document: dict[str, Any]) -> None:
        committed = openapi.SNAPSHOT.read_text(encoding="utf-8")

        assert committed == openapi.as_text(document)

    def test_names_every_operation_once_by_verb_and_noun(self, document: dict[str, Any]) -> None:
        names = [operation["operationId"] for *_, operation in operations(document)]

        assert len(set(names)) == len(names)
        assert [name for name in names if not name[0].islower() or not name.isalnum()] == []

    def test_names_every_shape_once(self, document: dict[str, Any]) -> None:
        # The router keeps the last of two shapes of one name and says nothing.
        declared = [kind.__name__ for kind in described(Schema) if kind.__module__.startswith("tongban.")]
        stored = [*catalogue_shapes.components(), *licence_shapes.components()]

        names = Counter([*declared, *stored])
        assert [
            name for name, count in names.items() if count > 1 and name in document["components"]["schemas"]
        ] == []

    def test_describes_every_operation_in_both_languages(self, document: dict[str, Any]) -> None:
        bare = [
            operation["operationId"]
            for *_, operation in operations(document)
            if operation["summary"].isascii() or not operation["description"].isascii()
        ]

        assert bare == []

    def test_answers_every_refusal_with_a_problem_document(self, document: dict[str, Any]) -> None:
        others = [
            (name, status)
            for name, status, response in responses(document)
            if int(status) >= FIRST_REFUSAL and response["content"] != PROBLEM
        ]

        # Forms for a token are answered as OAuth clients expect (RFC 6749 section 5.2), JSON as everywhere.
        assert others == [("createToken", "400"), ("createToken", "401")]
        assert all(
            response["content"].items() >= PROBLEM.items()
            for _name, status, response in responses(document)
            if int(status) >= FIRST_REFUSAL
        )

    @pytest.mark.parametrize("status", ["400", "404", "422", "429"])
    def test_names_the_refusals_that_any_operation_can_meet(
        self, document: dict[str, Any], status: str
    ) -> None:
        without = [
            operation["operationId"]
            for *_, operation in operations(document)
            if status not in operation["responses"]
        ]

        assert without == []

    def test_names_401_and_403_where_a_token_is_needed(self, document: dict[str, Any]) -> None:
        without = [
            operation["operationId"]
            for *_, operation in operations(document)
            if operation.get("security") and not {"401", "403"} <= operation["responses"].keys()
        ]

        assert without == []

    def test_names_413_and_415_where_a_body_is_read(self, document: dict[str, Any]) -> None:
        without = [
            operation["operationId"]
            for *_, operation in operations(document)
            if "requestBody" in operation and not {"413", "415"} <= operation["responses"].keys()
        ]

        assert without == []

    def test_describes_the_content_of_every_success(self, document: dict[str, Any]) -> None:
        bare = [
            (name, status)
            for name, status, response in responses(document)
            if int(status) < FIRST_REFUSAL and ("content" in response) is (status == "204")
        ]

        assert bare == []

    def test_offers_an_idempotency_key_for_every_conflict(self, document: dict[str, Any]) -> None:
        key = {"$ref": "#/components/parameters/IdempotencyKey"}
        wrong = [
            operation["operationId"]
            for *_, operation in operations(document)
            if takes_key(operation) is not (key in operation["parameters"])
        ]

        assert wrong == []


class TestCheck:
    def test_refuses_a_document_that_drifted_and_names_the_place(
        self, document: dict[str, Any], tmp_path: Path
    ) -> None:
        old = json.loads(openapi.as_text(document))
        del old["paths"]["/api/v1/me"]
        old["info"]["version"] = "0.9"
        path = tmp_path / "openapi.json"
        path.write_text(openapi.as_text(old), encoding="utf-8")

        with pytest.raises(openapi.DocumentDrifted, match="They differ in /info/version, /paths//api/v1/me"):
            openapi.require_same(openapi.as_text(document), path)

    def test_refuses_a_document_that_was_never_committed(
        self, document: dict[str, Any], tmp_path: Path
    ) -> None:
        with pytest.raises(openapi.DocumentDrifted):
            openapi.require_same(openapi.as_text(document), tmp_path / "none.json")

"""
The API against its own document: made-up calls by nobody, a citizen, a clerk and another system.

Each call must be answered by a status the document names, in the form it names, and never by a 5xx. The suite calls
every operation in one round; FUZZ_SECONDS (`make fuzz`) goes on as long as it is told.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import api
from tests.factories.api import Caller, World
from tongban.config import openapi
from tongban.config.api_document import operations as described
from tongban.support.identity.services import AuthorityUnavailable

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
EXAMPLES = 3 if SECONDS else 2
RENEWED_EVERY = 8
"""Operations after which callers get new tokens, because a call may have ended theirs."""


def malformed_body_is_refused(context: Any, response: Any, case: Any) -> bool | None:
    """
    Demand that a malformed body is refused. Of a query it often cannot be told: a list of one looks like one value.
    """
    refused: bool | None = negative_data_rejection(context, response, case) if case.operation.body else None
    return refused


def no_defect(context: Any, response: Any, case: Any) -> bool | None:
    """
    Expect no error of the server, but that an authority, which a test has none of, does not answer.
    """
    if response.status_code == AuthorityUnavailable.status and response.json()["code"] == (
        AuthorityUnavailable.code
    ):
        return None
    return not_a_server_error(context, response, case)


ACCEPT = "application/json, application/problem+json"
CHECKS = [
    no_defect,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    malformed_body_is_refused,
]
AGREED = st.sampled_from([True, True, True, False])
"""Three of four calls are about something that exists."""


@pytest.fixture
def world(db: None) -> World:
    return api.world()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """
    Let all calls use the connection of the test, whose transaction is rolled back in the end.
    """
    for moment in (request_started, request_finished):
        moment.disconnect(close_old_connections)
    yield
    for moment in (request_started, request_finished):
        moment.connect(close_old_connections)


class TestTheApi:
    def test_keeps_what_its_document_says(self, world: World) -> None:
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        ends_at = monotonic() + SECONDS
        called: set[str] = set()
        known_callers: list[Caller] = []
        broken: dict[str, str] = {}

        for turn in rounds(ends_at):
            for place, operation in enumerate(operations):
                if turn and monotonic() > ends_at:
                    break
                if place % RENEWED_EVERY == 0:
                    known_callers = callers(world)
                try:
                    examine(operation, known_callers, world=world, turn=turn)
                except (FailureGroup, Failure) as found:
                    broken.setdefault(operation.label, str(found))
                called.add(operation.label)

        assert not broken, "\n\n".join(f"{label}: {found}" for label, found in broken.items())
        assert called == labels()


def labels() -> set[str]:
    """
    Return every operation the document describes, as the caller names them.
    """
    return {f"{method.upper()} {path}" for path, method, _operation in described(openapi.document())}


def rounds(ends_at: float) -> Iterator[int]:
    """
    Number the rounds until time is up; the first one is always finished.
    """
    for turn in count():
        if turn and monotonic() > ends_at:
            return
        yield turn


def callers(world: World) -> list[Caller]:
    """
    Return one of each kind, with tokens of their own: those before may have been ended by a call.
    """
    return [api.nobody(), world.citizen.renewed(), world.clerk.renewed(), world.system.renewed()]


def examine(operation: Any, known_callers: list[Caller], *, world: World, turn: int) -> None:
    """
    Call one operation with well-formed and with malformed requests.
    """
    well_formed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    seed(turn)(calling(well_formed, known_callers, world=world, is_positive=True))()
    if not (SECONDS or operation.body):
        # What is malformed in an address is refused by one parser for all; making it up takes longer than all the rest.
        return
    malformed = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    # Some operations have nothing that could be malformed.
    with suppress(Unsatisfiable):
        seed(turn)(calling(malformed, known_callers, world=world, is_positive=False))()


def calling(
    strategy: Any, known_callers: list[Caller], *, world: World, is_positive: bool
) -> Callable[[], None]:
    """
    Return a test that sends each request of `strategy` once for every kind of caller.
    """

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(case=strategy, is_known=AGREED)
    def call(case: Any, is_known: bool) -> None:
        if is_positive and is_known:
            name_what_exists(case, world)
        for caller in known_callers:
            case.call_and_validate(headers={**caller.headers({}), "Accept": ACCEPT}, checks=CHECKS)

    return call


def name_what_exists(case: Any, world: World) -> None:
    """
    Replace made-up names by those of things that exist.
    """
    known = {
        "number": world.case_number,
        "code": world.offering_code,
        "draft_id": world.draft_id,
        "file_id": world.file_id,
        "message_id": world.message_id,
        "item_id": world.work_item_id,
        "identifier": world.licence_identifier,
        "token": world.licence_token,
        "offering_code": world.offering_code,
        "query_code": world.query_code,
    }
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: known[name] for name in place.keys() & known.keys()})

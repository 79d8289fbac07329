"""
The two doors to the lexicon: the command line of whoever runs the node, and the API of whoever keeps the catalogue.
"""

import json

import pytest
import typer
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner

from tests.factories import api
from tests.integration.api.conftest import problem
from tongban.foundation.errors import InvalidInput
from tongban.foundation.models import AuditEntry
from tongban.support.identity.values import Post, Role
from tongban.support.search.management.lexicon import lexicon
from tongban.support.search.models import LexiconEntry
from tongban.support.search.services import LexiconEntryNotFound

pytestmark = pytest.mark.django_db

PHRASE = {"kind": "TERM", "phrase": "娃娃上户口", "targets": ["出生 登记*0.9"], "intent": "出生登记"}


def run(*arguments: str) -> object:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(lexicon)
    return CliRunner().invoke(app, list(arguments))


class TestCommand:
    def test_adds_a_phrase(self) -> None:
        result = run("add", "娃娃上户口", "--target", "出生 登记*0.9", "--json")

        entry = LexiconEntry.objects.get()
        assert json.loads(result.stdout) == {"phrase": "娃娃上户口", "is_enabled": True}  # type: ignore[attr-defined]
        assert (entry.kind, entry.source, entry.is_enabled) == ("TERM", "STAFF", True)
        assert entry.targets == [{"words": ["出生", "登记"], "weight": 0.9}]
        assert AuditEntry.objects.get(action="search.lexicon.save").subject == "娃娃上户口"

    def test_switches_one_off(self) -> None:
        run("add", "请问一下", "--kind", "FILLER")

        result = run("disable", "请问一下", "--kind", "FILLER")

        assert result.exit_code == 0  # type: ignore[attr-defined]
        assert not LexiconEntry.objects.get().is_enabled

    def test_says_so_where_there_is_none(self) -> None:
        result = run("disable", "没有的说法")

        assert isinstance(result.exception, LexiconEntryNotFound)  # type: ignore[attr-defined]

    def test_refuses_too_long_an_intent(self) -> None:
        result = run("add", "娃娃上户口", "--target", "出生 登记", "--intent", "意" * 41)

        assert isinstance(result.exception, InvalidInput)  # type: ignore[attr-defined]
        assert list(result.exception.fields) == ["intent"]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("arguments", [("remove", "x"), ("add", "x", "--kind", "NOISE"), ("add",)])
    def test_knows_what_there_is(self, arguments: tuple[str, ...]) -> None:
        assert run(*arguments).exit_code == 2  # type: ignore[attr-defined]


class TestApi:
    @pytest.fixture
    def editor(self) -> api.Caller:
        return api.staff(roles=(Role.CATALOGUE_EDITOR,), login_name="editor")

    def test_saves_and_switches_off(self, editor: api.Caller) -> None:
        saved = editor.post("/lexicon/phrases", PHRASE)
        disabled = editor.post("/lexicon/phrases/disabling", {"kind": "TERM", "phrase": "娃娃上户口"})

        assert (saved.status_code, saved.json()) == (200, {"phrase": "娃娃上户口", "is_enabled": True})
        assert (disabled.status_code, disabled.json()["is_enabled"]) == (200, False)
        assert not LexiconEntry.objects.get().is_enabled

    def test_is_for_those_who_keep_the_catalogue(self) -> None:
        clerk = api.staff(Post.REVIEW, login_name="reviewer")

        for path in ("/lexicon/phrases", "/lexicon/phrases/disabling"):
            body = PHRASE if path == "/lexicon/phrases" else {"kind": "TERM", "phrase": "x"}
            problem(clerk.post(path, body), 403, "lexicon_editor_only")
        assert not LexiconEntry.objects.exists()

    def test_asks_who_it_is(self) -> None:
        problem(api.nobody().post("/lexicon/phrases", PHRASE), 401, "not_authenticated")

    def test_does_not_find_what_is_not_there(self, editor: api.Caller) -> None:
        response = editor.post("/lexicon/phrases/disabling", {"kind": "TERM", "phrase": "没有"})

        problem(response, 404, "lexicon_entry_not_found")

    @pytest.mark.parametrize(
        "changes", [{"targets": []}, {"phrase": ""}, {"kind": "NOISE"}, {"targets": ["x*2"]}, {"more": 1}]
    )
    def test_refuses_what_is_no_phrase(self, editor: api.Caller, changes: dict[str, object]) -> None:
        problem(editor.post("/lexicon/phrases", {**PHRASE, **changes}), 422, "invalid_input")

        assert not LexiconEntry.objects.exists()

    @pytest.mark.parametrize(
        ("path", "body", "queries"),
        [
            ("/lexicon/phrases", PHRASE, 11),
            ("/lexicon/phrases/disabling", {"kind": "TERM", "phrase": "x"}, 6),
        ],
    )
    def test_costs_a_fixed_number_of_queries(
        self,
        editor: api.Caller,
        path: str,
        body: dict[str, object],
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        editor.post("/lexicon/phrases", {**PHRASE, "phrase": "x"})

        with django_assert_num_queries(queries):
            response = editor.post(path, body)

        assert response.status_code == 200

"""
Every action that is written into the audit trail has a title, so that auditors read words and not codes.

The source is read: what is recorded with a name of its own is found as it stands there. Where the name is made of a
word of a list, the list stands below, and a place that is not named here fails.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

import tongban
from tongban.business.casework.values import Action
from tongban.business.licences.values import DirectoryAct, LicenceEventKind
from tongban.business.licences.values.quality import FindingAct
from tongban.foundation import audit, policy
from tongban.resources.sharing.values import ServiceAct
from tongban.support.identity.values import StockState
from tongban.support.mandates.values import LogKind
from tongban.support.seals.permissions import STEPS
from tongban.support.security.rules import RULES, Rule

SOURCE = Path(tongban.__file__).parent
NAME = re.compile(r"[a-z_]+(\.[a-z_]+){2}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def family(start: str, words: object) -> set[str]:
    return {f"{start}.{str(word).lower()}" for word in words}  # type: ignore[attr-defined]


MADE = {
    "business/crossregion/services/handing.py": {
        "crossregion.intake.deliver",
        "crossregion.intake.supplement",
        "crossregion.intake.take",
    },
    "business/crossregion/services/taking.py": {"crossregion.handin.done", "crossregion.handin.refused"},
    "resources/datasets/services/compiling.py": {
        "datasets.dataset.compile",
        "datasets.dataset.discard",
        "datasets.dataset.publish",
        "datasets.dataset.return",
        "datasets.dataset.save",
        "datasets.dataset.submit",
        "datasets.dataset.withdraw",
    },
    "business/casework/services/recording.py": family("casework.case", Action.values),
    "business/casework/services/submission.py": {"casework.case.submit"},
    "business/licences/services/recording.py": family("licences.licence", LicenceEventKind.values),
    "business/licences/services/versions.py": family("licences.type", DirectoryAct.values),
    "config/keys_command.py": family(
        "foundation.keys", ["make", "use", "begin_rotation", "end_rotation", "retire", "wrap"]
    ),
    "config/refusals.py": {"identity.token.misuse"},
    "foundation/audit.py": set(),
    "foundation/policy.py": set(),
    "resources/exchange/services/nodes.py": family(
        "exchange.node", ["approve", "refuse", "suspend", "resume", "dismiss"]
    ),
    "resources/registers/services/places.py": {"registers.divisions.load", "registers.agencies.load"},
    "resources/registers/services/pressing.py": {"registers.dispute.remind", "registers.dispute.escalate"},
    "resources/sharing/services/defining.py": family("sharing.service", ServiceAct.values),
    "resources/sharing/services/requesting.py": family(
        "sharing.request", ["submit", "return", "resubmit", "pass", "grant", "refuse", "withdraw"]
    ),
    "resources/sharing/services/watching.py": family("sharing.request", ["remind", "escalate"]),
    "business/licences/services/sharing.py": family(
        "licences.share",
        ["ask", "give", "refuse", "withdraw", "change"],
    ),
    "business/licences/services/quality.py": family("licences.quality", FindingAct.values),
    "business/licences/services/peers/sharing.py": family("licences.peer", ["find", "ask", "copy"]),
    "support/identity/services/registration.py": {
        "identity.person.find_by_counter",
        "identity.person.record_ward",
    },
    "support/seals/services/parties.py": {"seals.signing.decline", "seals.signing.withdraw"},
    "support/seals/services/recording.py": {
        "seals.seal.request",
        "seals.seal.expire",
        "seals.seal.replace",
        *(step.code for step in STEPS.values()),
    },
    "support/identity/services/stock.py": family("identity.stock", StockState.values),
    "support/mandates/services/recording.py": family("mandates.mandate", LogKind.values)
    | family("mandates.entity", LogKind.values),
}
"""Places that make the name of an action, with all the names they can make."""


def constants(tree: ast.Module) -> dict[str, str]:
    """
    Return the texts that a module names.
    """
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {
                target.id: str(node.value.value) for target in node.targets if isinstance(target, ast.Name)
            }
    return found


def written(expression: ast.expr, known: dict[str, str]) -> set[str] | None:
    """
    Return the names an expression stands for; None where that cannot be seen.
    """
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            first, second = written(one, known), written(other, known)
            return None if first is None or second is None else first | second
        case ast.Name(id=name) if name in known:
            return {known[name]}
        case _:
            return None


def recorded(tree: ast.Module) -> Iterator[set[str] | None]:
    """
    Give what every call names that writes into the trail, or notes what will be written.
    """
    known = constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        if (owner, node.func.attr) == ("audit", "record"):
            yield written(next(word.value for word in node.keywords if word.arg == "action"), known)
        elif (owner, node.func.attr) == ("refusals", "note_misuse"):
            yield written(node.args[0], known)


def files() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")


def names_of(place: str, text: str) -> set[str]:
    names: set[str] = set()
    is_made = "INSERT INTO foundation_audit\n" in text or "INSERT INTO foundation_audit (" in text
    for found in recorded(ast.parse(text)):
        names |= found or set()
        is_made = is_made or found is None
    assert not is_made or place in MADE, f"{place} makes names of actions; say which in MADE"
    return names | MADE.get(place, set())


@pytest.fixture(scope="module")
def every_name() -> set[str]:
    return {name for place, text in files() for name in names_of(place, text)}


@pytest.fixture(scope="module", autouse=True)
def whole_node() -> None:
    importlib.import_module("tongban.config.urls")


class TestActions:
    def test_are_found_in_the_source(self, every_name: set[str]) -> None:
        assert {"identity.login.succeed", "casework.case.submit", "federation.code.misuse"} <= every_name
        assert [name for name in sorted(every_name) if not NAME.fullmatch(name)] == []

    def test_have_a_title_in_both_languages(self, every_name: set[str]) -> None:
        names = every_name | set(policy.actions())
        with override("zh-hans"):
            without = [name for name in sorted(names) if not CHINESE.search(audit.title_of(name))]
        with override("en"):
            english = {name: audit.title_of(name) for name in names}

        assert without == []
        assert sorted(name for name, title in english.items() if not title or CHINESE.search(title)) == []

    def test_that_have_a_title_are_written_down_somewhere(self, every_name: set[str]) -> None:
        assert sorted(audit.entitled() - every_name) == []

    def test_of_places_that_make_names_are_made_there(self) -> None:
        texts = dict(files())

        assert sorted(set(MADE) - set(texts)) == []

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind.value)
    def test_that_rules_watch_can_happen(self, rule: Rule, every_name: set[str]) -> None:
        names = every_name | (set(policy.actions()) if "REFUSED" in rule.outcomes else set())

        assert [start for start in rule.actions if not any(name.startswith(start) for name in names)] == []

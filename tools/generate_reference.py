"""
Make the pages of docs/reference that follow from code; `--check` fails where a committed page has drifted.

    python -m tools.generate_reference [--check]
"""

import argparse
import ast
import os
import re
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from tools.data_reference import datasets_page, messages_page
from tools.markdown import bullets, first_line, head, table, words_table

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tongban"
TESTS = ROOT / "tests"
REFERENCE = ROOT / "docs" / "reference"
CLAUSES = ROOT / "docs" / "sources" / "clauses.toml"
TOPIC = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)+")
TOPIC_NAMES = re.compile(r"topic|[A-Z][A-Z_]*")


def main() -> int:
    """
    Write the pages, or compare them.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 where a page drifted")
    is_check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        made = {name: page() for name, page in PAGES.items()}
    stale = [name for name, text in made.items() if committed(name) != text]
    if is_check:
        for name in stale:
            print(f"docs/reference/{name} is out of date; run python -m tools.generate_reference")
        return 1 if stale else 0
    for name in stale:
        (REFERENCE / name).write_text(made[name], encoding="utf-8")
        print(f"docs/reference/{name} written")
    return 0


def prepare(folder: Path) -> None:
    """
    Set Django up as a node that nobody has configured, in a folder that is thrown away.
    """
    for name in [name for name in os.environ if name.startswith("TONGBAN_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ["TONGBAN_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongban.config.settings"
    django.setup()


def committed(name: str) -> str:
    """
    Return a page as it lies in the repository; empty where it is missing.
    """
    path = REFERENCE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


# --- settings ---------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """
    Return every setting of `tongban.config.env` with its default and its meaning.
    """
    from tongban.config import env  # noqa: PLC0415 - after the environment has been cleared

    classes = [kind for kind in vars(env).values() if is_settings(kind)]
    intro = "Read from the environment when the node starts; a wrong one stops the start."
    columns = ("Variable", "Type", "Default", "Meaning")
    sections = [f"## {first_line(kind)}\n\n{table(columns, rows_of(kind))}" for kind in classes]
    return "\n\n".join([head("Settings", intro), *sections]) + "\n"


def is_settings(kind: object) -> bool:
    """
    Whether this is one of our classes of settings.
    """
    return isinstance(kind, type) and issubclass(kind, BaseSettings) and kind is not BaseSettings


def rows_of(kind: type[BaseSettings]) -> Sequence[tuple[str, ...]]:
    """
    Return one row for each setting of a class.
    """
    prefix = kind.model_config.get("env_prefix", "")
    rows = []
    for name, field in kind.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name}".upper())
        default = "per installation" if field.default_factory else shown(field.default)
        rows.append((f"`{variable}`", type_name(field.annotation), default, field.description or ""))
    return rows


def shown(value: Any) -> str:
    """
    Return a default as an operator would type it.
    """
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, timedelta):
        value = f"PT{int(value.total_seconds())}S"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Path):
        value = value.relative_to(ROOT) if value.is_relative_to(ROOT) else value
    return "empty" if value in (None, "") else f"`{value}`"


def type_name(kind: Any) -> str:
    """
    Return the name of a type as an operator understands it.
    """
    names = {
        "str": "text",
        "int": "integer",
        "bool": "true or false",
        "timedelta": "duration",
        "SecretStr": "text",
    }
    plain = getattr(kind, "__name__", str(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    if "HttpUrl" in str(kind):
        return "address"
    return names.get(plain, plain.lower())


# --- errors -----------------------------------------------------------------------------------------------------


def errors_page() -> str:
    """
    Return every refusal with its status, its sentence and its clause.
    """
    from tongban.config.error_list import known_errors  # noqa: PLC0415 - loads every app

    intro = (
        "Every refusal has a stable `code`. In the API it is a problem document (RFC 9457) of the status below, "
        "with the sentence in the language of the request; where a law refuses, with the clause (see traceability.md)."
    )
    rows = [
        (
            f'<a id="{error.code}"></a>`{error.code}`',
            str(error.status),
            error.message,
            error.meaning,
            error.clause,
        )
        for error in known_errors()
    ]
    return f"{head('Errors', intro)}\n\n{table(('Code', 'Status', 'Sentence', 'Meaning', 'Clause'), rows)}\n"


# --- events -----------------------------------------------------------------------------------------------------


def events_page() -> str:
    """
    Return every topic with where it is announced and who listens, and the payloads that are declared.
    """
    from tongban.business.casework.events import EventKind, topic_of  # noqa: PLC0415 - needs Django
    from tongban.foundation.events import subscribers_of  # noqa: PLC0415 - as above

    places = topics_in_source()
    for kind in EventKind:
        places[topic_of(kind)].add("tongban.business.casework.events")
    rows = [
        (
            f"`{topic}`",
            ", ".join(sorted(modules)),
            ", ".join(f"`{name}`" for name in sorted(subscribers_of(topic))),
        )
        for topic, modules in sorted(places.items())
    ]
    intro = (
        "Facts are announced in the transaction that makes them true and delivered at least once, in order per key, "
        "to each subscriber (docs/decisions/0005-jobs-and-announcements.md)."
    )
    topics = table(("Topic", "Named in", "Subscribers"), rows)
    return "\n\n".join([head("Events", intro), topics, "## Payloads", *payloads()]) + "\n"


def topics_in_source() -> dict[str, set[str]]:
    """
    Return every topic that code names, with the modules that do.
    """
    places: dict[str, set[str]] = defaultdict(set)
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for name, value in named_texts(ast.parse(path.read_text(encoding="utf-8"))):
            is_named = name == "topic" or path.name == "events.py"
            if is_named and TOPIC_NAMES.fullmatch(name) and TOPIC.fullmatch(value):
                places[value].add(module)
    return places


def named_texts(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """
    Give every text that is assigned to a name or passed under one.
    """
    for node in ast.walk(tree):
        pairs: list[tuple[str, ast.AST]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            pairs = [(node.target.id, node.value)]
        elif isinstance(node, ast.keyword) and node.arg:
            pairs = [(node.arg, node.value)]
        for name, value in pairs:
            texts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
            yield from ((name, text) for text in texts if isinstance(text, str))


def payloads() -> Iterator[str]:
    """
    Give the declared payloads, one section each.
    """
    import msgspec  # noqa: PLC0415 - not needed for the other pages

    for path in sorted(SOURCE.rglob("*/events.py")):
        module = import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))
        for kind in vars(module).values():
            if (
                isinstance(kind, type)
                and issubclass(kind, msgspec.Struct)
                and kind.__module__ == module.__name__
            ):
                rows = [
                    (f"`{field.name}`", getattr(field.type, "__name__", str(field.type)))
                    for field in msgspec.structs.fields(kind)
                ]
                about = " ".join((kind.__doc__ or "").split())
                yield f"### {kind.__name__}\n\n{about}\n\n{table(('Field', 'Type'), rows)}"


# --- traceability -----------------------------------------------------------------------------------------------


def traceability_page() -> str:
    """
    Return which function carries out which clause, which refusal names it, and which tests speak of it.
    """
    from tongban.config.error_list import known_errors  # noqa: PLC0415 - loads every app
    from tongban.foundation.rules import IMPLEMENTED  # noqa: PLC0415 - as above

    errors = known_errors()
    tests = {path: path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("test_*.py"))}
    parts = [
        head(
            "Traceability",
            "From the clause to the code that carries it out, and to the tests that hold it to it.",
        )
    ]
    for clause, source in tomllib.loads(CLAUSES.read_text(encoding="utf-8")).items():
        functions = sorted(set(IMPLEMENTED.get(clause, [])))
        refusals = sorted(error.code for error in errors if error.clause == clause)
        names = {function.rpartition(".")[2] for function in functions}
        proofs = [path for path, text in tests.items() if speaks_of(text, clause, names)]
        lines = [f"## {clause}", f"{source['document']} {source['article']}", source["summary"]]
        lines += bullets("Carried out by", [f"`{function}`" for function in functions])
        lines += bullets("Refuses as", [f"[`{code}`](errors.md#{code})" for code in refusals])
        lines += bullets("Tested by", [f"`{path.relative_to(ROOT)}`" for path in proofs])
        parts.append("\n\n".join(lines))
    return "\n\n".join(parts) + "\n"


def speaks_of(text: str, clause: str, names: set[str]) -> bool:
    """
    Whether a test names the clause or calls a function that carries it out.
    """
    cited = re.search(rf"{re.escape(clause)}(?![0-9])", text) is not None
    return cited or any(re.search(rf"\b{name}\(", text) for name in names)


# --- access -----------------------------------------------------------------------------------------------------


def access_page() -> str:
    """
    Return every action of the policy with its rule, the reasons it gives, and the posts, roles and scopes there are.
    """
    from tongban.business.casework.permissions import COUNTER_ACTIONS, POSTS_FOR  # noqa: PLC0415 - needs Django
    from tongban.foundation.actors import MandateFunction  # noqa: PLC0415 - as above
    from tongban.foundation.policy import Action, Reason, actions  # noqa: PLC0415 - as above
    from tongban.support.identity.values import THREE_ADMINISTRATORS, Post, Role, Scope  # noqa: PLC0415

    load_permissions()

    def rows_of_app(app: str) -> list[tuple[str, ...]]:
        return [action_row(one) for code, one in actions().items() if code.partition(".")[0] == app]

    def action_row(one: Action[Any]) -> tuple[str, ...]:
        refusal = "hidden: as if it were not there" if one.hides else "refused, with the reason"
        refusal = f"`{one.error.code}`" if one.error else refusal
        node = "no" if one.for_people_only else "yes"
        return (f"`{one.code}`", str(one.title), " ".join((one.rule.__doc__ or "").split()), refusal, node)

    columns = ("Action", "Name", "Rule", "Others are", "The node itself")
    apps = sorted({code.partition(".")[0] for code in actions()})
    intro = (
        "Who may do what: every action of `foundation.policy`, as its rule says it. Lists and single objects are kept "
        "by the same rule; see [Access](../explanation/access.md)."
    )
    three = ", ".join(f"`{role.value}`" for role in THREE_ADMINISTRATORS)
    posts = [
        (
            f"`{post.value}`",
            str(post.label),
            ", ".join(
                f"{act.label}{' (whole area)' if post is Post.COUNTER and act in COUNTER_ACTIONS else ''}"
                for act, holders in POSTS_FOR.items()
                if post in holders
            ),
        )
        for post in Post
    ]
    sections = [f"## {app}\n\n{table(columns, rows_of_app(app))}" for app in apps]
    words = [
        f"## Posts\n\n{table(('Post', 'Name', 'Acts on cases of the agency'), posts)}",
        f"## Roles\n\nNo two of {three} are one person.\n\n{words_table('Role', Role)}",
        f"## Scopes of systems\n\n{words_table('Scope', Scope)}",
        "## Functions of a mandate\n\n"
        + table(("Function", "Name"), [(f"`{one.value}`", mandate_word(one)) for one in MandateFunction]),
        f"## Reasons\n\n{words_table('Reason', Reason)}",
    ]
    return "\n\n".join([head("Access", intro), *sections, *words]) + "\n"


def personal_data_page() -> str:
    """
    Return what the apps hold of people: what for, on which ground, how long, and what closing an account leaves.
    """
    from tongban.foundation.holdings import exempted, holdings  # noqa: PLC0415 - needs Django

    rows = [
        (
            f"`{holding.code}`",
            str(holding.title),
            str(holding.purpose),
            holding.ground,
            str(holding.term),
            f"kept: {holding.keeps_why} ({holding.keeps_clause})" if holding.is_kept else "deleted",
            ", ".join(f"`{label}`" for label in holding.models),
        )
        for holding in holdings()
    ]
    columns = ("Holding", "Name", "What for", "Ground", "How long", "When the account is closed", "Models")
    intro = (
        "What is held of people, as the apps declare it (`foundation.holdings`). A model with a sealed column, a blind "
        "index or the key of a person or an account that is named nowhere here fails a test. Clauses: "
        "[clauses.toml](../sources/clauses.toml); see [Personal data](../explanation/personal-data.md)."
    )
    others = [(f"`{label}`", why) for label, why in exempted().items()]
    return (
        "\n\n".join(
            [
                head("Personal data", intro),
                table(columns, rows),
                "## In no holding, and why",
                table(("Model", "Why"), others),
            ]
        )
        + "\n"
    )


def load_permissions() -> None:
    """
    Let every app declare its actions.
    """
    for path in sorted(SOURCE.rglob("permissions.py")):
        import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))
    import_module("tongban.foundation.calendar")


def mandate_word(function: Any) -> str:
    """
    Return what a function of a mandate is called.
    """
    names = {"APPLY": "申办", "QUERY": "查询", "PAY": "支付", "SEAL": "签章"}
    return names[function.value]


# --- pages ------------------------------------------------------------------------------------------------------


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "access.md": access_page,
    "errors.md": errors_page,
    "events.md": events_page,
    "traceability.md": traceability_page,
    "personal-data.md": personal_data_page,
    "messages.md": messages_page,
    "datasets.md": datasets_page,
}

if __name__ == "__main__":
    sys.exit(main())

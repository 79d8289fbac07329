"""
CEL that people write: short, of few functions, one macro at most inside another expression, never two.

The language has no loops but its macros, and each runs over a list that is bounded (`values.MOST_ROWS`), so that every
expression ends soon. Source: Common Expression Language, https://github.com/google/cel-spec.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import cel

LONGEST: Final = 2000
DEEPEST: Final = 20
"""Brackets within brackets."""
MACROS: Final = frozenset({"map", "filter", "all", "exists", "exists_one"})
FUNCTIONS: Final = frozenset(
    {
        *("size", "contains", "startsWith", "endsWith", "matches", "has", "in", "@in"),
        *("int", "uint", "double", "string", "bytes", "bool", "timestamp", "duration", "max", "min"),
        *("getFullYear", "getMonth", "getDate", "getDayOfMonth"),
        *MACROS,
    }
)
_STRING: Final = re.compile(r"""r?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", re.DOTALL)
_CALL: Final = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)\s*\($")
_STEP: Final = re.compile(r"\bsteps\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)")
_BOUND: Final = re.compile(r"\.\s*(?:map|filter|all|exists|exists_one)\s*\(\s*([A-Za-z_][A-Za-z0-9_]*)\s*,")


class Flaw(Exception):
    """
    What somebody wrote cannot be used; `code` says why, and `services.flaws` puts it into words.
    """

    def __init__(self, code: str, **facts: object) -> None:
        """
        Remember what is wrong.
        """
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


class NotAnExpression(Flaw):
    """
    The text is no expression of those that are permitted.
    """


class DoesNotHold(Exception):
    """
    An expression could not be computed for what it was given.
    """


def check(text: str, *, names: Collection[str]) -> None:
    """
    Refuse what is too long, too deep, malformed, or speaks of something else than `names`.

    :raises NotAnExpression: says why
    """
    if not text.strip():
        raise NotAnExpression("empty")
    if len(text) > LONGEST:
        raise NotAnExpression("too_long", limit=LONGEST)
    bare = _STRING.sub("''", text)
    if "//" in bare:
        raise NotAnExpression("comment")
    _check_depth(bare)
    program = _compiled(text)
    bound = set(_BOUND.findall(bare))
    if unknown := sorted(set(program.references()["variables"]) - set(names) - bound):
        raise NotAnExpression("unknown_name", unknown="、".join(unknown), known="、".join(sorted(names)))
    words = {name for name in program.references()["functions"] if name[0].isalpha()}
    if unknown := sorted(words - FUNCTIONS):
        raise NotAnExpression("unknown_function", unknown="、".join(unknown))


def steps_named_in(text: str) -> set[str]:
    """
    Return the ids of the steps whose answers an expression uses.
    """
    return set(_STEP.findall(_STRING.sub("''", text)))


def compute(text: str, facts: Mapping[str, Any]) -> Any:
    """
    Return the value of an expression that was checked when it was saved.

    :raises DoesNotHold: a field that is not there, types that do not go together
    """
    try:
        return _compiled(text).execute(dict(facts))
    except NotAnExpression as error:
        raise DoesNotHold(str(error)) from error
    except Exception as error:
        raise DoesNotHold(str(error)[:200]) from error


def _check_depth(bare: str) -> None:
    macro_depths: list[int] = []
    depth = 0
    for place, sign in enumerate(bare):
        if sign in "([{":
            depth += 1
            if depth > DEEPEST:
                raise NotAnExpression("too_deep", limit=DEEPEST)
            called = _CALL.search(bare[: place + 1])
            if called and called.group(1) in MACROS:
                if macro_depths:
                    raise NotAnExpression("nested_macro")
                macro_depths.append(depth)
        elif sign in ")]}":
            if macro_depths and macro_depths[-1] == depth:
                macro_depths.pop()
            depth -= 1


@lru_cache(maxsize=512)
def _compiled(text: str) -> "cel.Program":
    import cel  # noqa: PLC0415 -- brings a command line and its colours along; most processes never compute

    try:
        return cel.compile(text)
    except ValueError as error:
        line = str(error).splitlines()[0]
        raise NotAnExpression("malformed", reason=line[-300:]) from error

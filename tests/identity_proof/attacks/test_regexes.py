"""
No pattern of the code base can be made to think for long.
"""

import importlib
import pkgutil
import re
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import tongban
from tests.identity_proof.attacks.area import count

Pattern = tuple[str, int]
"""As it is written, and its flags."""

SHORT = 20
MOST_SECONDS_FOR_SHORT = 0.02
LONG = 3_000
MOST_SECONDS = 8.0
"""For all texts together, on a machine that does other things too; a pattern that is linear takes 0.1."""
SEEDS = (
    "a",
    "0",
    " ",
    "-",
    ".",
    "/",
    "_",
    "@",
    "A",
    "张",
    "\t",
    "\n",
    "=",
    ":",
    ",",
    "'",
    '"',
    "<",
    "(",
    "a1",
    "a.",
    "a-",
    "0-",
    "a ",
    "  ",
    "aA0",
    "0.",
    "http://",
    "张 ",
    "://",
    "{%",
    "<a ",
    "&a",
    "+0",
    "%20",
    "..",
    "//",
    "a@",
)
BOUNDED = {
    "tongban.support.search.services.log._LONG_NUMBER[0]": "reads MAX_QUERY_CHARACTERS at most; quadratic in those",
}
"""Pattern -> why it never sees a long text."""
ENDS = ("!", "", "\n", "\0", "张", "a!")


def patterns() -> dict[str, re.Pattern[Any]]:
    """
    Return every compiled pattern that a module of ours holds by name, in a list or in a table.
    """
    found: dict[str, re.Pattern[Any]] = {}
    for module_info in pkgutil.walk_packages(tongban.__path__, "tongban."):
        if ".migrations" in module_info.name or module_info.name.endswith((".wsgi", ".clean_ofd")):
            continue
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            held = [value] if isinstance(value, re.Pattern) else []
            if isinstance(value, list | tuple | set | frozenset):
                held = [item for item in value if isinstance(item, re.Pattern)]
            elif isinstance(value, dict):
                held = [item for item in value.values() if isinstance(item, re.Pattern)]
            for number, pattern in enumerate(held):
                found[f"{module_info.name}.{name}[{number}]"] = pattern
    return found


def think(patterns: list[Pattern], line: Connection) -> None:
    """
    Try every pattern on long texts, and say so after each.
    """
    for pattern, flags in patterns:
        compiled = re.compile(pattern, flags)
        for seed in SEEDS:
            for end in ENDS:
                text = (seed * LONG)[:LONG] + end
                compiled.search(text)
                compiled.fullmatch(text)
        line.send(None)


class TestPatterns:
    def test_answer_long_and_crooked_texts_at_once(self) -> None:
        held: dict[Pattern, str] = {
            (one.pattern, one.flags): name for name, one in patterns().items() if isinstance(one.pattern, str)
        }

        slow = slow_among([pattern for pattern, name in held.items() if name not in BOUNDED])

        count("pattern", len(held) * len(SEEDS) * len(ENDS))
        assert len(held) > 20
        assert [(held[pattern], pattern) for pattern in slow] == []

    def test_would_be_found_if_one_did_not(self) -> None:
        patterns = [(r"[a-z]+b", 0), (r"(a+)+b", 0), (r"\d+", 0), (r"(\w*)*@", 0)]

        assert slow_among(patterns) == [patterns[1], patterns[3]]

    def test_would_be_found_if_only_a_long_text_takes_long(self) -> None:
        patterns = [(r"\d+", 0), (r"a*a*a*b", 0), (r"[a-z]b", 0)]

        assert slow_among(patterns) == [patterns[1]]


def slow_among(patterns: list[Pattern]) -> list[Pattern]:
    """
    Return the patterns that can be made to think for long.
    """
    slow = [pattern for pattern in patterns if is_slow_on_short_texts(*pattern)]
    left = [pattern for pattern in patterns if pattern not in slow]
    while left:
        done = thought_through(left)
        slow += left[done : done + 1]
        left = left[done + 1 :]
    return slow


def is_slow_on_short_texts(pattern: str, flags: int) -> bool:
    """
    Whether a text of a few characters takes long: a long one would take for ever.
    """
    compiled = re.compile(pattern, flags)
    for seed in SEEDS:
        for end in ENDS:
            started = time.process_time()
            compiled.search((seed * SHORT)[:SHORT] + end)
            if time.process_time() - started > MOST_SECONDS_FOR_SHORT:
                return True
    return False


def thought_through(patterns: list[Pattern]) -> int:
    """
    Return how many patterns got through long texts before one that did not.

    In a process that can be ended: a pattern that thinks for ever holds Python's lock.
    """
    ours, theirs = get_context("fork").Pipe()
    process = get_context("fork").Process(target=think, args=(patterns, theirs), daemon=True)
    process.start()
    done = 0
    while done < len(patterns) and ours.poll(MOST_SECONDS):
        ours.recv()
        done += 1
    process.kill()
    process.join()
    return done

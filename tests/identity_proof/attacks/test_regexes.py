"""
No pattern of the code base can be made to think for long.
"""

import importlib
import pkgutil
import re
import time
from multiprocessing import get_context
from typing import Any

import tongban
from tests.identity_proof.attacks.area import count

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


def think(pattern: str, flags: int) -> None:
    compiled = re.compile(pattern, flags)
    for seed in SEEDS:
        for end in ENDS:
            text = (seed * LONG)[:LONG] + end
            compiled.search(text)
            compiled.fullmatch(text)


class TestPatterns:
    def test_answer_long_and_crooked_texts_at_once(self) -> None:
        slow = {}
        held = {
            (one.pattern, one.flags): name for name, one in patterns().items() if isinstance(one.pattern, str)
        }

        for (pattern, flags), name in held.items():
            if name not in BOUNDED and takes_too_long(pattern, flags):
                slow[name] = pattern

        count("pattern", len(held) * len(SEEDS) * len(ENDS))
        assert len(held) > 20
        assert slow == {}

    def test_would_be_found_if_one_did_not(self) -> None:
        assert takes_too_long(r"(a+)+b", 0)
        assert not takes_too_long(r"[a-z]+b", 0)


def takes_too_long(pattern: str, flags: int) -> bool:
    """
    Try in a process that can be ended: a pattern that thinks for ever holds Python's lock.
    """
    compiled = re.compile(pattern, flags)
    for seed in SEEDS:
        for end in ENDS:
            started = time.process_time()
            compiled.search((seed * SHORT)[:SHORT] + end)
            if time.process_time() - started > MOST_SECONDS_FOR_SHORT:
                return True
    process = get_context("fork").Process(target=think, args=(pattern, flags), daemon=True)
    process.start()
    process.join(timeout=MOST_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        return True
    return False

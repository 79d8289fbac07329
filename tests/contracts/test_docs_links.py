"""
What the documentation points to exists: files, headings, make targets, commands of `tongban`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.config.cli import APP_COMMANDS, app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:`|^ {4}|^)make ([a-z][a-z-]*)", re.MULTILINE)
COMMAND = re.compile(r"(?:\.venv/bin/|`|^ {4})tongban ([a-z][a-z-]+)", re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)">')
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
class TestPage:
    def test_links_to_files_and_headings_that_exist(self, page: Path) -> None:
        broken = [target for target in _relative_links(page) if not _exists(page, target)]

        assert broken == []

    def test_names_make_targets_that_exist(self, page: Path) -> None:
        named = set(MAKE.findall(page.read_text(encoding="utf-8")))

        assert named <= _make_targets()

    def test_names_commands_that_exist(self, page: Path) -> None:
        named = set(COMMAND.findall(page.read_text(encoding="utf-8")))

        assert named <= _commands()


class TestReadme:
    def test_says_the_same_in_both_languages(self) -> None:
        english, chinese = (
            ROOT.joinpath(name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
        )

        assert _shape(english) == _shape(chinese)


class TestIndex:
    def test_leads_to_every_page(self) -> None:
        index = ROOT / "docs/index.md"
        reached = {(index.parent / target).resolve() for target in _relative_links(index)}

        missing = {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - reached - {index}

        assert missing == set()


def _relative_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if not target.startswith(("https://", "http://", "mailto:")):
            yield target


def _exists(page: Path, target: str) -> bool:
    path, _, fragment = target.partition("#")
    file = (page.parent / path) if path else page
    if not file.exists():
        return False
    return not fragment or fragment in _fragments(file.read_text(encoding="utf-8"))


def _fragments(text: str) -> set[str]:
    """
    Return the names under which headings can be reached, by GitHub's rule, and explicit anchors.
    """
    headings = HEADING.findall(FENCE.sub("", text))
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(ANCHOR.findall(text))


def _make_targets() -> set[str]:
    makefile = ROOT.joinpath("Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))


def _commands() -> set[str]:
    own = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    return own | set(APP_COMMANDS)


def _shape(text: str) -> tuple[list[int], list[str], list[str], list[str]]:
    """
    Return what two translations of a page share: levels of headings, pictures and links, code, rows of tables.
    """
    levels = [len(hashes) for hashes in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]
    links = [target for target in LINK.findall(text) if not target.startswith("README")]
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    commands = [line.partition("#")[0].strip() for line in re.findall(r"^make .*$", text, re.MULTILINE)]
    return levels, links, rows, commands

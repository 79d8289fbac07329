"""
Make docs/reference/glossary.md from docs/glossary.toml: `python -m tools.glossary`.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs/glossary.toml"
PAGE = ROOT / "docs/reference/glossary.md"
HEAD = """# Glossary

<!-- Made from docs/glossary.toml by tools/glossary.py; change that, not this page. -->

One concept, one word: in Chinese on the page, in English in the documentation, and as an identifier in the code.

| 中文 | English | In the code | Meaning | Clause |
| --- | --- | --- | --- | --- |
"""


def terms() -> list[dict[str, str]]:
    """
    Return the terms in the order in which a case meets them.
    """
    found: list[dict[str, str]] = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["term"]
    return found


def page() -> str:
    """
    Return the page.
    """
    rows = [
        f"| {term['zh']} | {term['en']} | `{term['identifier']}` | {term['meaning']} | {_clause(term)} |"
        for term in terms()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _clause(term: dict[str, str]) -> str:
    clause = term.get("clause", "")
    return f"[{clause}](traceability.md#{clause})" if clause else ""


def main() -> int:
    """
    Write the page.
    """
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

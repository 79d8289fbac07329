"""
The English of Tongban: collects the Chinese that people read, merges it into the catalogue, says what is missing.

    python -m tools.translations extract    collect, and merge into the catalogue
    python -m tools.translations check      1 when a text is missing, unsure, left over or wrongly filled in

Chinese is the source text (msgid). What is collected from where stands in babel.cfg.
"""

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src"
MAPPING = ROOT / "babel.cfg"
CATALOGUE = SOURCES / "tongban" / "config" / "locale" / "en" / "LC_MESSAGES" / "django.po"
WIDTH = 110

#: How a text is marked; which arguments are its singular, its plural and (c) its context.
KEYWORDS: Mapping[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    # Marks only: Chinese has one form, so it is written once.
    "counted_noop": (1, 1),
    "counted_word_noop": ((1, "c"), 2, 2),
}
HEADER = """\
English of Tongban. The msgid is the Chinese that people read; legal terms follow docs/glossary.toml.
Collected and merged by `python -m tools.translations extract`."""

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
HAN = re.compile(r"[㐀-鿿]")
#: Header lines that change whenever the file is written, or that nobody fills in.
RESTLESS = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By):'
)


def collected(sources: Path = SOURCES) -> Catalog:
    """
    Return every text that is marked for translation below `sources`, with the files it stands in.

    :raises jinja2.TemplateSyntaxError: where a template cannot be read
    """
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(locale="en", charset="utf-8")
    found = extract_from_dir(
        sources, method_map=methods, options_map=options, keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for name, line, message, comments, context in found:
        catalog.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return catalog


def read(path: Path = CATALOGUE) -> Catalog:
    """
    Return the catalogue as it is kept; an empty one where there is none yet.
    """
    if not path.is_file():
        return Catalog(locale="en", project="Tongban", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def merged(kept: Catalog, found: Catalog) -> Catalog:
    """
    Return `kept` with what was found: new texts empty, those left over gone.
    """
    kept.update(found, no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.header_comment = "\n".join(f"# {line}" for line in HEADER.splitlines())
    kept.fuzzy = False
    kept.project, kept.version = "Tongban", "1"
    return kept


def written(catalog: Catalog) -> bytes:
    """
    Return the file of a catalogue; the same texts always give the same bytes.
    """
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    lines = buffer.getvalue().decode("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not RESTLESS.match(line)).encode("utf-8")


def complaints(kept: Catalog, found: Catalog) -> Iterator[str]:
    """
    Yield a sentence for everything that keeps the English from being complete and right.
    """
    for message in found:
        if message.id and kept.get(_first(message.id), message.context) is None:
            yield f"missing: {_shown(message)}"
    for message in kept:
        if not message.id:
            continue
        if found.get(_first(message.id), message.context) is None:
            yield f"left over: {_shown(message)}"
        else:
            yield from _complaints_about(message)


def _complaints_about(message: Message) -> Iterator[str]:
    texts = [text or "" for text in _strings(message)]
    if message.fuzzy:
        yield f"unsure (fuzzy): {_shown(message)}"
    if not all(texts) or (message.pluralizable and len(texts) != 2):  # noqa: PLR2004 -- English: one, many
        yield f"not translated: {_shown(message)}"
        return
    wanted = Counter(PLACEHOLDER.findall(_first(message.id)))
    for number, text in enumerate(texts):
        has = Counter(PLACEHOLDER.findall(text))
        # "1 day" may stand without its number; nothing else may differ.
        is_right = has <= wanted if message.pluralizable and number == 0 else has == wanted
        if not is_right:
            yield f"placeholders differ: {_shown(message)}"
    if any(HAN.search(text) for text in texts) and "zh" not in message.flags:
        yield f"Chinese in the English (flag it zh where it must stand there): {_shown(message)}"


def _first(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _shown(message: Message) -> str:
    files = ", ".join(sorted({name for name, _ in message.locations}))
    return f"{_first(message.id)!r}" + (f" ({files})" if files else "")


def extract() -> int:
    """
    Collect, merge and write; return 0.
    """
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    kept = merged(read(), collected())
    CATALOGUE.write_bytes(written(kept))
    open_texts = sum(1 for message in kept if message.id and (message.fuzzy or not _is_said(message)))
    print(f"{len(kept)} texts in {CATALOGUE.relative_to(ROOT)}; {open_texts} wait for their English")
    return 0


def _is_said(message: Message) -> bool:
    return all(_strings(message))


def _strings(message: Message) -> Sequence[str | None]:
    return message.string if isinstance(message.string, tuple | list) else (message.string,)


def check() -> int:
    """
    Print what is wrong with the English; return 1 when there is anything.
    """
    found = list(complaints(read(), collected()))
    for sentence in found:
        sys.stderr.write(f"{sentence}\n")
    if found:
        sys.stderr.write("run `.venv/bin/python -m tools.translations extract`, then fill in the catalogue\n")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    """
    Run the command named in `arguments`.
    """
    commands = {"extract": extract, "check": check}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m tools.translations extract|check\n")
        return 2
    return commands[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""
Filling the index. What is indexed is derived from its owner's rows, so nothing here asks for an actor or is audited.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tongban.support.search.rules import text
from tongban.support.search.services import statements
from tongban.support.search.values import IndexReceipt, SearchDocument, SearchKind

BATCH = 20_000
"""Documents in one transaction: some ten megabytes of memory, however long the iterable is."""
DIGEST_BYTES = 16

NameKey = tuple[bytes, str, str]
"""Digest, normalized name, normalized other names."""
NameRow = tuple[bytes, str, str, str, str, str]
KnownNames = dict[tuple[str, tuple[str, ...]], NameKey]


def index_documents(documents: Iterable[SearchDocument]) -> IndexReceipt:
    """
    Put documents into the index, new ones and changed ones; unchanged ones cost a look.

    Runs in batches, each all or nothing; inside a transaction of the caller all of them are. A round that is broken
    off is simply run again. Of two documents with one key in one batch the last wins.

    :param documents: read once, as a stream; half a million take one to two minutes on two cores
    """
    received = written = 0
    stream = iter(documents)
    known_names: KnownNames = {}
    while batch := list(islice(stream, BATCH)):
        received += len(batch)
        latest = {(document.kind, document.ref_code): document for document in batch}
        written += _index_batch(list(latest.values()), known_names)
    if written >= BATCH:
        with connection.cursor() as cursor:
            cursor.execute(statements.TIDY)
    return IndexReceipt(received=received, written=written)


def remove(ref_codes: Collection[str], *, kind: SearchKind = SearchKind.ITEM) -> IndexReceipt:
    """
    Take documents out of the index; codes that are not in it are passed over.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements.LOCK)
        cursor.execute(statements.REMOVE, [kind.value, list(ref_codes)])
        names = [row[0] for row in cursor.fetchall()]
        _settle_names(cursor, names)
    return IndexReceipt(received=len(ref_codes), written=0, removed=len(names))


def _index_batch(batch: Sequence[SearchDocument], known_names: KnownNames) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements.LOCK)
        changed = _changed(cursor, batch)
        if not changed:
            return 0
        names = {document.ref_code: _name_key(document, known_names) for document, _ in changed}
        _stage(cursor, changed, names)
        _add_names(cursor, {key[0]: key for key in names.values()})
        cursor.execute(statements.NAMES_LEFT_BEHIND)
        left_behind = [row[0] for row in cursor.fetchall()]
        cursor.execute(statements.UPSERT_ITEMS)
        cursor.execute(statements.REPLACE_CODES)
        cursor.execute(statements.REPLACE_BODIES)
        cursor.execute(statements.STAGED_NAMES)
        _settle_names(cursor, [*left_behind, *(row[0] for row in cursor.fetchall())])
    return len(changed)


def _changed(cursor: CursorWrapper, batch: Sequence[SearchDocument]) -> list[tuple[SearchDocument, bytes]]:
    cursor.execute(
        statements.KNOWN_DIGESTS,
        [[document.kind.value for document in batch], [document.ref_code for document in batch]],
    )
    known = {(kind, code): bytes(digest) for kind, code, digest in cursor.fetchall()}
    digested = ((document, _digest(repr(document))) for document in batch)
    return [
        (document, digest)
        for document, digest in digested
        if known.get((document.kind.value, document.ref_code)) != digest
    ]


def _digest(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()[:DIGEST_BYTES]


def _name_key(document: SearchDocument, known: KnownNames) -> NameKey:
    """
    Return digest, normalized name and normalized other names; offerings that agree in them share a name.
    """
    key = (document.name, (*document.related, document.name_en))
    if key not in known:
        folded = text.normalize(document.name)
        related = " ".join(dict.fromkeys(map(text.normalize, key[1])))
        known[key] = (_digest(f"{folded}\0{related}"), folded, related.strip())
    return known[key]


def _add_names(cursor: CursorWrapper, names: dict[bytes, NameKey]) -> None:
    cursor.execute(statements.KNOWN_NAMES, [list(names)])
    known = {bytes(row[0]) for row in cursor.fetchall()}
    missing = [names[digest] for digest in names if digest not in known]
    if not missing:
        return
    cursor.execute(statements.NEW_NAMES_TABLE)
    with cursor.copy(statements.COPY_NEW_NAMES) as copy:
        for row in _name_rows(missing):
            copy.write_row(row)
    cursor.execute(statements.ADD_NAMES)
    cursor.execute(statements.COUNT_NEW_WORDS)
    if cursor.rowcount:
        cursor.execute(statements.NEXT_GENERATION)


def _name_rows(names: Iterable[NameKey]) -> Iterator[NameRow]:
    for digest, folded, related in names:
        spoken, short = text.sounds(text.squeezed(folded))
        yield digest, folded, related, spoken, short, _tsvector(text.name_lexemes(f"{folded} {related}"))


def _tsvector(words: Iterable[str]) -> str:
    # Lexemes hold letters, digits and Chinese characters only, so quoting is all the escaping there is.
    return " ".join(f"'{word}'" for word in words)


def _stage(
    cursor: CursorWrapper,
    changed: Iterable[tuple[SearchDocument, bytes]],
    names: dict[str, NameKey],
) -> None:
    cursor.execute(statements.STAGE_TABLE)
    with cursor.copy(statements.COPY_STAGE) as copy:
        for document, digest in changed:
            copy.write_row(_staged_row(document, digest, names[document.ref_code][0]))


def _staged_row(document: SearchDocument, digest: bytes, name_digest: bytes) -> tuple[object, ...]:
    codes = sorted({code.upper() for code in (document.ref_code, *document.codes) if code})
    body = _tsvector(text.body_lexemes(text.normalize(document.body))) if document.body else ""
    return (
        document.kind.value,
        document.ref_code,
        name_digest,
        digest,
        document.name,
        document.name_en,
        document.agency_name,
        document.agency_code,
        document.division_code,
        list(document.audiences),
        list(document.themes),
        document.online_depth,
        document.popularity,
        document.is_active,
        codes,
        body,
    )


def _settle_names(cursor: CursorWrapper, names: Collection[int]) -> None:
    """
    Count the offerings of these names again, and let go of names that nothing bears any more.
    """
    ids = sorted(set(names))
    if not ids:
        return
    cursor.execute(statements.RECOUNT_NAMES, [ids])
    cursor.execute(statements.UNCOUNT_WORDS_OF_ORPHANS, [ids])
    cursor.execute(statements.DROP_ORPHANS, [ids])

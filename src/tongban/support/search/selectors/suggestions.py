"""
Whole queries, offered while somebody types.
"""

from django.db import connection

from tongban.foundation.actors import Actor
from tongban.support.search.rules import text
from tongban.support.search.selectors import knowledge as known
from tongban.support.search.values import MAX_QUERY_CHARACTERS, LexiconKind, Suggestion

MAX_SUGGESTIONS = 10
MIN_LETTERS = 2

# Three short index scans, each over texts between what was typed and what was typed with the last character there is.
NAMES = """
SELECT (SELECT i.name FROM search_searchitem i WHERE i.search_name_id = found.id ORDER BY i.id LIMIT 1)
FROM (
    (SELECT id, prior FROM search_searchname
     WHERE left(folded, 60) >= %(text)s AND left(folded, 60) < %(text_end)s AND is_offered
     ORDER BY prior DESC LIMIT %(limit)s)
    UNION
    (SELECT id, prior FROM search_searchname
     WHERE %(letters)s <> '' AND left(pinyin, 60) >= %(letters)s AND left(pinyin, 60) < %(letters_end)s
       AND is_offered ORDER BY prior DESC LIMIT %(limit)s)
    UNION
    (SELECT id, prior FROM search_searchname
     WHERE %(letters)s <> '' AND left(initials, 60) >= %(letters)s AND left(initials, 60) < %(letters_end)s
       AND is_offered ORDER BY prior DESC LIMIT %(limit)s)
) found
ORDER BY prior DESC, id LIMIT %(limit)s
"""
LAST = "\U0010ffff"


def suggest(prefix: str, *, actor: Actor, limit: int = MAX_SUGGESTIONS) -> list[Suggestion]:
    """
    Return names and everyday phrases that begin with what was typed, in characters, pinyin or initials.

    One statement. Phrases come first: they are shorter, and a phrase is how most people ask.

    :param limit: at most this many, and never more than 10
    """
    del actor
    typed = text.normalize(prefix, limit=MAX_QUERY_CHARACTERS)
    limit = max(1, min(limit, MAX_SUGGESTIONS))
    letters = text.squeezed(typed) if typed.isascii() else ""
    letters = letters if len(letters) >= MIN_LETTERS else ""
    if not text.squeezed(typed):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            NAMES,
            {
                "text": typed,
                "text_end": typed + LAST,
                "letters": letters,
                "letters_end": letters + LAST,
                "limit": limit,
            },
        )
        names = [row[0] for row in cursor.fetchall()]
    phrases = _phrases(typed, letters, limit // 2 if names else limit)
    shown = [name for name in dict.fromkeys(names) if name not in phrases]
    suggestions = [Suggestion(text=phrase, is_name=False) for phrase in phrases]
    suggestions += [Suggestion(text=name, is_name=True) for name in shown]
    return suggestions[:limit]


def _phrases(typed: str, letters: str, limit: int) -> list[str]:
    knowledge = known.current()
    found = [
        row.phrase
        for row in knowledge.rows
        if row.kind is LexiconKind.TERM and " " not in row.phrase and _begins(row.phrase, typed, letters)
        if knowledge.can_answer(row)
    ]
    return sorted(found, key=lambda phrase: (len(phrase), phrase))[:limit]


def _begins(phrase: str, typed: str, letters: str) -> bool:
    if phrase.startswith(typed):
        return True
    return bool(letters) and known.letters_of(phrase).begin(letters)

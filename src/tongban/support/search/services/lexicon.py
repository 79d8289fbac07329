"""
Keeping the lexicon.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.support.search import permissions
from tongban.support.search.models import LexiconEntry
from tongban.support.search.rules import text
from tongban.support.search.rules.lexicon import LexiconUnreadable, parse_target
from tongban.support.search.selectors.knowledge import seed_rows
from tongban.support.search.services import statements
from tongban.support.search.values import LexiconKind, LexiconReceipt, LexiconRow, LexiconSource

MAX_PHRASE = 60
MAX_TARGETS = 20
MAX_INTENT = 40


class LexiconEntryNotFound(NotFound):
    """
    The lexicon has no such phrase.
    """

    code = "lexicon_entry_not_found"
    message = _("没有这个词条")


@business_transaction
def seed_lexicon(*, actor: Actor, at: datetime) -> int:
    """
    Bring the phrases that come with the program into the table; what staff wrote or switched off stays as it is.

    :returns: how many phrases were new or changed
    :raises LexiconEditorOnly: the actor may not change the lexicon
    """
    permissions.change_lexicon.require(actor)
    rows = {(row.kind, row.phrase): row for row in seed_rows()}
    known = {(entry.kind, entry.phrase): entry for entry in LexiconEntry.objects.select_for_update()}
    fresh = [_entry(row) for key, row in rows.items() if key not in known]
    changed = [
        entry
        for key, entry in known.items()
        if entry.source == LexiconSource.SEED and key in rows and _refresh(entry, rows[key])
    ]
    LexiconEntry.objects.bulk_create(fresh, batch_size=1000)
    LexiconEntry.objects.bulk_update(changed, ["targets", "intent"], batch_size=500)
    if fresh or changed:
        _tell_processes()
        audit.record(action="search.lexicon.seed", actor=actor, subject="lexicon", at=at, phrases=len(rows))
    return len(fresh) + len(changed)


@business_transaction
def save_phrase(
    *, kind: LexiconKind, phrase: str, targets: Iterable[str], intent: str = "", actor: Actor, at: datetime
) -> LexiconReceipt:
    """
    Add a phrase, or give one other targets. It counts from the next search on.

    :param phrase: everyday words; parts divided by blanks match in any order
    :param targets: official words divided by blanks, all of them in a name; "*0.7" behind gives a weight
    :raises LexiconEditorOnly: the actor may not change the lexicon
    :raises InvalidInput: no phrase, too long a one, or targets that cannot be read
    """
    permissions.change_lexicon.require(actor)
    normal = text.normalize(phrase)
    wanted = list(targets)
    _check(kind, normal, wanted, intent)
    LexiconEntry.objects.update_or_create(
        kind=kind,
        phrase=normal,
        defaults={
            "targets": _stored(
                LexiconRow(kind=kind, phrase=normal, targets=tuple(map(parse_target, wanted)))
            ),
            "intent": intent,
            "source": LexiconSource.STAFF,
            "is_enabled": True,
        },
    )
    _tell_processes()
    audit.record(
        action="search.lexicon.save", actor=actor, subject=normal, at=at, kind=kind.value, targets=wanted
    )
    return LexiconReceipt(phrase=normal, is_enabled=True)


@business_transaction
def disable_phrase(*, kind: LexiconKind, phrase: str, actor: Actor, at: datetime) -> LexiconReceipt:
    """
    Switch a phrase off; seeding will not switch it on again.

    :raises LexiconEditorOnly: the actor may not change the lexicon
    :raises LexiconEntryNotFound: the lexicon has no such phrase
    """
    permissions.change_lexicon.require(actor)
    normal = text.normalize(phrase)
    changed = LexiconEntry.objects.filter(kind=kind, phrase=normal).update(is_enabled=False)
    if not changed:
        raise LexiconEntryNotFound(phrase=normal)
    _tell_processes()
    audit.record(action="search.lexicon.disable", actor=actor, subject=normal, at=at, kind=kind.value)
    return LexiconReceipt(phrase=normal, is_enabled=False)


def _check(kind: LexiconKind, phrase: str, targets: list[str], intent: str) -> None:
    problems = {}
    if not text.squeezed(phrase) or len(phrase) > MAX_PHRASE:
        problems["phrase"] = _("请填写说法，不超过 60 个字")
    if len(targets) > MAX_TARGETS or (not targets and kind is not LexiconKind.FILLER):
        problems["targets"] = _("请填写 1 至 20 个规范用语")
    if len(intent) > MAX_INTENT:
        problems["intent"] = _("办事意图不超过 40 个字")
    try:
        for target in targets:
            parse_target(target)
    except LexiconUnreadable:
        problems["targets"] = _("规范用语的权重应大于 0、不超过 1")
    if problems:
        raise InvalidInput(fields=problems)


def _entry(row: LexiconRow) -> LexiconEntry:
    return LexiconEntry(
        kind=row.kind, phrase=row.phrase, targets=_stored(row), intent=row.intent, source=LexiconSource.SEED
    )


def _refresh(entry: LexiconEntry, row: LexiconRow) -> bool:
    if entry.targets == _stored(row) and entry.intent == row.intent:
        return False
    entry.targets, entry.intent = _stored(row), row.intent
    return True


def _stored(row: LexiconRow) -> list[dict[str, object]]:
    return [{"words": list(target.words), "weight": target.weight} for target in row.targets]


def _tell_processes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements.NEXT_GENERATION)

"""
Slips of the pen, words typed by sound, and pinyin.

Chinese is written by sound on a telephone: the common slip is another character of one sound, 身分正 for 身份证.
Speakers of the south-west type z for zh, n for l and in for ing; sounds are compared with these folded together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tongban.support.search.rules import text

MIN_WORD = 2
MAX_WORD = 8
MIN_EDITED = 4
"""Shorter words differ from too many others in one character: 外星人 and 外国人."""
MIN_INITIALS = 3
MAX_CANDIDATES = 3

COST_KEPT = 1.0
COST_IDLE = 0.2
COST_KNOWN = 0.1
COST_SOUND = 0.5
COST_CHANGED = 0.1
COST_EDIT = 0.9

_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
_HAN = re.compile(r"[\u3400-\u9fff]")


def folded(syllable: str) -> str:
    """
    Return a syllable with the sounds that southern speakers do not tell apart made one.
    """
    for distinct, common in _FOLDS:
        syllable = syllable.replace(distinct, common)
    return "n" + syllable[1:] if syllable.startswith("l") else syllable


def sound_of(word: str) -> str:
    """
    Return the folded sound of a Chinese word, syllables divided by blanks.
    """
    return " ".join(folded(syllable) for syllable in text.syllables(word))


class Speller:
    """
    Knows the words worth finding, and finds the one meant.
    """

    def __init__(self, words: Mapping[str, int], *, idle: Iterable[str] = ()) -> None:
        """
        Arrange words by sound and by what remains of them when a character is left out.

        :param words: Chinese words -> how common they are; the commoner wins
        :param idle: words that may stand in a query without meaning anything
        """
        self._words = {
            word: count
            for word, count in words.items()
            if MIN_WORD <= len(word) <= MAX_WORD and _all_han(word)
        }
        self._idle = frozenset(idle)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_pinyin: dict[str, list[str]] = defaultdict(list)
        self._by_initials: dict[str, list[str]] = defaultdict(list)
        self._by_shorter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words, key=lambda known: (-self._words[known], known)):
            self._learn(word)
        self._longest_pinyin = max(map(len, self._by_pinyin), default=0)

    def _learn(self, word: str) -> None:
        parts = text.syllables(word)
        self._by_sound[" ".join(map(folded, parts))].append(word)
        self._by_pinyin["".join(parts)].append(word)
        self._by_initials["".join(part[0] for part in parts)].append(word)
        if len(word) >= MIN_EDITED:
            for shorter in _shorter(word):
                self._by_shorter[shorter].append(word)

    def from_letters(self, letters: str) -> list[str]:
        """
        Return Chinese that Latin letters may stand for, likeliest first: pinyin as a whole, then initials.
        """
        letters = letters.replace("'", "")
        spelled = self._spelled(letters)
        short = self._by_initials.get(letters, []) if len(letters) >= MIN_INITIALS else []
        found = [*([spelled] if spelled else []), *short]
        return list(dict.fromkeys(found))[:MAX_CANDIDATES]

    def _spelled(self, letters: str) -> str | None:
        """
        Return the fewest words whose pinyin, one after another, is all of the letters.
        """
        best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - self._longest_pinyin), end):
                before, words = best[start], self._by_pinyin.get(letters[start:end])
                if before is None or not words:
                    continue
                known = best[end]
                if known is None or before[0] + 1 < known[0]:
                    best[end] = (before[0] + 1, before[1] + words[0])
        last = best[len(letters)]
        return last[1] if last is not None and letters else None

    def corrected(self, query: str) -> str | None:
        """
        Return a normalized query with its slips put right, or None where none is found.
        """
        sounds = [sound_of(char) if _HAN.match(char) else "" for char in query]
        best: list[tuple[float, str]] = [(0.0, "")]
        for end in range(1, len(query) + 1):
            kept = best[end - 1]
            char = query[end - 1]
            idle = char in self._idle or not _HAN.match(char)
            options = [(kept[0] + (COST_IDLE if idle else COST_KEPT), kept[1] + char)]
            for start in range(max(0, end - MAX_WORD), end - 1):
                for cost, word in self._readings(query[start:end], sounds[start:end]):
                    options.append((best[start][0] + cost, best[start][1] + word))
            best.append(min(options, key=lambda option: option[0]))
        answer = best[-1][1]
        return answer if answer != query else None

    def _readings(self, written: str, sounds: list[str]) -> Iterator[tuple[float, str]]:
        if written in self._words or written in self._idle:
            yield COST_KNOWN, written
            return
        if not all(sounds):
            return
        for word in self._by_sound.get(" ".join(sounds), ())[:MAX_CANDIDATES]:
            if _may_be_heard(written, word):
                changed = sum(left != right for left, right in zip(written, word, strict=True))
                yield COST_SOUND + COST_CHANGED * changed, word
                break
        if len(written) >= MIN_EDITED - 1:
            yield from self._edited(written)

    def _edited(self, written: str) -> Iterator[tuple[float, str]]:
        candidates = [*self._by_shorter.get(written, ())]
        for shorter in _shorter(written) if len(written) >= MIN_EDITED else ():
            candidates.extend(self._by_shorter.get(shorter, ()))
            if shorter in self._words and len(shorter) >= MIN_EDITED:
                candidates.append(shorter)
        if candidates:
            yield (
                COST_EDIT,
                min(candidates, key=lambda word: (abs(len(word) - len(written)), -self._words[word], word)),
            )


def _may_be_heard(written: str, word: str) -> bool:
    # Two characters sound like too many others: one must be right, and the other must sound exactly so.
    if len(word) > MIN_WORD:
        return True
    return any(map(str.__eq__, written, word)) and text.syllables(written) == text.syllables(word)


def _shorter(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _all_han(word: str) -> bool:
    return all(_HAN.match(char) for char in word)

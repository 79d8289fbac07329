"""
Text as the index and the query see it.

Names are indexed by every dictionary word they hold and by every single character. A query is cut into dictionary
words without guessing new ones, so whatever part of a name somebody types is a set of lexemes the name has, and a
new word in the lexicon or the dictionary never needs a new index.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import opencc

if TYPE_CHECKING:
    import rjieba

MAX_BODY_CHARACTERS = 4000
MAX_LEXEME_CHARACTERS = 60

_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_BRACKETS = re.compile(r"[(（\[【〔][^)）\]】〕]*[)）\]】〕]")
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")
_SPACES = re.compile(r"\s+")

# Divisions whose names pypinyin reads wrongly, as whole phrases (市长 would match first in 重庆市长寿区).
PLACE_READINGS = {
    "长寿区": [["chang"], ["shou"], ["qu"]],
    "重庆市长寿区": [["chong"], ["qing"], ["shi"], ["chang"], ["shou"], ["qu"]],
    "单县": [["shan"], ["xian"]],
    "会稽": [["kuai"], ["ji"]],
    "六安": [["lu"], ["an"]],
    "六合": [["lu"], ["he"]],
    "东阿": [["dong"], ["e"]],
    "浚县": [["xun"], ["xian"]],
    "歙县": [["she"], ["xian"]],
    "乐亭": [["lao"], ["ting"]],
    "蔚县": [["yu"], ["xian"]],
    "洪洞": [["hong"], ["tong"]],
    "大埔": [["da"], ["bu"]],
    "番禺": [["pan"], ["yu"]],
    "监利": [["jian"], ["li"]],
    "铅山": [["yan"], ["shan"]],
    "乐清": [["yue"], ["qing"]],
    "犍为": [["qian"], ["wei"]],
    "邛崃": [["qiong"], ["lai"]],
    "郫都": [["pi"], ["du"]],
    "筠连": [["jun"], ["lian"]],
    "珙县": [["gong"], ["xian"]],
    "华蓥": [["hua"], ["ying"]],
}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _dictionary() -> "rjieba.Jieba":
    return new_dictionary()


def new_dictionary() -> "rjieba.Jieba":
    """
    Return the dictionary, for words of one's own.
    """
    import rjieba  # noqa: PLC0415 -- half of the start of a command that searches nothing, together with pypinyin

    return rjieba.Jieba()


@cache
def _reader() -> Callable[[str], list[str]]:
    from pypinyin import Style, lazy_pinyin, load_phrases_dict  # noqa: PLC0415 -- as above

    load_phrases_dict(PLACE_READINGS)
    return partial(lazy_pinyin, style=Style.NORMAL, v_to_u=False)


def normalize(text: str, *, limit: int | None = None) -> str:
    """
    Return `text` in one form: NFKC (full width to half width), simplified, lower case, single spaces.

    :param limit: at most this many characters of the input are read
    """
    folded = unicodedata.normalize("NFKC", text[:limit]).replace("\0", " ").casefold()
    return _SPACES.sub(" ", _converter().convert(folded)).strip()


def plain(text: str) -> str:
    """
    Return a normalized text with everything but letters, digits and Chinese characters turned into spaces.
    """
    return _NOT_WORD.sub(" ", text).strip()


def squeezed(text: str) -> str:
    """
    Return a normalized text without anything but letters, digits and Chinese characters.
    """
    return _NOT_WORD.sub("", text)


@lru_cache(maxsize=50_000)
def core(name: str) -> str:
    """
    Return a normalized name without what stands in brackets: levels and scenarios, seldom what is asked for.
    """
    return squeezed(_BRACKETS.sub("", name)) or squeezed(name)


def name_lexemes(text: str) -> list[str]:
    """
    Return every dictionary word and every character of a normalized text, once each, sorted.
    """
    return sorted({word for part in plain(text).split() for word in _words(part)})


def _words(part: str) -> list[str]:
    return [word[:MAX_LEXEME_CHARACTERS] for word in _dictionary().cut_all(part) if word.strip()]


def body_lexemes(text: str) -> list[str]:
    """
    Return the words of two characters and more of a guide's text, once each, sorted.
    """
    words = _dictionary().cut_all(plain(text[:MAX_BODY_CHARACTERS]))
    return sorted({word[:MAX_LEXEME_CHARACTERS] for word in words if len(word.strip()) > 1})


def query_lexemes(term: str) -> tuple[str, ...]:
    """
    Return lexemes that every name holding `term` has.

    Dictionary words only, nothing guessed: what the dictionary does not know becomes single characters.
    """
    words = _dictionary().cut(plain(term), False)  # noqa: FBT003 - the library's own signature
    kept = [word[:MAX_LEXEME_CHARACTERS] for word in words if word.strip()]
    return tuple(dict.fromkeys(kept))


@lru_cache(maxsize=20_000)
def part_of_speech(word: str) -> str:
    """
    Return what the dictionary says a word is, as one letter of the ICTCLAS tag set (n, v, d); "n" where it is unsure.
    """
    tagged = _dictionary().tag(word, False)  # noqa: FBT003 - the library's own signature
    return tagged[0][1][0] if len(tagged) == 1 else "n"


def syllables(text: str) -> list[str]:
    """
    Return the toneless pinyin of each character; other letters stay as they are.
    """
    return [str(syllable) for syllable in _reader()(text)]


def sounds(text: str) -> tuple[str, str]:
    """
    Return the toneless pinyin of a text without blanks, and its first letters: shenfenzheng, sfz.

    Runs of other letters and digits stay whole in both.
    """
    spoken: list[str] = []
    short: list[str] = []
    for run in _RUNS.findall(text):
        parts = [run] if run.isascii() else syllables(run)
        spoken.extend(parts)
        short.extend([run] if run.isascii() else [part[:1] for part in parts])
    return "".join(spoken), "".join(short)


def pinyin(text: str) -> str:
    """
    Return the toneless pinyin of a text without blanks.
    """
    return sounds(text)[0]


def initials(text: str) -> str:
    """
    Return the first letters of a text's pinyin.
    """
    return sounds(text)[1]

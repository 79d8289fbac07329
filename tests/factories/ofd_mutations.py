"""
Spoilt OFD files, the same for the same number, and what must hold of each of them.

`python -m tests.factories.ofd_mutations FIRST COUNT` tries so many in a process that may use 200 MB more than it
starts with and says as JSON what went wrong, how long the slowest took and how much memory was used at most.
"""

import functools
import io
import json
import re
import resource
import signal
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from types import FrameType
from xml.etree import ElementTree as ET

from PIL import Image

from tests.factories import ofd
from tongban.support.documents.rules.ofd.document import facts
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.signatures import coverage, found_signatures
from tongban.support.documents.rules.ofd.viewing import viewed
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import SealPicture, StampedSeal

MOST_SECONDS = 2.0
MOST_MORE_BYTES = 200 * 1024 * 1024

Parts = dict[str, bytes]

WORDS = (
    "", "0", "-1", "1e308", "nan", "inf", "99999999999999999999", "g 999999999 1", "0 0 0 0", "1 0 0 1 0 0", "#FF #00",
    "../../../etc/passwd", "/OFD.xml", "Doc_0/Document.xml", "\\", "3", "100", "20", "50", "M", "A 1 1 1 1 1 1 1",
    "true", "false", "SM3", "MD5", "1.2.156.10197.1.401", "AAAA", "一" * 500, "&#x10FFFD;", "&lt;script&gt;",
)  # fmt: skip
DRAWN = frozenset(
    {
        "svg", "g", "defs", "rect", "path", "use", "text", "image", "clipPath", "circle", "stop",
        "linearGradient", "radialGradient", "pattern",
    }
)  # fmt: skip
"""Elements that a page is drawn with."""
SEALS = (
    StampedSeal(
        document=0,
        page=0,
        box=Box(x=150, y=220, width=40, height=40),
        clip=None,
        picture=SealPicture(media_type="image/png", content=ofd.picture(), width=40, height=40),
    ),
)


@functools.cache
def seeds() -> tuple[Parts, ...]:
    """
    Return the sound files that are spoilt.
    """
    rich = ofd.rich_parts() | {"Doc_0/Res/b.jb2": ofd.jbig2(Image.linear_gradient("L").convert("1"))}
    return (ofd.signed(ofd.parts()), ofd.signed(rich, count=2), rich, ofd.signed(rich, leave_out=["OFD.xml"]))


@dataclass(frozen=True)
class Spoilt:
    """
    A sound file and what became of it.
    """

    sound: Parts
    content: bytes


def spoilt(number: int) -> Spoilt:
    """
    Return the file of this number.
    """
    dice = Random(number)
    sound = dice.choice(seeds())
    if dice.random() < 0.3:
        return Spoilt(sound, _bytes(ofd.zipped(sound), dice))
    made = dict(sound)
    for _round in range(dice.randint(1, 4)):
        made = dice.choice(PART_SPOILERS)(made, dice)
    content = ofd.zipped(made, method=dice.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))
    return Spoilt(sound, _bytes(content, dice) if dice.random() < 0.1 else content)


def _bytes(content: bytes, dice: Random) -> bytes:
    data = bytearray(content)
    for _round in range(dice.randint(1, 8)):
        at = dice.randrange(max(len(data), 1))
        kind = dice.randrange(5)
        if kind == 0:
            data[at : at + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            del data[at : at + dice.randint(1, 200)]
        elif kind == 2:
            data[at:at] = dice.randbytes(dice.randint(1, 60))
        elif kind == 3:
            data = data[: max(at, 30)]
        else:
            data[at : at + 4] = dice.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"PK\x03\x04", b"PK\x01\x02"])
    return bytes(data)


def _some(made: Parts, dice: Random) -> str:
    return dice.choice(sorted(made))


def _spoil_content(made: Parts, dice: Random) -> Parts:
    name = _some(made, dice)
    return made | {name: _bytes(made[name], dice)}


def _spoil_attribute(made: Parts, dice: Random) -> Parts:
    return _replace(made, dice, rb'="[^"]*"', lambda word: b'="' + word + b'"')


def _spoil_text(made: Parts, dice: Random) -> Parts:
    return _replace(made, dice, rb">[^<>]+<", lambda word: b">" + word + b"<")


def _replace(made: Parts, dice: Random, pattern: bytes, dressed: Callable[[bytes], bytes]) -> Parts:
    name = _some(made, dice)
    found = list(re.finditer(pattern, made[name]))
    if not found:
        return made
    place = dice.choice(found)
    word = dressed(dice.choice(WORDS).encode())
    return made | {name: made[name][: place.start()] + word + made[name][place.end() :]}


def _spoil_element(made: Parts, dice: Random) -> Parts:
    # One element twice, a thousand times, inside itself many times, or not at all.
    name = _some(made, dice)
    found = list(re.finditer(rb"<ofd:(\w+)[^<>]*>[^<>]*</ofd:\1>", made[name]))
    if not found:
        return made
    place = dice.choice(found)
    element = place.group()
    head, tail = element.split(b">", 1)
    deep = dice.choice([3, 30, 300])
    nested = (head + b">") * deep + (b"</ofd:" + place.group(1) + b">") * deep
    other = dice.choice([b"", element * 2, element * 1000, nested, tail])
    return made | {name: made[name][: place.start()] + other + made[name][place.end() :]}


def _rename(made: Parts, dice: Random) -> Parts:
    old = _some(made, dice)
    new = dice.choice(
        [old.upper(), old.lower(), f"../{old}", f"/{old}", old + "x", old.replace("/", "\\"), "OFD.xml"]
    )
    return {new if name == old else name: content for name, content in made.items()}


def _remove(made: Parts, dice: Random) -> Parts:
    gone = _some(made, dice)
    return {name: content for name, content in made.items() if name != gone}


def _swap(made: Parts, dice: Random) -> Parts:
    one, other = _some(made, dice), _some(made, dice)
    return made | {one: made[other], other: made[one]}


def _add(made: Parts, dice: Random) -> Parts:
    return made | {f"Doc_0/Pages/Page_{dice.randint(0, 9)}/Extra.xml": ofd.page_xml().encode()}


def _bomb(made: Parts, dice: Random) -> Parts:
    return made | {
        _some(made, dice): dice.choice([b"\0", b"<a>", b"<a/>", b" "]) * dice.choice([1000, 3_000_000])
    }


PART_SPOILERS = (
    _spoil_content, _spoil_attribute, _spoil_attribute, _spoil_attribute, _spoil_text, _spoil_text, _spoil_element,
    _spoil_element, _rename, _remove, _swap, _add, _bomb,
)  # fmt: skip


def complaints(file: Spoilt) -> list[str]:
    """
    Return what a reader does wrong with a spoilt file; nothing if all is well.
    """
    try:
        package = Package(file.content)
        found = found_signatures(package)
        report = coverage(package, found)
        about = facts(package)
    except NotReadable:
        return _badly_drawn(file.content)
    wrong = _badly_drawn(file.content)
    actual = _actual(file.content)
    for signature in found:
        kept = signature.signature_xml in file.sound.values() and signature.value in file.sound.values()
        wrong += [
            f"{signature.id} covers the changed {part}"
            for part in (signature.covered if kept else ())
            if not _stood_there(file.sound, part, actual.get(part))
        ]
    everything_holds = found and all(
        item.digests_hold and not item.problems and item.signature_xml in file.sound.values()
        for item in found
    )
    if everything_holds and not report.uncovered and about.unreadable is None:
        strange = [
            name
            for name, content in actual.items()
            if name not in report.own_parts and content not in file.sound.values()
        ]
        wrong += [f"valid with the strange {name}" for name in strange]
    return wrong


def _badly_drawn(content: bytes) -> list[str]:
    try:
        pages = viewed(content, seals=SEALS, first=1, count=5)
    except NotReadable:
        return []
    return [f"page {page.number}: {wrong}" for page in pages for wrong in unsafe(page.svg)]


def unsafe(svg: bytes) -> list[str]:
    """
    Return what a picture of a page must not hold: elements that act, and references that leave it.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        return [f"no XML: {error}"]
    wrong = []
    for element in root.iter():
        name = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
        if name not in DRAWN:
            wrong.append(f"element {name}")
        for attribute, value in element.attrib.items():
            is_action = attribute.lower().startswith("on")
            leaves = attribute == "href" and not value.startswith(
                ("#", "data:image/png;", "data:image/jpeg;")
            )
            if is_action or leaves or re.search(r"url\((?!#[\w-]+\))|javascript:", value):
                wrong.append(f"{name} {attribute}={value[:80]}")
    return wrong


def _actual(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name.replace("\\", "/").removeprefix("./"): _read(archive, name) for name in archive.namelist()
        }


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return b"unreadable"


def _stood_there(sound: Parts, part: str, content: bytes | None) -> bool:
    return any(name.casefold() == part.casefold() and content == old for name, old in sound.items())


class _TookTooLong(Exception):
    pass


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _TookTooLong


def _tried(number: int) -> tuple[list[str], float]:
    file = spoilt(number)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        wrong = complaints(file)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a complaint
        wrong = [f"{type(error).__name__}: {error}"]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return wrong, time.process_time() - began


def _peak_bytes() -> int:
    # getrusage would tell the peak of the process that started this one, if that was higher.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """
    Try the files that the arguments name.
    """
    first, count = int(sys.argv[1]), int(sys.argv[2])
    # Sound files first: the threads that draw reserve addresses, not memory, for as long as the process lives.
    for sound in seeds():
        complaints(Spoilt(sound, ofd.zipped(sound)))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_MORE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGVTALRM, _stop)
    wrong: dict[int, list[str]] = {}
    slowest = 0.0
    for number in range(first, first + count):
        complaint, seconds = _tried(number)
        slowest = max(slowest, seconds)
        if complaint:
            wrong[number] = complaint
    told = {"tried": count, "wrong": wrong, "slowest_seconds": slowest, "peak_bytes": _peak_bytes()}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

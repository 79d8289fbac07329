"""
Adding a signature to an OFD without touching what earlier ones cover (GB/T 33190-2016, chapter 18).

The container is written first, with the digests of all parts; the value is then asked for the digest of
Signature.xml, and everything is packed. Parts that were there keep their packed bytes.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tongban.foundation.clock import CHINA
from tongban.foundation.crypto import sm3
from tongban.support.documents.rules.ofd.document import Body, Document, bodies
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.numbers import words
from tongban.support.documents.rules.ofd.package import OpenPart, Package
from tongban.support.documents.rules.ofd.packing import packed, packed_once, zipped
from tongban.support.documents.rules.ofd.signatures import coverage, found_signatures
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import (
    FoundSignature,
    PlacedSeal,
    SignatureKind,
    SignatureProvider,
    Unreadable,
)

NAMESPACE: Final = "http://www.ofdspec.org/2016"
SM3: Final = "1.2.156.10197.1.401"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SEAL: Final = "Seal.esl"
PROTOCOL_VERSION: Final = "4"
"""Of the seal's structures, GB/T 38540-2020."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DIGITS: Final = re.compile(r"(\d{1,9})$")


class LockedByEarlier(Exception):
    """
    An earlier signature covers the list of signatures or OFD.xml, and a further one would break it.
    """


class NoSuchPage(Exception):
    """
    A seal is to be put on a page that the document does not have.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    What is to be signed, how it is shown, and whether the file is closed by it.
    """

    provider: SignatureProvider
    at: datetime
    """Aware."""
    stamps: Sequence[PlacedSeal]
    seal: bytes
    """Seal.esl; empty for a signature without one."""
    kind: SignatureKind
    document: int
    """Index of the DocBody."""
    is_lock: bool
    """Cover the list of signatures too: no further signature can be added."""


def with_signature(package: Package, wish: Wish, *, value: Callable[[bytes, str], bytes]) -> bytes:
    """
    Return the file with one signature more. Equal arguments give equal bytes.

    Covered is every part but the list of signatures (unless locked) and the two parts of the signature itself,
    earlier signatures included.

    :param value: makes SignedValue.dat of the SM3 digest of Signature.xml (32 bytes) and its absolute path, which
        goes into the value's propertyInfo
    :raises NotReadable: what it takes of the file cannot be read
    :raises NoSuchPage: a stamp is placed beyond the last page
    :raises LockedByEarlier: an earlier signature would not hold any longer
    """
    body = _body(package, wish.document)
    earlier = found_signatures(package)
    if coverage(package, earlier).is_locked and body.signatures is not None:
        raise LockedByEarlier
    parts = _Parts(package)
    list_part = body.signatures or _new_list(package, body, parts, earlier)
    folder, identifier = _place(package, list_part, earlier)
    if wish.seal:
        parts.put(f"{folder}/{SEAL}", wish.seal)
    parts.put(list_part, _list_xml(package, body, wish, folder=folder, identifier=identifier))
    exempt = set() if wish.is_lock else {list_part}
    signature_part = f"{folder}/Signature.xml"
    signature_xml = _signature_xml(package, body, wish, folder, parts.digests(exempt))
    parts.put(signature_part, signature_xml)
    parts.put(f"{folder}/SignedValue.dat", value(sm3(signature_xml), f"/{signature_part}"))
    return parts.packed()


def _body(package: Package, index: int) -> Body:
    every = bodies(package)
    if not 0 <= index < len(every):
        raise NotReadable(Unreadable.MISSING_PART, f"DocBody {index}")
    return every[index]


class _Parts:
    # What the file will consist of: old parts as they are, and new content by name.
    def __init__(self, package: Package) -> None:
        self._package = package
        self._new: dict[str, OpenPart] = {}

    def put(self, name: str, content: bytes) -> None:
        # One seal is put on many files.
        self._new[name] = (packed_once if name.endswith(SEAL) else packed)(name, content)

    def digests(self, exempt: set[str]) -> dict[str, bytes]:
        names = [*self._package.names, *(name for name in self._new if name not in self._package.names)]
        return {name: self._digest(name) for name in names if name not in exempt}

    def _digest(self, name: str) -> bytes:
        new = self._new.get(name)
        return self._package.digest(name, "sm3") if new is None else new.sm3

    def packed(self) -> bytes:
        old = [self._new.get(name) or self._package.packed(name) for name in self._package.names]
        return zipped([*old, *(self._new[name] for name in self._new if name not in self._package.names)])


def _new_list(package: Package, body: Body, parts: _Parts, earlier: Sequence[FoundSignature]) -> str:
    # OFD.xml must name the list. A signature of another document of the file that covers OFD.xml would break.
    if any(package.root in signature.covered for signature in earlier):
        raise LockedByEarlier
    folder = (body.root or "").rpartition("/")[0]
    name = f"{folder}/Signs/Signatures.xml".lstrip("/")
    if package.find(f"/{name}") is not None:
        raise NotReadable(Unreadable.DUPLICATE_PART, name)
    parts.put(package.root, _naming_the_list(package, body, f"/{name}"))
    return name


def _naming_the_list(package: Package, body: Body, location: str) -> bytes:
    # Written anew from what was read, so that prefixes and encodings of other makers need not be understood.
    root = package.xml(package.root)
    named = list(root.all("DocBody"))[body.index]
    kept = [child for child in named.children if child.name != "Signatures"]
    document = replace(named, children=[*kept, Element("Signatures", {}, text=location)])
    children = [document if child is named else child for child in root.children]
    return (_HEAD + _written(replace(root, children=children), is_root=True)).encode()


def _written(element: Element, *, is_root: bool = False) -> str:
    attributes = (f" {name}={quoteattr(text)}" for name, text in element.attributes.items())
    opened = f"ofd:{element.name}" + "".join(attributes)
    if is_root:
        opened += f' xmlns:ofd="{NAMESPACE}"'
    inner = "".join(_written(child) for child in element.children) or escape(element.text.strip())
    return f"<{opened}>{inner}</ofd:{element.name}>"


def _place(package: Package, list_part: str, earlier: Sequence[FoundSignature]) -> tuple[str, str]:
    folder = list_part.rpartition("/")[0]
    taken = {name.casefold() for name in package.names}
    count = 0
    while any(name.startswith(f"{folder}/Sign_{count}/".lstrip("/").casefold()) for name in taken):
        count += 1
    highest = max((int(found[1]) for item in earlier if (found := _DIGITS.search(item.id))), default=0)
    return f"{folder}/Sign_{count}".lstrip("/"), f"s{highest + 1:03d}"


def _list_xml(package: Package, body: Body, wish: Wish, *, folder: str, identifier: str) -> bytes:
    old = list(package.xml(body.signatures).all("Signature")) if body.signatures else []
    new = Element(
        "Signature",
        {"ID": identifier, "Type": wish.kind.value, "BaseLoc": f"/{folder}/Signature.xml"},
    )
    # MaxSignId is the number the next identifier must exceed.
    most = Element("MaxSignId", {}, text=identifier.removeprefix("s").lstrip("0"))
    root = Element("Signatures", {}, children=[most, *old, new])
    return (_HEAD + _written(root, is_root=True)).encode()


def _signature_xml(
    package: Package, body: Body, wish: Wish, folder: str, digests: Mapping[str, bytes]
) -> bytes:
    provider = wish.provider
    described = Element(
        "Provider",
        {
            "ProviderName": provider.name,
            "Version": provider.version,
            "Company": provider.company or provider.name,
            "ProtocolVer": PROTOCOL_VERSION,
        },
    )
    seal = f"<ofd:Seal><ofd:BaseLoc>/{folder}/{SEAL}</ofd:BaseLoc></ofd:Seal>" if wish.seal else ""
    return (
        f'{_HEAD}<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo>{_written(described)}'
        f"<ofd:SignatureMethod>{SM2_WITH_SM3}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{wish.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{SM3}">{_references(digests)}</ofd:References>'
        f"{''.join(map(_written, _stamp_elements(package, body, wish.stamps)))}{seal}</ofd:SignedInfo>"
        f"<ofd:SignedValue>/{folder}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _references(digests: Mapping[str, bytes]) -> str:
    return "".join(
        f"<ofd:Reference FileRef={quoteattr(f'/{name}')}>"
        f"<ofd:CheckValue>{base64.b64encode(digest).decode()}</ofd:CheckValue></ofd:Reference>"
        for name, digest in digests.items()
    )


def _stamp_elements(package: Package, body: Body, stamps: Sequence[PlacedSeal]) -> list[Element]:
    if not stamps:
        return []
    pages = Document(package, body).pages
    if not all(0 <= stamp.page < len(pages) for stamp in stamps):
        raise NoSuchPage
    elements = []
    for count, stamp in enumerate(stamps, start=1):
        box = Box(x=stamp.x, y=stamp.y, width=stamp.width, height=stamp.height)
        attributes = {"ID": str(count), "PageRef": pages[stamp.page].id, "Boundary": _box_text(box)}
        if stamp.clip is not None:
            attributes["Clip"] = _box_text(stamp.clip)
        elements.append(Element("StampAnnot", attributes))
    return elements


def _box_text(box: Box) -> str:
    return words((box.x, box.y, box.width, box.height))

"""
The signatures of a file, read from their container (GB/T 33190-2016, chapter 18), and what they cover.

Only digests are compared here. Whether Signature.xml is what was signed, by whom and with which seal, stands in
the value (GB/T 38540-2020) and is for who can read it.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tongban.support.documents.rules.ofd.document import Body, Document, bodies
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.numbers import box_of
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.ofd import (
    OUTSIDE_PARTS,
    Coverage,
    FoundSignature,
    FoundStamp,
    ReferenceState,
    SignatureKind,
    SignatureProblem,
    SignedReference,
    Unreadable,
)

MOST_SIGNATURES: Final = 200
MOST_REFERENCES: Final = 50_000
"""Of all signatures of a file together."""
MOST_STAMPS: Final = 4_000
MOST_VALUE_BYTES: Final = 4 * 1024 * 1024
LONGEST_WORD: Final = 500

STRONG_METHODS: Final[Mapping[str, str]] = {
    "1.2.156.10197.1.401": "sm3",
    "sm3": "sm3",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "sha256": "sha256",
    "sha-256": "sha256",
}
"""CheckMethod, in small letters, to the digest of hashlib that it names; makers write the OID or a name."""
WEAK_METHODS: Final = frozenset({"md5", "1.2.840.113549.2.5", "sha1", "sha-1", "1.3.14.3.2.26"})
DIGEST_BYTES: Final = 32
MD5_BYTES: Final = 16
DER_SEQUENCE: Final = b"\x30"


def found_signatures(package: Package) -> tuple[FoundSignature, ...]:
    """
    Return every signature that the documents of a file name, in the order in which they were put.

    :raises NotReadable: OFD.xml or a list of signatures cannot be read, or there are too many
    """
    reader = _Reader(package)
    found: list[FoundSignature] = []
    for body in bodies(package):
        if body.signatures is not None:
            found += _with_later_ones(reader.signatures(body, body.signatures), body.signatures)
        elif body.element.text_of("Signatures"):
            raise NotReadable(Unreadable.MISSING_PART, body.element.text_of("Signatures"))
    return tuple(found)


def found_stamps(package: Package) -> tuple[FoundSignature, ...]:
    """
    Return every signature without its references: enough to show the seals, and no part is digested.

    :raises NotReadable: as `found_signatures`
    """
    reader = _Reader(package, is_digesting=False)
    return tuple(
        signature
        for body in bodies(package)
        if body.signatures is not None
        for signature in reader.signatures(body, body.signatures)
    )


class _Reader:
    # Reads the signatures of one file and counts what they make it read.
    def __init__(self, package: Package, *, is_digesting: bool = True) -> None:
        self._package = package
        self._is_digesting = is_digesting
        self._left = {"signatures": MOST_SIGNATURES, "references": MOST_REFERENCES, "stamps": MOST_STAMPS}

    def _spend(self, kind: str, count: int) -> None:
        self._left[kind] -= count
        if self._left[kind] < 0:
            raise NotReadable(Unreadable.TOO_COMPLEX, kind)

    def signatures(self, body: Body, part: str) -> list[FoundSignature]:
        root = self._package.xml(part)
        if root.name != "Signatures":
            raise NotReadable(Unreadable.BAD_XML, part)
        entries = list(root.all("Signature"))
        self._spend("signatures", len(entries))
        pages = _page_indexes(self._package, body)
        return [self._signature(_blank(self._package, body, part, entry), pages) for entry in entries]

    def _signature(self, blank: FoundSignature, pages: Mapping[str, int]) -> FoundSignature:
        part = self._package.find(blank.path) if blank.path else None
        if part is None:
            return blank
        try:
            content = self._package.read(part)
            root = self._package.xml(part)
        except NotReadable:
            return replace(blank, problems=(SignatureProblem.SIGNATURE_UNREADABLE,))
        info = root.child("SignedInfo")
        if root.name != "Signature" or info is None:
            return replace(blank, signature_xml=content, problems=(SignatureProblem.SIGNATURE_UNREADABLE,))
        value = _bytes_at(self._package, root.text_of("SignedValue"), part)
        signature = replace(blank, signature_xml=content, value=value)
        return self._described(signature, part, info, pages, is_ambiguous=_is_ambiguous(root, info))

    def _described(
        self,
        blank: FoundSignature,
        part: str,
        info: Element,
        pages: Mapping[str, int],
        *,
        is_ambiguous: bool,
    ) -> FoundSignature:
        listed = info.child("References") or Element("References", {})
        provider = info.child("Provider") or Element("Provider", {})
        seal_location = info.text_of("Seal", "BaseLoc")
        signature = replace(
            blank,
            provider=provider.get("ProviderName")[:LONGEST_WORD],
            method=info.text_of("SignatureMethod")[:LONGEST_WORD],
            check_method=listed.get("CheckMethod").strip()[:LONGEST_WORD],
            signed_at=info.text_of("SignatureDateTime")[:LONGEST_WORD],
            references=self._references(part, listed),
            stamps=self._stamps(info, pages),
            seal=_bytes_at(self._package, seal_location, part),
        )
        problems = {
            SignatureProblem.AMBIGUOUS: is_ambiguous,
            SignatureProblem.NO_REFERENCES: next(listed.all("Reference"), None) is None,
            SignatureProblem.VALUE_MISSING: signature.value is None,
            SignatureProblem.SEAL_MISSING: bool(seal_location) and signature.seal is None,
            SignatureProblem.PAGE_UNKNOWN: any(stamp.page is None for stamp in signature.stamps),
        }
        return replace(
            signature, problems=tuple(problem for problem, is_there in problems.items() if is_there)
        )

    def _references(self, beside: str, listed: Element) -> tuple[SignedReference, ...]:
        if not self._is_digesting:
            return ()
        elements = list(listed.all("Reference"))
        self._spend("references", len(elements))
        check_method = listed.get("CheckMethod").strip().lower()
        return tuple(self._reference(beside, element, check_method) for element in elements)

    def _reference(self, beside: str, element: Element, check_method: str) -> SignedReference:
        declared = element.get("FileRef")[:LONGEST_WORD]
        part = self._package.find(declared, beside=beside)
        if part is None:
            return SignedReference(declared=declared, part=None, state=ReferenceState.MISSING)
        state = _state(self._package, part, element.text_of("CheckValue"), check_method)
        return SignedReference(declared=declared, part=part, state=state)

    def _stamps(self, info: Element, pages: Mapping[str, int]) -> tuple[FoundStamp, ...]:
        elements = list(info.all("StampAnnot"))
        self._spend("stamps", len(elements))
        stamps = []
        for element in elements:
            box = box_of(element.get("Boundary"))
            if box is not None:
                reference = element.get("PageRef").strip()[:LONGEST_WORD]
                clip = box_of(element.get("Clip"))
                page = pages.get(reference)
                stamps.append(FoundStamp(page=page, page_reference=reference, box=box, clip=clip))
        return tuple(stamps)


def _page_indexes(package: Package, body: Body) -> dict[str, int]:
    try:
        document = Document(package, body)
    except NotReadable:
        return {}
    return {page.id: index for index, page in reversed(list(enumerate(document.pages)))}


def _blank(package: Package, body: Body, listed_in: str, entry: Element) -> FoundSignature:
    location = entry.get("BaseLoc")[:LONGEST_WORD]
    part = package.find(location, beside=listed_in)
    return FoundSignature(
        id=entry.get("ID")[:LONGEST_WORD],
        document=body.index,
        kind=SignatureKind.SIGN if entry.get("Type").lower() == "sign" else SignatureKind.SEAL,
        path=f"/{part}" if part else "",
        signature_xml=None,
        provider="",
        method="",
        check_method="",
        signed_at="",
        references=(),
        stamps=(),
        seal=None,
        value=None,
        problems=(SignatureProblem.SIGNATURE_MISSING,),
    )


def _is_ambiguous(root: Element, info: Element) -> bool:
    # Two of what there must be one of: another reader may take the other one.
    once = [(root, "SignedInfo"), (root, "SignedValue"), (info, "References"), (info, "Seal")]
    return any(len(list(element.all(name))) > 1 for element, name in once)


def _state(package: Package, part: str, check_value: str, check_method: str) -> ReferenceState:
    if check_method in WEAK_METHODS:
        return ReferenceState.WEAK
    try:
        expected = base64.b64decode("".join(check_value.split()), validate=True)
    except (binascii.Error, ValueError):
        return ReferenceState.UNKNOWN
    if not check_method and len(expected) == DIGEST_BYTES:
        # GB/T 33190 lets MD5 stand for an absent method; 32 bytes are not MD5 but what GB/T 38540 prescribes.
        check_method = "sm3"
    if not check_method and len(expected) == MD5_BYTES:
        return ReferenceState.WEAK
    algorithm = STRONG_METHODS.get(check_method)
    if algorithm is None or len(expected) != DIGEST_BYTES:
        return ReferenceState.UNKNOWN
    try:
        actual = package.digest(part, algorithm)
    except NotReadable:
        return ReferenceState.CHANGED
    return ReferenceState.SAME if hmac.compare_digest(actual, expected) else ReferenceState.CHANGED


def _bytes_at(package: Package, location: str, beside: str) -> bytes | None:
    part = package.find(location, beside=beside)
    if part is None:
        return None
    try:
        return package.read(part, most_bytes=MOST_VALUE_BYTES)
    except NotReadable:
        return None


def _with_later_ones(found: Sequence[FoundSignature], list_part: str) -> list[FoundSignature]:
    # Seen from the last to the first: who stands, later, over each part as it is now.
    earliest_later: dict[str, str] = {}
    named: list[FoundSignature] = []
    for signature in reversed(found):
        references = tuple(
            replace(reference, changed_by=earliest_later.get(reference.part or ""))
            if reference.state is ReferenceState.CHANGED
            else reference
            for reference in signature.references
        )
        named.append(replace(signature, references=references))
        # Adding any signature changes the list of signatures.
        earliest_later |= dict.fromkeys((*signature.covered, list_part), signature.id)
    return named[::-1]


def coverage(package: Package, found: Sequence[FoundSignature]) -> Coverage:
    """
    Return which parts of a file no signature covers, each signature taken at its word.

    A part carries a signature, and needs no cover, only if it is what it is listed as: else anything could be
    hidden by listing it as one.

    :raises NotReadable: OFD.xml cannot be read
    """
    lists = {body.signatures for body in bodies(package) if body.signatures is not None}
    own = set(lists)
    for signature in found:
        own |= _own_parts(package, signature)
    covered = frozenset[str]().union(*(signature.covered for signature in found))
    uncovered = sorted(part for part in package.names if part not in covered and part not in own)
    if package.stray_bytes:
        uncovered.append(OUTSIDE_PARTS)
    referenced = {reference.part for signature in found for reference in signature.references}
    return Coverage(
        uncovered=tuple(uncovered),
        own_parts=tuple(sorted(own)),
        is_locked=bool(lists & referenced),
    )


def _own_parts(package: Package, signature: FoundSignature) -> set[str]:
    part = package.find(signature.path) if signature.path else None
    if part is None or signature.signature_xml is None or not signature.references:
        return set()
    own = {part}
    root = package.xml(part)
    value_part = package.find(root.text_of("SignedValue"), beside=part)
    if value_part is not None and signature.value is not None and signature.value.startswith(DER_SEQUENCE):
        own.add(value_part)
        seal_part = package.find(root.text_of("SignedInfo", "Seal", "BaseLoc"), beside=part)
        # A seal beside the value needs no cover if the value holds the same seal.
        if seal_part is not None and signature.seal and signature.seal in signature.value:
            own.add(seal_part)
    return own

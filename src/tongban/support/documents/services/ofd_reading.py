"""
Reading, showing and signing OFD files (GB/T 33190-2016); none of it knows a seal or a certificate.

Errors raised here::

    ServiceError
    ├── OfdUnreadable   422  ofd_unreadable   the file, or what was asked of it, cannot be read; `reason` says why
    │   └── OfdViewerBusy 503 ofd_viewer_busy  others are being drawn
    └── Conflict
        └── OfdLocked   409  ofd_locked       an earlier signature allows no further one
    InvalidInput        422                   a seal is placed on a page that is not there
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Conflict, InvalidInput, ServiceError
from tongban.support.documents import ports
from tongban.support.documents.rules.ofd import document, signatures, signing
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import OpenPackage, Package
from tongban.support.documents.services.ofd_writing import UnsignedOfd
from tongban.support.documents.values.ofd import (
    FoundSignature,
    OfdReport,
    PlacedSeal,
    SealPicture,
    SignatureKind,
    SignatureProvider,
    StampedSeal,
    View,
    ViewedPage,
    ViewForm,
    ViewOrder,
)

PictureOf = Callable[[bytes], SealPicture | None]
"""Finds the picture of a seal in SignedValue.dat or Seal.esl; None where there is none."""

MOST_PAGES: Final = 200
"""Of one answer."""
MOST_SEALS: Final = 500
"""Shown of one file; straddle seals take one a page."""
MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024
LEAST_DOTS: Final = 36
MOST_DOTS: Final = 400


class OfdUnreadable(ServiceError):
    """
    The bytes are no OFD that can be read, or the part asked for is not there; `reason` is a code of `Unreadable`.
    """

    code = "ofd_unreadable"
    status = 422
    message = _("该 OFD 文件无法读取：文件不完整、已损坏或超出处理限制")


class OfdViewerBusy(OfdUnreadable):
    """
    Other files are being drawn; the same one can be shown later.
    """

    code = "ofd_viewer_busy"
    status = 503
    message = _("正在查看的文件较多，请稍后再试")


class OfdLocked(Conflict):
    """
    An earlier signature covers the list of signatures, so that another one would break it.
    """

    code = "ofd_locked"
    message = _("该文件已由先前的签章锁定，不能再加盖")


def read_ofd(content: bytes) -> OfdReport:
    """
    Return what a file says of itself, its signatures, and what they cover.

    :raises OfdUnreadable: it is no OFD; a file whose pages cannot be read has that among its facts instead
    """
    try:
        package = Package(content)
        found = signatures.found_signatures(package)
        return OfdReport(
            facts=document.facts(package),
            signatures=found,
            coverage=signatures.coverage(package, found),
        )
    except NotReadable as error:
        raise OfdUnreadable(reason=error.reason.value) from error


def ofd_part(content: bytes, part: str) -> bytes:
    """
    Return one part, an attachment for instance.

    :param part: path from the root of the file, in any case
    :raises OfdUnreadable: there is no such part
    """
    try:
        package = Package(content)
        return package.read(package.require(f"/{part}"))
    except NotReadable as error:
        raise OfdUnreadable(reason=error.reason.value) from error


def page_sizes(content: bytes) -> tuple[tuple[float, float], ...]:
    """
    Return width and height of each page of the first document, in millimetres.

    :raises OfdUnreadable: the file or a page cannot be read
    """
    try:
        return document.page_sizes(Package(content))
    except NotReadable as error:
        raise OfdUnreadable(reason=error.reason.value) from error


def with_signature(
    ofd: bytes | UnsignedOfd,
    *,
    provider: SignatureProvider,
    at: datetime,
    stamps: Sequence[PlacedSeal],
    seal: bytes,
    value: Callable[[bytes, str], bytes],
    lock: bool = False,
    kind: SignatureKind = SignatureKind.SEAL,
    document_index: int = 0,
) -> bytes:
    """
    Return the file with one signature more; every earlier one holds as it did.

    Source: GB/T 33190-2016 chapter 18; GB/T 38540-2020 chapter 7.

    :param ofd: a file, or one that was just written and whose parts need not be unpacked for it
    :param at: written as SignatureDateTime; aware
    :param stamps: where the seal is shown; several for pages and straddle seals
    :param seal: Seal.esl; empty for a signature without one
    :param value: makes SignedValue.dat of the SM3 digest of Signature.xml (32 bytes) and its path, which is the
        propertyInfo of the value
    :param lock: cover the list of signatures as well, so that none can follow
    :param document_index: of the DocBody that is signed
    :raises OfdUnreadable: the file cannot be read
    :raises OfdLocked: an earlier signature would break
    :raises InvalidInput: a stamp lies on a page that is not there
    """
    wish = signing.Wish(
        provider=provider,
        at=at,
        stamps=stamps,
        seal=seal,
        kind=kind,
        document=document_index,
        is_lock=lock,
    )
    try:
        package = OpenPackage(ofd.parts) if isinstance(ofd, UnsignedOfd) else Package(ofd)
        return signing.with_signature(package, wish, value=value)
    except NotReadable as error:
        raise OfdUnreadable(reason=error.reason.value) from error
    except signing.LockedByEarlier as error:
        raise OfdLocked from error
    except signing.NoSuchPage as error:
        raise InvalidInput(fields={"stamps": _("文件没有这一页")}) from error


def view_ofd(
    content: bytes, *, picture_of: PictureOf | None = None, first: int = 1, count: int = MOST_PAGES
) -> tuple[ViewedPage, ...]:
    """
    Return pages as SVG with their text, drawn in the sandbox; 200 at most.

    :param picture_of: finds the picture of a seal in a signature's value; None: seals are framed
    :param first: counted from 1
    :raises OfdUnreadable: the file cannot be read, or showing it takes too much
    :raises OfdViewerBusy: others are being drawn
    """
    return _view(content, ViewForm.SVG, picture_of=picture_of, first=first, count=count).pages


def ofd_pictures(
    content: bytes,
    *,
    picture_of: PictureOf | None = None,
    first: int = 1,
    count: int = MOST_PAGES,
    dots_per_inch: int = 120,
) -> tuple[bytes, ...]:
    """
    Return pages as PNG; see `view_ofd`.

    :param dots_per_inch: 36 to 400
    """
    dots = min(max(dots_per_inch, LEAST_DOTS), MOST_DOTS)
    return _view(content, ViewForm.PNG, picture_of=picture_of, first=first, count=count, dots=dots).files


def ofd_as_pdf(content: bytes, *, picture_of: PictureOf | None = None) -> bytes:
    """
    Return the first 200 pages as one PDF, for reading; it carries no signature. See `view_ofd`.
    """
    return _view(content, ViewForm.PDF, picture_of=picture_of, first=1, count=MOST_PAGES).files[0]


def ofd_text(content: bytes) -> str:
    """
    Return the text of the first 200 pages, an empty line between two; see `view_ofd`.
    """
    view = _view(content, ViewForm.SVG, picture_of=None, first=1, count=MOST_PAGES)
    return "\n\n".join(page.text for page in view.pages)


def _view(
    content: bytes,
    form: ViewForm,
    *,
    picture_of: PictureOf | None,
    first: int,
    count: int,
    dots: int = 120,
) -> View:
    order = ViewOrder(
        content=content,
        form=form,
        seals=_seals(content, picture_of),
        first=max(first, 1),
        count=max(count, 1),
        dots_per_inch=dots,
    )
    try:
        return ports.viewer()(order)
    except ports.ViewerBusy as error:
        raise OfdViewerBusy(reason=error.reason) from error
    except ports.NotViewable as error:
        raise OfdUnreadable(reason=str(error.reason)) from error


def _seals(content: bytes, picture_of: PictureOf | None) -> tuple[StampedSeal, ...]:
    try:
        found = signatures.found_stamps(Package(content))
    except NotReadable:
        # What is wrong with the list of signatures is for the verdict; the pages are shown all the same.
        return ()
    seals: list[StampedSeal] = []
    for signature in found:
        picture = _picture(signature, picture_of) if picture_of else None
        seals += (
            StampedSeal(
                document=signature.document,
                page=stamp.page,
                box=stamp.box,
                clip=stamp.clip,
                picture=picture,
            )
            for stamp in signature.stamps
            if stamp.page is not None
        )
    return tuple(seals[:MOST_SEALS])


def _picture(signature: FoundSignature, picture_of: PictureOf) -> SealPicture | None:
    for source in (signature.value, signature.seal):
        if not source:
            continue
        try:
            picture = picture_of(source)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
        if picture is not None and len(picture.content) <= MOST_PICTURE_BYTES:
            return picture
    return None

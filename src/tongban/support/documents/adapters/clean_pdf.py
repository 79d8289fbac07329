"""
Rebuild one PDF without anything that acts, hides or attaches.

The file is parsed and written anew: bytes before the header, after the end and between objects are gone, and
so are objects nobody refers to. Run by `cleaner` as `python -m …clean_pdf MEMORY CPU`.
"""

import io
from typing import Final

import pikepdf

from tongban.support.documents.adapters.sandbox import CannotCleanError, run

MOST_PAGES: Final = 2_000
DEEPEST_OBJECT: Final = 100

FORBIDDEN_KEYS: Final = {
    "/OpenAction": "ACTION",
    "/AA": "ACTION",
    "/JavaScript": "SCRIPT",
    "/JS": "SCRIPT",
    "/EmbeddedFiles": "ATTACHMENT",
    "/EF": "ATTACHMENT",
    "/AF": "ATTACHMENT",
    "/Collection": "ATTACHMENT",
    "/XFA": "FORM",
    "/AcroForm": "FORM",
    "/RichMediaContent": "MEDIA",
    "/Renditions": "MEDIA",
}
"""Keys that hold active or hidden content, wherever they stand, and what their removal is called."""

ACTIVE_ANNOTATIONS: Final = {
    "/FileAttachment": "ATTACHMENT",
    "/RichMedia": "MEDIA",
    "/Movie": "MEDIA",
    "/Sound": "MEDIA",
    "/Screen": "MEDIA",
    "/3D": "MEDIA",
}
ACTION_KEYS: Final = frozenset({"/A", "/PA", "/Next"})
SAFE_ACTIONS: Final = frozenset({"/GoTo", "/Named"})
"""Jumps inside the document; links to the web are judged by their address."""
SAFE_ADDRESSES: Final = ("http://", "https://", "mailto:")


def clean(content: bytes) -> tuple[bytes, set[str]]:
    """
    Return the document written anew and what was taken out.

    :raises CannotCleanError: `ENCRYPTED`, `DAMAGED` or `TOO_COMPLEX`
    """
    try:
        # The reference is kept to the end: qpdf's objects die with their document.
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise CannotCleanError("ENCRYPTED")
            _require_pages(document)
            removed = _strip_document(document)
            output = io.BytesIO()
            document.save(
                output, object_stream_mode=pikepdf.ObjectStreamMode.generate, fix_metadata_version=False
            )
    except pikepdf.PasswordError as error:
        raise CannotCleanError("ENCRYPTED") from error
    except RecursionError:
        raise
    except RuntimeError as error:
        # qpdf wants random numbers for nothing but encryption, and this process can open no device.
        problem = "ENCRYPTED" if "random numbers" in str(error) else "DAMAGED"
        raise CannotCleanError(problem, str(error)) from error
    except (pikepdf.PdfError, ValueError, KeyError, TypeError) as error:
        raise CannotCleanError("DAMAGED", str(error)) from error
    return output.getvalue(), removed


def _require_pages(document: pikepdf.Pdf) -> None:
    pages = len(document.pages)
    if pages == 0:
        raise CannotCleanError("DAMAGED", "no pages")
    if pages > MOST_PAGES:
        raise CannotCleanError("TOO_COMPLEX", "pages")


def _strip_document(document: pikepdf.Pdf) -> set[str]:
    removed: set[str] = set()
    objects = list(document.objects)
    if any(_is_signature(item) for item in objects):
        removed.add("SIGNATURE")
    for item in objects:
        _strip(item, removed, depth=0)
    # A base address that every relative link is resolved against.
    if "/URI" in document.Root:
        del document.Root["/URI"]
    return removed


def _is_container(item: object) -> bool:
    return isinstance(item, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream)


def _is_signature(item: object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item and "/Contents" in item


def _strip(item: pikepdf.Object, removed: set[str], *, depth: int) -> None:
    if depth > DEEPEST_OBJECT:
        raise CannotCleanError("TOO_COMPLEX", "depth")
    if isinstance(item, pikepdf.Array):
        _strip_array(item, removed, depth=depth)
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        _strip_dictionary(item, removed, depth=depth)


def _strip_array(array: pikepdf.Object, removed: set[str], *, depth: int) -> None:
    for position in range(len(array) - 1, -1, -1):
        child = array[position]
        active = _active_annotation(child)
        if active:
            del array[position]
            removed.add(active)
        elif _is_container(child) and not child.is_indirect:
            _strip(child, removed, depth=depth + 1)


def _strip_dictionary(mapping: pikepdf.Object, removed: set[str], *, depth: int) -> None:
    for key in list(mapping.keys()):
        child = mapping[key]
        if key in FORBIDDEN_KEYS:
            del mapping[key]
            if key != "/AcroForm" or _has_fields(child):
                removed.add(FORBIDDEN_KEYS[key])
        elif key in ACTION_KEYS and _is_unsafe_action(child):
            del mapping[key]
            removed.add("ACTION")
        # Indirect objects come by themselves: every one of them is in the document's list.
        elif _is_container(child) and not child.is_indirect:
            _strip(child, removed, depth=depth + 1)


def _active_annotation(child: object) -> str | None:
    if not isinstance(child, pikepdf.Dictionary):
        return None
    return ACTIVE_ANNOTATIONS.get(str(child.get("/Subtype", "")))


def _is_unsafe_action(child: object) -> bool:
    if isinstance(child, pikepdf.Array):
        return True
    if not isinstance(child, pikepdf.Dictionary) or "/S" not in child:
        return False
    if str(child["/S"]) == "/URI":
        return not str(child.get("/URI", "")).lower().startswith(SAFE_ADDRESSES)
    return str(child["/S"]) not in SAFE_ACTIONS


def _has_fields(child: object) -> bool:
    return isinstance(child, pikepdf.Dictionary) and len(child.get("/Fields", [])) > 0


if __name__ == "__main__":
    run(clean)

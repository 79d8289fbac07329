"""
The documents of a file: what they say of themselves, their pages and their resources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.numbers import box_of
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import OfdAttachment, OfdFacts, Unreadable

MOST_DOCUMENTS: Final = 32
MOST_PAGES: Final = 2_000
MOST_ATTACHMENTS: Final = 500
LONGEST_FACT: Final = 2_000
A4: Final = Box(x=0, y=0, width=210, height=297)
LARGEST_SIDE: Final = 5_000.0
"""Millimetres of a page's side."""
CUSTOM_DATA: Final = ("CustomData", "CuslomData")
"""The second is a slip of a maker whose files are in use."""


@dataclass(frozen=True, slots=True)
class Body:
    """
    One DocBody of OFD.xml.
    """

    index: int
    element: Element
    root: str | None
    """Part with Document.xml."""
    signatures: str | None
    """Part with Signatures.xml."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """
    One entry of a document's list of pages.
    """

    id: str
    part: str | None


@dataclass(frozen=True, slots=True)
class Resource:
    """
    Something drawn with: a font, a picture, a colour space.
    """

    element: Element
    part: str
    """The resource file that declares it."""
    folder: str
    """BaseLoc of that file."""


class Document:
    """
    One document of a package.
    """

    def __init__(self, package: Package, body: Body) -> None:
        """
        Read Document.xml.

        :raises NotReadable: `MISSING_PART`, or whatever makes that part unreadable
        """
        if body.root is None:
            raise NotReadable(Unreadable.MISSING_PART, body.element.text_of("DocRoot"))
        self.package = package
        self.root = body.root
        self.element = package.xml(body.root)
        self.common = self.element.child("CommonData") or Element("CommonData", {})
        self.pages = self._pages()
        self._read: dict[str, dict[str, Resource]] = {}

    def _pages(self) -> tuple[PageEntry, ...]:
        pages = self.element.child("Pages")
        entries = list(pages.all("Page")) if pages else []
        if len(entries) > MOST_PAGES:
            raise NotReadable(Unreadable.TOO_COMPLEX, "pages")
        return tuple(
            PageEntry(entry.get("ID"), self.package.find(entry.get("BaseLoc"), beside=self.root))
            for entry in entries
        )

    def page_index(self, reference: str) -> int | None:
        """
        Return the page, from 0, that has this ID.
        """
        return next((index for index, page in enumerate(self.pages) if page.id == reference), None)

    def default_area(self) -> Box:
        """
        Return the physical box of pages that have none of their own.
        """
        return area_of(self.common.child("PageArea")) or A4

    def page_box(self, page: Element) -> Box:
        """
        Return the physical box of a page.
        """
        return area_of(page.child("Area")) or self.default_area()

    def resources(self, *more: tuple[Element, str]) -> dict[str, Resource]:
        """
        Return the resources of the document by ID.

        :param more: elements that name further resource files (PageRes), and the part they stand in
        """
        found: dict[str, Resource] = {}
        places = [(element, self.root) for element in self.common.all("PublicRes", "DocumentRes")]
        for element, beside in (*places, *more):
            part = self.package.find(element.text, beside=beside)
            if part is not None:
                found |= self._resources_in(part)
        return found

    def _resources_in(self, part: str) -> dict[str, Resource]:
        if part not in self._read:
            self._read[part] = self._declared_in(part)
        return self._read[part]

    def _declared_in(self, part: str) -> dict[str, Resource]:
        try:
            root = self.package.xml(part)
        except NotReadable:
            # A page is shown with what can be read.
            return {}
        folder = root.get("BaseLoc")
        return {
            element.get("ID"): Resource(element, part, folder)
            for group in root.children
            for element in group.children
            if element.get("ID")
        }

    def file_of(self, resource: Resource, location: str) -> str | None:
        """
        Return the part that a resource's MediaFile or FontFile means.
        """
        tries = [f"{resource.folder.rstrip('/')}/{location}"] if resource.folder else []
        tries.append(location)
        for attempt in tries:
            for beside in (resource.part, self.root):
                part = self.package.find(attempt, beside=beside)
                if part is not None:
                    return part
        return None


def area_of(element: Element | None) -> Box | None:
    """
    Return the PhysicalBox of a page area, None where there is none of a sensible size.
    """
    if element is None:
        return None
    for name in ("PhysicalBox", "ApplicationBox"):
        box = box_of(element.text_of(name))
        if box and 0 < box.width <= LARGEST_SIDE and 0 < box.height <= LARGEST_SIDE:
            return box
    return None


def bodies(package: Package) -> tuple[Body, ...]:
    """
    Return the documents that OFD.xml names.

    :raises NotReadable: OFD.xml cannot be read (`BAD_XML` …), names no document (`NOT_AN_OFD`) or too many
    """
    root = package.xml(package.root)
    found = list(root.all("DocBody"))
    if root.name != "OFD" or not found:
        raise NotReadable(Unreadable.NOT_AN_OFD, root.name)
    if len(found) > MOST_DOCUMENTS:
        raise NotReadable(Unreadable.TOO_COMPLEX, "documents")
    return tuple(
        Body(
            index,
            element,
            package.find(element.text_of("DocRoot"), beside=package.root),
            package.find(element.text_of("Signatures"), beside=package.root),
        )
        for index, element in enumerate(found)
    )


def facts(package: Package) -> OfdFacts:
    """
    Return what the first document says of itself.

    :raises NotReadable: OFD.xml cannot be read
    """
    every = bodies(package)
    info = every[0].element.child("DocInfo") or Element("DocInfo", {})
    document, unreadable = _opened(package, every[0])
    return OfdFacts(
        unreadable=unreadable,
        documents=len(every),
        pages=len(document.pages) if document else 0,
        title=info.text_of("Title")[:LONGEST_FACT],
        author=info.text_of("Author")[:LONGEST_FACT],
        created=info.text_of("CreationDate")[:LONGEST_FACT],
        metadata=_metadata(info),
        attachments=_attachments(document) if document else (),
    )


def _opened(package: Package, body: Body) -> tuple[Document | None, Unreadable | None]:
    try:
        return Document(package, body), None
    except NotReadable as error:
        return None, error.reason


def _metadata(info: Element) -> Mapping[str, str]:
    group = info.child("CustomDatas")
    return {
        item.get("Name")[:LONGEST_FACT]: item.text.strip()[:LONGEST_FACT]
        for item in (group.all(*CUSTOM_DATA) if group else ())
        if item.get("Name")
    }


def _attachments(document: Document) -> tuple[OfdAttachment, ...]:
    package = document.package
    part = package.find(document.element.text_of("Attachments"), beside=document.root)
    if part is None:
        return ()
    try:
        root = package.xml(part)
    except NotReadable:
        return ()
    found = []
    for item in list(root.all("Attachment"))[:MOST_ATTACHMENTS]:
        file = package.find(item.text_of("FileLoc"), beside=part)
        if file is not None:
            found.append(OfdAttachment(name=item.get("Name"), part=file, size=package.size(file)))
    return tuple(found)


def page_sizes(package: Package) -> tuple[tuple[float, float], ...]:
    """
    Return width and height of each page of the first document, in millimetres.

    :raises NotReadable: the document or one of its pages cannot be read
    """
    document = Document(package, bodies(package)[0])
    sizes = []
    for page in document.pages:
        if page.part is None:
            raise NotReadable(Unreadable.MISSING_PART, page.id)
        box = document.page_box(package.xml(page.part))
        sizes.append((box.width, box.height))
    return tuple(sizes)

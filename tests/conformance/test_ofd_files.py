"""
OFD files as GB/T 33190-2016 asks for them: what can be said of a file without its schema at hand.
"""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from tests.unit.support.documents.licences import licence
from tests.unit.support.documents.test_writing import everything
from tongban.support.documents.rules import require_sound_ofd
from tongban.support.documents.services import write_ofd
from tongban.support.documents.values import Attachment, Layout

OFD = "{http://www.ofdspec.org/2016}"
BOX = re.compile(r"-?\d+(\.\d+)?( -?\d+(\.\d+)?){3}")
LOCATION = re.compile(r"[\w./-]+")

ORDER = {
    "OFD": ["DocBody"],
    "DocBody": ["DocInfo", "DocRoot", "Versions", "Signatures"],
    "DocInfo": [
        "DocID", "Title", "Author", "Subject", "Abstract", "CreationDate", "ModDate", "DocUsage", "Cover",
        "Keywords", "Creator", "CreatorVersion", "CustomDatas",
    ],
    "Document": [
        "CommonData", "Pages", "Outlines", "Permissions", "Actions", "VPreferences", "Bookmarks", "Annotations",
        "CustomTags", "Attachments", "Extensions",
    ],
    "CommonData": ["MaxUnitID", "PageArea", "PublicRes", "DocumentRes", "TemplatePage", "DefaultCS"],
    "Page": ["Template", "PageRes", "Area", "Content", "Actions"],
    "TextObject": ["Actions", "Clips", "FillColor", "StrokeColor", "CGTransform", "TextCode"],
    "PathObject": ["Actions", "Clips", "StrokeColor", "FillColor", "AbbreviatedData"],
    "ImageObject": ["Actions", "Clips", "Border"],
    "Res": ["ColorSpaces", "DrawParams", "Fonts", "MultiMedias", "CompositeGraphicUnits"],
}  # fmt: skip
"""Children in the order of the standard's schema (annexes A and 7 to 11)."""

REQUIRED = {
    "Page": {"ID", "BaseLoc"},
    "TemplatePage": {"ID", "BaseLoc"},
    "Template": {"TemplateID"},
    "Layer": {"ID"},
    "TextObject": {"ID", "Boundary", "Font", "Size"},
    "PathObject": {"ID", "Boundary"},
    "ImageObject": {"ID", "Boundary", "ResourceID"},
    "Font": {"ID", "FontName"},
    "MultiMedia": {"ID", "Type"},
    "ColorSpace": {"ID", "Type"},
    "Attachment": {"ID", "Name"},
    "CustomData": {"Name"},
}


def documents() -> list[Layout]:
    face = Attachment(name="face.xml", media_type="application/xml", content=b"<face/>")
    page = everything().pages[0]
    return [licence(), replace(everything(), pages=(page, page, page), attachments=(face,))]


@pytest.fixture(params=[0, 1], ids=["licence", "three pages"])
def archive(request: pytest.FixtureRequest) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(write_ofd(documents()[request.param])))


def trees(archive: zipfile.ZipFile) -> dict[str, ET.Element]:
    return {
        name: ET.fromstring(archive.read(name))
        for name in archive.namelist()
        if name.endswith(".xml") and name != "Doc_0/Attachs/face.xml"
    }


def local(element: ET.Element) -> str:
    return element.tag.removeprefix(OFD)


class TestPackage:
    """
    7.1, 7.2: a ZIP whose way in is OFD.xml.
    """

    def test_has_its_way_in_first_and_every_part_once(self, archive: zipfile.ZipFile) -> None:
        names = archive.namelist()

        assert names[0] == "OFD.xml"
        assert len({name.lower() for name in names}) == len(names)
        assert archive.testzip() is None

    def test_holds_nothing_that_a_careful_reader_would_stumble_over(self, archive: zipfile.ZipFile) -> None:
        for entry in archive.infolist():
            assert LOCATION.fullmatch(entry.filename)
            assert entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            assert entry.flag_bits & 0x1 == 0
            assert entry.extra == b""

    def test_passes_our_own_check_of_uploads(self, archive: zipfile.ZipFile) -> None:
        assert archive.fp is not None
        archive.fp.seek(0)

        require_sound_ofd(archive.fp.read())

    def test_refers_to_every_part_it_holds_and_to_no_other(self, archive: zipfile.ZipFile) -> None:
        seen = {"OFD.xml"}
        for name, root in trees(archive).items():
            folder = name.rsplit("/", 1)[0] + "/" if "/" in name else ""
            base = f"{folder}{root.get('BaseLoc')}/" if local(root) == "Res" else folder
            for part in root.iter():
                if local(part) in {
                    "DocRoot",
                    "PublicRes",
                    "DocumentRes",
                    "FontFile",
                    "MediaFile",
                    "FileLoc",
                    "Attachments",
                }:
                    if part.text:
                        seen.add((base if local(root) == "Res" else folder) + part.text)
                elif local(part) in {"Page", "TemplatePage"} and part.get("BaseLoc"):
                    seen.add(folder + str(part.get("BaseLoc")))

        assert seen == set(archive.namelist())


class TestXml:
    """
    7.3 and the schemas: namespace, order of children, attributes that must be there.
    """

    def test_stands_in_the_namespace_of_the_standard(self, archive: zipfile.ZipFile) -> None:
        for root in trees(archive).values():
            assert all(part.tag.startswith(OFD) for part in root.iter())

    def test_orders_children_as_the_schemas_do(self, archive: zipfile.ZipFile) -> None:
        for root in trees(archive).values():
            for part in root.iter():
                order = ORDER.get(local(part))
                if order is not None and (local(part) != "Page" or not part.get("BaseLoc")):
                    places = [order.index(local(child)) for child in part]
                    assert places == sorted(places)

    def test_gives_every_attribute_that_must_be_there(self, archive: zipfile.ZipFile) -> None:
        for root in trees(archive).values():
            for part in root.iter():
                if part is not root:
                    assert REQUIRED.get(local(part), set()) <= set(part.keys())

    def test_says_which_version_it_is(self, archive: zipfile.ZipFile) -> None:
        root = trees(archive)["OFD.xml"]

        assert (local(root), root.get("Version"), root.get("DocType")) == ("OFD", "1.0", "OFD")


class TestIdentifiers:
    """
    7.5: numbers of objects are unique in a document, and MaxUnitID is the largest.
    """

    def test_are_unique_and_none_is_above_the_largest(self, archive: zipfile.ZipFile) -> None:
        found = [
            int(str(part.get("ID")))
            for name, root in trees(archive).items()
            if "Attachs" not in name
            for part in root.iter()
            if part.get("ID")
        ]

        largest = int(trees(archive)["Doc_0/Document.xml"].findtext(f".//{OFD}MaxUnitID") or "0")
        assert len(set(found)) == len(found)
        assert max(found) == largest

    def test_number_pages_from_one(self, archive: zipfile.ZipFile) -> None:
        pages = trees(archive)["Doc_0/Document.xml"].iterfind(f"{OFD}Pages/{OFD}Page")

        for place, page in enumerate(pages):
            assert page.get("ID") == str(place + 1)
            assert page.get("BaseLoc") == f"Pages/Page_{place}/Content.xml"

    def test_lead_to_fonts_pictures_and_colours_that_are_there(self, archive: zipfile.ZipFile) -> None:
        known = {
            str(part.get("ID"))
            for name, root in trees(archive).items()
            if name.endswith("Res.xml")
            for part in root.iter()
            if part.get("ID")
        }

        used = {
            str(part.get(name))
            for root in trees(archive).values()
            for part in root.iter()
            for name in ("Font", "ResourceID", "ColorSpace")
            if part.get(name)
        }
        assert used == known


class TestText:
    """
    11.3: each character has its place.
    """

    def test_gives_a_distance_for_each_character_but_the_last(self, archive: zipfile.ZipFile) -> None:
        for root in trees(archive).values():
            for code in root.iter(f"{OFD}TextCode"):
                text, spacing = code.text or "", (code.get("DeltaX") or "").split()
                count = 0
                while spacing:
                    count += int(spacing[1]) if spacing[0] == "g" else 1
                    del spacing[: 3 if spacing[0] == "g" else 1]
                assert text == text.strip(" ") != ""
                assert count == len(text) - 1

    def test_keeps_characters_beyond_the_basic_plane_to_themselves(self, archive: zipfile.ZipFile) -> None:
        texts = [code.text or "" for root in trees(archive).values() for code in root.iter(f"{OFD}TextCode")]

        assert all(len(text) == 1 for text in texts if any(ord(character) > 0xFFFF for character in text))

    def test_says_everywhere_what_it_fills(self, archive: zipfile.ZipFile) -> None:
        for root in trees(archive).values():
            for part in root.iter():
                if boundary := part.get("Boundary"):
                    assert BOX.fullmatch(boundary)

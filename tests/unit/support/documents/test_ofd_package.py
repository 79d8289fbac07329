import io
import struct
import zipfile

import pytest

from tests.factories import ofd
from tongban.support.documents.rules.ofd.document import bodies, facts, page_sizes
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.xml import parse
from tongban.support.documents.values.ofd import OfdAttachment, Unreadable


def reason_of(content: bytes) -> Unreadable:
    with pytest.raises(NotReadable) as refusal:
        facts(Package(content))
    return refusal.value.reason


def with_flag(content: bytes, flag: int) -> bytes:
    data = bytearray(content)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic) + offset
        data[at : at + 2] = struct.pack("<H", flag)
    return bytes(data)


def overlapping() -> bytes:
    # Both entries of the directory point at the same bytes.
    content = bytearray(ofd.zipped({"OFD.xml": b"<OFD/>", "OFD.xmk": b"<OFD/>"}))
    second = content.rfind(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(content)


def with_bytes_before_the_directory(content: bytes, more: bytes) -> bytes:
    directory, end = content.find(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    data = bytearray(content)
    data[end + 16 : end + 20] = struct.pack("<L", directory + len(more))
    data[directory:directory] = more
    return bytes(data)


def with_entry(*, mode: int = 0, extra: bytes = b"") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in ofd.parts().items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.extra = extra
            archive.writestr(entry, content)
    return output.getvalue()


def second_name(name: bytes) -> bytes:
    return struct.pack("<HHBL", 0x7075, 5 + len(name), 1, 0) + name


def contradicting(offset: int, value: bytes) -> bytes:
    content = bytearray(ofd.plain_ofd())
    content[offset : offset + len(value)] = value
    return bytes(content)


class TestPackage:
    @pytest.mark.parametrize(
        ("location", "beside"),
        [
            ("/Doc_0/Document.xml", ""),
            ("Doc_0/Document.xml", ""),
            ("/DOC_0/document.XML", ""),
            ("Document.xml", "Doc_0/PublicRes.xml"),
            ("../Document.xml", "Doc_0/Pages/Content.xml"),
            ("./Document.xml", "Doc_0/PublicRes.xml"),
            ("Doc_0\\Document.xml", "OFD.xml"),
            (" /Doc_0/Document.xml\n", "Doc_0/Signs/Sign_0/Signature.xml"),
            ("Doc_0/Document.xml", "Doc_0/Signs/Sign_0/Signature.xml"),
        ],
    )
    def test_finds_a_part_however_its_path_is_written(self, location: str, beside: str) -> None:
        package = Package(ofd.plain_ofd())

        assert package.find(location, beside=beside) == "Doc_0/Document.xml"

    @pytest.mark.parametrize("location", ["", "/", "../OFD.xml", "/../../OFD.xml", "/Doc_0", "a" * 501, "\0"])
    def test_finds_nothing_outside_itself(self, location: str) -> None:
        assert Package(ofd.plain_ofd()).find(location) is None

    def test_prefers_the_folder_of_the_part_that_names_a_path(self) -> None:
        package = Package(ofd.zipped(ofd.parts(more={"Doc_0/OFD.xml": b"<a/>"})))

        assert package.find("OFD.xml", beside="Doc_0/Document.xml") == "Doc_0/OFD.xml"

    def test_reads_names_in_gbk_and_with_backslashes(self) -> None:
        content = ofd.zipped(ofd.parts(more={"Doc_0/XXXX.txt": b"note"}))
        content = content.replace(b"Doc_0/XXXX", b"Doc_0\\" + "附件".encode("gbk"))

        assert Package(content).read(Package(content).require("/Doc_0/附件.txt")) == b"note"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", Unreadable.NOT_A_ZIP),
            (b"%PDF-1.7", Unreadable.NOT_A_ZIP),
            (ofd.plain_ofd()[:-30], Unreadable.NOT_A_ZIP),
            (b"PK\x01\x02" * 2_001, Unreadable.TOO_MANY_PARTS),
            (ofd.zipped({"a.xml": b"<a/>"}), Unreadable.NOT_AN_OFD),
            (ofd.zipped({"OFD.xml": b"<a/>"}), Unreadable.NOT_AN_OFD),
            (ofd.zipped({"OFD.xml": b"<OFD>"}), Unreadable.BAD_XML),
            (ofd.zipped({"OFD.xml": b"<OFD/>"}), Unreadable.NOT_AN_OFD),
            (ofd.zipped({"OFD.xml": b"", "ofd.XML": b""}), Unreadable.DUPLICATE_PART),
            (ofd.zipped({"OFD.xml": b"", "../a": b""}), Unreadable.UNSAFE_PATH),
            (ofd.zipped({"OFD.xml": b"", "/a": b""}), Unreadable.UNSAFE_PATH),
            (ofd.zipped({"OFD.xml": b"", "/".join("abcdefghijklmnopq"): b""}), Unreadable.UNSAFE_PATH),
            (with_flag(ofd.plain_ofd(), 1), Unreadable.ENCRYPTED),
            (ofd.zipped(ofd.parts(more={"encryptions.xml": b"<Encryptions/>"})), Unreadable.ENCRYPTED),
            (ofd.zipped({"OFD.xml": b"", "a": b"\0" * 2_000_000}), Unreadable.BOMB),
            (overlapping(), Unreadable.DAMAGED),
            (with_entry(mode=0o120777), Unreadable.UNSAFE_PATH),
            (with_entry(extra=second_name(b"other.xml")), Unreadable.UNSAFE_PATH),
            (contradicting(8, struct.pack("<H", 0)), Unreadable.DAMAGED),
            (contradicting(14, b"\1\2\3\4"), Unreadable.DAMAGED),
            (contradicting(18, b"\1"), Unreadable.DAMAGED),
            (contradicting(22, b"\1"), Unreadable.DAMAGED),
            (contradicting(30, b"o"), Unreadable.DAMAGED),
        ],
    )
    def test_refuses_what_is_no_tidy_ofd(self, content: bytes, reason: Unreadable) -> None:
        assert reason_of(content) is reason

    def test_lets_an_ordinary_extra_field_and_mode_pass(self) -> None:
        time = struct.pack("<HHB", 0x5455, 1, 0)

        assert Package(with_entry(mode=0o100644, extra=time)).stray_bytes == 0

    def test_counts_bytes_that_belong_to_no_part(self) -> None:
        content = ofd.plain_ofd()

        assert Package(content).stray_bytes == 0
        assert Package(content + b"tail").stray_bytes == 4
        assert Package(with_bytes_before_the_directory(content, b"between")).stray_bytes == 7
        assert Package(b"head" + content).stray_bytes == 4

    def test_counts_no_stray_bytes_where_sizes_follow_the_data(self) -> None:
        output = io.BytesIO()
        with zipfile.ZipFile(_NotSeekable(output), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in ofd.parts().items():
                archive.writestr(name, content)

        assert Package(output.getvalue()).stray_bytes == 0

    def test_notices_a_part_whose_checksum_is_wrong(self) -> None:
        content = ofd.zipped({"OFD.xml": b"<OFD>text</OFD>"}, method=zipfile.ZIP_STORED).replace(
            b"text", b"next"
        )

        assert reason_of(content) is Unreadable.DAMAGED


class _NotSeekable(io.RawIOBase):
    def __init__(self, output: io.BytesIO) -> None:
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._output.write(data)  # type: ignore[arg-type]


class TestParse:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", Unreadable.BAD_XML),
            (b"<a>", Unreadable.BAD_XML),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Unreadable.BAD_XML),
            (b"<!DOCTYPE a SYSTEM 'http://127.0.0.1/a.dtd'><a/>", Unreadable.BAD_XML),
            (b"<?xml version='1.0' encoding='UTF-7'?><a/>", Unreadable.BAD_XML),
            (b"<?xml version='1.0' encoding='GBK'?><a>\xff\xff</a>", Unreadable.BAD_XML),
            (b"<a>" * 65 + b"</a>" * 65, Unreadable.TOO_DEEP),
            (b"<a>" + b"<b/>" * 300_000 + b"</a>", Unreadable.TOO_COMPLEX),
            (b"<a>" + b"text " * 60_000 + b"</a>", Unreadable.TOO_COMPLEX),
        ],
    )
    def test_refuses_what_explodes_or_reaches_out(self, content: bytes, reason: Unreadable) -> None:
        with pytest.raises(NotReadable) as refusal:
            parse(content)

        assert refusal.value.reason is reason

    @pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB2312", "GB18030", "UTF-16"])
    def test_reads_the_encodings_in_use(self, encoding: str) -> None:
        text = f'<?xml version="1.0" encoding="{encoding}"?><o:a xmlns:o="urn:x" o:Name="名"><o:b>内容</o:b></o:a>'

        root = parse(text.encode(encoding))

        assert (root.name, root.attributes, root.text_of("b")) == ("a", {"Name": "名"}, "内容")


class TestFacts:
    def test_tells_what_the_first_document_says(self) -> None:
        info = (
            '<ofd:Author>演示局</ofd:Author><ofd:CustomDatas><ofd:CustomData Name="ZZMC">演示证</ofd:CustomData>'
            '<ofd:CuslomData Name="ZZBH">0001</ofd:CuslomData></ofd:CustomDatas>'
        )
        listed = (
            f'<ofd:Attachments {ofd.XMLNS}><ofd:Attachment ID="1" Name="face.json"><ofd:FileLoc>face.json</ofd:FileLoc>'
            '</ofd:Attachment><ofd:Attachment ID="2" Name="gone"><ofd:FileLoc>gone</ofd:FileLoc></ofd:Attachment>'
            "</ofd:Attachments>"
        )
        made = ofd.parts(
            info=info,
            document="<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
            more={"Doc_0/Attachs/Attachments.xml": listed, "Doc_0/Attachs/face.json": b"{}"},
        )

        found = facts(Package(ofd.zipped(made)))

        assert (found.title, found.author, found.created) == ("演示文件", "演示局", "2026-11-22")
        assert found.metadata == {"ZZMC": "演示证", "ZZBH": "0001"}
        assert found.attachments == (OfdAttachment(name="face.json", part="Doc_0/Attachs/face.json", size=2),)
        assert (found.documents, found.pages, found.unreadable) == (1, 1, None)

    def test_counts_two_documents(self) -> None:
        made = ofd.parts() | {"OFD.xml": ofd.ofd_xml(documents=2).encode()}

        assert facts(Package(ofd.zipped(made))).documents == 2
        assert [body.root for body in bodies(Package(ofd.zipped(made)))] == ["Doc_0/Document.xml", None]

    def test_says_why_the_pages_cannot_be_read(self) -> None:
        made = ofd.parts() | {"Doc_0/Document.xml": b"<Document>"}

        assert facts(Package(ofd.zipped(made))).unreadable is Unreadable.BAD_XML

    def test_measures_pages_by_their_own_area_or_the_documents(self) -> None:
        area = "<ofd:Area><ofd:PhysicalBox>0 0 100 50</ofd:PhysicalBox></ofd:Area>"
        made = ofd.parts(pages=[ofd.page_xml(), ofd.page_xml(before=area)])

        assert page_sizes(Package(ofd.zipped(made))) == ((210, 297), (100, 50))

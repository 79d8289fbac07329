from collections.abc import Mapping

import pytest

from tests.factories import ofd
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.signatures import coverage, found_signatures
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import (
    OUTSIDE_PARTS,
    Coverage,
    FoundSignature,
    FoundStamp,
    ReferenceState,
    SignatureKind,
    SignatureProblem,
    Unreadable,
)

LIST = "Doc_0/Signs/Signatures.xml"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
FOLDER = "Doc_0/Signs/Sign_0"


def read(made: Mapping[str, bytes]) -> tuple[tuple[FoundSignature, ...], Coverage]:
    package = Package(ofd.zipped(made))
    found = found_signatures(package)
    return found, coverage(package, found)


def states(signature: FoundSignature) -> dict[str, ReferenceState]:
    return {reference.declared: reference.state for reference in signature.references}


def with_signature_xml(made: dict[str, bytes], **options: object) -> dict[str, bytes]:
    references = {"/OFD.xml": ofd.digest(made["OFD.xml"])}
    return made | {f"{FOLDER}/Signature.xml": ofd.signature_xml(references, **options)}  # type: ignore[arg-type]


class TestFoundSignatures:
    def test_finds_none_in_an_unsigned_file(self) -> None:
        found, covered = read(ofd.parts())

        assert found == ()
        assert covered.uncovered == tuple(sorted(ofd.parts()))

    def test_reads_everything_a_signature_says(self) -> None:
        made = ofd.signed(ofd.parts())

        (signature,), _ = read(made)

        assert (signature.id, signature.document, signature.kind) == ("s001", 0, SignatureKind.SEAL)
        assert signature.path == "/Doc_0/Signs/Sign_0/Signature.xml"
        assert signature.signature_xml == made[f"{FOLDER}/Signature.xml"]
        assert (signature.seal, signature.value) == (ofd.SEAL, ofd.VALUE + ofd.SEAL)
        assert (signature.provider, signature.method) == ("演示厂商", "1.2.156.10197.1.501")
        assert (signature.check_method, signature.signed_at) == (ofd.SM3, "20261122101112.000Z")
        assert signature.stamps == (
            FoundStamp(page=0, page_reference="100", box=Box(x=150, y=220, width=40, height=40), clip=None),
        )
        assert (signature.problems, signature.digests_hold) == ((), True)

    @pytest.mark.parametrize(
        ("check_method", "algorithm"),
        [
            ("1.2.156.10197.1.401", "sm3"),
            ("SM3", "sm3"),
            ("sm3", "sm3"),
            (None, "sm3"),
            ("2.16.840.1.101.3.4.2.1", "sha256"),
            ("SHA-256", "sha256"),
        ],
    )
    def test_knows_a_digest_by_its_number_or_name(self, check_method: str | None, algorithm: str) -> None:
        made = ofd.signed(ofd.parts(), check_method=check_method, algorithm=algorithm)

        (signature,), covered = read(made)

        assert signature.digests_hold
        assert covered.uncovered == ()

    @pytest.mark.parametrize(
        ("check_method", "algorithm", "state"),
        [
            ("MD5", "md5", ReferenceState.WEAK),
            ("1.3.14.3.2.26", "sha1", ReferenceState.WEAK),
            (None, "md5", ReferenceState.WEAK),
            ("1.2.3.4", "sm3", ReferenceState.UNKNOWN),
            ("SM3", "sha1", ReferenceState.UNKNOWN),
        ],
    )
    def test_lets_no_weak_or_strange_digest_cover_anything(
        self, check_method: str | None, algorithm: str, state: ReferenceState
    ) -> None:
        made = ofd.signed(ofd.parts(), check_method=check_method, algorithm=algorithm)

        (signature,), covered = read(made)

        assert set(states(signature).values()) == {state}
        assert not signature.digests_hold
        assert covered.uncovered == tuple(sorted(ofd.parts()))

    def test_finds_parts_that_references_write_otherwise(self) -> None:
        spelled = {PAGE: "/doc_0/PAGES/Page_0/content.xml", "OFD.xml": "OFD.xml"}

        (signature,), _ = read(ofd.signed(ofd.parts(), spelled=spelled))

        assert signature.digests_hold

    def test_tells_a_signature_from_a_seal(self) -> None:
        made = ofd.signed(ofd.parts(), count=2) | {LIST: ofd.list_xml(2, kinds=["Sign", "Seal"])}

        found, _ = read(made)

        assert [signature.kind for signature in found] == [SignatureKind.SIGN, SignatureKind.SEAL]

    def test_reads_the_signatures_of_every_document(self) -> None:
        made = ofd.signed(ofd.parts())
        second = ofd.ofd_xml(documents=2, signatures="Doc_0/Signs/Signatures.xml").replace(
            "Doc_1/Document.xml</ofd:DocRoot>",
            "Doc_1/Document.xml</ofd:DocRoot><ofd:Signatures>Doc_1/Signatures.xml</ofd:Signatures>",
        )
        listed = ofd.list_xml(1).replace(b"/Doc_0/Signs/Sign_0/", b"/Doc_1/")
        more = {"Doc_1/Signatures.xml": listed, "Doc_1/Signature.xml": ofd.signature_xml({}, stamps="")}

        found, _ = read(made | {"OFD.xml": second.encode()} | more)

        assert [(signature.document, signature.path) for signature in found] == [
            (0, "/Doc_0/Signs/Sign_0/Signature.xml"),
            (1, "/Doc_1/Signature.xml"),
        ]

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({f"{FOLDER}/Signature.xml": b"<broken"}, SignatureProblem.SIGNATURE_UNREADABLE),
            ({f"{FOLDER}/Signature.xml": b"<Signature/>"}, SignatureProblem.SIGNATURE_UNREADABLE),
            ({f"{FOLDER}/Signature.xml": None}, SignatureProblem.SIGNATURE_MISSING),
            ({f"{FOLDER}/SignedValue.dat": None}, SignatureProblem.VALUE_MISSING),
            ({f"{FOLDER}/Seal.esl": None}, SignatureProblem.SEAL_MISSING),
        ],
    )
    def test_names_what_a_container_lacks(
        self, change: dict[str, bytes | None], problem: SignatureProblem
    ) -> None:
        made = {**ofd.signed(ofd.parts()), **change}

        (signature,), _ = read({name: content for name, content in made.items() if content is not None})

        assert problem in signature.problems

    def test_names_what_can_be_read_in_two_ways(self) -> None:
        made = with_signature_xml(ofd.signed(ofd.parts()), more="<ofd:SignedValue>/OFD.xml</ofd:SignedValue>")

        assert read(made)[0][0].problems == (SignatureProblem.AMBIGUOUS,)

    def test_names_a_page_that_is_not_there(self) -> None:
        made = with_signature_xml(
            ofd.signed(ofd.parts()), stamps='<ofd:StampAnnot PageRef="7" Boundary="0 0 1 1"/>'
        )

        (signature,), _ = read(made)

        assert signature.stamps[0].page is None
        assert signature.problems == (SignatureProblem.PAGE_UNKNOWN,)

    def test_names_a_signature_over_nothing(self) -> None:
        made = ofd.signed(ofd.parts()) | {f"{FOLDER}/Signature.xml": ofd.signature_xml({})}

        (signature,), covered = read(made)

        assert signature.problems == (SignatureProblem.NO_REFERENCES,)
        assert not signature.digests_hold
        assert PAGE in covered.uncovered

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({LIST: b"<broken"}, Unreadable.BAD_XML),
            ({LIST: ofd.page_xml().encode()}, Unreadable.BAD_XML),
            ({LIST: ofd.list_xml(201)}, Unreadable.TOO_COMPLEX),
            ({LIST: None}, Unreadable.MISSING_PART),
        ],
    )
    def test_refuses_a_file_whose_list_of_signatures_is_spoilt(
        self, change: dict[str, bytes | None], reason: Unreadable
    ) -> None:
        made = {**ofd.signed(ofd.parts()), **change}

        with pytest.raises(NotReadable) as refusal:
            read({name: content for name, content in made.items() if content is not None})

        assert refusal.value.reason is reason


class TestWhatChanged:
    def test_names_the_part(self) -> None:
        made = ofd.signed(ofd.parts()) | {PAGE: ofd.page_xml("").encode()}

        (signature,), covered = read(made)

        changed = [item for item in signature.references if item.state is ReferenceState.CHANGED]
        assert [(item.part, item.changed_by) for item in changed] == [(PAGE, None)]
        assert covered.uncovered == (PAGE,)

    def test_names_a_part_that_is_gone(self) -> None:
        made = ofd.signed(ofd.parts())
        del made["Doc_0/PublicRes.xml"]

        (signature,), _ = read(made)

        assert states(signature)["/Doc_0/PublicRes.xml"] is ReferenceState.MISSING
        assert not signature.digests_hold

    def test_names_the_later_signature_that_changed_the_list(self) -> None:
        found, covered = read(ofd.signed(ofd.parts(), count=3, cover_list=True))

        first = {item.part: item for item in found[0].references if item.state is not ReferenceState.SAME}
        assert list(first) == [LIST]
        assert first[LIST].changed_by == "s002"
        assert [signature.digests_hold for signature in found] == [False, True, True]
        assert covered.is_locked

    def test_names_the_later_signature_over_a_part_as_it_is_now(self) -> None:
        earlier = ofd.signed(ofd.parts())
        changed = {**earlier, PAGE: ofd.page_xml("").encode()}
        later = ofd.signed({**changed, "OFD.xml": ofd.parts()["OFD.xml"]}, count=2)
        made = later | {f"{FOLDER}/Signature.xml": earlier[f"{FOLDER}/Signature.xml"]}
        references = {"/OFD.xml": ofd.digest(made["OFD.xml"]), f"/{PAGE}": ofd.digest(made[PAGE])}
        made["Doc_0/Signs/Sign_1/Signature.xml"] = ofd.signature_xml(references, number=1)

        found, _ = read(made)

        changed_now = {item.part: item.changed_by for item in found[0].references if item.part == PAGE}
        assert changed_now == {PAGE: "s002"}
        assert found[1].digests_hold


class TestCoverage:
    def test_names_parts_that_no_signature_covers(self) -> None:
        _, covered = read(ofd.signed(ofd.parts(), leave_out=["OFD.xml", PAGE]))

        assert covered.uncovered == (PAGE, "OFD.xml")

    def test_names_a_part_added_afterwards(self) -> None:
        _, covered = read(ofd.signed(ofd.parts()) | {"Doc_0/Extra.xml": b"<a/>"})

        assert covered.uncovered == ("Doc_0/Extra.xml",)

    def test_names_bytes_outside_the_parts(self) -> None:
        package = Package(ofd.signed_ofd() + b"%PDF-1.7")

        assert coverage(package, found_signatures(package)).uncovered == (OUTSIDE_PARTS,)

    def test_counts_the_container_as_its_own(self) -> None:
        _, covered = read(ofd.signed(ofd.parts(), leave_out=[f"{FOLDER}/Seal.esl"]))

        assert covered.uncovered == ()
        assert covered.own_parts == (
            f"{FOLDER}/Seal.esl",
            f"{FOLDER}/Signature.xml",
            f"{FOLDER}/SignedValue.dat",
            LIST,
        )
        assert not covered.is_locked

    def test_names_a_seal_that_is_not_the_one_in_the_value(self) -> None:
        made = ofd.signed(ofd.parts(), leave_out=[f"{FOLDER}/Seal.esl"]) | {f"{FOLDER}/Seal.esl": b"another"}

        assert read(made)[1].uncovered == (f"{FOLDER}/Seal.esl",)

    @pytest.mark.parametrize("old", ["Doc_0/Signs/Sign_0/SignedValue.dat", "Doc_0/Signs/Sign_0/Seal.esl"])
    def test_hides_no_page_behind_the_container(self, old: str) -> None:
        made = ofd.signed(ofd.parts(), leave_out=[PAGE])
        named = made[f"{FOLDER}/Signature.xml"].replace(old.encode(), PAGE.encode())

        _, covered = read(made | {f"{FOLDER}/Signature.xml": named})

        assert PAGE in covered.uncovered

    def test_hides_no_page_in_the_list_of_signatures(self) -> None:
        made = ofd.signed(ofd.parts(), leave_out=[PAGE])
        listed = made[LIST].replace(
            b"</ofd:Signatures>", f'<ofd:Signature ID="s9" BaseLoc="/{PAGE}"/></ofd:Signatures>'.encode()
        )

        found, covered = read(made | {LIST: listed})

        assert found[1].problems == (SignatureProblem.SIGNATURE_UNREADABLE,)
        assert PAGE in covered.uncovered

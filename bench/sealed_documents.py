"""
What seals cost: SM2 alone, a licence as a sealed OFD file, its verification, its picture, and a thousand licences.

The ceiling of issuing is two SM2 signatures, that of the seal and that of the time-stamp, and the zip of the same
bytes; that of verifying is as many verifications as a sealed file asks for and reading the zip. Both are measured in
the same round, and in seconds of one core: the processor's time of this process and of its database's together, so
that what else the machine does changes little. What other processes do, and a thousand licences, is by the clock.
"""

import io
import os
import secrets
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django.db import connection, transaction

from bench.report import Row, against
from tongban.business.licences import services as licences
from tongban.business.licences.values import Holder
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.clock import now
from tongban.foundation.crypto import sm2, sm3
from tongban.support.documents import services as documents
from tongban.support.documents.values import DocumentFacts, FaceLineText, FaceValues
from tongban.support.identity.values import CHECKED_BY_FACTOR, Role
from tongban.support.seals import services as seals
from tongban.support.seals.values import AuthorisationKind, Limits, SealKind, SealPurpose
from tongban.support.trust import services as trust

SECONDS: Final = 1.0
LICENCES: Final = 1_000
FILES: Final = 40
"""Different ones, so that nothing that belongs to one file is at hand when its turn comes again."""
CHECKS_OF_A_FILE: Final = 7
"""Signature, seal, time-stamp, and the certificates of their signers and of who issued those."""
ISSUE_AIM: Final = 0.4
VERIFY_AIM: Final = 0.5
SIGN_AND_ZIP: Final = "two SM2 signatures and the zip of the same bytes"
CHECK_AND_UNZIP: Final = "seven SM2 verifications, SM3 and unzip of the same bytes"

AGENCY: Final = "115113016823646795"
AGENCY_NAME: Final = "广安市广安区行政审批局"
DIVISION: Final = "511602000000"
TYPE: Final[dict[str, Any]] = {
    "code": "11100000000013338W011",
    "name": "人力资源服务许可证",
    "defining_body_code": "11100000000013338W",
    "defining_body_name": "示例部",
    "face": [
        {"key": "holder_name", "label": "机构名称", "source": "holder.name"},
        {"key": "holder_code", "label": "统一社会信用代码", "source": "holder.code"},
        {"key": "address", "label": "住所"},
        {"key": "scope", "label": "许可范围"},
    ],
}
FACE: Final = {"address": "四川省广安市广安区示例路1号", "scope": "职业介绍、人力资源供求信息的收集和发布"}
HOLDER: Final = Holder(kind="2", name="广安演示人力资源有限公司", code="91511602MA0000000X", code_type="001")
SYLLABLES: Final = "安宝诚达恩丰广和佳康隆美宁鹏清瑞盛泰旺兴永元正中"
NODE: Final = system_actor("bench")


def rows(rounds: int) -> Iterator[Row]:
    """
    Yield the figures; tables are there and empty.
    """
    at = now()
    _put_seal_into_use(at)
    key = sm2.generate()
    message, signature = b"0" * 32, key.sign(b"0" * 32)
    files = [_sealed(at) for _file in range(FILES)]
    sealed, parts = files[0], _parts(files[0])
    turns = cycle(files)
    pairs: dict[str, list[tuple[float, float]]] = {}
    for _round in range(rounds):
        sign, verify = (
            _per_second(lambda: key.sign(message)),
            _per_second(lambda: key.public.verify(signature, message)),
        )
        packing = _per_second(lambda: _packed(parts, key))
        unpacking = _per_second(lambda: _unpacked(sealed, key.public, signature))
        for name, value, ceiling in (
            ("SM2: sign", sign, sign),
            ("SM2: verify", verify, verify),
            ("issue a sealed licence (OFD)", _per_second(lambda: _sealed(at)), packing),
            ("verify a sealed licence", _per_second(lambda: _verified(next(turns), at)), unpacking),
            (
                "render a sealed licence (SVG)",
                _per_second(lambda: documents.view_ofd(next(turns)), time.perf_counter),
                unpacking,
            ),
        ):
            pairs.setdefault(name, []).append((value, ceiling))
    # Once: a thousand are measure enough.
    pairs["issue 1,000 licences, OFD and PDF kept"] = [(_batch(at), packing)]
    for name, measured in pairs.items():
        yield _row(name, measured)


def _row(name: str, measured: list[tuple[float, float]]) -> Row:
    if name.startswith("SM2"):
        return Row(name=name, value=round(sorted(measured)[len(measured) // 2][0], 1), unit="/s")
    issues, verifies = name.startswith("issue a"), name.startswith("verify")
    aim = ISSUE_AIM if issues else VERIFY_AIM if verifies else None
    ceiling_is = SIGN_AND_ZIP if name.startswith("issue") else CHECK_AND_UNZIP
    return against(name, measured, unit="/s", ceiling_is=ceiling_is, aim=aim)


# --- what is measured -----------------------------------------------------------------------------------------------


def _sealed(at: datetime) -> bytes:
    # Every licence has another holder, address and token, so that their characters and codes are made anew.
    name = "".join(secrets.choice(SYLLABLES) for _place in range(4))
    face = {
        "holder_name": f"广安{name}人力资源有限公司",
        "holder_code": "91511602MA0000000X",
        "address": f"四川省广安市广安区{name}路{secrets.randbelow(900)}号",
        "scope": FACE["scope"],
    }
    layout = documents.lay_out_face(
        template=documents.default_face_template(),
        values=FaceValues(
            fields={
                "title": TYPE["name"],
                "title_en": "Human Resources Service Permit",
                "number": uuid4().hex[:18],
                "identifier": "1.2.156.3005.2.11100000000013338W011.115113016823646795.20260000001.001.X",
                "issuer_name": AGENCY_NAME,
                "issued_date": "2026-11-22",
                "valid_from": "2026-11-22",
                "last_valid_date": "2031-11-21",
                "verification_url": f"https://city.example/verify/{secrets.token_urlsafe(12)}",
                "demonstration": "1",
            },
            lines=tuple(
                FaceLineText(key=line["key"], label=line["label"], value=face[line["key"]])
                for line in TYPE["face"]
            ),
        ),
        facts=DocumentFacts(title=TYPE["name"], author=AGENCY_NAME, created_at=at),
    )
    return seals.seal_document(
        document=documents.unsigned_ofd(layout),
        agency_code=AGENCY,
        purpose=SealPurpose.LICENCE,
        case_number="BENCH",
        actor=NODE,
        at=at,
        places=layout.seal_places,
    ).content


def _verified(content: bytes, at: datetime) -> None:
    verdict = seals.verify_file(content=content, name="licence.ofd", at=at).as_json()
    if verdict["verdict"] != "valid":
        raise RuntimeError(verdict)


def _batch(at: datetime) -> float:
    began = time.perf_counter()
    for number in range(LICENCES):
        with transaction.atomic():
            receipt = licences.issue_licence(
                type_code=TYPE["code"],
                holder=HOLDER,
                face=FACE,
                issuer_code=AGENCY,
                issuer_name=AGENCY_NAME,
                division_code=DIVISION,
                case_number=f"{uuid4().hex[:20]}{number:06d}",
                actor=NODE,
                at=at,
            )
        licences.render_licence(licence_id=receipt.id, at=at)
    return LICENCES / (time.perf_counter() - began)


# --- ceilings -------------------------------------------------------------------------------------------------------


def _parts(content: bytes) -> list[tuple[str, int, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(entry.filename, entry.compress_type, archive.read(entry)) for entry in archive.infolist()]


def _packed(parts: list[tuple[str, int, bytes]], key: sm2.PrivateKey) -> None:
    key.sign(parts[0][2])
    key.sign(parts[-1][2])
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        for name, kind, part in parts:
            archive.writestr(name, part, kind)


def _unpacked(content: bytes, key: sm2.PublicKey, signature: bytes) -> None:
    for _check in range(CHECKS_OF_A_FILE):
        key.verify(signature, b"0" * 32)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            sm3(archive.read(entry))


def _per_second(work: Callable[[], object], clock: Callable[[], float] | None = None) -> float:
    """
    Return how often a second of the clock is enough for; that of one core without another.
    """
    clock = clock or _core_seconds
    work()
    done, began, until = 0, clock(), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        work()
        done += 1
    return done / (clock() - began)


def _core_seconds() -> float:
    """
    Return the processor's time of this process and of the database's process that works for it.
    """
    with connection.cursor() as cursor:
        database = Path(f"/proc/{cursor.connection.info.backend_pid}/stat")
    # In user and in system mode: the twelfth and thirteenth field behind the name, which stands in brackets.
    ticks = database.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


# --- a seal in use --------------------------------------------------------------------------------------------------


def _put_seal_into_use(at: datetime) -> None:
    trust.ensure_authorities(name="测试市", is_demonstration=True, actor=NODE, at=at)
    licences.load_licence_types(rows=[TYPE], actor=NODE, at=at)
    keeper = _staff(Role.SEAL_KEEPER, at)
    seal_id = seals.apply_for_seal(
        agency_code=AGENCY,
        agency_name=AGENCY_NAME,
        division_code=DIVISION,
        name=AGENCY_NAME,
        kind=SealKind.AGENCY,
        basis="bench",
        actor=keeper,
        at=at,
    ).seal_id
    maker = _staff(Role.SEAL_MAKER, at)
    seals.review_seal(seal_id=seal_id, actor=_staff(Role.SEAL_REVIEWER, at), at=at)
    seals.make_seal(seal_id=seal_id, actor=maker, at=at)
    seals.file_seal(seal_id=seal_id, filing_number="BENCH", actor=_staff(Role.SEAL_REGISTRAR, at), at=at)
    seals.issue_seal(seal_id=seal_id, actor=maker, at=at)
    seals.receive_seal(seal_id=seal_id, actor=keeper, at=at)
    seals.authorise(
        seal_id=seal_id,
        kind=AuthorisationKind.STANDING,
        limits=Limits(purposes=frozenset({SealPurpose.NOTICE, SealPurpose.LICENCE})),
        valid_from=at,
        valid_until=at.replace(year=at.year + 1),
        actor=keeper,
        at=at,
    )


def _staff(role: Role, at: datetime) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=str(uuid4()),
        name="示例",
        agency_code=AGENCY,
        division_code=DIVISION,
        roles=frozenset({role.value}),
        checked_level=CHECKED_BY_FACTOR,
        checked_at=at,
    )

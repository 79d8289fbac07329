"""
What the verification page says of a file: answers of `support.seals` as lights, and the pages as pictures.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tongban.portal.site.values import CheckedFile, CheckedPage, CheckedSignature, Light, SignatureAnswer
from tongban.support.documents import services as documents
from tongban.support.documents.values import OUTSIDE_PARTS
from tongban.support.seals import services as seals
from tongban.support.seals.values import (
    Certificate,
    CheckedKind,
    FileVerdict,
    FileVerdictKind,
    Integrity,
    Mathematics,
    SignatureVerdict,
    Standing,
    TimeSource,
    Validity,
)

MOST_PAGES: Final = 5
MOST_PICTURE_BYTES: Final = 4 * 1024 * 1024
"""Of all pages of a file together: they go out inside the page."""
MOST_PARTS: Final = 50
SHOWN_IN_BROWSERS: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/bmp", "image/svg+xml"})

BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"<")
"""Of pictures that browsers draw: what is none would stand there broken."""

LIGHTS: Final[Mapping[str, Mapping[str, Light]]] = {
    "integrity": {
        Integrity.INTACT: Light.GOOD,
        Integrity.CHANGED: Light.BAD,
        Integrity.CHANGED_LATER: Light.BAD,
        Integrity.WEAK: Light.BAD,
        Integrity.UNCHECKED: Light.BAD,
    },
    "signature": {
        Mathematics.VALID: Light.GOOD,
        Mathematics.WEAK: Light.BAD,
        Mathematics.UNSUPPORTED: Light.WARN,
        Mathematics.NO_CERTIFICATE: Light.WARN,
        Mathematics.INVALID: Light.BAD,
        Mathematics.FOREIGN_SIGNER: Light.BAD,
        Mathematics.MISSING: Light.BAD,
    },
    "certificate": {
        Certificate.TRUSTED: Light.GOOD,
        Certificate.UNTRUSTED: Light.WARN,
        Certificate.WRONG_USE: Light.WARN,
        Certificate.WEAK: Light.BAD,
        Certificate.EXPIRED: Light.BAD,
        Certificate.NOT_YET: Light.BAD,
        Certificate.REVOKED: Light.BAD,
        Certificate.INVALID: Light.BAD,
    },
    "validity": {
        Validity.VALID: Light.GOOD,
        Validity.NONE: Light.NOTE,
        Validity.UNKNOWN: Light.WARN,
        Validity.EXPIRED: Light.BAD,
        Validity.NOT_YET: Light.BAD,
    },
    "time": {
        TimeSource.STAMPED: Light.GOOD,
        TimeSource.STAMP_UNTRUSTED: Light.NOTE,
        TimeSource.STATED: Light.NOTE,
        TimeSource.UNSUPPORTED: Light.WARN,
        TimeSource.STAMP_WEAK: Light.WARN,
        TimeSource.MISSING: Light.WARN,
        TimeSource.STAMP_WRONG: Light.BAD,
    },
    "seal_state": {
        Standing.IN_USE: Light.GOOD,
        Standing.EXPIRED: Light.NOTE,
        Standing.REPLACED: Light.NOTE,
        Standing.DESTROYED: Light.NOTE,
        Standing.UNKNOWN: Light.NOTE,
        Standing.SUSPENDED: Light.WARN,
        Standing.UNRECORDED: Light.BAD,
        Standing.ALTERED: Light.BAD,
    },
}
"""How each answer is marked; an answer that says nothing against the file is no warning."""

QUESTIONS: Final = {
    "integrity": _("内容"),
    "signature": _("签名"),
    "certificate": _("证书"),
    "validity": _("有效期"),
    "time": _("签章时间"),
    "seal_state": _("印章状态"),
}

SIGNER: Final = _("签章人证书")
SIGNERS: Final = {CheckedKind.SEAL: _("制章者证书"), CheckedKind.CERTIFICATE: _("签发机构")}
TIME: Final = _("时间")
TIMES: Final = {CheckedKind.SEAL: _("制作时间"), CheckedKind.CERTIFICATE: _("生效时间")}
"""What name and moment are called, where no document was signed."""

NO_ISSUER: Final = _(
    "计算结果全部正确，但本平台不认识证书的签发机构，不能证明签章人就是所写的单位。采信前请向签章单位核实。"
)
STOPPED: Final = _("印章现已冻结或挂失。请向签章单位核实，文件是不是在停用以前签发的。")
PARTLY: Final = _("文件里有不受任何签章保护的内容，只能采信受保护的部分。")
ALL_GOOD: Final = _("签章由受信任的机构签发。请把签章单位、签章时间与您了解的情况核对。")
ADVICE: Final = {
    FileVerdictKind.CHANGED: _("不要采信这份文件；请向提供的人索取原文件。"),
    FileVerdictKind.INVALID: _("不要采信这份文件；请向签章单位核实。"),
    FileVerdictKind.UNSIGNED: _("没有电子签章，就无法证明文件由谁出具、有没有被改动。"),
    FileVerdictKind.UNREADABLE: _(
        "请确认文件完整，格式为 OFD、PDF、电子印章（.esl）或数字证书，然后再试一次。"
    ),
}
OUTSIDE: Final = _("文件各部分之外的数据")


def checked_file(verdict: FileVerdict, *, content: bytes) -> CheckedFile:
    """
    Return what the page shows of a file that was looked at; its pages are drawn in the sandbox.
    """
    light, advice = _advice(verdict)
    numbered = list(enumerate(verdict.signatures, 1))
    numbers = {signature.id: number for number, signature in numbered}
    return CheckedFile(
        name=verdict.file,
        kind_name=str(verdict.kind.label),
        title=verdict.title,
        light=light,
        advice=advice,
        remarks=verdict.remarks,
        signatures=tuple(_signature(verdict.kind, *one, numbers) for one in numbered),
        uncovered=tuple(map(_part, verdict.uncovered[:MOST_PARTS])),
        uncovered_in_all=len(verdict.uncovered),
        picture=_seal_picture(verdict, content),
        **_pages(verdict, content),
    )


def _part(name: str) -> str:
    return str(OUTSIDE) if name == OUTSIDE_PARTS else name


def _advice(verdict: FileVerdict) -> tuple[Light, tuple[str, ...]]:
    if verdict.verdict is FileVerdictKind.VALID:
        told = [str(words) for words in _doubts(verdict)]
        return (Light.WARN, tuple(told)) if told else (Light.GOOD, (str(ALL_GOOD),))
    is_bad = verdict.verdict in (FileVerdictKind.CHANGED, FileVerdictKind.INVALID)
    return (Light.BAD if is_bad else Light.WARN), (str(ADVICE[verdict.verdict]),)


def _doubts(verdict: FileVerdict) -> list[Any]:
    """
    Return what to think of although the mathematics hold: trust is told apart from them.
    """
    answers = verdict.signatures
    doubts: list[Any] = []
    if any(one.certificate is not Certificate.TRUSTED for one in answers):
        doubts.append(NO_ISSUER)
    if any(one.seal_state is Standing.SUSPENDED for one in answers):
        doubts.append(STOPPED)
    if verdict.uncovered:
        doubts.append(PARTLY)
    return doubts


def _signature(
    kind: CheckedKind, number: int, signature: SignatureVerdict, numbers: Mapping[str, int]
) -> CheckedSignature:
    return CheckedSignature(
        number=number,
        id=signature.id,
        seal_name=signature.seal_name or signature.signer or signature.id,
        signer_word=str(SIGNERS.get(kind, SIGNER)),
        signer=signature.signer,
        time_word=str(TIMES.get(kind, TIME)),
        signed_at=signature.signed_at,
        changed_by=numbers.get(signature.changed_by),
        answers=tuple(
            SignatureAnswer(
                question=str(QUESTIONS[field]),
                sentence=sentence,
                light=LIGHTS[field][getattr(signature, field)],
            )
            for field, sentence in signature.answers(kind).items()
        ),
    )


def _seal_picture(verdict: FileVerdict, content: bytes) -> str:
    if verdict.kind not in (CheckedKind.SEAL, CheckedKind.SIGNATURE):
        return ""
    picture = seals.picture_in(content)
    if picture is None or picture.media_type not in SHOWN_IN_BROWSERS:
        return ""
    if not picture.content.lstrip().startswith(BEGINNINGS):
        return ""
    return _data(picture.media_type, picture.content)


def _pages(verdict: FileVerdict, content: bytes) -> dict[str, Any]:
    if verdict.kind is not CheckedKind.OFD or verdict.verdict is FileVerdictKind.UNREADABLE:
        return {}
    try:
        drawn = documents.view_ofd(content, picture_of=seals.picture_in, count=MOST_PAGES + 1)
    except documents.OfdUnreadable as error:
        return {"pages_note": str(error)}
    shown, left = [], MOST_PICTURE_BYTES
    for page in drawn[:MOST_PAGES]:
        left -= len(page.svg)
        if left < 0:
            break
        shown.append(
            CheckedPage(
                number=page.number,
                picture=_data("image/svg+xml", page.svg),
                text=page.text.strip(),
                is_partial=bool(page.notes),
            )
        )
    note = ""
    if len(shown) < len(drawn):
        note = ngettext("只显示前 %(num)s 页", "只显示前 %(num)s 页", len(shown)) % {"num": len(shown)}
    return {"pages": tuple(shown), "pages_note": note}


def _data(media_type: str, content: bytes) -> str:
    """
    Return the address of a picture that is in the page itself: as an image nothing in it can run or fetch.
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"

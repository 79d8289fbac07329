"""
Taking a file from somebody: size, name, type, content, viruses, and only then the store.

Errors raised here; each leaves nothing behind::

    UploadRefused            422
    ├── UploadTooLarge       413  upload_too_large
    ├── UploadEmpty               upload_empty
    ├── UploadNameInvalid         upload_name_invalid
    ├── UploadTypeNotAllowed 415  upload_type_not_allowed
    ├── UploadTypeMismatch   415  upload_type_mismatch
    ├── UploadDamaged             upload_damaged
    ├── UploadEncrypted           upload_encrypted
    ├── UploadExpands             upload_expands_too_much
    ├── UploadTooManyPixels       upload_too_many_pixels
    ├── UploadHidesContent        upload_hides_content
    ├── UploadArchiveUnsafe       upload_archive_unsafe
    ├── UploadTooComplex          upload_too_complex
    └── UploadInfected            upload_infected
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import ServiceError
from tongban.support.documents import permissions, ports, rules
from tongban.support.documents.ports import ByteSource
from tongban.support.documents.rules import Problem, Refused
from tongban.support.documents.services.files import keep_content
from tongban.support.documents.values import FileReceipt, Owner, Purpose

READ_BYTES: Final = 256 * 1024
FORM_OVERHEAD_BYTES: Final = 1024 * 1024
"""What a multipart form may hold beside the file: other fields, boundaries, headers."""


class UploadRefused(ServiceError):
    """
    The file cannot be accepted; the subclass says why.
    """

    code = "upload_refused"
    status = 422
    message = _("该文件无法接收")


class UploadTooLarge(UploadRefused):
    """
    The file is larger than this node accepts.
    """

    code = "upload_too_large"
    status = 413
    message = _("文件超过 %(limit_megabytes)s MB 的上限，请压缩或拆分后再上传")


class UploadEmpty(UploadRefused):
    """
    The file has no bytes.
    """

    code = "upload_empty"
    message = _("文件是空的，请重新选择文件")


class UploadNameInvalid(UploadRefused):
    """
    The name is a path, too long, or holds characters that a file name must not hold.
    """

    code = "upload_name_invalid"
    message = _("文件名不符合要求：不能包含路径或特殊字符，且不超过 150 个字")


class UploadTypeNotAllowed(UploadRefused):
    """
    The ending of the name is not one of pdf, jpg, jpeg, png, ofd.
    """

    code = "upload_type_not_allowed"
    status = 415
    message = _("只接受 PDF、JPG、PNG、OFD 格式的文件")


class UploadTypeMismatch(UploadRefused):
    """
    Name, declared type and content do not agree.
    """

    code = "upload_type_mismatch"
    status = 415
    message = _("文件内容与文件类型不一致，请上传由软件正常导出的文件")


class UploadDamaged(UploadRefused):
    """
    The file cannot be read to its end.
    """

    code = "upload_damaged"
    message = _("文件已损坏，无法打开，请重新导出后上传")


class UploadEncrypted(UploadRefused):
    """
    The file is protected by a password.
    """

    code = "upload_encrypted"
    message = _("文件设有密码，请去除密码后再上传")


class UploadExpands(UploadRefused):
    """
    Unpacked, the file would be out of all proportion: a bomb.
    """

    code = "upload_expands_too_much"
    message = _("文件展开后过大，无法接收")


class UploadTooManyPixels(UploadRefused):
    """
    The picture has more than 64 million pixels.
    """

    code = "upload_too_many_pixels"
    message = _("图片尺寸过大（超过 6400 万像素），请缩小后再上传")


class UploadHidesContent(UploadRefused):
    """
    The file carries bytes that do not belong to its format: a second file inside the first.
    """

    code = "upload_hides_content"
    message = _("文件夹带了其他内容，无法接收，请上传由软件正常导出的文件")


class UploadArchiveUnsafe(UploadRefused):
    """
    The OFD holds paths, links, programs or archives that an OFD does not have.
    """

    code = "upload_archive_unsafe"
    message = _("OFD 文件内含有不允许的内容，无法接收")


class UploadTooComplex(UploadRefused):
    """
    Reading the file took more time or memory than any honest file does, or crashed the reader.
    """

    code = "upload_too_complex"
    message = _("文件结构异常，无法处理，请重新导出后上传")


class UploadInfected(UploadRefused):
    """
    The virus scanner found malware.
    """

    code = "upload_infected"
    message = _("文件含有病毒，已拒绝接收")


REFUSALS: Final[dict[Problem, type[UploadRefused]]] = {
    Problem.EMPTY: UploadEmpty,
    Problem.NAME: UploadNameInvalid,
    Problem.TYPE_NOT_ALLOWED: UploadTypeNotAllowed,
    Problem.TYPE_MISMATCH: UploadTypeMismatch,
    Problem.DAMAGED: UploadDamaged,
    Problem.ENCRYPTED: UploadEncrypted,
    Problem.BOMB: UploadExpands,
    Problem.TOO_MANY_PIXELS: UploadTooManyPixels,
    Problem.HIDDEN_CONTENT: UploadHidesContent,
    Problem.UNSAFE_ARCHIVE: UploadArchiveUnsafe,
    Problem.TOO_COMPLEX: UploadTooComplex,
}


def check_request_size(*, declared_bytes: int | None) -> None:
    """
    Refuse a request that announces more than one file of the allowed size, before its body is read.

    :param declared_bytes: Content-Length, or None where the client sent none
    :raises UploadTooLarge: nothing of the body needs to be read
    """
    limit = _limit_bytes()
    if declared_bytes is not None and declared_bytes > limit + FORM_OVERHEAD_BYTES:
        raise _too_large(limit)


def receive_upload(
    *,
    content: ByteSource,
    name: str,
    declared_type: str = "",
    declared_bytes: int | None = None,
    purpose: Purpose = Purpose.EVIDENCE,
    owner: Owner,
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Take one file: judge it, rebuild or check it, scan it, keep it.

    Everything that can be refused is refused before anything is written. The slow part runs before the
    database is touched, so call this outside a transaction where possible; inside one it joins it.

    :param content: read once, never further than the limit
    :param name: as the sender named it; kept encrypted, shown to those who may see the file
    :param declared_type: media type the sender gave; empty is no statement
    :param declared_bytes: length the sender announced, if any: too much is refused without reading
    :param owner: what the file belongs to; `actor` must be let in by the policy of its kind
    :raises UploadRefused: one of the subclasses, see the module
    :raises FileNotFound: the actor may not add files to this owner
    :raises ScannerUnavailable: a virus scanner is configured and does not answer
    :raises StorageUnavailable: the store cannot be written
    """
    permissions.add_file.require(actor)
    permissions.read_file.require(actor, owner)
    limit = _limit_bytes()
    if declared_bytes is not None and declared_bytes > limit:
        raise _too_large(limit)
    try:
        name = rules.checked_name(name)
        kind = rules.kind_by_name(name)
        received = _read(content, limit)
        rules.require_kind(received, kind=kind, declared_type=declared_type)
        clean, removed = ports.engines().cleaner(received, kind=kind)
    except Refused as refused:
        raise REFUSALS[refused.problem](file_name_ending=name[-8:].rpartition(".")[2]) from refused
    _scan(received)
    return keep_content(
        content=clean,
        original_digest=sm3_hex(received),
        name=name,
        media_type=kind.value,
        purpose=purpose,
        owner=owner,
        removed=removed,
        actor=actor,
        at=at,
    )


def _limit_bytes() -> int:
    limit: int = settings.TONGBAN_DOCUMENTS.largest_upload_bytes
    return limit


def _too_large(limit: int) -> UploadTooLarge:
    return UploadTooLarge(limit_megabytes=limit // (1024 * 1024), limit_bytes=limit)


def _read(content: ByteSource, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := content.read(READ_BYTES):
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _scan(received: bytes) -> None:
    # The original, not the rebuilt file: malware that cleaning removed still says who sent it.
    found = ports.engines().scanner.find(received)
    if found is not None:
        raise UploadInfected(found=found)

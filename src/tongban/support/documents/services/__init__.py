"""
What may be done with files and documents.
"""

from tongban.support.documents.services.files import (
    FileMoved,
    adopt_files,
    discard_file,
    keep_document,
    open_file,
    seal_files_in_clear,
    sweep_storage,
)
from tongban.support.documents.services.rendering import (
    FontsMissing,
    TemplateBroken,
    Typesetter,
    qr_picture,
    render,
    rendered,
    typesetter,
)
from tongban.support.documents.services.uploads import (
    UploadRefused,
    check_request_size,
    receive_upload,
)

__all__ = [
    "FileMoved",
    "FontsMissing",
    "TemplateBroken",
    "Typesetter",
    "UploadRefused",
    "adopt_files",
    "check_request_size",
    "discard_file",
    "keep_document",
    "open_file",
    "qr_picture",
    "receive_upload",
    "render",
    "rendered",
    "seal_files_in_clear",
    "sweep_storage",
    "typesetter",
]

"""
What may be done with files and documents.
"""

from tongban.support.documents.services.files import (
    FileMoved,
    adopt_files,
    discard_file,
    keep_document,
    open_file,
    sweep_storage,
)
from tongban.support.documents.services.uploads import (
    UploadRefused,
    check_request_size,
    receive_upload,
)

__all__ = [
    "FileMoved",
    "UploadRefused",
    "adopt_files",
    "check_request_size",
    "discard_file",
    "keep_document",
    "open_file",
    "receive_upload",
    "sweep_storage",
]

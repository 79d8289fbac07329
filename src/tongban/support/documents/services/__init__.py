"""
What may be done with files and documents.
"""

from tongban.support.documents.services.annotating import (
    annotated,
    annotation_text,
    structured_face,
)
from tongban.support.documents.services.face_setting import (
    lay_out_face,
    scanned_layout,
)
from tongban.support.documents.services.face_templates import (
    default_face_template,
    face_fields,
    read_template,
    starting_template,
    template_json,
)
from tongban.support.documents.services.files import (
    FileMoved,
    adopt_files,
    discard_abandoned,
    discard_file,
    keep_document,
    open_file,
    seal_files_in_clear,
    sweep_storage,
)
from tongban.support.documents.services.ofd_reading import (
    OfdLocked,
    OfdUnreadable,
    OfdViewerBusy,
    PictureOf,
    ofd_as_pdf,
    ofd_part,
    ofd_pictures,
    ofd_text,
    page_sizes,
    read_ofd,
    view_ofd,
    with_signature,
)
from tongban.support.documents.services.ofd_writing import UnsignedOfd, unsigned_ofd, write_ofd
from tongban.support.documents.services.pdf_reading import view_pdf
from tongban.support.documents.services.pdf_writing import (
    pdf_rectangle,
    write_pdf,
    write_png,
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
from tongban.support.documents.services.setting import (
    NotPrintable,
    TextTooLong,
    missing_characters,
)
from tongban.support.documents.services.svg_writing import write_svg
from tongban.support.documents.services.uploads import (
    UploadRefused,
    check_request_size,
    receive_upload,
)

__all__ = [
    "FileMoved",
    "FontsMissing",
    "NotPrintable",
    "OfdLocked",
    "OfdUnreadable",
    "OfdViewerBusy",
    "PictureOf",
    "TemplateBroken",
    "TextTooLong",
    "Typesetter",
    "UnsignedOfd",
    "UploadRefused",
    "adopt_files",
    "annotated",
    "annotation_text",
    "check_request_size",
    "default_face_template",
    "discard_abandoned",
    "discard_file",
    "face_fields",
    "keep_document",
    "lay_out_face",
    "missing_characters",
    "ofd_as_pdf",
    "ofd_part",
    "ofd_pictures",
    "ofd_text",
    "open_file",
    "page_sizes",
    "pdf_rectangle",
    "qr_picture",
    "read_ofd",
    "read_template",
    "receive_upload",
    "render",
    "rendered",
    "scanned_layout",
    "seal_files_in_clear",
    "starting_template",
    "structured_face",
    "sweep_storage",
    "template_json",
    "typesetter",
    "unsigned_ofd",
    "view_ofd",
    "view_pdf",
    "with_signature",
    "write_ofd",
    "write_pdf",
    "write_png",
    "write_svg",
]

"""
What files may be, and what is in those of the national layout format (OFD), decided from their bytes alone.

`files` judges uploads; `ofd` reads, draws and signs OFD and is imported module by module, because most callers
need none of it.
"""

from tongban.support.documents.rules.files import (
    ARCHIVE_MAGICS,
    DECLARED_TYPES,
    ENTRY_EXTENSIONS,
    GENERIC_TYPES,
    INLINE_TYPES,
    LONGEST_NAME,
    MOST_ENTRIES,
    MOST_RATIO,
    MOST_UNPACKED_BYTES,
    PDF_POLICY,
    PICTURE_POLICY,
    PROGRAM_MAGICS,
    RATIO_MATTERS_FROM_BYTES,
    XML_EXTENSIONS,
    Problem,
    Refused,
    checked_name,
    file_headers,
    kind_by_name,
    require_kind,
    require_sound_ofd,
)

__all__ = [
    "ARCHIVE_MAGICS",
    "DECLARED_TYPES",
    "ENTRY_EXTENSIONS",
    "GENERIC_TYPES",
    "INLINE_TYPES",
    "LONGEST_NAME",
    "MOST_ENTRIES",
    "MOST_RATIO",
    "MOST_UNPACKED_BYTES",
    "PDF_POLICY",
    "PICTURE_POLICY",
    "PROGRAM_MAGICS",
    "RATIO_MATTERS_FROM_BYTES",
    "XML_EXTENSIONS",
    "Problem",
    "Refused",
    "checked_name",
    "file_headers",
    "kind_by_name",
    "require_kind",
    "require_sound_ofd",
]

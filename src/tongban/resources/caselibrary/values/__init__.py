"""
Words and shapes of the case library.
"""

from tongban.resources.caselibrary.values.contents import (
    CONTENT_OF,
    ApplicantContent,
    CaseContent,
    Content,
    Kind,
    LicenceContent,
    MaterialContent,
    PartContent,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
    case_key,
    key_of,
    kind_of,
    part_of,
)
from tongban.resources.caselibrary.values.questions import (
    CaseCounts,
    CaseQuestion,
    FaultRow,
    LibraryCase,
    LibraryRow,
    OwnCaseRow,
    PushBackRow,
    SourceRow,
)
from tongban.resources.caselibrary.values.words import CaseState, ExportForm, ExportStandard, Fault

__all__ = [
    "CONTENT_OF",
    "ApplicantContent",
    "CaseContent",
    "CaseCounts",
    "CaseQuestion",
    "CaseState",
    "Content",
    "ExportForm",
    "ExportStandard",
    "Fault",
    "FaultRow",
    "Kind",
    "LibraryCase",
    "LibraryRow",
    "LicenceContent",
    "MaterialContent",
    "OwnCaseRow",
    "PartContent",
    "ProcessContent",
    "PushBackRow",
    "RatingContent",
    "ResultContent",
    "SourceRow",
    "SpecialContent",
    "case_key",
    "key_of",
    "kind_of",
    "part_of",
]

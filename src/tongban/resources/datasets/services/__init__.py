"""
What is done to the resource catalogue.
"""

from tongban.resources.datasets.services.checking import check_rows
from tongban.resources.datasets.services.compiling import (
    CodeTaken,
    DefinitionIncomplete,
    DraftChanged,
    OwnDraftNotReviewable,
    StepNotAllowed,
    VersionAlreadyOpen,
    compile_dataset,
    compile_version,
    discard_draft,
    publish_version,
    return_draft,
    save_draft,
    submit_draft,
    withdraw_dataset,
)
from tongban.resources.datasets.services.demo import load_demo
from tongban.resources.datasets.services.duties import record_duty, settle_duty
from tongban.resources.datasets.services.files import (
    empty_template,
    export_datasets,
    export_open,
    import_datasets,
    read_file,
)
from tongban.resources.datasets.services.noting import note_load, note_use, note_uses
from tongban.resources.datasets.services.pressing import press_duties

__all__ = [
    "CodeTaken",
    "DefinitionIncomplete",
    "DraftChanged",
    "OwnDraftNotReviewable",
    "StepNotAllowed",
    "VersionAlreadyOpen",
    "check_rows",
    "compile_dataset",
    "compile_version",
    "discard_draft",
    "empty_template",
    "export_datasets",
    "export_open",
    "import_datasets",
    "load_demo",
    "note_load",
    "note_use",
    "note_uses",
    "press_duties",
    "publish_version",
    "read_file",
    "record_duty",
    "return_draft",
    "save_draft",
    "settle_duty",
    "submit_draft",
    "withdraw_dataset",
]

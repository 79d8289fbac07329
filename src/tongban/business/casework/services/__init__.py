"""
What can be done to a case.
"""

from tongban.business.casework.permissions import UnitNeedsMandate
from tongban.business.casework.services.decision import deliver, grant, refuse
from tongban.business.casework.services.disclosure import own_answers, reveal_case
from tongban.business.casework.services.ending import archive, lapse, pass_on, rate, void, withdraw
from tongban.business.casework.services.examination import (
    end_special_procedure,
    extend,
    record_review,
    start_special_procedure,
)
from tongban.business.casework.services.intake import (
    accept,
    correct,
    deem_accepted,
    discard_waiting_file,
    pass_pre_check,
    refuse_acceptance,
    request_correction,
    waiting_files,
)
from tongban.business.casework.services.ledger import (
    count_cases,
    log_uses_of_key,
    rebuild_projections,
    recompute_deadlines,
    verify_case,
    verify_ledger,
)
from tongban.business.casework.services.library import bring_to_library, fill_library
from tongban.business.casework.services.limits import progress_by_code
from tongban.business.casework.services.principals import principal_applicant, require_principal
from tongban.business.casework.services.promise import NotAppliedForOnline, promise_of, promised, require_form
from tongban.business.casework.services.submission import (
    ApplicantNotServed,
    LevelTooLow,
    MaterialsMissing,
    PrincipalLevelTooLow,
    require_served,
    submit_application,
)
from tongban.business.casework.services.sweeps import archive_finished, sweep
from tongban.business.casework.services.writing import render_notice

__all__ = [
    "ApplicantNotServed",
    "LevelTooLow",
    "MaterialsMissing",
    "NotAppliedForOnline",
    "PrincipalLevelTooLow",
    "UnitNeedsMandate",
    "accept",
    "archive",
    "archive_finished",
    "bring_to_library",
    "correct",
    "count_cases",
    "deem_accepted",
    "deliver",
    "discard_waiting_file",
    "end_special_procedure",
    "extend",
    "fill_library",
    "grant",
    "lapse",
    "log_uses_of_key",
    "own_answers",
    "pass_on",
    "pass_pre_check",
    "principal_applicant",
    "progress_by_code",
    "promise_of",
    "promised",
    "rate",
    "rebuild_projections",
    "recompute_deadlines",
    "record_review",
    "refuse",
    "refuse_acceptance",
    "render_notice",
    "request_correction",
    "require_form",
    "require_principal",
    "require_served",
    "reveal_case",
    "start_special_procedure",
    "submit_application",
    "sweep",
    "verify_case",
    "verify_ledger",
    "void",
    "waiting_files",
    "withdraw",
]

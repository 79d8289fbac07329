"""
What can be done to a case.
"""

from .decision import deliver, grant, refuse
from .disclosure import reveal_applicant
from .ending import archive, lapse, pass_on, rate, void, withdraw
from .examination import end_special_procedure, extend, record_review, start_special_procedure
from .intake import accept, correct, deem_accepted, pass_pre_check, refuse_acceptance, request_correction
from .ledger import rebuild_projections, recompute_deadlines, verify_ledger
from .promise import promised
from .submission import submit_application
from .sweeps import sweep
from .writing import render_notice

__all__ = [
    "accept",
    "archive",
    "correct",
    "deem_accepted",
    "deliver",
    "end_special_procedure",
    "extend",
    "grant",
    "lapse",
    "pass_on",
    "pass_pre_check",
    "promised",
    "rate",
    "rebuild_projections",
    "recompute_deadlines",
    "record_review",
    "refuse",
    "refuse_acceptance",
    "render_notice",
    "request_correction",
    "reveal_applicant",
    "start_special_procedure",
    "submit_application",
    "sweep",
    "verify_ledger",
    "void",
    "withdraw",
]

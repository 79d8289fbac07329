"""
The errors by which the table of the statutory life refuses a move; each with its own code and clause.
"""

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.rules.life import Refusal, move_for
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.errors import Conflict, RuleViolation


class CaseStateForbidsAction(RuleViolation):
    """
    The case is in a state in which the statutory life knows no such action.
    """

    code = Refusal.WRONG_STATE.value
    message = _("办件当前状态为“%(status_label)s”，不能%(action_label)s")


class SecondCorrectionNotice(RuleViolation):
    """
    The agency must name everything that is missing at once; it already did.
    """

    code = Refusal.SECOND_CORRECTION.value
    message = _("补正内容应当一次告知，不能再次要求补正")


class CorrectionNoticeTooLate(RuleViolation):
    """
    Five working days have passed without an answer: the case counts as accepted.
    """

    code = Refusal.CORRECTION_TOO_LATE.value
    message = _("已超过五个工作日的告知期限，自收到申请材料之日起即为受理，不能再要求补正")


class RefusalToAcceptTooLate(RuleViolation):
    """
    Five working days have passed without an answer: the case counts as accepted and can only be decided.
    """

    code = Refusal.REFUSAL_TOO_LATE.value
    message = _("已超过五个工作日的答复期限，自收到申请材料之日起即为受理，不能再不予受理")


class CorrectionNamesNothing(RuleViolation):
    """
    A correction notice must say what has to be corrected.
    """

    code = Refusal.NOTHING_TO_CORRECT.value
    message = _("请列明需要补正的全部内容")


class NotYetDeemedAccepted(RuleViolation):
    """
    The five working days for an answer are not over yet.
    """

    code = Refusal.NOT_YET_DEEMED.value
    message = _("答复期限尚未届满，不能视为受理")


class SecondExtension(RuleViolation):
    """
    The time limit was extended before; it can be extended once.
    """

    code = Refusal.SECOND_EXTENSION.value
    message = _("办理期限只能延长一次")


class ExtensionTooLong(RuleViolation):
    """
    An extension is one to ten working days, one to fifteen for joint handling.
    """

    code = Refusal.EXTENSION_TOO_LONG.value
    message = _("延长期限不得超过十个工作日（联合办理不超过十五个工作日）")


class ExtensionTooLate(RuleViolation):
    """
    The statutory limit has passed; there is nothing left to extend.
    """

    code = Refusal.EXTENSION_TOO_LATE.value
    message = _("法定期限已过，不能再延长")


class ReasonMissing(RuleViolation):
    """
    Who refuses, stops the clock or voids a case must say why.
    """

    code = Refusal.REASON_MISSING.value
    message = _("请说明理由")


class SpecialProcedureWithoutBasis(RuleViolation):
    """
    Only a procedure that law names stops the clock; its basis must be given.
    """

    code = Refusal.PROCEDURE_UNKNOWN.value
    message = _("启动特别程序须写明法定依据")


class ResultIsNoLicence(RuleViolation):
    """
    The offering does not end in a licence.
    """

    code = Refusal.RESULT_IS_NO_LICENCE.value
    message = _("该事项的办理结果不是证照")


class CorrectionStillInTime(RuleViolation):
    """
    The applicant still has time to correct.
    """

    code = Refusal.NOT_YET_LAPSED.value
    message = _("补正期限尚未届满")


class AlreadyRated(RuleViolation):
    """
    One case, one rating.
    """

    code = Refusal.RATED_ALREADY.value
    message = _("该办件已评价")


ERRORS: dict[Refusal, type[RuleViolation]] = {
    Refusal.WRONG_STATE: CaseStateForbidsAction,
    Refusal.SECOND_CORRECTION: SecondCorrectionNotice,
    Refusal.CORRECTION_TOO_LATE: CorrectionNoticeTooLate,
    Refusal.REFUSAL_TOO_LATE: RefusalToAcceptTooLate,
    Refusal.NOTHING_TO_CORRECT: CorrectionNamesNothing,
    Refusal.NOT_YET_DEEMED: NotYetDeemedAccepted,
    Refusal.SECOND_EXTENSION: SecondExtension,
    Refusal.EXTENSION_TOO_LONG: ExtensionTooLong,
    Refusal.EXTENSION_TOO_LATE: ExtensionTooLate,
    Refusal.REASON_MISSING: ReasonMissing,
    Refusal.PROCEDURE_UNKNOWN: SpecialProcedureWithoutBasis,
    Refusal.RESULT_IS_NO_LICENCE: ResultIsNoLicence,
    Refusal.NOT_YET_LAPSED: CorrectionStillInTime,
    Refusal.RATED_ALREADY: AlreadyRated,
}


def refuse(refusal: Refusal, *, action: Action, status: CaseStatus, number: str) -> Conflict:
    """
    Return the error for a refusal of the table, with the clause of the move that was wanted.
    """
    error = ERRORS[refusal](
        action=action.value,
        action_label=str(action.label),
        case_number=number,
        status=status.value,
        status_label=str(status.label),
        clause=move_for(action).clause,
    )
    error.clause = move_for(action).clause  # type: ignore[misc]
    return error

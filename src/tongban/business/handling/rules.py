"""
The default procedure: which stages a case goes through, and what may follow what.

审查 -> 决定. A case that is decided on the spot has one stage (国办函〔2016〕108号: 受理人 or 审查人 can decide at once
where no more is needed). Drawn procedures will take the place of this table; everything else stays.
"""

from tongban.business.handling.values import Outcome, Stage

ON_THE_SPOT = "ON_THE_SPOT"

POST_OF: dict[Stage, str] = {Stage.REVIEW: "REVIEW", Stage.DECISION: "DECISION"}

ALLOWED: dict[Stage, frozenset[Outcome]] = {
    Stage.REVIEW: frozenset({Outcome.PASS}),
    Stage.DECISION: frozenset({Outcome.GRANT, Outcome.REFUSE, Outcome.RETURN}),
}


def stages(handling_kind: str) -> tuple[Stage, ...]:
    """
    Return the stages of the procedure, in order.
    """
    return (Stage.DECISION,) if handling_kind == ON_THE_SPOT else (Stage.REVIEW, Stage.DECISION)


def allowed_outcomes(stage: Stage, handling_kind: str) -> frozenset[Outcome]:
    """
    Return how a stage may end; nothing can be returned from the first stage.
    """
    outcomes = ALLOWED[stage]
    return outcomes - {Outcome.RETURN} if stages(handling_kind)[0] is stage else outcomes


def next_stage(stage: Stage, outcome: Outcome, handling_kind: str) -> Stage | None:
    """
    Return the stage that follows, None where the procedure is over.
    """
    path = stages(handling_kind)
    position = path.index(stage)
    if outcome is Outcome.PASS:
        return path[position + 1]
    if outcome is Outcome.RETURN:
        return path[position - 1]
    return None

"""
Orchestrations: checked when they are saved, run in waves of steps that do not wait for one another.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tongban.resources.sharing.rules import expressions
from tongban.resources.sharing.values import MOST_STEPS, Orchestration, Step

STEP_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
LONGEST_STEP_SECONDS: Final = 30


class NotAPlan(expressions.Flaw):
    """
    Steps that cannot be run; the facts name which.
    """


def check(plan: Orchestration) -> None:
    """
    Refuse a plan that could not be run.

    :raises NotAPlan: says which step and why
    """
    if not 1 <= len(plan.steps) <= MOST_STEPS:
        raise NotAPlan("steps_count", limit=MOST_STEPS)
    known = [step.id for step in plan.steps]
    if len(set(known)) != len(known):
        raise NotAPlan("step_twice")
    for step in plan.steps:
        _check_step(step, known=known)
    waves(plan.steps)
    _check_expression("output", plan.output)
    if unknown := sorted(expressions.steps_named_in(plan.output) - set(known)):
        raise NotAPlan("output_unknown_step", steps="、".join(unknown))


def waves(steps: Sequence[Step]) -> list[list[Step]]:
    """
    Return the steps in waves: each waits for steps of earlier waves only.

    :raises NotAPlan: steps wait for each other in a circle
    """
    done: set[str] = set()
    left, found = list(steps), []
    while left:
        wave = [step for step in left if done.issuperset(step.after)]
        if not wave:
            raise NotAPlan("steps_in_circle", steps="、".join(step.id for step in left))
        found.append(wave)
        done |= {step.id for step in wave}
        left = [step for step in left if step.id not in done]
    return found


def _check_step(step: Step, *, known: Iterable[str]) -> None:
    if STEP_ID.fullmatch(step.id) is None:
        raise NotAPlan("step_id", step=step.id)
    if not 1 <= step.timeout_seconds <= LONGEST_STEP_SECONDS:
        raise NotAPlan("step_timeout", step=step.id, limit=LONGEST_STEP_SECONDS)
    if unknown := sorted(set(step.after) - set(known)):
        raise NotAPlan("step_unknown_after", step=step.id, steps="、".join(unknown))
    _check_expression(step.id, step.input)
    if early := sorted(expressions.steps_named_in(step.input) - set(step.after)):
        raise NotAPlan("step_uses_without_after", step=step.id, steps="、".join(early))


def _check_expression(where: str, text: str) -> None:
    try:
        expressions.check(text, names=("question", "steps"))
    except expressions.NotAnExpression as error:
        raise NotAPlan(error.code, **{**error.facts, "where": where}) from error

"""
Expressions, plans of steps, terms and evidence.
"""

from datetime import date

import pytest

from tongban.foundation.calendar_rows import packaged_calendar
from tongban.foundation.crypto import sm2
from tongban.resources.sharing.rules import evidence, expressions, plans, terms
from tongban.resources.sharing.values import Hop, Orchestration, Step

NAMES = ("question", "steps", "row")


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "empty"),
            ("1 +", "malformed"),
            ("a == 1", "unknown_name"),
            ("open(question)", "unknown_function"),
            ("'x' + " * 400 + "'x'", "too_long"),
            ("(" * 21 + "1" + ")" * 21, "too_deep"),
            ("steps.a.map(x, steps.a.map(y, y))", "nested_macro"),
            ("1 // + 2", "comment"),
        ],
    )
    def test_refuses(self, text: str, code: str) -> None:
        with pytest.raises(expressions.NotAnExpression) as refused:
            expressions.check(text, names=NAMES)

        assert refused.value.code == code

    @pytest.mark.parametrize(
        "text",
        [
            "row.division.startsWith('5116') && row.status in ['1', '2']",
            "steps.a.filter(x, x.v > 2).map(x, {'v': x.v})",
            "has(question.name) ? question.name : '((('",
        ],
    )
    def test_takes(self, text: str) -> None:
        expressions.check(text, names=NAMES)

    def test_computes_or_says_that_it_cannot(self) -> None:
        assert expressions.compute("row.a == '1'", {"row": {"a": "1"}}) is True
        for text in ("row.b == '1'", "row.a + 1", "missing"):
            with pytest.raises(expressions.DoesNotHold):
                expressions.compute(text, {"row": {"a": "1"}})


class TestPlans:
    def test_runs_in_one_wave_what_does_not_wait(self) -> None:
        steps = (
            Step(id="c", call="x", input="{'v': steps.a}", after=("a", "b")),
            Step(id="a", call="x", input="{}"),
            Step(id="b", call="x", input="{}"),
        )

        assert [[step.id for step in wave] for wave in plans.waves(steps)] == [["a", "b"], ["c"]]

    @pytest.mark.parametrize(
        ("steps", "output", "code"),
        [
            ((), "{}", "steps_count"),
            ((Step(id="A", call="x", input="{}"),), "{}", "step_id"),
            ((Step(id="a", call="x", input="{}"), Step(id="a", call="x", input="{}")), "{}", "step_twice"),
            ((Step(id="a", call="x", input="{}", after=("z",)),), "{}", "step_unknown_after"),
            ((Step(id="a", call="x", input="{}", timeout_seconds=99),), "{}", "step_timeout"),
            ((Step(id="a", call="x", input="{}"),), "steps.z", "output_unknown_step"),
            (
                (Step(id="a", call="x", input="{}"), Step(id="b", call="x", input="steps.a[0]")),
                "{}",
                "step_uses_without_after",
            ),
            (
                (
                    Step(id="a", call="x", input="{}", after=("b",)),
                    Step(id="b", call="x", input="{}", after=("a",)),
                ),
                "{}",
                "steps_in_circle",
            ),
        ],
    )
    def test_refuses(self, steps: tuple[Step, ...], output: str, code: str) -> None:
        with pytest.raises(plans.NotAPlan) as refused:
            plans.check(Orchestration(steps=steps, output=output))

        assert refused.value.code == code


class TestTerms:
    def test_counts_working_days_and_reminds_two_before(self) -> None:
        calendar = packaged_calendar()
        friday = date(2026, 11, 20)

        due = terms.due_date(friday, working_days=10, calendar=calendar)

        assert due == date(2026, 12, 4)
        assert terms.reminder_date(due, start=friday, calendar=calendar) == date(2026, 12, 2)
        assert terms.reminder_date(friday, start=friday, calendar=calendar) == friday


class TestEvidence:
    def chain(self) -> tuple[tuple[Hop, ...], dict[str, sm2.PrivateKey]]:
        keys = {"51": sm2.generate(), "5116": sm2.generate()}
        hops: tuple[Hop, ...] = ()
        for node, key in keys.items():
            hop = Hop(
                node=node,
                service="s",
                request_id="r",
                at="2026-11-20",
                question_sm3="q",
                answer_sm3="a",
                before_sm3=evidence.digest_of(hops[-1]) if hops else "",
            )
            hops = (*hops, evidence.signed(hop, key))
        return hops, keys

    def test_holds_where_each_node_signed_what_it_passed_on(self) -> None:
        hops, keys = self.chain()

        evidence.check(hops, keys_of=lambda node: (keys[node].public,), request_id="r")
        evidence.check(
            hops, keys_of=lambda node: (keys[node].public,) if node == "5116" else (), request_id="r"
        )

    def test_breaks_with_another_order_request_key_or_answer(self) -> None:
        hops, keys = self.chain()

        def keys_of(node: str) -> tuple[sm2.PublicKey, ...]:
            return (keys[node].public,)

        stranger = sm2.generate()
        for broken, of in (
            ((), keys_of),
            ((hops[1], hops[0]), keys_of),
            (hops[:1], lambda _node: ()),
            (hops, lambda _node: (stranger.public,)),
        ):
            with pytest.raises(evidence.BrokenChain):
                evidence.check(broken, keys_of=of, request_id="r")
        with pytest.raises(evidence.BrokenChain):
            evidence.check(hops, keys_of=keys_of, request_id="another")

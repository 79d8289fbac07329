"""
Calls: exactly what was granted, so often, until then; and the evidence of each.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import sharing as make
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located
from tests.factories.sharing import AT, STEWARD, Agency, Told, call, rows
from tongban.foundation import clock, looks
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import InvalidInput, NotPermitted, UpstreamError
from tongban.foundation.looks import LookAct, LookFilter
from tongban.resources.datasets.values import Sharing
from tongban.resources.exchange import ports as exchange
from tongban.resources.sharing import ports, services
from tongban.resources.sharing.models import Call, Grant
from tongban.resources.sharing.rules import evidence
from tongban.resources.sharing.services import calling, proxying
from tongban.resources.sharing.services.running import StepFailed, UpstreamRefused
from tongban.resources.sharing.values import Field, Hop, Result, ServiceAct, ServiceKind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told() -> Iterator[Told]:
    with make.wired() as told:
        yield told


@pytest.fixture
def agency(settings: object) -> Iterator[Agency]:
    with make.agency() as agency, make.let_out(settings):
        yield agency


def results() -> list[str]:
    return list(Call.objects.order_by("id").values_list("result", flat=True))


class TestAnswering:
    def test_gives_granted_fields_of_granted_rows_and_keeps_the_digests(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted(row_condition="row.division.startsWith('511602')")

        called = call(case_number="511602-1", purpose="核定待遇")

        assert rows(called) == [{"name": "王小明", "born": "2020-01-02"}]
        assert (called.quota, called.quota_left) == (3, 2)
        kept = Call.objects.get()
        assert bytes(kept.answer_sm3 or b"") == hashlib.new("sm3", called.body).digest()
        assert (kept.case_number, kept.purpose, kept.result, kept.row_count) == (
            "511602-1",
            "核定待遇",
            "ok",
            1,
        )
        assert "王小明" not in str(Call.objects.values().get())

    def test_gives_fewer_fields_when_asked_and_refuses_others(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()

        assert rows(call(fields=["born"]))[0] == {"born": "2020-01-02"}
        with pytest.raises(calling.FieldsNotGranted):
            call(fields=["place"])
        assert results() == ["ok", "data_fields_not_granted"]

    def test_names_what_is_wrong_with_a_question(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()

        with pytest.raises(InvalidInput) as refused:
            call(question={"nobody": 1})

        assert set(refused.value.fields) == {"question.id_number", "question.nobody"}
        assert agency.asked == []

    def test_hands_on_nothing_that_is_not_of_the_catalogues_form(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()
        agency.rows = [{"name": 7}]

        with pytest.raises(calling.AnswerNotOfDataset):
            call()

    def test_sends_the_sealed_secret_to_the_agency(self, agency: Agency) -> None:
        definition = {"url": agency.url, "credential": "HEADER", "header": "X-Key", "rows_at": "data.items"}
        content = make.content(agency.url, definition=definition)
        services.create_service(
            code="births",
            agency_code=make.PROVIDER,
            division_code=make.DISTRICT,
            content=content,
            actor=STEWARD,
            at=AT,
        )
        services.save_service(
            code="births", content=content, revision=1, actor=STEWARD, at=AT, secret="of-the-agency"
        )
        services.check_service(code="births", actor=make.REVIEWER, at=AT)
        services.publish_service(code="births", actor=STEWARD, at=AT)
        make.granted()
        agency.rows = {"data": {"items": [{"name": "甲"}]}}

        assert rows(call()) == [{"name": "甲"}]
        assert agency.asked[0][0]["X-Key"] == "of-the-agency"

    def test_costs_two_statements(self, agency: Agency, django_assert_num_queries: Any) -> None:
        make.published(agency.url)
        make.granted()

        with django_assert_num_queries(2):
            call()

    def test_tells_the_person_who_was_asked_about(self, agency: Agency) -> None:
        make.published(agency.url, subject="id_number")
        make.granted()
        person = str(uuid.uuid4())
        before = ports.find_subjects_by(lambda number: person if number == make.PERSON_NUMBER else None)

        try:
            call(purpose="核定待遇")
        finally:
            ports.find_subjects_by(before)

        (look,) = looks.all_looks_at(principal_id=person, wanted=LookFilter())
        assert (look.act, look.agency_code, look.words) == (LookAct.HANDED_OVER, make.USER, "核定待遇")


class TestLimits:
    def test_ends_with_the_quota_and_begins_anew_the_next_day(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted(daily_quota=2)
        call()
        call()

        with pytest.raises(calling.QuotaExhausted) as refused:
            call()
        call(at=make.later(days=1))

        assert refused.value.retry_after_seconds == 14 * 3600
        assert results() == ["ok", "ok", "data_quota_exhausted", "ok"]

    def test_ends_with_the_rate(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()
        Grant.objects.update(rate=1)
        call()

        with pytest.raises(calling.RateExceeded):
            call()

    def test_ends_with_the_term_and_when_it_is_taken_back(self, agency: Agency) -> None:
        make.published(agency.url)
        request = make.granted()
        grant_id = request.grant_id
        assert grant_id is not None

        with pytest.raises(calling.GrantExpired):
            call(at=AT + timedelta(days=60))
        with pytest.raises(NotPermitted):
            services.revoke_grant(grant_id=grant_id, words="x", actor=make.APPLICANT, at=AT)
        services.revoke_grant(grant_id=grant_id, words="超范围使用", actor=STEWARD, at=AT)
        with pytest.raises(calling.GrantRevoked):
            call()

    def test_is_closed_to_others_and_without_the_scope(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted()
        other = replace(make.SYSTEM, id="other")
        bare = replace(make.SYSTEM, scopes=frozenset())

        with pytest.raises(calling.DataNotGranted):
            call(actor=other)
        with pytest.raises(NotPermitted):
            call(actor=bare)
        services.change_state(
            code=make.SERVICE, act=ServiceAct.SUSPEND, words="检修", actor=make.REVIEWER, at=AT
        )
        with pytest.raises(calling.ServiceUnavailable):
            call()

    def test_lets_a_failing_agency_rest_and_tries_again(self, agency: Agency) -> None:
        make.published(agency.url)
        make.granted(daily_quota=100)
        agency.status = 500
        for _turn in range(calling.BREAK_AFTER):
            with pytest.raises(UpstreamRefused):
                call()

        with pytest.raises(calling.ServiceResting):
            call()
        agency.status = 200
        call(at=make.later(seconds=31))
        call(at=make.later(seconds=32))

        assert len(agency.asked) == calling.BREAK_AFTER + 2

    def test_keeps_answers_only_where_the_dataset_permits(self, agency: Agency) -> None:
        plain = (Field(name="name", title="名称"),)
        free = make.dataset(sharing=Sharing.UNCONDITIONAL, fields=plain)
        with make.wired(free=free):
            make.published(agency.url, cache_seconds=60)
            make.asked_for(fields=("name",))

            first, second = call(), call()

        assert (first.is_cached, second.is_cached) == (False, True)
        assert first.body == second.body
        assert len(agency.asked) == 1


class TestOrchestrating:
    def plan(self, agency: Agency, **of_second: Any) -> None:
        make.published(agency.url, "one")
        make.published(agency.url, "two")
        step = {"input": "{'id_number': question.id_number}", "timeout_seconds": 2}
        make.published(
            agency.url,
            kind=ServiceKind.ORCHESTRATED,
            definition={
                "steps": [
                    {"id": "a", "call": "one", **step},
                    {"id": "b", "call": "two", **step, **of_second},
                    {"id": "c", "call": "one", "input": "{'id_number': steps.a[0].born}", "after": ["a"]},
                ],
                "output": "steps.a.map(x, {'name': x.name, 'place': string(size(steps.b))})",
            },
        )
        make.granted(fields=("name", "place"))

    def test_makes_one_answer_of_several(self, agency: Agency) -> None:
        self.plan(agency)

        called = call()

        assert rows(called)[0] == {"name": "王小明", "place": "2"}
        assert agency.asked[-1][1] == {"id_number": "2020-01-02"}

    def test_names_what_is_missing_and_may_be(self, agency: Agency) -> None:
        self.plan(agency, call="gone", optional=True)

        called = call()

        assert json.loads(called.body)["missing"] == ["b"]
        assert called.result is Result.PARTIAL

    def test_fails_where_what_it_needs_is_missing(self, agency: Agency) -> None:
        self.plan(agency, call="gone")

        with pytest.raises(StepFailed):
            call()


class TestSigning:
    def test_believes_a_signature_of_now_once(self, agency: Agency, client: Client) -> None:
        make.published(agency.url)
        make.granted(until=clock.civil_date(clock.now() + timedelta(days=9)))
        key = sm2.generate()
        services.register_key(
            client_id=make.CLIENT, point=key.public.point.hex(), actor=make.APPLICANT, at=AT
        )
        path, body = f"/gateway/v1/{make.SERVICE}", b'{"question":{"id_number":"1"}}'
        stamp = str(int(clock.now().timestamp()))
        text = services.signed_text(
            path=path, client_id=make.CLIENT, timestamp=stamp, nonce="abc1", body=body
        )
        headers = {
            "X-App-Id": make.CLIENT,
            "X-Timestamp": stamp,
            "X-Nonce": "abc1",
            "X-Signature": key.sign(text, signer_id=make.CLIENT.encode()).hex(),
        }

        first = client.post(path, body, content_type="application/json", headers=headers)
        again = client.post(path, body, content_type="application/json", headers=headers)
        changed = client.post(
            path, body + b" ", content_type="application/json", headers={**headers, "X-Nonce": "abc2"}
        )
        nobody = client.post(path, body, content_type="application/json")

        assert (first.status_code, first.headers["X-Quota-Remaining"]) == (200, "2")
        assert first.json()["rows"][0] == {"name": "王小明", "born": "2020-01-02"}
        assert [each.json()["code"] for each in (again, changed)] == ["data_signature_invalid"] * 2
        assert (nobody.status_code, nobody.headers["Content-Type"]) == (401, "application/problem+json")


NATION = "000000000000"


class TestAskingTheParent:
    """
    A city asks its province, the province the nation: three nodes in one database, one service each.
    """

    def test_brings_the_answer_with_the_evidence_of_every_node(self, agency: Agency) -> None:
        ends = TwoEnds()
        nation_key = sm2.generate()
        nation = exchange.Peer(
            code=NATION, name="国家", name_en="", url="https://n.example", keys=(nation_key.public,)
        )

        def at_province() -> exchange.Neighbours:
            return replace(ends.at_province(), parent=nation)

        def at_nation() -> exchange.Neighbours:
            return exchange.Neighbours(own_code=NATION, own_key=nation_key)

        def to_nation(message: bytes, *, seconds: float, at: Any) -> bytes:
            with located(at_nation):
                return services.answer_node(node_code=PROVINCE, message=message, at=at)

        def to_province(message: bytes, *, seconds: float, at: Any) -> bytes:
            with located(at_province):
                ports.carry_to_parent_by(to_nation)
                return services.answer_node(node_code=CITY, message=message, at=at)

        make.published(agency.url, "at-nation")
        make.published("", "at-province", kind=ServiceKind.PARENT, definition={"service": "at-nation"})
        make.published("", kind=ServiceKind.PARENT, definition={"service": "at-province"})
        for code, node in (("at-nation", PROVINCE), ("at-province", CITY)):
            services.open_to_node(
                service_code=code,
                node_code=node,
                fields=("name", "born"),
                daily_quota=10,
                until=make.wish().until,
                purpose="代理查询",
                legal_basis="国发〔2016〕51号",
                actor=STEWARD,
                at=AT,
            )
        make.granted()

        before = ports.carry_to_parent_by(to_province)
        try:
            with located(ends.at_city):
                called = call(case_number="511602-1")
        finally:
            ports.carry_to_parent_by(before)

        assert rows(called)[0] == {"name": "王小明", "born": "2020-01-02"}
        assert [hop.node for hop in called.hops] == [NATION, PROVINCE, CITY]
        assert set(Call.objects.values_list("request_id", flat=True)) == {"request-1"}
        kept = Call.objects.order_by("id").values_list("hops", flat=True)
        assert [len(hops or ()) for hops in kept] == [1, 2, 3]
        evidence.check(called.hops[:2], keys_of=lambda node: {PROVINCE: (ends.province_key.public,)}.get(node, ()),
                       request_id="request-1")  # fmt: skip

    def test_takes_no_answer_that_nobody_signed(self, agency: Agency) -> None:
        make.published("", kind=ServiceKind.PARENT, definition={"service": "at-province"})
        make.granted()
        ends = TwoEnds()
        hop = Hop(
            node=PROVINCE,
            service="x",
            request_id="request-1",
            at="",
            question_sm3="",
            answer_sm3="",
            before_sm3="",
        )
        forged = proxying.NodeAnswer(body='{"rows":[]}', hops=(hop,))

        def carry(message: bytes, *, seconds: float, at: Any) -> bytes:
            return make.encoded(forged)

        before = ports.carry_to_parent_by(carry)
        try:
            with located(ends.at_city), pytest.raises(proxying.EvidenceBroken):
                call()
        finally:
            ports.carry_to_parent_by(before)

    def test_says_that_there_is_nobody_to_ask(self) -> None:
        make.published("", kind=ServiceKind.PARENT, definition={"service": "at-province"})
        make.granted()
        before = ports.carry_to_parent_by(None)
        try:
            with pytest.raises(UpstreamError) as refused:
                call()
        finally:
            ports.carry_to_parent_by(before)

        assert refused.value.code == "data_no_parent"

from datetime import date
from typing import Any

import pytest

from tests.factories import api
from tests.factories import identity as people
from tests.factories import mandates as make
from tongban.foundation import clock
from tongban.support.identity import services as identity
from tongban.support.identity.models import AccessToken, Person
from tongban.support.identity.values import AssuranceLevel, Post
from tongban.support.mandates.ports import KnownEntities, ask_entities_by

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register() -> Any:
    known = KnownEntities()
    before = ask_entities_by(known)
    yield known
    ask_entities_by(before)


def person(name: str, phone: str) -> api.Caller:
    """
    Return a caller who is known by a data check and was checked anew a moment ago.
    """
    caller = api.citizen(name=name, phone=phone, level=AssuranceLevel.DATA_CHECK)
    AccessToken.objects.filter(account_id=caller.actor.id).update(checked_level=4, checked_at=clock.now())
    return caller


def offer(grantee: api.Caller, **changes: object) -> dict[str, object]:
    known = identity.reveal_own(actor=grantee.actor, at=clock.now())
    grant = make.grant(at=clock.now())
    return {
        "name": known.name,
        "number": known.mobile,
        "functions": ["APPLY", "QUERY"],
        "valid_from": grant.valid_from.isoformat(),
        "valid_until": str(grant.valid_until),
        **changes,
    }


def token_by(caller: api.Caller, mandate_id: str) -> Any:
    known = identity.reveal_own(actor=caller.actor, at=clock.now())
    return api.nobody().post(
        "/sessions", {"login": known.mobile, "password": "Tongban-2026", "mandate_id": mandate_id}
    )


class TestMandates:
    def test_go_from_offer_to_acting_to_the_end(self) -> None:
        elder, relative = person("刘长寿", "19911110001"), person("唐代办", "19911110002")

        offered = elder.post("/mandates", offer(relative))
        mandate_id = offered.json()["mandate_id"]
        waiting = relative.get("/mandates").json()["offered"]
        accepted = relative.post(f"/mandates/{mandate_id}/answer", {"answer": "ACCEPT"})
        session = token_by(relative, mandate_id)
        acting = api.Caller(actor=relative.actor, token=session.json()["access_token"])
        before = acting.get("/cases")
        ended = elder.post(f"/mandates/{mandate_id}/end")
        after = acting.get("/cases")

        assert (offered.status_code, offered.json()["state"]) == (201, "OFFERED")
        assert [one["id"] for one in waiting] == [mandate_id]
        assert accepted.json()["state"] == "IN_FORCE"
        assert [before.status_code, ended.status_code, after.status_code] == [200, 200, 409]
        assert after.json()["code"] == "mandate_ended"

    def test_give_no_token_to_whom_they_were_not_given(self) -> None:
        elder, relative = person("刘长寿", "19911110003"), person("唐代办", "19911110004")
        other = person("周体验", "19911110005")
        mandate_id = elder.post("/mandates", offer(relative)).json()["mandate_id"]
        relative.post(f"/mandates/{mandate_id}/answer", {"answer": "ACCEPT"})

        response = token_by(other, mandate_id)

        assert response.status_code == 404

    def test_are_nobody_elses_to_read(self) -> None:
        elder, relative = person("刘长寿", "19911110006"), person("唐代办", "19911110007")
        mandate_id = elder.post("/mandates", offer(relative)).json()["mandate_id"]

        assert relative.get(f"/mandates/{mandate_id}").status_code == 200
        assert person("周体验", "19911110008").get(f"/mandates/{mandate_id}").status_code == 404
        assert api.nobody().get(f"/mandates/{mandate_id}").status_code == 401

    def test_ask_for_a_fresh_check(self) -> None:
        elder, relative = person("刘长寿", "19911110009"), person("唐代办", "19911110010")
        AccessToken.objects.update(checked_level=0, checked_at=None)

        response = elder.post("/mandates", offer(relative))

        assert (response.status_code, response.json()["code"]) == (403, "fresh_check_needed")


class TestLegalEntities:
    def test_are_registered_and_granted_for(self, register: KnownEntities) -> None:
        boss, agent = person("孙创业", "19911110011"), person("唐代办", "19911110012")
        code = make.credit_code()
        make.register_knows(register, boss.actor, code=code)

        registered = boss.post("/legal-entities", {"credit_code": code, "name": make.COMPANY})
        entity_id = registered.json()["entity_id"]
        granted = boss.post("/mandates", offer(agent, entity_id=entity_id))
        agent.post(f"/mandates/{granted.json()['mandate_id']}/answer", {"answer": "ACCEPT"})

        assert registered.status_code == 201
        assert [one["name"] for one in boss.get("/legal-entities").json()] == [make.COMPANY]
        assert len(boss.get(f"/legal-entities/{entity_id}/mandates").json()) == 2
        assert agent.get(f"/legal-entities/{entity_id}/mandates").status_code == 404
        [principal] = agent.get("/principals").json()
        assert (principal["name"], principal["kind"]) == (make.COMPANY, "AGENT")

    def test_move_to_another_representative_with_the_very_next_request(self, register: KnownEntities) -> None:
        old, new = person("孙创业", "19911110015"), person("周体验", "19911110016")
        agent = person("唐代办", "19911110017")
        code = make.credit_code()
        make.register_knows(register, old.actor, code=code)
        first = old.post("/legal-entities", {"credit_code": code, "name": make.COMPANY}).json()
        granted = old.post("/mandates", offer(agent, entity_id=first["entity_id"])).json()["mandate_id"]
        agent.post(f"/mandates/{granted}/answer", {"answer": "ACCEPT"})
        olds = token_by(old, first["mandate_id"]).json()["access_token"]
        agents = token_by(agent, granted).json()["access_token"]
        before = [
            api.Caller(actor=old.actor, token=token).get("/cases").status_code for token in (olds, agents)
        ]
        make.register_knows(register, new.actor, code=code)

        second = new.post("/legal-entities", {"credit_code": code, "name": make.COMPANY}).json()
        refused = api.Caller(actor=old.actor, token=olds).get("/cases")
        goes_on = api.Caller(actor=agent.actor, token=agents).get("/cases")
        log = new.get(f"/mandates/{second['mandate_id']}").json()["log"]
        ended = old.get(f"/mandates/{first['mandate_id']}").json()

        assert before == [200, 200]
        assert (second["entity_id"], second["is_new"]) == (first["entity_id"], False)
        assert (refused.status_code, refused.json()["code"]) == (409, "mandate_ended")
        assert goes_on.status_code == 200
        assert [line["kind"] for line in log] == ["ESTABLISHED"]
        assert (ended["mandate"]["state"], ended["log"][-1]["reason"]) == ("ENDED", "REPRESENTATIVE_CHANGED")

    def test_are_not_registered_while_the_register_is_down(self, register: KnownEntities) -> None:
        boss = person("孙创业", "19911110013")
        register.is_down = True

        response = boss.post("/legal-entities", {"credit_code": make.credit_code(), "name": make.COMPANY})

        assert (response.status_code, response.json()["code"]) == (502, "entity_register_unavailable")


class TestAtTheCounter:
    def test_a_guardian_is_written_down_by_a_clerk_only(self) -> None:
        parent = person("孙创业", "19911110014")
        known = identity.reveal_own(actor=parent.actor, at=clock.now())
        body: dict[str, Any] = {
            "guardian": {"name": known.name, "id_number": known.id_number, "mobile": known.mobile},
            "ward": {"name": "孙小宝", "id_number": people.id_number(born_on=date(2020, 5, 1))},
            "evidence": "BIRTH_CERTIFICATE",
            "note": "S510000001",
        }

        refused = parent.post("/guardianships", body)
        clerk = api.staff(Post.COUNTER, login_name="counter.mandates")
        done = clerk.post("/guardianships", body)

        assert (refused.status_code, done.status_code) == (403, 201)
        card = {"name": "孙小宝", "id_number": body["ward"]["id_number"]}
        [found] = clerk.post("/mandate-searches", card).json()
        assert (found["id"], found["may_end"]) == (done.json()["mandate_id"], True)
        assert parent.post("/mandate-searches", card).status_code == 403
        [principal] = parent.get("/principals").json()
        assert (principal["name"], principal["kind"]) == ("孙*宝", "GUARDIAN")
        assert Person.objects.filter(account__isnull=True).count() == 1

"""
The register of what is held of a person: whole, in his copy, and what closing his account leaves of it.
"""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps

from tests.factories import identity as people
from tongban.foundation import crypto, holdings
from tongban.foundation.actors import Actor
from tongban.support.federation import services as federation
from tongban.support.federation.models import Consent, Link, PersonKey, RelyingParty, Subject
from tongban.support.federation.services.nodes import index_of_key
from tongban.support.identity import services as identity
from tongban.support.identity.models import (
    AgreementConsent,
    AssuranceGrant,
    FactorReset,
    Person,
    StockAccount,
    UsedPassword,
)
from tongban.support.identity.values import AssuranceLevel, ConsentWay, StockState
from tongban.support.privacy import selectors, services
from tongban.support.privacy.models import DataRequest

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(days=8)
NUMBER = people.id_number(sequence=871)


@pytest.fixture(autouse=True)
def files_folder(tmp_path: Path, settings: Any) -> None:
    settings.TONGBAN_HOME = tmp_path


@pytest.fixture
def person() -> Actor:
    """
    Somebody of whom there is something in every table of identity and of one login.
    """
    citizen = people.citizen(name="张三丰", number=NUMBER, level=AssuranceLevel.MOBILE, at=AT)
    account, owner = UUID(citizen.id), UUID(str(citizen.person_id))
    AgreementConsent.objects.create(
        person_id=owner, version="2026-1", way=ConsentWay.PAPER, agreed_at=AT, witnessed_by=str(account)
    )
    Authenticator.objects.create(
        user_id=account, type="totp", data={"secret": crypto.seal(b"JBSW", context="x").hex()}
    )
    FactorReset.objects.create(
        account_id=account,
        reason="手机丢失",
        asked_by=account,
        asked_by_name="安一",
        asked_at=AT,
        expires_at=LATER,
    )
    UsedPassword.objects.create(account_id=account, encoded="x", set_at=AT)
    stock(owner, key="OLD-7", state=StockState.MERGED)
    federation.remember_person(person_id=owner, at=AT)
    Link.objects.create(account_id=account, provider="alipay", subject="2088-1", linked_at=AT)
    party = RelyingParty.objects.create(
        client_id="museum", name="博物馆预约", sector="museum.example", created_at=AT
    )
    Consent.objects.create(account_id=account, party=party, scopes=["profile"], given_at=AT)
    Subject.objects.create(sector="museum.example", owner_id=account, sub="random")
    return replace(citizen, checked_level=4, checked_at=AT)


def stock(owner: UUID, *, key: str, state: StockState, name: str = "张三丰") -> StockAccount:
    return StockAccount.objects.create(
        source="old-platform",
        key=key,
        key_index=identity.stock.index_of_key(source="old-platform", key=key),
        digest=key,
        id_number=NUMBER,
        name=name,
        mobile="19900008888",
        level=2,
        state=state,
        person_id=owner,
        imported_at=AT,
    )


def copy_of(person: Actor) -> dict[str, Any]:
    request_id = services.ask_for_copy(actor=person, at=AT)
    services.make_copy(request_id=request_id, at=AT)
    with services.open_copy(request_id=request_id, actor=person, at=AT).content as content:
        everything: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(content.read())).read("data.json"))
    return everything


def close(person: Actor) -> dict[str, dict[str, int]]:
    services.ask_for_closing(actor=person, at=AT)
    assert services.close_due_accounts(at=LATER) == 1
    report: dict[str, dict[str, int]] = DataRequest.objects.get(kind="CLOSING").report
    return report


class TestRegister:
    def test_names_every_model_about_people_or_says_why_not(self) -> None:
        assert holdings.undeclared() == []

    def test_knows_models_about_people_by_sealed_columns_indexes_and_keys(self) -> None:
        about_people = set(holdings.about_people())

        assert {
            "casework.Case",
            "federation.Link",
            "federation.PersonKey",
            "identity.AgreementConsent",
            "identity.AssuranceGrant",
            "identity.StaffMember",
            "identity.StockAccount",
            "licences.Licence",
            "mandates.Mandate",
            "messaging.Message",
            "mfa.Authenticator",
            "privacy.Objection",
        } <= about_people
        assert not {"catalogue.ServiceOffering", "registers.Agency", "search.SearchWord"} & about_people

    def test_misses_a_model_as_soon_as_nobody_declares_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without = {code: one for code, one in holdings._HOLDINGS.items() if code != "identity.assurance"}
        monkeypatch.setattr(holdings, "_HOLDINGS", without)

        assert holdings.undeclared() == ["identity.AssuranceGrant"]

    def test_names_nothing_that_is_not_there(self) -> None:
        labels = {model._meta.label for model in apps.get_models()}
        named = {label for holding in holdings.holdings() for label in holding.models}

        assert named | holdings.exempted().keys() <= labels
        assert not named & holdings.exempted().keys()


class TestCopy:
    def test_tells_how_somebody_was_proved_and_what_he_agreed_to(self, person: Actor) -> None:
        everything = copy_of(person)

        (grant,) = everything["identity.assurance"]
        (consent,) = everything["identity.agreements"]
        assert grant["核验时间"]
        assert grant["实名等级"]
        assert (consent["协议版本"], consent["窗口见证"]) == ("2026-1", True)

    def test_tells_of_second_factors_without_their_secrets(self, person: Actor) -> None:
        everything = copy_of(person)

        factor, reset = everything["identity.factors"]
        assert factor["设置时间"]
        assert reset["原因"] == "手机丢失"
        assert Authenticator.objects.get().data["secret"] not in json.dumps(everything)

    def test_tells_of_accounts_elsewhere(self, person: Actor) -> None:
        everything = copy_of(person)

        (old,) = everything["identity.stock"]
        link, node = everything["federation.links"]
        (consent,) = everything["federation.consents"]
        assert (old["来源系统"], old["原账号编号"], old["手机号码"]) == (
            "old-platform",
            "OLD-7",
            "19900008888",
        )
        assert (link["对方"], link["对方的身份标识"]) == ("alipay", "2088-1")
        assert node["账号所在节点"] == "本节点"
        assert (consent["系统"], consent["同意提供"]) == ("博物馆预约", "profile")

    @pytest.mark.parametrize("state", [StockState.DISPUTED, StockState.DECLINED, StockState.REFUSED])
    def test_holds_nothing_of_an_account_that_may_be_somebody_elses(
        self, state: StockState, person: Actor
    ) -> None:
        stock(UUID(str(person.person_id)), key="OLD-8", state=state, name="李四光")

        everything = copy_of(person)

        (of_another,) = [row for row in everything["identity.stock"] if row["状态"] == str(state.label)]
        assert set(of_another) == {"来源系统", "状态", "导入时间", "确认时间"}
        assert "李四光" not in json.dumps(everything, ensure_ascii=False)


class TestClosing:
    def test_says_before_what_goes_and_what_the_law_keeps(self, person: Actor) -> None:
        fates = {str(fate.title): fate for fate in selectors.closing_preview(actor=person).fates}

        assert {
            title: fates[title].is_kept for title in ("实名核验记录", "第二重认证", "其他平台转来的账号")
        } == {
            "实名核验记录": False,
            "第二重认证": False,
            "其他平台转来的账号": False,
        }
        assert fates["协议签署记录"].clause == "个人信息保护法-56"
        assert fates["授权其他系统了解您的信息"].clause == "个人信息保护法-56"
        assert (fates["关联的其他账号"].count, fates["关联的其他账号"].is_kept) == (2, False)

    def test_deletes_proofs_factors_and_accounts_elsewhere(self, person: Actor) -> None:
        report = close(person)

        assert [
            model.objects.count()
            for model in (
                AssuranceGrant,
                Authenticator,
                FactorReset,
                UsedPassword,
                StockAccount,
                Link,
                PersonKey,
            )
        ] == [0] * 7
        assert report["identity.assurance"] == {"gone": 1, "kept": 0}
        assert report["federation.links"] == {"gone": 2, "kept": 0}

    def test_keeps_that_somebody_agreed_and_to_whom_he_was_told_of(self, person: Actor) -> None:
        close(person)

        assert AgreementConsent.objects.count() == 1
        assert Consent.objects.get().withdrawn_at == LATER
        assert Person.objects.get(id=str(person.person_id)).id_number == ""

    def test_lets_other_nodes_find_who_comes_again(self, person: Actor) -> None:
        close(person)

        again = people.citizen(name="张三丰", number=NUMBER)
        federation.remember_person(person_id=UUID(str(again.person_id)), at=LATER)

        key = identity.certificate_key(id_number=NUMBER, name="张三丰")
        known = PersonKey.objects.get(certificate_key_index=index_of_key(key))
        assert str(known.person_id) == again.person_id

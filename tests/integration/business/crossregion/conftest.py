"""
A city that takes applications in, the one that decides, and their province, in one process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_django
from PIL import Image

from tests.factories import casework as make
from tests.factories.exchange import only
from tests.factories.nodes import CITY, OTHER, PROVINCE, Country, country, tables_of_nodes
from tongban.business.casework import services as casework
from tongban.business.casework.models import Case
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values.enums import Reach
from tongban.business.crossregion import selectors, services
from tongban.business.crossregion.models import Received
from tongban.business.crossregion.services import asking, exchanging
from tongban.business.crossregion.values import IntakeReceipt
from tongban.foundation import events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.support.federation import ports as federation
from tongban.support.federation.services import node_path
from tongban.support.federation.values import Provider, ProviderKind, Topology

COUNTER, DECIDING = OTHER, CITY
CODE = "test-hygiene"
CLERK = replace(make.clerk("COUNTER", agency_code="11510100MB0000001A", division_code=COUNTER), name="赵窗口")
HALL = "成都市政务服务中心"


@pytest.fixture(scope="module", autouse=True)
def tables(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """
    Make the tables of three nodes once.
    """
    with django_db_blocker.unblock(), tables_of_nodes(PROVINCE, CITY, OTHER, and_of=("crossregion",)):
        yield


def picture(color: str = "red", *, size: int = 8) -> bytes:
    """
    Return a picture.
    """
    kept = BytesIO()
    Image.new("RGB", (size, size), color).save(kept, "PNG")
    return kept.getvalue()


@dataclass
class TwoCities:
    """
    The cities, and what a test does at them.
    """

    country: Country
    code: str = CODE
    key: UUID = field(default_factory=uuid4)

    @property
    def at(self) -> datetime:
        """What time it is."""
        return self.country.at

    def ask(self, node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        """
        Stand in for signed questions over HTTP.
        """
        if node.code in self.country.silent:
            raise UpstreamError(node=node.code)
        question = path.removeprefix(node_path(asking.SUBJECT, "")[:-1]).strip("/")
        with self.country.located(node.code):
            return asking.answer_peer(question=question, node=_node(COUNTER), message=message, at=at)

    def guide(self) -> OfferingTerms:
        """
        Return the guide, as the counter asks for it.
        """
        with self.country.located(COUNTER):
            return services.guide_of(node=DECIDING, code=self.code, actor=CLERK, at=self.at)

    def attach(self, content: bytes, *, key: UUID | None = None, material: str = "floor_plan") -> None:
        """
        Choose a file on the page of the counter.
        """
        with self.country.located(COUNTER):
            services.attach_file(
                key=key or self.key,
                material_code=material,
                content=BytesIO(content),
                name="平面图.png",
                declared_type="image/png",
                declared_bytes=len(content),
                actor=CLERK,
                at=self.at,
            )

    def hand_in(self, **changes: Any) -> IntakeReceipt:
        """
        Take an application at the counter.
        """
        arguments: dict[str, Any] = {
            "key": self.key,
            "node": DECIDING,
            "guide": changes.get("guide") or self.guide(),
            "situations": (),
            "form": make.FORM,
            "applicant": make.APPLICANT,
            "born_on": None,
            "paper": ("floor_plan",),
            "counter": HALL,
            "actor": CLERK,
            "at": self.at,
        }
        with self.country.located(COUNTER):
            return services.hand_in(**{**arguments, **changes})

    def go_on(self, *, minutes: int = 1) -> None:
        """
        Let time pass: entries arrive, the deciding city tells how its cases stand.
        """
        self.country.at += timedelta(minutes=minutes)
        for _hop in range(6):
            self.country.at += timedelta(minutes=1)
            self.country.exchange()
            with self.country.located(DECIDING):
                events.deliver_all(at=self.at)
                for number in Received.objects.exclude(case_number="").values_list("case_number", flat=True):
                    services.tell_counter(case_number=number, at=self.at)
        self.country.exchange()

    def seen(self, *, actor: Actor = CLERK) -> selectors.IntakeDetail:
        """
        Return the intake as the counter's page shows it.
        """
        with self.country.located(COUNTER):
            return selectors.intake(intake_id=self.key, actor=actor)

    def case(self) -> Case:
        """
        Return the one case.
        """
        return Case.objects.get()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """
        Cut the deciding city off for a while.
        """
        self.country.silent.add(DECIDING)
        yield
        self.country.silent.discard(DECIDING)

    def accept(self) -> None:
        """
        Accept the case, at the deciding city.
        """
        with self.country.located(DECIDING):
            casework.accept(
                number=self.case().number,
                actor=make.clerk("ACCEPTANCE"),
                at=self.at,
                calendar=make.CALENDAR,
            )


def _node(code: str) -> Provider:
    return Provider(
        code=code,
        kind=ProviderKind.NODE,
        name=code,
        name_en="",
        url=f"https://node-{code}.example",
        shared_key=b"k" * 32,
    )


@pytest.fixture
def two(db: None) -> Iterator[TwoCities]:
    """
    Give two cities of one province, and an offering of the one that is open to the whole province.
    """
    # What cases and offerings tell others besides is written, and has no snapshot: a test is one transaction.
    others = [
        replace(each, snapshot=None, sweep=None)
        for each in exchange.contracts()
        if each.code.startswith(("catalogue.", "licences."))
    ]
    with only(*exchanging.contracts(), *others), country(PROVINCE, CITY, OTHER) as made:
        made.at = make.MONDAY
        made.join(CITY)
        made.join(OTHER)
        made.go_on(minutes=2)
        cities = TwoCities(country=made)
        trust = federation.trust_by(federation.FixedTrust(Topology(providers=(_node(DECIDING),))))
        caller = federation.call_nodes_by(cities.ask)
        make.publish(reach=Reach.PROVINCE)
        yield cities
        federation.trust_by(trust)
        if caller is not None:
            federation.call_nodes_by(caller)

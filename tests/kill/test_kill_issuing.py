"""
A worker that is killed with -9 while it seals a batch, makes documents of licences and takes earlier licences in.

Nothing is issued twice, no licence is without its seal, no use of a seal without its log. KILL_LICENCES and
KILL_TIMES make it bigger (`make seal-proof`).
"""

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from tests.factories.identity import staff
from tests.factories.seals import applied, fresh, issued, people, standing
from tests.integration.business.licences.conftest import COMPANY, ISSUER, SEVERAL, issue, type_row
from tests.integration.node.running import wait_until
from tests.unit.support.documents.licences import licence as face
from tongban.business.licences.models import Licence, LicenceEvent, StockLicence
from tongban.business.licences.services import check_sampled, collect_licences, load_licence_types
from tongban.business.licences.values import BatchFacts, StockRow, Supply
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.clock import now
from tongban.foundation.models import AuditEntry
from tongban.support.documents import services as documents
from tongban.support.documents.models import StoredFile
from tongban.support.documents.ports import register_owner
from tongban.support.documents.values import Owner, Purpose
from tongban.support.identity.values import Role
from tongban.support.seals import services as seals
from tongban.support.seals.models import SealBatch, SealBatchItem, SealUse
from tongban.support.seals.services import BatchFile
from tongban.support.seals.values import AuthorisationKind, Limits, SealPurpose

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LICENCES = int(os.environ.get("KILL_LICENCES", "12"))
"""And so many files of a batch; earlier licences are forty times as many."""
TIMES = int(os.environ.get("KILL_TIMES", "1"))
ROWS = LICENCES * 40
PATIENCE_SECONDS = 180
NODE = system_actor("tests")
DIVISION = "511602000000"
AGENCY_NAME = "示例区行政审批局"
STALE = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
"""A worker counts as dead after half a minute without a sign of life; the test does not wait for that."""


@dataclass(frozen=True)
class Work:
    """
    What the worker is to do.
    """

    batch_id: uuid.UUID
    stock_id: uuid.UUID

    def done(self) -> int:
        """
        Return how much of it is done, a row of stock counting as a fortieth.
        """
        sealed = SealBatchItem.objects.filter(batch_id=self.batch_id).exclude(state="WAITING").count()
        made = Licence.objects.exclude(case_number="").filter(file_id__isnull=False).count()
        taken = StockLicence.objects.filter(batch_id=self.stock_id, state="TAKEN").count()
        return sealed + made + taken // 40


@pytest.fixture
def work() -> Work:
    """
    A batch, licences without documents, and a batch of stock that was checked, all of them queued.
    """
    at = now()
    by = people(agency_code=ISSUER, at=at)
    seal = issued(applied(by, at=at, name=AGENCY_NAME, agency_code=ISSUER), by, at=at)
    standing(seal, by, at=at)
    clerk = fresh(staff(agency_code=ISSUER, division_code=DIVISION, at=at), at=at)
    seals.authorise(
        seal_id=seal.id,
        kind=AuthorisationKind.PERSONAL,
        limits=Limits(purposes=frozenset({SealPurpose.DOCUMENT})),
        valid_from=at,
        valid_until=at + timedelta(days=30),
        account_id=uuid.UUID(clerk.id),
        actor=by.keeper,
        at=at,
    )
    load_licence_types(rows=[type_row(SEVERAL)], actor=NODE, at=at)
    for number in range(LICENCES):
        issue(case_number=f"L-{number}", at=at)
    return Work(batch_id=batch_of(clerk, at=at), stock_id=stock(at=at))


def batch_of(clerk: Actor, *, at: datetime) -> uuid.UUID:
    register_owner("tests.files", lambda _actor, _key: True)
    content = documents.write_ofd(face())
    files = [
        documents.keep_document(
            content=content,
            name=f"{number}.ofd",
            media_type="application/ofd",
            purpose=Purpose.NOTICE,
            owner=Owner(kind="tests.files", key="1"),
            actor=NODE,
            at=at,
        ).id
        for number in range(LICENCES)
    ]
    return seals.begin_batch(
        agency_code=ISSUER,
        purpose=SealPurpose.DOCUMENT,
        files=[BatchFile(file_id=file, case_number=f"B-{place}") for place, file in enumerate(files)],
        actor=clerk,
        at=at,
    ).batch_id


def stock(*, at: datetime) -> uuid.UUID:
    def member(role: Role) -> Actor:
        return Actor(kind=ActorKind.STAFF, id=role.value, agency_code=ISSUER, roles=frozenset({role}))

    told = {
        "type": SEVERAL,
        "issuer_code": ISSUER,
        "issuer_name": AGENCY_NAME,
        "holder_name": COMPANY.name,
        "holder_code": COMPANY.code,
        "issued_date": "2020-03-01",
        "last_valid_date": "2030-02-28",
    }
    rows = (
        StockRow(line=line, told=told | {"number": f"JY-{line:06d}"}, face={"venue": "示例大酒店"})
        for line in range(1, ROWS + 1)
    )
    facts = BatchFacts(
        source="old-register",
        supply=Supply.DECLARED,
        agency_code=ISSUER,
        agency_name=AGENCY_NAME,
        division_code=DIVISION,
        file_name="old.csv",
        file_digest="file-1",
        sample_percent=1,
        wanted_percent=80,
    )
    batch_id = collect_licences(rows=rows, facts=facts, actor=member(Role.LICENCE_EDITOR), at=at)
    for row in StockLicence.objects.filter(batch_id=batch_id, is_sampled=True):
        check_sampled(row_id=row.id, is_right=True, note="", actor=member(Role.LICENCE_REVIEWER), at=at)
    return batch_id


def started() -> "subprocess.Popen[bytes]":
    """
    Start a worker of its own on the database of this test.
    """
    name = str(connection.settings_dict["NAME"])
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return subprocess.Popen(
        [sys.executable, "-m", "tongban.config.cli", "worker"],
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tongban.config.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed(worker: "subprocess.Popen[bytes]") -> None:
    worker.kill()
    worker.wait()
    with connection.cursor() as cursor:
        cursor.execute(STALE)


@pytest.fixture
def finished(work: Work) -> tuple[Work, list[int]]:
    """
    The work, done by workers of whom all but the last were killed, and how much was done at each death.
    """
    whole, deaths = 3 * LICENCES, []
    for turn in range(TIMES):
        worker = started()
        wanted = max(whole * (turn + 1) // (TIMES + 2), work.done() + 1)
        wait_until(lambda wanted=wanted: work.done() >= wanted, seconds=PATIENCE_SECONDS)  # type: ignore[misc]
        killed(worker)
        deaths.append(work.done())
    worker = started()
    try:
        wait_until(
            lambda: work.done() == whole and SealBatch.objects.filter(state="FINISHED").exists(),
            seconds=PATIENCE_SECONDS,
        )
    finally:
        killed(worker)
    return work, deaths


def test_nothing_is_issued_twice_nor_without_its_seal_or_its_log(finished: tuple[Work, list[int]]) -> None:
    work, deaths = finished

    assert deaths[0] < 3 * LICENCES
    assert len(deaths) == TIMES
    has_every_file_of_the_batch_sealed_once(work)
    has_every_licence_in_two_sealed_forms()
    has_every_earlier_licence_once(work)
    has_every_use_in_the_log_and_the_audit_trail()


def has_every_file_of_the_batch_sealed_once(work: Work) -> None:
    items = dict(SealBatchItem.objects.filter(batch_id=work.batch_id).values_list("id", "sealed_file_id"))
    uses = SealUse.objects.filter(batch_item_id__isnull=False)
    kept = StoredFile.objects.filter(owner_kind="seals.batch")

    assert len(items) == LICENCES
    assert sorted(str(use.batch_item_id) for use in uses) == sorted(map(str, items))
    assert set(kept.values_list("id", flat=True)) == set(items.values())
    assert set(kept.values_list("digest", flat=True)) == set(uses.values_list("digest", flat=True))


def has_every_licence_in_two_sealed_forms() -> None:
    licences = Licence.objects.exclude(case_number="")

    assert sorted(licences.values_list("case_number", flat=True)) == sorted(
        f"L-{number}" for number in range(LICENCES)
    )
    for licence in licences:
        uses = SealUse.objects.filter(case_number=licence.case_number)
        kept = StoredFile.objects.filter(owner_kind="licences.licence", owner_key=str(licence.id))
        digests = sorted([licence.original_digest, licence.file_digest])
        assert sorted(uses.values_list("digest", flat=True)) == digests
        assert {licence.original_id, licence.file_id} == set(kept.values_list("id", flat=True))
    assert licence.original_id is not None
    with transaction.atomic():
        opened = documents.open_file(file_id=licence.original_id, actor=NODE, at=now())
    with opened.content as content:
        verdict = seals.verify_file(content=content.read(), name="a.ofd", at=now())
    assert verdict.verdict.value == "valid"


def has_every_earlier_licence_once(work: Work) -> None:
    taken = Licence.objects.filter(case_number="")
    rows = StockLicence.objects.filter(batch_id=work.stock_id)

    assert taken.count() == taken.values("number").distinct().count() == ROWS
    assert set(rows.values_list("licence_id", flat=True)) == set(taken.values_list("id", flat=True))
    assert LicenceEvent.objects.filter(kind="COLLECTED").count() == ROWS


def has_every_use_in_the_log_and_the_audit_trail() -> None:
    told = AuditEntry.objects.filter(action="seals.seal.apply").values_list("facts__digest", flat=True)

    assert sorted(told) == sorted(SealUse.objects.values_list("digest", flat=True))

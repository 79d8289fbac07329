"""
What each reading operation costs: a number of statements that does not grow with what there is to read.
"""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import mandates
from tests.factories.api import LICENCE_TYPE, Caller, World, citizen, nobody, staff, system
from tests.factories.casework import AGENCY, DIVISION
from tests.factories.seals import with_seal
from tests.integration.api.test_licence_batches import BODY, ROW
from tongban.business.licences.models import (
    Licence,
    LicenceShare,
    LicenceTypeVersion,
    QualityFinding,
    StockLicence,
)
from tongban.foundation import clock
from tongban.support.identity.values import AssuranceLevel, Role
from tongban.support.seals.models import (
    Seal,
    SealAuthorisation,
    SealBatch,
    SealBatchItem,
    SigningRequest,
    SigningStep,
)
from tongban.support.trust.models import IssuedCertificate

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "openapi-v1.json"
NAME = re.compile(r"(?<={)\w+(?=})")
STOCK = {**BODY, "rows": [{**ROW, "type_code": LICENCE_TYPE["code"]}]}
MADE_BY_A_JOB = {"/api/v1/me/copies/{}"}
"""Answers that a job makes before; giving one out costs what a file costs."""
COUNTED_ELSEWHERE = {
    "/api/v1/me/library-cases",
    "/api/v1/docking/messages",
    "/api/v1/datasets",
    "/api/v1/datasets/{}",
    "/api/v1/datasets/{}/{}/versions/{}/schema",
    "/api/v1/dataset-versions/{}",
    "/api/v1/exchange/status",
    "/api/v1/exchange/feeds/{}/entries",
    "/api/v1/exchange/feeds/{}/entries/{}",
    "/api/v1/exchange/feeds/{}/batches",
    "/api/v1/exchange/inbounds/{}/entries/{}",
    "/api/v1/exchange/stories",
    "/api/v1/exchange/errors",
    "/api/v1/exchange/days",
    "/api/v1/data-services",
    "/api/v1/data-services/{}",
    "/api/v1/data-use-requests",
    "/api/v1/data-use-requests/{}",
    "/api/v1/data-grants",
    "/api/v1/data-grants/{}",
    "/api/v1/data-figures",
    "/api/v1/data-calls",
    "/api/v1/data-alarms",
    "/api/v1/data-gateway",
}
"""Of apps whose rows this world has none of: their own tests ask them with rows (tests/integration/resources, and
`test_data_services.py` here)."""

COSTS = [
    ("nobody", "/divisions", 1),
    ("nobody", "/agencies", 1),
    ("nobody", "/offerings", 1),
    ("nobody", "/offerings/{offering_code}", 1),
    ("nobody", "/offerings/{offering_code}/versions", 1),
    ("nobody", "/themes", 3),
    ("nobody", "/search?q=卫生许可", 3),
    ("nobody", "/search/suggestions?q=卫生", 1),
    ("nobody", "/progress?number={case_number}&query_code={query_code}", 3),
    ("nobody", "/verifications/licences/{licence_identifier}", 2),
    ("nobody", "/verifications/tokens/{licence_token}", 2),
    ("nobody", "/licence-types", 1),
    ("nobody", "/licence-types/file", 1),
    ("nobody", "/licence-types/{type_code}", 2),
    ("nobody", "/licence-types/{type_code}/versions/{type_version}", 1),
    ("nobody", "/licence-types/{type_code}/versions/{type_version}/schema", 1),
    ("nobody", "/licence-type-versions/{type_version_id}", 1),
    ("citizen", "/me", 2),
    ("citizen", "/cases", 2),
    ("citizen", "/cases/{case_number}", 2),
    ("citizen", "/cases/{case_number}/timeline", 3),
    ("citizen", "/cases/{case_number}/clock", 5),
    ("citizen", "/cases/{case_number}/notices", 5),
    ("citizen", "/drafts/{draft_id}", 5),
    ("citizen", "/files/{file_id}", 6),
    ("citizen", "/messages", 2),
    ("citizen", "/messages/unread", 2),
    ("citizen", "/messages/{message_id}", 2),
    ("citizen", "/licences", 2),
    ("citizen", "/licences/{licence_identifier}", 3),
    ("clerk", "/cases", 2),
    ("clerk", "/cases/{case_number}", 2),
    ("clerk", "/cases/{case_number}?details=true", 6),
    ("clerk", "/cases/{case_number}/ledger", 6),
    ("clerk", "/work-items", 2),
    ("clerk", "/work-items/{work_item_id}", 2),
    ("clerk", "/licences", 2),
    ("system", "/me", 1),
    ("system", "/cases", 2),
    ("system", "/verifications/licences/{licence_identifier}", 2),
    ("citizen", "/me/assurance", 2),
    ("citizen", "/me/ledger", 2),
    ("citizen", "/me/objections", 2),
    ("citizen", "/me/data-requests", 2),
    ("citizen", "/principals", 2),
    ("citizen", "/mandates", 5),
    ("representative", "/mandates/{mandate_id}", 5),
    ("representative", "/legal-entities", 3),
    ("representative", "/legal-entities/{entity_id}/mandates", 3),
    ("clerk", "/objections", 2),
    ("operator", "/clients", 2),
    ("operator", "/relying-parties", 2),
    ("agency_system", "/work-items", 2),
    ("agency_system", "/work-items/{work_item_id}", 2),
    ("agency_system", "/work-items?case_number={case_number}", 2),
]

COSTS_OF_SHARES = [
    ("citizen", "/licences/{licence_identifier}/uses", 3),
    ("citizen", "/licence-shares", 3),
    ("citizen", "/licence-shares/{share_id}", 3),
    ("clerk", "/licence-shares", 3),
    ("clerk", "/licence-shares/{share_id}", 4),
    ("clerk", "/licence-shares/{share_id}/face", 8),
]

COSTS_OF_SEALS = [
    ("nobody", "/seals/states/{seal_code}", 1),
    ("nobody", "/trust/authorities", 1),
    ("nobody", "/trust/certificates/{serial}", 1),
    ("keeper", "/seals", 2),
    ("keeper", "/seals/{seal_id}", 4),
    ("keeper", "/seals/{seal_id}/uses", 3),
    ("citizen", "/presentations/{presentation_id}", 3),
    ("citizen", "/presentations/{presentation_id}/code", 6),
    ("editor", "/licence-batches", 2),
    ("editor", "/licence-batches/{batch_id}", 4),
    ("editor", "/licence-batches/{batch_id}/rows", 3),
    ("editor", "/licence-batch-rows/{row_id}", 3),
    ("editor", "/licence-findings", 2),
    ("editor", "/licence-findings/{finding_id}", 2),
    ("editor", "/licence-finding-counts", 2),
    ("clerk", "/seal-batches", 3),
    ("clerk", "/seal-batches/{seal_batch_id}", 9),
    ("clerk", "/seal-signings", 3),
    ("clerk", "/seal-signings/{signing_id}", 3),
]


def callers(world: World) -> dict[str, Caller]:
    return {
        "nobody": nobody(),
        "citizen": world.citizen,
        "clerk": world.clerk,
        "system": world.system,
        "agency_system": system("handling:write", client_id="health-system"),
        "operator": staff(roles=(Role.OPERATOR,), login_name="keeper"),
        "representative": citizen(name="孙创业", phone="19911110001", level=AssuranceLevel.DATA_CHECK),
    }


def things(world: World, known: dict[str, Caller]) -> dict[str, object]:
    """
    Return the names of what there is to ask for: the world's, a company and the mandate of one who acts for it.
    """
    at = clock.now()
    representative = mandates.checked(known["representative"].actor, at=at)
    entity_id = mandates.company(representative, at=at)
    agent = citizen(name="马出行", phone="19911110002", level=AssuranceLevel.DATA_CHECK).actor
    mandate_id = mandates.mandate(representative, agent, entity_id=entity_id, at=at)
    return {
        **{field: getattr(world, field) for field in World.__dataclass_fields__},
        "entity_id": entity_id,
        "mandate_id": mandate_id,
        "type_code": LICENCE_TYPE["code"],
        "type_version": 1,
        "type_version_id": LicenceTypeVersion.objects.get(type_id=LICENCE_TYPE["code"]).id,
    }


class TestReading:
    def test_is_looked_at_for_every_operation(self) -> None:
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        reading = {
            NAME.sub("", path) for path, operations in document["paths"].items() if "get" in operations
        }

        counted = {
            NAME.sub("", f"/api/v1{path.partition('?')[0]}")
            for _name, path, _queries in [*COSTS, *COSTS_OF_SEALS, *COSTS_OF_SHARES]
        }
        assert reading == counted | MADE_BY_A_JOB | COUNTED_ELSEWHERE

    @pytest.mark.parametrize(("name", "path", "queries"), COSTS)
    def test_costs_a_fixed_number_of_queries(
        self,
        name: str,
        path: str,
        queries: int,
        world: World,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        known = callers(world)
        caller = known[name]
        address = path.format_map(things(world, known))
        caller.get(address).getvalue()

        with django_assert_num_queries(queries):
            response = caller.get(address)

        # A file that was not read to its end stays open.
        assert response.getvalue()
        assert response.status_code == 200


class TestReadingOfSeals:
    @pytest.mark.parametrize(("name", "path", "queries"), COSTS_OF_SEALS)
    def test_costs_a_fixed_number_of_queries(
        self,
        name: str,
        path: str,
        queries: int,
        world: World,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        at = clock.now()
        seal = with_seal(agency_code=AGENCY, at=at)
        known = {
            "nobody": nobody(),
            "citizen": world.citizen,
            "clerk": world.clerk,
            "keeper": staff(roles=(Role.SEAL_KEEPER,), login_name="seal.keeper"),
            "editor": staff(roles=(Role.LICENCE_EDITOR,), login_name="licence.editor"),
        }
        shown = world.citizen.post(f"/licences/{world.licence_identifier}/presentations", {"keys": ["shop"]})
        batch_id = known["editor"].post("/licence-batches", STOCK).json()["id"]
        address = path.format_map(
            {
                "seal_code": seal.code,
                "seal_id": seal.id,
                "serial": IssuedCertificate.objects.order_by("id")[0].serial,
                "presentation_id": shown.json()["id"],
                "batch_id": batch_id,
                "row_id": StockLicence.objects.get(batch_id=batch_id).id,
                "finding_id": finding(at=at).id,
                "seal_batch_id": seal_batch(seal, world.clerk, at=at).id,
                "signing_id": signing(world.clerk, at=at).id,
            }
        )
        known[name].get(address).getvalue()

        with django_assert_num_queries(queries):
            response = known[name].get(address)

        assert response.status_code == 200


class TestReadingOfShares:
    @pytest.mark.parametrize(("name", "path", "queries"), COSTS_OF_SHARES)
    def test_costs_a_fixed_number_of_queries(
        self,
        name: str,
        path: str,
        queries: int,
        world: World,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        at = clock.now()
        known = {"citizen": world.citizen, "clerk": world.clerk}
        share = shared(world, at=at)
        address = path.format_map({"licence_identifier": world.licence_identifier, "share_id": share.id})
        known[name].get(address).getvalue()

        with django_assert_num_queries(queries):
            response = known[name].get(address)

        assert response.status_code == 200


def shared(world: World, *, at: datetime) -> LicenceShare:
    """
    Let the agency of the world's case have the citizen's licence for it.
    """
    licence = Licence.objects.get(identifier=world.licence_identifier)
    return LicenceShare.objects.create(
        licence=licence,
        person_id=licence.person_id,
        case_number=world.case_number,
        offering_code="any",
        service_name="示例事项",
        agency_code=AGENCY,
        agency_name="示例区卫生健康局",
        division_code=DIVISION,
        purpose="核对场所",
        authority="CONSENT",
        state="GIVEN",
        asked_at=at,
        asked_by="clerk",
        last_day=clock.civil_date(at) + timedelta(days=30),
        words="",
        original_id=uuid4(),
    )


def finding(*, at: datetime) -> QualityFinding:
    return QualityFinding.objects.create(
        rule="STILL_VALID",
        subject="某证照",
        name="某证照",
        number="1",
        agency_code=AGENCY,
        division_code=DIVISION,
        found_at=at,
        seen_at=at,
    )


def seal_batch(seal: Seal, asker: Caller, *, at: datetime) -> SealBatch:
    batch = SealBatch.objects.create(
        seal_code=seal.code,
        agency_code=AGENCY,
        purpose="DOCUMENT",
        authorisation=SealAuthorisation.objects.filter(seal=seal)[0],
        requested_by=asker.actor.id,
        requested_name="某人",
        requested_at=at,
        lapses_at=at + timedelta(hours=12),
    )
    SealBatchItem.objects.create(batch=batch, position=0, file_id=uuid4(), case_number="1")
    return batch


def signing(asker: Caller, *, at: datetime) -> SigningRequest:
    request = SigningRequest.objects.create(
        purpose="DOCUMENT",
        case_number="1",
        file_id=uuid4(),
        requested_by=asker.actor.id,
        requested_name="某人",
        requested_agency=AGENCY,
        requested_at=at,
        lapses_at=at + timedelta(days=30),
    )
    SigningStep.objects.create(request=request, position=0, agency_code=AGENCY)
    return request

"""
Licences issued before, through the API.
"""

from typing import Any

import pytest

from tests.factories import api
from tests.factories.identity import NODE
from tongban.business.licences.models import StockBatch, StockLicence
from tongban.business.licences.services import load_licence_types
from tongban.foundation import clock
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

CODE = "11510100MB1500000X001"
ROW = {
    "type_code": CODE,
    "number": "OLD-1",
    "issuer_code": "X1",
    "issuer_name": "示例局",
    "holder_name": "示例酒店有限公司",
    "holder_code": "91350100M000100Y43",
    "issued_date": "2020-01-02",
}
BODY: dict[str, Any] = {
    "source": "old-register",
    "supply": "UPLOADED",
    "agency_name": "示例局",
    "division_code": "511602000000",
    "sample_percent": 100,
    "rows": [ROW, {**ROW, "number": ""}],
}


@pytest.fixture
def editor() -> api.Caller:
    load_licence_types(
        rows=[
            {
                "code": CODE,
                "name": "演示许可证",
                "defining_body_code": CODE[:18],
                "defining_body_name": "示例区行政审批局",
                "face": [
                    {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
                    {"key": "holder_code", "label": "持证主体代码", "source": "holder.code"},
                ],
            }
        ],
        actor=NODE,
        at=clock.now(),
    )
    return api.staff(roles=(Role.LICENCE_EDITOR,), login_name="licence.editor")


@pytest.fixture
def reviewer() -> api.Caller:
    return api.staff(roles=(Role.LICENCE_REVIEWER,), login_name="licence.reviewer")


class TestLicenceBatches:
    def test_are_brought_and_read_with_the_outcome_of_every_row(self, editor: api.Caller) -> None:
        batch_id = editor.post("/licence-batches", BODY).json()["id"]

        batch = editor.get(f"/licence-batches/{batch_id}").json()
        rows = editor.get(f"/licence-batches/{batch_id}/rows").json()["items"]
        assert (batch["states"], batch["problems"]) == ({"READY": 1, "REFUSED": 1}, {"NUMBER_MISSING": 1})
        assert [(row["line"], row["state"], row["problem"]) for row in rows] == [
            (1, "READY", ""),
            (2, "REFUSED", "NUMBER_MISSING"),
        ]
        assert "示例酒店" not in str(rows)

    def test_are_the_same_when_the_same_rows_come_again(self, editor: api.Caller) -> None:
        first, again = (editor.post("/licence-batches", BODY).json()["id"] for _time in range(2))

        assert first == again
        assert StockLicence.objects.count() == 2

    def test_are_judged_by_their_sample(self, editor: api.Caller, reviewer: api.Caller) -> None:
        editor.post("/licence-batches", BODY)
        row = StockLicence.objects.get(is_sampled=True)

        shown = reviewer.get(f"/licence-batch-rows/{row.id}").json()
        answer = reviewer.post(f"/licence-batch-rows/{row.id}/check", {"is_right": False, "note": "编号不符"})

        assert shown["holder_name"] == "示例酒店有限公司"
        assert answer.json() == {"state": "SENT_BACK"}

    def test_are_hidden_from_clerks(self, editor: api.Caller) -> None:
        editor.post("/licence-batches", BODY)
        clerk = api.staff(Post.REVIEW, login_name="clerk")

        assert clerk.get("/licence-batches").status_code == 404
        assert clerk.get(f"/licence-batches/{StockBatch.objects.get().id}").status_code == 404
        assert clerk.post("/licence-batches", BODY).status_code == 403

"""
A reach answers for one object as its SQL condition does for many.
"""

from itertools import product

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongban.foundation.policy import Columns, Reach

PEOPLE = ("wang", "li", None)
AGENCIES = ("A1", "A2", "")
DIVISIONS = ("511600000000", "511602000000", "511602001000", "510100000000")
OFFERINGS = ("5116X1", "5116X2", "5101_1", "5101%1")
OBJECTS = tuple(product(PEOPLE, AGENCIES, DIVISIONS, OFFERINGS))
ROWS = """
SELECT n FROM unnest(%(people)s::text[], %(agencies)s::text[], %(divisions)s::text[], %(offerings)s::text[])
    WITH ORDINALITY AS row (person, agency, division, offering, n)
WHERE {condition}
"""

reaches = st.builds(
    Reach,
    is_everything=st.booleans() | st.just(False),
    principal_id=st.sampled_from(PEOPLE),
    items=st.none() | st.frozensets(st.sampled_from(("5116", "5116X1", "51", "5101_", "5101%")), max_size=3),
    agency_code=st.sampled_from((*AGENCIES, None)),
    division_prefix=st.sampled_from(("", "51", "5116", "511602", None)),
)


@pytest.mark.django_db
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(reach=reaches)
def test_a_list_keeps_what_a_single_look_permits(reach: Reach) -> None:
    condition, arguments = reach.condition(
        Columns(principal="person", agency="agency", division="division", offering="offering")
    )
    people, agencies, divisions, offerings = (list(column) for column in zip(*OBJECTS, strict=True))

    with connection.cursor() as cursor:
        cursor.execute(
            ROWS.format(condition=condition),
            {
                **arguments,
                "people": people,
                "agencies": agencies,
                "divisions": divisions,
                "offerings": offerings,
            },
        )
        kept = {OBJECTS[n - 1] for (n,) in cursor.fetchall()}

    assert kept == {
        (person, agency, division, offering)
        for person, agency, division, offering in OBJECTS
        if reach.decide(
            principal_id=person, agency_code=agency, division_code=division, offering_code=offering
        )
    }

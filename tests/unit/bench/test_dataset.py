"""
The generated cases.
"""

from collections import Counter

from bench import dataset
from tongban.business.casework.rules.numbers import normal_query_code


class TestAgencyOf:
    def test_gives_the_bureau_a_million_cases_and_a_small_agency_a_thousand(self) -> None:
        holders = Counter(dataset.agency_of(case) for case in range(1, dataset.CASES + 1))

        assert holders[dataset.AGENCY] == 1_000_000
        assert holders[dataset.SMALL_AGENCY] == 1_000


class TestNumberOf:
    def test_has_the_length_of_an_official_number(self) -> None:
        assert len(dataset.number_of(dataset.CASES)) == 31 + 8 + 7


class TestQueryCodeOf:
    def test_gives_codes_as_people_type_them_and_no_two_alike(self) -> None:
        codes = {dataset.query_code_of(case) for case in range(1, 5001)}

        assert len(codes) == 5000
        assert all(normal_query_code(code) == code for code in codes)

"""
Requests as the load generator reads them.
"""

from bench.load import Request


class TestRequest:
    def test_is_one_line_of_four_parts(self) -> None:
        request = Request(path="/api/v1/cases", method="POST", token="t", body='{"a": 1}')

        assert request.line().split("\t") == ["POST", "/api/v1/cases", "t", '{"a": 1}']

"""
The staff of a node, over its API: those who handle a case, and the operator who watches the exchange.
"""

import secrets
import time
from typing import Any

import httpx

from tools.demo.__main__ import PASSWORD
from tools.demo.browser import DemoFailed

LOGINS = {
    "accept": "approval.accept",
    "review": "approval.review",
    "decide": "approval.decide",
    "operator": "operator",
}
PATIENCE_SECONDS = 60

Facts = dict[str, Any]


class Desk:
    """
    Those who work at one node.
    """

    def __init__(self, url: str) -> None:
        """
        Nobody is logged in yet.
        """
        self._api = httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False)
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        """
        Close the connections.
        """
        self._api.close()

    def case(self, number: str) -> Facts:
        """
        Return a case as who decides sees it.
        """
        return self._get("decide", f"/cases/{number}")

    def accept(self, number: str) -> None:
        """
        Accept an application.
        """
        self._post("accept", f"/cases/{number}/acceptance", {"opinion": "材料齐全"})

    def conclude(self, who: str, number: str, body: Facts) -> None:
        """
        End a stage of a case, once it is there to be worked on.

        :raises DemoFailed: it does not get there, or is refused
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            items = self._get(who, "/work-items", case_number=number)["items"]
            mine = [item for item in items if item["may_work"] and not item["is_stopped"]]
            if mine:
                self._post(who, f"/work-items/{mine[0]['id']}/conclusion", body)
                return
            time.sleep(0.1)
        raise DemoFailed(f"no work item for {who}")

    def status(self) -> Facts:
        """
        Return how the exchange of the node stands.
        """
        return self._get("operator", "/exchange/status")

    def link_to(self, code: str) -> Facts:
        """
        Return how the link to another node stands.
        """
        return next(link for link in self.status()["links"] if link["code"] == code)

    def retry(self, code: str) -> None:
        """
        Have what goes to a node tried at once.
        """
        for feed in self.link_to(code)["feeds"]:
            self._post("operator", f"/exchange/feeds/{feed['feed']}/retry", {})

    def compare(self, feed: int) -> Facts:
        """
        Compare both ends of a stream; return what was found.
        """
        return self._post("operator", f"/exchange/feeds/{feed}/comparison", {})

    def _get(self, who: str, path: str, **query: str) -> Facts:
        answer = self._api.get(path, params=query, headers=self._headers(who))
        return _told(answer)

    def _post(self, who: str, path: str, body: Facts) -> Facts:
        headers = {**self._headers(who), "Idempotency-Key": secrets.token_hex(16)}
        return _told(self._api.post(path, json=body, headers=headers))

    def _headers(self, who: str) -> dict[str, str]:
        if who not in self._tokens:
            body = {"login": LOGINS[who], "password": PASSWORD, "kind": "STAFF"}
            self._tokens[who] = _told(self._api.post("/sessions", json=body))["access_token"]
        return {"Authorization": f"Bearer {self._tokens[who]}"}


def _told(answer: httpx.Response) -> Facts:
    if not answer.is_success:
        raise DemoFailed(
            f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
        )
    facts: Facts = answer.json()
    return facts

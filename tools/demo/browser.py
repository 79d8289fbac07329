"""
A citizen's browser without JavaScript: reads pages, fills in their forms, follows where they lead.
"""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx


class DemoFailed(Exception):
    """
    A step did not do what it should; the message says which and how.
    """


class _Forms(HTMLParser):
    """
    Collects the forms of a page with the values they hold.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.title = ""
        self._in_title = False
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Take note of forms and controls.
        """
        given = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._in_title = not self.title
        elif tag == "form":
            self.forms.append(
                {"action": given.get("action", ""), "method": given.get("method", "get"), "data": {}}
            )
        elif self.forms and tag == "input" and "name" in given:
            self._input(given, is_checked=any(name == "checked" for name, _value in attrs))
        elif self.forms and tag == "textarea":
            self._textarea = given.get("name", "")
            self.forms[-1]["data"].setdefault(self._textarea, "")

    def handle_data(self, data: str) -> None:
        """
        Take note of texts.
        """
        if self._in_title:
            self.title += data
        elif self._textarea:
            self.forms[-1]["data"][self._textarea] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        """
        Leave what was entered.
        """
        if tag == "title":
            self._in_title = False
        elif tag == "textarea":
            self._textarea = ""

    def _input(self, given: dict[str, str], *, is_checked: bool) -> None:
        kind = given.get("type", "text")
        if kind in {"radio", "checkbox"} and not is_checked:
            return
        if kind not in {"file", "submit", "button"}:
            self.forms[-1]["data"][given["name"]] = given.get("value", "")


class Browser:
    """
    One window with its cookies.
    """

    def __init__(self, base_url: str) -> None:
        """
        Open a window on a node.
        """
        self._client = httpx.Client(base_url=base_url, follow_redirects=True, timeout=60, trust_env=False)
        self.page = ""
        self.url = ""

    def close(self) -> None:
        """
        Close the connections.
        """
        self._client.close()

    def open(self, path: str, **query: str) -> str:
        """
        Open an address and return its page.

        :raises DemoFailed: the answer is no page
        """
        return self._keep(self._client.get(path, params=query or None))

    def submit(
        self,
        values: dict[str, Any],
        *,
        action: str = "",
        files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
    ) -> str:
        """
        Fill in the form of the page and send it; return the page it leads to.

        :param values: what is typed, by name of the control; the rest is sent as the page had it
        :param action: which form, by a part of its address; empty: the first that holds one of the names
        :raises DemoFailed: there is no such form, or the answer is an error
        """
        form = self._form(set(values), action)
        answer = self._client.post(
            urljoin(self.url, form["action"] or self.url),
            data={**form["data"], **values},
            files=files or None,
            headers={"Referer": self.url},
        )
        return self._keep(answer)

    @property
    def path(self) -> str:
        """
        Return the path of the page.
        """
        return httpx.URL(self.url).path

    @property
    def title(self) -> str:
        """
        Return the title of the page.
        """
        return self._parsed().title.strip()

    def json(self, path: str, **query: str) -> Any:
        """
        Return the JSON at an address.
        """
        answer = self._client.get(path, params=query)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"GET {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def fetch(self, path: str) -> httpx.Response:
        """
        Return the answer at an address, whatever it is.
        """
        return self._client.get(path)

    def _form(self, names: set[str], action: str) -> dict[str, Any]:
        forms = [form for form in self._parsed().forms if form["method"].lower() == "post"]
        for form in forms:
            if (action and action in form["action"]) or (
                not action and (not names or names & form["data"].keys())
            ):
                return form
        # A choice nobody has made yet is not among the values; the form that is not the language switch is meant.
        candidates = [
            form
            for form in forms
            if "language" not in form["action"]
            and "logout" not in form["action"]
            and "elder" not in form["action"]
        ]
        if not candidates:
            raise DemoFailed(f"{self.url}: no form for {sorted(names)}")
        return candidates[0]

    def _parsed(self) -> _Forms:
        forms = _Forms()
        forms.feed(self.page)
        return forms

    def _keep(self, answer: httpx.Response) -> str:
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise DemoFailed(
                f"{answer.request.method} {answer.url}: {answer.status_code} {_complaint(answer.text)}"
            )
        self.page, self.url = answer.text, str(answer.url)
        return self.page


def _complaint(page: str) -> str:
    start = page.find("tb-errors")
    text = page[start : start + 1500] if start >= 0 else page[:600]
    words, inside = [], False
    for character in text:
        inside = (character == "<") or (inside and character != ">")
        if not inside and character != ">":
            words.append(character)
    return " ".join("".join(words).split())[:400]

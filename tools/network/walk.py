"""
The main job across nodes, over HTTP only: a citizen of one city applies for a service of another one.

He looks for it at the province's portal, logs in everywhere with the account of his own city, and gets a licence that
the nation's page verifies. While the case is handled, the line between the other city and the province is down.
"""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import httpx

from simulators.link.relay import Link
from tools.demo.browser import Browser, DemoFailed
from tools.demo.filling import PDF, answers, chosen, needed
from tools.demo.people import Citizen, new_citizen
from tools.network.desks import Desk
from tools.network.network import Network
from tools.network.places import AWAY, HOME, NATION, PROVINCE

SERVICE = "公共场所卫生许可"
PATIENCE_SECONDS = 120


class Traveller(Browser):
    """
    A browser that goes from node to node: it also follows pages that lead on by themselves, as those of one login do.
    """

    def _keep(self, answer: httpx.Response) -> str:
        """
        Keep the page, and follow where it leads by itself.
        """
        page = super()._keep(answer)
        if onward := answer.headers.get("Refresh", ""):
            return self.open(urljoin(self.url, onward.partition("url=")[2]))
        return page


class Walk:
    """
    One walk through a network that runs.
    """

    def __init__(self, network: Network, line: Link) -> None:
        """
        Open the windows of the people who take part.

        :param line: by which the other city reaches the province
        """
        self.network = network
        self.line = line
        self.citizen: Citizen = new_citizen()
        self.browser = Traveller(network.at(HOME).url)
        self.stranger = Browser(network.at(NATION).url)
        self.desks = {code: Desk(node.url) for code, node in network.nodes.items()}
        self.away = self.desks[AWAY.code]
        self.offering = ""
        self.case_number = ""
        self.licence = ""
        self.messages = 0
        self.differences = 0
        self.verified = False

    def run(self) -> None:
        """
        Do everything, telling each step.

        :raises DemoFailed: a step did not do what it should
        """
        for name, act in self._acts():
            begun = time.monotonic()
            said = act()
            print(f"  {name:<28} {time.monotonic() - begun:>7.1f} s   {said}", flush=True)

    def close(self) -> None:
        """
        Close all windows.
        """
        self.browser.close()
        self.stranger.close()
        for desk in self.desks.values():
            desk.close()

    def _acts(self) -> list[tuple[str, Callable[[], str]]]:
        return [
            ("register_in_city_a", self.register),
            ("log_in_at_the_province", self.log_in_at_province),
            ("find_a_service_of_city_b", self.find_service),
            ("apply_in_city_b", self.apply),
            ("cut_the_link", self.cut),
            ("accept_review_grant", self.handle),
            ("nation_knows_nothing", self.nation_knows_nothing),
            ("restore_the_link", self.restore),
            ("nation_verifies", self.verify),
            ("one_list_of_cases", self.see_case_at_home),
            ("reconcile", self.reconcile),
        ]

    def register(self) -> str:
        """
        Register in city A with ID number, mobile code and password.
        """
        self.browser.open("/my/register/")
        self.browser.submit({"mobile": self.citizen.mobile})
        code = self._code()
        self.browser.submit({"code": code})
        self.browser.submit(
            {
                "name": self.citizen.name,
                "id_number": self.citizen.id_number,
                "password": self.citizen.password,
                "repeated": self.citizen.password,
                "agreement": "on",
            }
        )
        if not self.browser.path.startswith("/my/"):
            raise DemoFailed(f"registration led to {self.browser.path}: {self.browser.title}")
        return f"{self.citizen.name} at {HOME.name}"

    def log_in_at_province(self) -> str:
        """
        Log in at the province's portal with the account of city A.
        """
        self._log_in_by_home(self.network.at(PROVINCE).url, then="/")
        return self.browser.title

    def find_service(self) -> str:
        """
        Find the service of city B at the province's portal and go there.
        """
        province, away = self.network.at(PROVINCE).url, self.network.at(AWAY).url
        pattern = re.compile(rf'href="({re.escape(away)}/items/[^"]+)"')
        page = self._wait(
            lambda: self.browser.open(f"{province}/search", q=SERVICE),
            lambda page: pattern.search(page) is not None,
            f"the province's search shows {SERVICE} of {AWAY.name}",
        )
        if f"由{AWAY.title}办理" not in page:
            raise DemoFailed(f"the province does not say that {AWAY.name} is in charge")
        target = pattern.search(page)
        assert target is not None  # noqa: S101 -- waited for
        self.browser.open(target.group(1))
        self.offering = self.browser.path.strip("/").rpartition("/")[2]
        if f"/apply/{self.offering}/" not in self.browser.page:
            raise DemoFailed("the guide of the other city lets nobody apply")
        return f"{PROVINCE.name} → {self.browser.title}"

    def apply(self) -> str:
        """
        Apply in city B, logged in by city A.
        """
        away = self.network.at(AWAY).url
        self._log_in_by_home(away, then=f"/apply/{self.offering}/")
        answer = httpx.get(f"{away}/api/v1/offerings/{self.offering}", trust_env=False)
        terms = answer.json()["elements"]
        self.browser.submit({}, action=f"/apply/{self.offering}/")
        options = chosen(terms)
        if options:
            self.browser.submit(options, action="/situation/")
        situations = set(options.values())
        self.browser.submit(answers(terms, situations), action="/form/")
        if self.browser.path.endswith("/materials/"):
            files = [
                (f"file-{material['code']}", ("平面图.pdf", PDF.read_bytes(), "application/pdf"))
                for material in needed(terms, situations)
            ]
            self.browser.submit({}, action="/materials/", files=files)
        self.browser.submit({"way": "electronic"}, action="/delivery/")
        self.browser.submit({"promise": "1"}, action="/submit/")
        found = re.search(r"/my/cases/([^/\"]+)/", self.browser.page)
        if not self.browser.path.endswith("/receipt/") or found is None:
            raise DemoFailed(f"submission led to {self.browser.path}")
        self.case_number = found.group(1)
        return self.case_number

    def cut(self) -> str:
        """
        Cut the line by which city B reaches the province.
        """
        self.line.dials.turn({"down": 1.0})
        return f"{AWAY.name} ╳ {PROVINCE.name}"

    def handle(self) -> str:
        """
        Accept, review and grant in city B, which needs nobody for it.
        """
        self.away.accept(self.case_number)
        self.away.conclude("review", self.case_number, {"outcome": "PASS", "opinion": "符合条件，建议准予"})
        self.away.conclude("decide", self.case_number, {"outcome": "GRANT", "opinion": "准予许可"})
        case = self._wait(
            lambda: self.away.case(self.case_number),
            lambda case: case["status"] == "CLOSED" and case["licences"],
            "the case is closed with its licence",
        )
        self.licence = case["licences"][0]
        return f"{case['status']}, {self.licence}"

    def nation_knows_nothing(self) -> str:
        """
        Show that the link is down: entries wait in city B, and the nation does not know the licence.
        """
        self._wait(
            lambda: self.away.link_to(PROVINCE.code),
            lambda link: link["waiting"] > 0 and link["trouble"] is not None,
            f"entries wait in {AWAY.name}",
        )
        verdict = self._verdict()
        if verdict == "VALID":
            raise DemoFailed("the nation verifies a licence that nobody can have told it of")
        link = self.away.link_to(PROVINCE.code)
        return f"{verdict}; {link['waiting']} entries wait, {link['trouble']}"

    def restore(self) -> str:
        """
        Restore the link, have the waiting streams tried at once, and wait until nothing waits.
        """
        self.line.dials.turn({"down": 0.0})
        self.away.retry(PROVINCE.code)
        for code in (AWAY.code, HOME.code, PROVINCE.code):
            self._wait(self.desks[code].status, _is_idle, f"nothing waits in {code}")
        return f"{AWAY.name} — {PROVINCE.name} — {NATION.name}: nothing waits"

    def verify(self) -> str:
        """
        Verify the licence on the nation's page, as a stranger.
        """
        self._wait(self._verdict, lambda verdict: verdict == "VALID", "the nation knows the licence")
        self.stranger.open("/verify/")
        self.stranger.submit({"number": self.licence}, action="/verify/")
        page = self.stranger.page
        if "证照真实有效" not in page or AWAY.name not in page or self.citizen.name in page:
            raise DemoFailed(f"the nation's page says {self.stranger.title}")
        self.verified = True
        return f"{NATION.title}: 证照真实有效, issued by {AWAY.name}"

    def see_case_at_home(self) -> str:
        """
        See the case of city B in the list of city A.
        """
        page = self.browser.open(f"{self.network.at(HOME).url}/my/cases/everywhere/")
        if self.case_number not in page or AWAY.name not in page:
            raise DemoFailed(f"{HOME.name} does not show the case of {AWAY.name}")
        return f"{HOME.name} shows {self.case_number}"

    def reconcile(self) -> str:
        """
        Compare both ends of every stream of every node.
        """
        streams = 0
        for desk in self.desks.values():
            for link in desk.status()["links"]:
                self.messages += sum(inbound["position"] for inbound in link["inbounds"])
                for feed in link["feeds"]:
                    compared = desk.compare(feed["feed"])
                    if compared["is_silent"]:
                        raise DemoFailed(f"{link['name']} does not answer")
                    self.differences += compared["differing"] + feed["errors"]
                    streams += 1
        return f"{streams} streams, {self.messages} messages, {self.differences} differences"

    # --- doing ----------------------------------------------------------------------------------------------

    def _log_in_by_home(self, url: str, *, then: str) -> None:
        """
        Log in at a node by the account of city A: password where it is asked for, consent the first time.
        """
        self.browser.open(f"{url}/sso/login/{HOME.code}/", next=then)
        if self.browser.path.startswith("/my/login/"):
            self.browser.submit({"login": self.citizen.id_number, "password": self.citizen.password})
        if "/sso/consent/" in self.browser.page:
            self.browser.submit({"answer": "yes"}, action="/sso/consent/")
        if not self.browser.url.startswith(f"{url}{then}"):
            raise DemoFailed(f"the login by {HOME.name} led to {self.browser.url}: {self.browser.title}")

    def _code(self) -> str:
        def latest() -> list[dict[str, str]]:
            found: list[dict[str, str]] = self.browser.json(
                "/demo/phone", mobile=self.citizen.mobile, format="json"
            )["messages"]
            return found

        messages = self._wait(latest, bool, "the mobile code arrives")
        found = re.search(r"\b\d{6}\b", messages[0]["text"])
        if found is None:
            raise DemoFailed(f"a message without a code: {messages[0]['text']}")
        return found.group()

    def _verdict(self) -> str:
        return str(self.stranger.json(f"/api/v1/verifications/licences/{self.licence}")["verdict"])

    def _wait(self, ask: Callable[[], Any], is_there: Callable[[Any], bool], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = ask()
            if is_there(found):
                return found
            time.sleep(0.3)
        raise DemoFailed(f"waited {PATIENCE_SECONDS} s until {what}")


def _is_idle(status: dict[str, Any]) -> bool:
    return not status["unnumbered"] and not any(link["waiting"] for link in status["links"])

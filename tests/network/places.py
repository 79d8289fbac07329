"""
A province and two of its cities on this machine, each a whole node, and a person with a browser who goes from one to
another.
"""

import html
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from simulators.authority.registers import Registers
from simulators.authority.server import Server as Authorities
from simulators.customers import Customers
from simulators.sms.gateway import Gateway
from simulators.sms.server import Server as Phones
from tests.factories import casework as make
from tests.factories.homes import home_with_tables
from tests.integration.node.running import RunningNode, wait_until

PASSWORD = "Three-nodes-2026"
KEY = "8f1d" * 16
ANSWERS = {"a-shop_name": "清风理发店", "a-floor_area": "86", "way": "electronic"}


@dataclass(frozen=True)
class Place:
    """
    Where a node stands.
    """

    code: str
    name: str
    level: str
    host: str
    """Each its own: browsers give cookies by host, whatever the port."""
    division: str
    """Of its one agency."""
    agency: str
    """Numbers of cases begin with it."""


PROVINCE = Place("510000000000", "四川省", "PROVINCE", "127.0.0.4", "510000000000", "11510000MB0000000N")
HOME = Place("511600000000", "广安市", "CITY", "127.0.0.2", "511602000000", "11511602MB12345601")
AWAY = Place("510100000000", "成都市", "CITY", "127.0.0.3", "510104000000", "11510104MB0000000M")
PLACES = (PROVINCE, HOME, AWAY)


@dataclass
class Outside:
    """
    Phones and authorities that all nodes share.
    """

    phones: Phones
    authorities: Authorities

    @staticmethod
    def open() -> "Outside":
        phones = Phones(Gateway(accounts={"tongban": b"demo-sms-secret"}))
        authorities = Authorities(
            Registers(believes_strangers=True),
            Customers(secrets={"tongban": b"demo-authority-secret"}),
        )
        for server in (phones, authorities):
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return Outside(phones, authorities)

    def close(self) -> None:
        for server in (self.phones, self.authorities):
            server.shutdown()
            server.server_close()

    def code_of(self, mobile: str) -> str:
        """
        Return the newest code that reached a mobile.
        """
        wait_until(lambda: self.phones.gateway.messages(mobile=mobile, limit=1), seconds=180)
        newest = self.phones.gateway.messages(mobile=mobile, limit=1)[0]
        return str(newest["params"]["code"])


@dataclass
class NodeAt:
    """
    A running node.
    """

    place: Place
    running: RunningNode
    topology: Path
    url: str

    def trust(
        self,
        others: "list[NodeAt]",
        parties: dict[tuple[str, str], str],
        *,
        mode: str,
        home: str,
        parent: str = "",
    ) -> None:
        """
        Write the node's topology file: which nodes it believes, and where accounts are kept.
        """
        lines = [f'mode = "{mode}"', f'accounts_at = "{home if home != self.place.code else ""}"']
        lines += [f'parent = "{parent}"']
        for other in others:
            lines += [
                "",
                "[[providers]]",
                f'code = "{other.place.code}"',
                'kind = "NODE"',
                f'name = "{other.place.name}"',
                f'url = "{other.url}"',
                f'client_id = "node-{self.place.code}"',
                f'client_secret = "{parties[other.place.code, self.place.code]}"',
                f'shared_key = "{KEY}"',
            ]
        draft = self.topology.with_suffix(".new")
        draft.write_text("\n".join(lines), encoding="utf-8")
        draft.replace(self.topology)

    def register_party(self, other: "NodeAt") -> str:
        """
        Let another node log in people by this one; return its secret.
        """
        base = f"{other.url}/sso"
        made = self.running.tongban(
            "create-relying-party",
            f"node-{other.place.code}",
            *("--name", other.place.name),
            *("--redirect-uri", f"{base}/callback/{self.place.code}/"),
            *("--backchannel-logout-uri", f"{base}/backchannel/{self.place.code}/"),
            *("--scope", "identity", "--scope", "phone", "--json"),
        )
        assert made.returncode == 0, made.stderr
        return str(json.loads(made.stdout)["client_secret"])


def start(place: Place, folder: Path, outside: Outside) -> NodeAt:
    """
    Start a node; returns at once.
    """
    folder.mkdir()
    folder.chmod(0o711)
    topology = folder / "topology.toml"
    topology.write_text("", encoding="utf-8")
    running = RunningNode(
        home_with_tables(folder / "home"),
        environment={
            "TONGBAN_WORKERS": "1",
            "TONGBAN_NODE_LEVEL": place.level,
            "TONGBAN_NODE_DIVISION_CODE": place.code,
            "TONGBAN_NODE_NAME": place.name,
            "TONGBAN_FEDERATION_TOPOLOGY": str(topology),
            "TONGBAN_MESSAGING_SMS_URL": outside.phones.url,
            "TONGBAN_MESSAGING_IS_SIMULATED": "1",
            "TONGBAN_AUTHORITY_URL": outside.authorities.url,
            "TONGBAN_AUTHORITY_IS_SIMULATED": "1",
            "TONGBAN_OUTGOING_NETWORKS": "127.0.0.0/8",
            "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR": "optional",
        },
        host=place.host,
    )
    return NodeAt(place, running, topology, f"http://{place.host}:{running.port}")


def write_area(folder: Path, place: Place) -> Path:
    """
    Write an area of one agency with one offering that anybody may apply for online.
    """
    parents = {"510000000000": ""} if place is PROVINCE else {"510000000000": "", place.code: "510000000000"}
    if place.division not in parents:
        parents[place.division] = place.code
    elements = make.elements(
        materials=(),
        name=f"{place.name}公共场所卫生许可",
        division_code=place.division,
        agency_code=place.agency,
    )
    files: dict[str, list[dict[str, Any]]] = {
        "divisions.jsonl": [
            {
                "code": code,
                "name": code,
                "valid_from": "2023-01-01",
                **({"parent_code": parent} if parent else {}),
            }
            for code, parent in parents.items()
        ],
        "agencies.jsonl": [
            {
                "code": place.agency,
                "name": "广安区卫生健康局",
                "kind": "DEPARTMENT",
                "division_code": place.division,
            }
        ],
        "items.jsonl": [{"code": "hygiene", "elements": msgspec.to_builtins(elements)}],
    }
    (folder / "offerings").mkdir(parents=True)
    for name, rows in files.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
    (folder / "licence_types.json").write_text("[]", encoding="utf-8")
    return folder


PEOPLE: "list[Person]" = []


@dataclass
class Person:
    """
    Somebody with one browser. Follows links as browsers do, cookies by host.
    """

    id_number: str
    name: str
    mobile: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))
    page: httpx.Response | None = None

    def __post_init__(self) -> None:
        """
        Be remembered, so that the browser is closed after the test.
        """
        PEOPLE.append(self)

    def open(self, url: str) -> str:
        """
        Open an address, follow where it leads, and return the page.
        """
        return self._follow(self.http.get(url))

    def send(self, action: str, /, **values: str) -> str:
        """
        Send the form of the page whose action ends so, with these values in place of its own, and follow.
        """
        assert self.page is not None
        here = str(self.page.url)
        forms = re.findall(r"<form([^>]*)>(.*?)</form>", self.text, re.DOTALL)
        found = [
            (target, inside)
            for tag, inside in forms
            if urlsplit(target := target_of(tag, here)).path.endswith(action)
        ]
        assert found, f"no form leads to {action}:\n{self.text}"
        target, inside = found[0]
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside)
        fields = {html.unescape(name): html.unescape(value) for name, value in hidden}
        headers = {"Referer": here, "Origin": origin_of(here)}
        return self._follow(self.http.post(target, data={**fields, **values}, headers=headers))

    def agree(self) -> str:
        """
        Agree to what the consent page names.
        """
        return self.send("/sso/consent/", answer="yes")

    def log_in(self, node: NodeAt, *, then: str = "/my/") -> str:
        """
        Log in at a node by number and password.
        """
        self.open(f"{node.url}/my/login/?next={then}")
        return self.send("/my/login/", login=self.id_number, password=PASSWORD)

    def log_in_by(self, node: NodeAt, home: NodeAt, *, then: str = "/my/") -> str:
        """
        Log in at a node with the account one has at another; agrees where one is asked, types the password where one
        is asked.
        """
        page = self.open(f"{node.url}/sso/login/{home.place.code}/?next={then}")
        if 'name="password"' in page:
            page = self.send("/my/login/", login=self.id_number, password=PASSWORD)
        return self.agree() if "/sso/consent/" in page else page

    def apply(self, node: NodeAt) -> str:
        """
        Apply for the node's offering and return the number of the case.
        """
        self.open(f"{node.url}/apply/hygiene/")
        page = self.send("/apply/hygiene/")
        for _step in range(8):
            assert self.page is not None
            path = urlsplit(str(self.page.url)).path
            if path.endswith("/receipt/"):
                found = re.search(r"/my/cases/([^/\"]+)/", page)
                assert found is not None, page
                return found.group(1)
            page = self.send("/submit/", promise="1") if "/submit/" in page else self.send(path, **ANSWERS)
        raise AssertionError(page)

    @property
    def text(self) -> str:
        assert self.page is not None
        return self.page.text

    def _follow(self, answer: httpx.Response) -> str:
        for _hop in range(15):
            if answer.is_redirect:
                answer = self.http.get(urljoin(str(answer.url), answer.headers["Location"]))
            elif "Refresh" in answer.headers:
                answer = self.http.get(urljoin(str(answer.url), answer.headers["Refresh"].split("url=")[1]))
            else:
                self.page = answer
                return answer.text
        raise AssertionError("the browser is led in circles")


def target_of(tag: str, here: str) -> str:
    """
    Return where a form is sent.
    """
    named = re.search(r'action="([^"]*)"', tag)
    return urljoin(here, html.unescape(named.group(1))) if named else here


def origin_of(url: str) -> str:
    """
    Return scheme, host and port.
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def register(node: NodeAt, person: Person, outside: Outside) -> int:
    """
    Register a person at a node by the open interface and return the level reached.
    """
    api = f"{node.url}/api/v1"
    asked = person.http.post(f"{api}/codes", json={"mobile": person.mobile})
    assert asked.status_code in {200, 201, 202}, asked.text
    proof = person.http.post(
        f"{api}/codes/verification",
        json={"mobile": person.mobile, "code": outside.code_of(person.mobile), "purpose": "REGISTER"},
    )
    made = person.http.post(
        f"{api}/persons",
        json={
            "id_number": person.id_number,
            "name": person.name,
            "mobile": person.mobile,
            "proof": proof.json()["id"],
            "password": PASSWORD,
            "means_code": "BANK_CARD",
            "value": f"62220{person.mobile}",
        },
    )
    assert made.status_code == 201, made.text
    return int(made.json()["assurance_level"])

"""
Walk the main job of a node from a citizen's application to a licence that anyone can verify.

Against TONGBAN_URL, else against a fresh node that is started and stopped here. Citizens use the pages, staff and
systems the API; nothing else than HTTP. The last line is one JSON object; the exit code is 0 only if all of it held.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from tools.demo.browser import Browser, DemoFailed
from tools.demo.filling import PDF, answers, chosen, needed, query_code
from tools.demo.node import fresh_node
from tools.demo.people import Citizen, new_citizen

PASSWORD = os.environ.get("TONGBAN_DEMO_PASSWORD", "Tongban-2026")
SERVICE = "公共场所卫生许可"
WORDS = "想开理发店要办什么证"
ARTICLE_32 = "许可法-32"
"""行政许可法 art. 32: what is to be corrected is told once, completely."""
PATIENCE_SECONDS = 60


class Demo:
    """
    One walk.
    """

    def __init__(self, url: str) -> None:
        """
        Open the windows of the people who take part.
        """
        self.url = url
        self.citizen: Citizen = new_citizen()
        self.browser = Browser(url)
        self.stranger = Browser(url)
        self.api = httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False)
        self.tokens: dict[str, str] = {}
        self.steps: list[dict[str, Any]] = []
        self.offering = ""
        self.case_number = ""
        self.query_code = ""
        self.due_date = ""
        self.licence = ""
        self.original = b""

    def walk(self) -> dict[str, Any]:
        """
        Do everything and return what it proved.

        :raises DemoFailed: a step did not do what it should
        """
        started = time.monotonic()
        for name, act in self._acts():
            begun = time.monotonic()
            said = act()
            seconds = round(time.monotonic() - begun, 3)
            self.steps.append({"name": name, "seconds": seconds})
            print(f"  {name:<28} {seconds:>7.3f} s   {said}", flush=True)
        return {
            "ok": True,
            "case_number": self.case_number,
            "query_code": self.query_code,
            "licence_identifier": self.licence,
            "licence_verified": True,
            "ledger_verified": True,
            "due_date": self.due_date,
            "steps": self.steps,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _acts(self) -> list[tuple[str, Callable[[], str]]]:
        return [
            ("register", self.register),
            ("search", self.search),
            ("guide", self.guide),
            ("apply", self.apply),
            ("progress_without_login", self.follow),
            ("correction_notice", self.request_correction),
            ("acceptance_refused_meanwhile", self.acceptance_is_refused),
            ("correct", self.correct),
            ("second_notice_refused", self.second_notice_is_refused),
            ("accept", self.accept),
            ("special_procedure", self.stop_clock),
            ("decision_refused_meanwhile", self.decision_is_refused),
            ("clock_runs_again", self.resume_clock),
            ("review", self.review),
            ("grant", self.grant),
            ("licence", self.find_licence),
            ("public_verification", self.verify),
            ("changed_file_found", self.verify_changed_file),
            ("rate", self.rate),
            ("ledger", self.verify_ledger),
        ]

    def register(self) -> str:
        """
        Register with ID number, mobile code and password.
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
        return f"{self.citizen.name} {self.citizen.mobile}"

    def search(self) -> str:
        """
        Find the service by everyday words.
        """
        page = self.browser.open("/search", q=WORDS)
        found = self.api.get("/search", params={"q": WORDS}).json()
        items = [hit for hit in found["hits"] if SERVICE in hit["name"] and "新办" in hit["name"]]
        if not items or items[0]["ref_code"] not in page:
            raise DemoFailed(f"“{WORDS}” does not find {SERVICE}")
        self.offering = items[0]["ref_code"]
        return f"“{WORDS}” → {items[0]['name']}"

    def guide(self) -> str:
        """
        Read the guide.
        """
        page = self.browser.open(f"/items/{self.offering}/")
        for expected in ("材料", "依据", f"/apply/{self.offering}/"):
            if expected not in page:
                raise DemoFailed(f"the guide lacks {expected}")
        return self.browser.title

    def apply(self) -> str:
        """
        Apply step by step, with an upload.
        """
        terms = self.api.get(f"/offerings/{self.offering}").json()["elements"]
        self.browser.open(f"/apply/{self.offering}/")
        self.browser.submit({}, action=f"/apply/{self.offering}/")
        options = chosen(terms)
        if options:
            self.browser.submit(options, action="/situation/")
        situations = set(options.values())
        self.browser.submit(answers(terms, situations), action="/form/")
        files = [
            (f"file-{material['code']}", ("平面图.pdf", PDF.read_bytes(), "application/pdf"))
            for material in needed(terms, situations)
        ]
        if self.browser.path.endswith("/materials/"):
            self.browser.submit({}, action="/materials/", files=files)
        self.browser.submit({"way": "electronic"}, action="/delivery/")
        self.browser.submit({"promise": "1"}, action="/submit/")
        if not self.browser.path.endswith("/receipt/"):
            raise DemoFailed(f"submission led to {self.browser.path}")
        mine = self.api.get("/cases", headers=self._citizen()).json()["items"]
        self.case_number = mine[0]["number"]
        self.query_code = query_code(self.browser.page)
        return f"{self.case_number}, query code {self.query_code}"

    def follow(self) -> str:
        """
        Follow the case by number and query code, without logging in.
        """
        self.stranger.open("/progress")
        self.stranger.submit({"number": self.case_number, "code": self.query_code}, action="/progress")
        if self.citizen.name in self.stranger.page:
            raise DemoFailed("the progress page shows a name to a stranger")
        progress = self.api.get(
            "/progress", params={"number": self.case_number, "query_code": self.query_code}
        )
        return f"{progress.json()['status_label']}, an answer is due {progress.json()['clock']['acceptance_due']}"

    def request_correction(self) -> str:
        """
        Ask for a correction, at the counter.
        """
        self._staff()
        material = self._case("accept")["materials"][0]
        self._act("accept", "correction-notice", _correction_of(material))
        return f"{material['name']}: 图纸不清晰"

    def acceptance_is_refused(self) -> str:
        """
        Show that a clerk cannot accept while the applicant has to correct.
        """
        answer = self._post("accept", f"/cases/{self.case_number}/acceptance", {})
        return _refusal(answer, "case_state_forbids_action")

    def correct(self) -> str:
        """
        Hand in the correction.
        """
        self.browser.open(f"/my/cases/{self.case_number}/correct/")
        files = [
            (name, ("平面图-补正.pdf", PDF.read_bytes(), "application/pdf"))
            for name in _file_names(self.browser.page)
        ]
        self.browser.submit({"note": "已重新上传"}, action="", files=files)
        status = self._case("accept")["status"]
        if status != "CORRECTED":
            raise DemoFailed(f"after the correction the case is {status}")
        return "CORRECTED; the five working days for an answer begin anew"

    def second_notice_is_refused(self) -> str:
        """
        Show that what is to be corrected is told once: art. 32 knows no second notice, whatever else is missing.
        """
        material = self._case("accept")["materials"][0]
        answer = self._post(
            "accept", f"/cases/{self.case_number}/correction-notice", _correction_of(material)
        )
        status = self._case("accept")["status"]
        if status != "CORRECTED":
            raise DemoFailed(f"after a notice that was refused the case is {status}")
        return _refusal(answer, "second_correction_notice")

    def accept(self) -> str:
        """
        Accept; the clock starts, and explains its date.
        """
        receipt = self._act("accept", "acceptance", {"opinion": "材料齐全"})
        clock = self._clock()
        if not clock["why"] or receipt["promised_due"] != clock["promised_due"]:
            raise DemoFailed("the clock does not explain its date")
        return (
            f"promised {clock['promised_due']}, by law {clock['statutory_due']}: {clock['why'][-1]['text']}"
        )

    def stop_clock(self) -> str:
        """
        Stop the clock for an inspection on the spot.
        """
        before = self._clock()["promised_due"]
        body = {
            "kind": "INSPECTION",
            "name": "现场检验",
            "reason": "需要现场检验卫生设施",
            "basis": "《中华人民共和国行政许可法》第四十五条",
            "limit": {"amount": 10, "unit": "WORKING_DAY"},
        }
        self._act("review", "special-procedure", body)
        clock = self._clock()
        if clock["phase"] != "STOPPED":
            raise DemoFailed(f"the clock is {clock['phase']}")
        return f"stopped ({clock['colour']}); the date was {before}"

    def decision_is_refused(self) -> str:
        """
        Show that nobody can decide while the clock stands still.
        """
        item = self._work_item("review", stopped=True)
        answer = self._post(
            "review", f"/work-items/{item['id']}/conclusion", {"outcome": "PASS", "opinion": "通过"}
        )
        if answer.status_code != httpx.codes.CONFLICT:
            raise DemoFailed(f"a stage could be ended while the clock stood still: {answer.status_code}")
        return f"409 {answer.json()['code']}"

    def resume_clock(self) -> str:
        """
        Let the clock run again.
        """
        self._act("review", "special-procedure/end", {"result": "检验合格"})
        clock = self._clock()
        self.due_date = clock["promised_due"]
        date.fromisoformat(self.due_date)
        return f"{clock['phase']}, promised {self.due_date}"

    def review(self) -> str:
        """
        Review and pass on.
        """
        item = self._work_item("review", stopped=False)
        self._conclude("review", item, {"outcome": "PASS", "opinion": "符合条件，建议准予"})
        return "passed on to the decision"

    def grant(self) -> str:
        """
        Decide; the licence is issued in the same step.
        """
        item = self._work_item("decide", stopped=False)
        self._conclude("decide", item, {"outcome": "GRANT", "opinion": "准予许可"})
        case = self._wait(
            lambda: self._case("decide"), lambda case: case["status"] == "CLOSED", "the case is closed"
        )
        if not case["licences"]:
            raise DemoFailed("no licence came of the grant")
        self.licence = case["licences"][0]
        return f"{case['status']}, result {case['result_code']}"

    def find_licence(self) -> str:
        """
        Find the licence in the wallet, with its original and its copy.
        """
        self.browser.open("/my/licences/")
        if self.licence not in self.browser.page:
            raise DemoFailed("the licence is not in the wallet")
        licence = self._wait(
            lambda: self.api.get(f"/licences/{self.licence}", headers=self._citizen()).json(),
            lambda licence: licence["summary"]["file_id"] is not None,
            "the licence has its files",
        )
        self.original = self.browser.fetch(f"/files/{licence['summary']['original_id']}").content
        self.file = self.browser.fetch(f"/files/{licence['summary']['file_id']}").content
        if not (self.original.startswith(b"PK") and self.file.startswith(b"%PDF-")):
            raise DemoFailed("the licence's files are no OFD and PDF")
        sizes = [len(content) // 1024 for content in (self.original, self.file)]
        return f"{self.licence}, OFD of {sizes[0]} KB, PDF of {sizes[1]} KB"

    def verify(self) -> str:
        """
        Verify the licence as a stranger: by identifier, by its original and by its copy.
        """
        self.stranger.open("/verify/")
        self.stranger.submit({"number": self.licence}, action="/verify/")
        by_file = [
            self.api.post("/verifications/files", files={"file": file}).json()["verdict"]
            for file in (
                ("licence.ofd", self.original, "application/ofd"),
                ("licence.pdf", self.file, "application/pdf"),
            )
        ]
        by_number = self.api.get(f"/verifications/licences/{self.licence}").json()
        verdicts = [by_number["verdict"], *by_file]
        if verdicts != ["VALID"] * 3 or self.citizen.name in self.stranger.page:
            raise DemoFailed(f"verification says {verdicts}")
        return f"VALID by identifier, OFD and PDF, holder {by_number['facts']['holder_name']}"

    def verify_changed_file(self) -> str:
        """
        Show that a changed file is found out.
        """
        changed = self.file.replace(b"%%EOF", b"%%E0F")
        answer = self.api.post(
            "/verifications/files", files={"file": ("licence.pdf", changed, "application/pdf")}
        )
        if answer.json()["verdict"] != "CHANGED":
            raise DemoFailed(f"a changed file is {answer.json()['verdict']}")
        return "CHANGED"

    def rate(self) -> str:
        """
        Rate the case.
        """
        self.browser.open(f"/rate/{self.case_number}/")
        self.browser.submit({"stars": "5"}, action="")
        self.browser.submit({"stars": "5", "tags": "513", "comment": "很方便", "send": "1"}, action="")
        again = self._post("citizen", f"/cases/{self.case_number}/rating", {"stars": 5})
        if again.status_code != httpx.codes.CONFLICT:
            raise DemoFailed(f"a second rating gave {again.status_code}")
        return "非常满意; a second rating is refused"

    def verify_ledger(self) -> str:
        """
        Have the node verify the digest chain of the case.
        """
        report = self.api.get(f"/cases/{self.case_number}/ledger", headers=self._citizen()).json()
        if not report["is_sound"] or report["events"] < len(("submitted", "accepted", "granted", "closed")):
            raise DemoFailed(f"the ledger says {report}")
        return f"{report['events']} events, chain sound, last digest {report['last_digest'][:16]}…"

    # --- doing ----------------------------------------------------------------------------------------------

    def _code(self) -> str:
        def latest() -> list[dict[str, str]]:
            found: list[dict[str, str]] = self.browser.json(
                "/demo/phone", mobile=self.citizen.mobile, format="json"
            )["messages"]
            return found

        messages = self._wait(latest, bool, "the mobile code arrives")
        return next(word for word in _numbers(messages[0]["text"]) if len(word) == len("123456"))

    def _staff(self) -> None:
        agency = self.api.get(f"/offerings/{self.offering}").json()["elements"]["agency_code"]
        logins = _staff_of(agency)
        for post, login in logins.items():
            self.tokens[post] = self._log_in(login, PASSWORD, kind="STAFF")

    def _citizen(self) -> dict[str, str]:
        if "citizen" not in self.tokens:
            self.tokens["citizen"] = self._log_in(self.citizen.id_number, self.citizen.password)
        return {"Authorization": f"Bearer {self.tokens['citizen']}"}

    def _log_in(self, login: str, password: str, *, kind: str = "PERSON") -> str:
        answer = self.api.post("/sessions", json={"login": login, "password": password, "kind": kind})
        if answer.status_code != httpx.codes.CREATED:
            raise DemoFailed(f"{login} cannot log in: {answer.text[:300]}")
        token: str = answer.json()["access_token"]
        return token

    def _post(self, who: str, path: str, body: dict[str, Any]) -> httpx.Response:
        self._citizen()
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": secrets.token_hex(16)}
        return self.api.post(path, json=body, headers=headers)

    def _act(self, who: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._post(who, f"/cases/{self.case_number}/{act}", body)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"{act}: {answer.status_code} {answer.text[:400]}")
        receipt: dict[str, Any] = answer.json()
        return receipt

    def _case(self, who: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        case: dict[str, Any] = self.api.get(f"/cases/{self.case_number}", headers=headers).json()
        return case

    def _clock(self) -> dict[str, Any]:
        clock: dict[str, Any] = self.api.get(
            f"/cases/{self.case_number}/clock", headers=self._citizen()
        ).json()
        return clock

    def _work_item(self, who: str, *, stopped: bool) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}

        def items() -> list[dict[str, Any]]:
            answer = self.api.get("/work-items", params={"case_number": self.case_number}, headers=headers)
            found: list[dict[str, Any]] = answer.json()["items"]
            return [item for item in found if item["may_work"] and item["is_stopped"] is stopped]

        found: list[dict[str, Any]] = self._wait(items, bool, f"the work item of the {who} stage is there")
        return found[0]

    def _conclude(self, who: str, item: dict[str, Any], body: dict[str, Any]) -> None:
        answer = self._post(who, f"/work-items/{item['id']}/conclusion", body)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"conclusion: {answer.status_code} {answer.text[:400]}")

    def _wait(self, ask: Callable[[], Any], is_there: Callable[[Any], bool], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = ask()
            if is_there(answer):
                return answer
            time.sleep(0.1)
        raise DemoFailed(f"waited {PATIENCE_SECONDS} s until {what}")


def _correction_of(material: dict[str, Any]) -> dict[str, Any]:
    item = {
        "material_code": material["material_code"],
        "name": material["name"],
        "reason": "图纸不清晰，请重新上传",
    }
    return {"items": [item], "working_days": 10}


def _refusal(answer: httpx.Response, code: str) -> str:
    """
    Return what a refusal by art. 32 says.

    :raises DemoFailed: the answer is another one
    """
    problem = answer.json()
    if answer.status_code != httpx.codes.CONFLICT or (problem["code"], problem["clause"]) != (
        code,
        ARTICLE_32,
    ):
        raise DemoFailed(f"instead of {code} by {ARTICLE_32}: {answer.status_code} {answer.text[:300]}")
    return f"409 {problem['code']} ({problem['clause']}): {problem['detail']}"


def _file_names(page: str) -> Iterator[str]:
    for piece in page.split('name="file-')[1:]:
        yield "file-" + piece.partition('"')[0]


def _numbers(text: str) -> list[str]:
    return "".join(character if character.isdigit() else " " for character in text).split()


def _staff_of(agency: str) -> dict[str, str]:
    rows = Path(__file__).parents[2].joinpath("data/guangan/staff.jsonl").read_text().splitlines()
    staff = [json.loads(row) for row in rows if row.strip()]
    wanted = {"accept": "ACCEPTANCE", "review": "REVIEW", "decide": "DECISION"}
    return {
        post: next(
            row["login_name"] for row in staff if row["agency_code"] == agency and name in row["posts"]
        )
        for post, name in wanted.items()
    }


@contextmanager
def _node() -> Iterator[str]:
    if url := os.environ.get("TONGBAN_URL"):
        yield url.rstrip("/")
    else:
        with fresh_node() as url:
            yield url


def main() -> int:
    """
    Walk, print each step, and print the JSON object last.
    """
    demo: Demo | None = None
    try:
        with _node() as url:
            print(f"demo: {url}", flush=True)
            demo = Demo(url)
            result = demo.walk()
    except (DemoFailed, httpx.HTTPError, LookupError, ValueError) as error:
        steps = demo.steps if demo else []
        print(f"demo: failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        result = {"ok": False, "error": f"{type(error).__name__}: {error}", "steps": steps}
    print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())

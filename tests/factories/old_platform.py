"""
An older platform's database, as a vendor built it years ago: its own codes, its own times, a little dirt.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

AGENCY = "12441500196720244T"
DIVISION = "511602000000"
OFFERING = "OFF-HYGIENE"

TABLES = (
    """CREATE TABLE apply_case (
        id INT PRIMARY KEY, no VARCHAR(40), item VARCHAR(20), item_name VARCHAR(200), who VARCHAR(100),
        who_kind VARCHAR(4), who_number VARCHAR(40), phone VARCHAR(40), applied DATETIME, accepted DATETIME,
        ended DATETIME, status CHAR(1), remark VARCHAR(500), changed DATETIME(6)) CHARSET utf8mb4""",
    """CREATE TABLE apply_step (
        id INT PRIMARY KEY, case_id INT, name VARCHAR(200), act VARCHAR(10), at VARCHAR(14), clerk VARCHAR(50),
        changed DATETIME(6)) CHARSET utf8mb4""",
    """CREATE TABLE apply_result (
        id INT PRIMARY KEY, case_id INT, outcome VARCHAR(10), at DATETIME, paper VARCHAR(100), changed DATETIME(6))
        CHARSET utf8mb4""",
    """CREATE TABLE apply_stars (id INT PRIMARY KEY, case_id INT, stars INT, at DATETIME) CHARSET utf8mb4""",
    "CREATE TABLE web_log (id INT PRIMARY KEY, line VARCHAR(200)) CHARSET utf8mb4",
    """CREATE TABLE from_new (
        no VARCHAR(50) PRIMARY KEY, item VARCHAR(64), who VARCHAR(100), applied DATETIME, status CHAR(1),
        outcome VARCHAR(10)) CHARSET utf8mb4""",
)

MAPPING = f"""
[platform]
code = "old-hall"
name = "原政务大厅系统"
address = "https://old.example/apply"
leave = ["web_log"]

[case]
table = "apply_case"
key = "id"
changed = "changed"
item = "item"
leave = ["phone"]

[case.fields]
number = "no"
item_name = "item_name"
handling_kind = {{ value = "2" }}
"applicant.name" = "who"
"applicant.kind" = {{ column = "who_kind", codes = {{ P = "1", E = "2" }}, otherwise = "9" }}
"applicant.id_type" = {{ column = "who_kind", codes = {{ P = "111" }}, otherwise = "" }}
"applicant.id_number" = "who_number"
applied_at = "applied"
accepted_at = "accepted"
ended_at = "ended"
state = {{ column = "status", codes = {{ A = "12", H = "02", E = "10" }} }}
agency_code = {{ value = "{AGENCY}" }}
agency_name = {{ value = "广安区卫生健康局" }}
division_code = {{ value = "{DIVISION}" }}

[process]
table = "apply_step"
key = "id"
case = "case_id"
changed = "changed"

[process.fields]
name = "name"
action = {{ column = "act", codes = {{ PASS = "1", BACK = "2" }}, otherwise = "9" }}
started_at = {{ column = "at", format = "%Y%m%d%H%M%S" }}
ended_at = {{ column = "at", format = "%Y%m%d%H%M%S" }}
handler = "clerk"

[result]
table = "apply_result"
key = "id"
case = "case_id"
changed = "changed"

[result.fields]
result_type = {{ column = "outcome", codes = {{ OK = "0", NO = "1" }} }}
ended_at = "at"
certificate_number = "paper"

[rating]
table = "apply_stars"
key = "id"
case = "case_id"

[rating.fields]
satisfaction = "stars"
rated_at = "at"

[items.HY-1]
offering = "{OFFERING}"

[items.HY-2]
offering = "OFF-WATER"

[conflicts]
late_case = "HOLD"
own_case = "OURS"

[back]
table = "from_new"
key = "no"

[back.fields]
item = "local_task_code"
who = "applicant.name"
applied = "applied_at"
status = {{ column = "state", codes = {{ "10" = "E", "12" = "A", "05" = "A" }}, otherwise = "H" }}
outcome = "result.result_type"
"""


@dataclass(kw_only=True)
class OldHall:
    """
    The old platform, at work.
    """

    dsn: str

    def __post_init__(self) -> None:
        """
        Make its tables.
        """
        self.engine = sa.create_engine(
            self.dsn.replace("mysql:", "mysql+pymysql:"), poolclass=sa.pool.NullPool
        )

    def rebuild(self) -> None:
        """
        Begin with empty tables.
        """
        with self.engine.begin() as database:
            for statement in TABLES:
                name = statement.split()[2]
                database.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
                database.execute(sa.text(statement))

    def do(self, statement: str, **values: Any) -> None:
        """
        Let the old platform write.
        """
        with self.engine.begin() as database:
            database.execute(sa.text(statement), values)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """
        Look into the old platform.
        """
        with self.engine.begin() as database:
            return [tuple(row) for row in database.execute(sa.text(question))]

    def case(self, number: int, **changes: Any) -> None:
        """
        Take in a case that was granted within five days.
        """
        values: dict[str, Any] = {
            "id": number,
            "no": f"HY2020-{number:05}",
            "item": "HY-1",
            "item_name": "公共场所卫生许可",
            "who": "王小明",
            "who_kind": "P",
            "who_number": "11010519491231002X",
            "phone": "13900000001",
            "applied": "2020-03-02 09:00:00",
            "accepted": "2020-03-03 10:00:00",
            "ended": "2020-03-07 16:00:00",
            "status": "E",
            "remark": "",
            "changed": "2020-03-07 16:00:00",
        }
        self._insert("apply_case", {**values, **changes})

    def whole_case(self, number: int, **changes: Any) -> None:
        """
        Take in a case with its steps, its result and its rating.
        """
        self.case(number, **changes)
        self.step(number * 10, number)
        self.result(number, number)
        self._insert(
            "apply_stars", {"id": number, "case_id": number, "stars": 5, "at": "2020-03-08 08:00:00"}
        )

    def step(self, number: int, case: int, **changes: Any) -> None:
        """
        Write a step of a case.
        """
        values = {"id": number, "case_id": case, "name": "审查", "act": "PASS", "at": "20200304093000"}
        self._insert("apply_step", {**values, "clerk": "李审查", "changed": "2020-03-04 09:30:00", **changes})

    def result(self, number: int, case: int, **changes: Any) -> None:
        """
        Write the result of a case.
        """
        values = {"id": number, "case_id": case, "outcome": "OK", "at": "2020-03-07 16:00:00"}
        self._insert(
            "apply_result",
            {**values, "paper": f"卫〔2020〕{number}号", "changed": "2020-03-07 16:00:00", **changes},
        )

    def _insert(self, table: str, values: dict[str, Any]) -> None:
        columns = ", ".join(values)
        self.do(
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in values)})", **values
        )

"""
质量规则 that the database answers in one statement each: nothing that is sealed is needed for them.
"""

from collections.abc import Mapping
from typing import Final

from tongban.business.licences.values.quality import QualityRule

PARTS: Final = {
    "licence": "l.identifier, l.id, l.type_name, l.number, l.issuer_code, l.division_code",
    "type": "t.code, NULL::uuid, t.name, '', t.defining_body_code, ''",
    "current": "l.status IN ('VALID', 'SUSPENDED')",
}
_STATEMENTS: Final[Mapping[QualityRule, str]] = {
    QualityRule.TYPE_NEVER_ISSUED: """
        SELECT {type}, ''
        FROM licences_licencetype AS t
        WHERE t.state = 'IN_USE'
            AND (SELECT min(v.published_at) FROM licences_licencetypeversion AS v WHERE v.type_id = t.code)
                < %(idle_since)s
            AND NOT EXISTS (SELECT FROM licences_licence AS l WHERE l.type_code = t.code)
    """,
    QualityRule.TYPE_NONE_IN_FORCE: """
        SELECT {type}, (life.last_issued AT TIME ZONE 'Asia/Shanghai')::date::text
        FROM licences_licencetype AS t
        JOIN (
            SELECT l.type_code, max(l.issued_at) AS last_issued, bool_or({current}) AS is_in_force
            FROM licences_licence AS l GROUP BY l.type_code
        ) AS life ON life.type_code = t.code
        WHERE t.state = 'IN_USE' AND NOT life.is_in_force AND life.last_issued < %(idle_since)s
    """,
    # Of licences taken in from a file, a scan is no document of the licence; documents are made of valid ones.
    QualityRule.FILE_MISSING: """
        SELECT {licence}, ''
        FROM licences_licence AS l
        WHERE l.status = 'VALID' AND l.grade IN ('A', 'B') AND l.original_id IS NULL
            AND (l.file_id IS NULL OR l.case_number = '') AND l.issued_at < %(made_before)s
    """,
    QualityRule.SCAN_MISSING: """
        SELECT {licence}, ''
        FROM licences_licence AS l
        JOIN licences_stocklicence AS s ON s.licence_id = l.id
        WHERE {current} AND l.grade IN ('B', 'C') AND s.scan_file_id IS NULL
    """,
    QualityRule.HOLDER_REPEATED: """
        SELECT {licence}, l.times::text
        FROM (
            SELECT l.*, count(*) OVER (PARTITION BY l.type_code, l.holder_index) AS times
            FROM licences_licence AS l
            JOIN licences_licencetypeversion AS v ON v.type_id = l.type_code AND v.state = 'PUBLISHED'
            WHERE {current} AND v.definition ->> 'allows_several' = 'false'
        ) AS l
        WHERE l.times > 1
    """,
    QualityRule.NUMBER_REPEATED: """
        SELECT {licence}, same.times::text
        FROM licences_licence AS l
        JOIN (
            SELECT l.type_code, l.number, count(*) AS times
            FROM licences_licence AS l WHERE {current} GROUP BY l.type_code, l.number HAVING count(*) > 1
        ) AS same ON same.type_code = l.type_code AND same.number = l.number
        WHERE {current}
    """,
    # The nightly job writes down what ran out; what it has left for a day is wrong.
    QualityRule.STILL_VALID: """
        SELECT {licence}, (l.valid_until - 1)::text
        FROM licences_licence AS l
        WHERE {current} AND l.valid_until < %(today)s
    """,
}
STATEMENTS: Final = {rule: statement.format(**PARTS) for rule, statement in _STATEMENTS.items()}
"""Rule -> subject, licence, name, number, agency, division, detail of what breaks it."""

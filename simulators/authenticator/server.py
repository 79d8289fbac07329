"""
The simulated platforms over HTTP, OAuth 2.0 with PKCE.

    GET  /<platform>/authorize   asks who one is; with ?name=&id_number= it does not ask
    POST /<platform>/token       code -> token
    GET  /<platform>/userinfo    {"sub", "name", "id_number"}
    GET  /dials                  how badly they behave
    PUT  /dials                  {"slow_seconds", "down", "wrong", "disagree"}, any of them
    GET  /healthz
"""

import html
import json
import random  # noqa: TID251 -- chance of a simulator
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from simulators.authenticator.platforms import PLATFORMS, Dials, Platforms, account_of

LARGEST_BODY = 64 * 1024
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p>模拟登录：填写任意姓名和证件号码。</p><form method="get">{hidden}
<p><label>姓名 <input name="name"></label></p><p><label>证件号码 <input name="id_number"></label></p>
<p><button>登录并同意提供实名信息</button></p></form></html>"""
SOMEBODY_ELSE = {"sub": "somebody-else", "name": "李另一人", "id_number": "11010519491231002X"}


class Server(ThreadingHTTPServer):
    """
    All platforms on one port of this machine.
    """

    daemon_threads = True

    def __init__(self, platforms: Platforms, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__((host, port), Handler)
        self.platforms = platforms

    @property
    def url(self) -> str:
        """
        Return the address it listens on.
        """
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """
    One request.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """
        Ask who one is, or tell it.
        """
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/healthz":
            return self._answer(200, {"status": "ok"})
        if address.path == "/dials":
            return self._answer(200, self._dials())
        platform, _slash, what = address.path.strip("/").partition("/")
        if platform not in PLATFORMS or self._misbehaves():
            return self._answer(503 if platform in PLATFORMS else 404, {"error": "unavailable"})
        if what == "authorize":
            return self._authorize(platform, query)
        return self._user_info(platform) if what == "userinfo" else self._answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        """
        Change a code for a token.
        """
        platform, _slash, what = urlsplit(self.path).path.strip("/").partition("/")
        form = {name: values[0] for name, values in parse_qs(self._body().decode(errors="replace")).items()}
        if self._misbehaves():
            return self._answer(503, {"error": "unavailable"})
        if platform not in PLATFORMS or what != "token":
            return self._answer(404, {"error": "not_found"})
        token = self.server.platforms.token_for(platform, form)
        if token is None:
            return self._answer(400, {"error": "invalid_grant"})
        return self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 300})

    def do_PUT(self) -> None:
        """
        Turn the dials.
        """
        try:
            self.server.platforms.dials.turn(json.loads(self._body()))
        except (ValueError, AttributeError) as error:
            return self._answer(422, {"error": str(error)})
        return self._answer(200, self._dials())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """
        Stay quiet.
        """

    def _authorize(self, platform: str, query: dict[str, str]) -> None:
        if not query.get("name") or not query.get("id_number"):
            hidden = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
                for name, value in query.items()
                if name not in {"name", "id_number"}
            )
            return self._answer(200, PAGE.format(title=PLATFORMS[platform], hidden=hidden))
        person = account_of(platform, name=query["name"], id_number=query["id_number"])
        code = self.server.platforms.code_for(
            platform,
            person,
            redirect_uri=query.get("redirect_uri", ""),
            challenge=query.get("code_challenge", ""),
        )
        back = urlencode({"code": code, "state": query.get("state", "")})
        self.send_response(302)
        self.send_header("Location", f"{query.get('redirect_uri', '')}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _user_info(self, platform: str) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.server.platforms.person_of(platform, token)
        if person is None:
            return self._answer(401, {"error": "invalid_token"})
        dials = self.server.platforms.dials
        if random.random() < dials.wrong:  # noqa: S311
            return self._answer(200, "<html>502</html>")
        return self._answer(200, SOMEBODY_ELSE if random.random() < dials.disagree else person)  # noqa: S311

    def _misbehaves(self) -> bool:
        dials = self.server.platforms.dials
        if dials.slow_seconds:
            time.sleep(dials.slow_seconds)
        return random.random() < dials.down  # noqa: S311

    def _dials(self) -> dict[str, float]:
        dials = self.server.platforms.dials
        return {name: getattr(dials, name) for name in ("slow_seconds", "down", "wrong", "disagree")}

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        return self.rfile.read(min(size, LARGEST_BODY))

    def _answer(self, status: int, body: object) -> None:
        is_page = isinstance(body, str)
        content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{'text/html' if is_page else 'application/json'}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(*, host: str, port: int, client_id: str, client_secret: str, dials: Dials) -> None:
    """
    Run the platforms with one customer until interrupted.
    """
    server = Server(
        Platforms(client_id=client_id, client_secret=client_secret, dials=dials), host=host, port=port
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()

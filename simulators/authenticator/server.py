"""
The simulated platforms over HTTP, OAuth 2.0 with PKCE.

    GET  /<platform>/authorize   asks who one is; with ?name=&id_number= it does not ask
    POST /<platform>/token       code -> token
    GET  /<platform>/userinfo    {"sub", "name", "id_number"}
    GET  /dials, PUT /dials, GET /healthz as everywhere (`simulators.http`); one more dial: "disagree"
"""

import html
from urllib.parse import parse_qs, urlencode, urlsplit

from simulators import http
from simulators.authenticator.platforms import PLATFORMS, Platforms, account_of
from simulators.dials import happens
from simulators.http import NOT_FOUND, Reply

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p>模拟登录：填写任意姓名和证件号码。</p><form method="get">{hidden}
<p><label>姓名 <input name="name"></label></p><p><label>证件号码 <input name="id_number"></label></p>
<p><button>登录并同意提供实名信息</button></p></form></html>"""
SOMEBODY_ELSE = {"sub": "somebody-else", "name": "李另一人", "id_number": "11010519491231002X"}


class Server(http.Server):
    """
    All platforms.
    """

    def __init__(self, platforms: Platforms, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen; 0 takes a free port.
        """
        super().__init__(Handler, platforms.dials, host=host, port=port)
        self.platforms = platforms


class Handler(http.Handler):
    """
    One request.
    """

    server: Server

    def do_GET(self) -> None:
        """
        Ask who one is, or tell it.
        """
        dials = self.server.dials
        address = urlsplit(self.path)
        platform, _slash, what = address.path.strip("/").partition("/")
        if platform not in PLATFORMS:
            return super().do_GET()
        if what == "authorize":
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            return self._authorize(platform, query) if self.is_up(dials) else None
        if what == "userinfo":
            return self.answer_by(dials, lambda: self._user_info(platform))
        return self.answer(NOT_FOUND)

    def do_POST(self) -> None:
        """
        Change a code for a token.
        """
        platform, _slash, what = urlsplit(self.path).path.strip("/").partition("/")
        form = {name: values[0] for name, values in parse_qs(self.body().decode(errors="replace")).items()}
        if platform not in PLATFORMS or what != "token":
            return self.answer(NOT_FOUND)
        return self.answer_by(self.server.dials, lambda: self._token(platform, form))

    def _token(self, platform: str, form: dict[str, str]) -> Reply:
        token = self.server.platforms.token_for(platform, form)
        if token is None:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300}

    def _authorize(self, platform: str, query: dict[str, str]) -> None:
        if not query.get("name") or not query.get("id_number"):
            hidden = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
                for name, value in query.items()
                if name not in {"name", "id_number"}
            )
            return self.answer((200, PAGE.format(title=PLATFORMS[platform], hidden=hidden)))
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

    def _user_info(self, platform: str) -> Reply:
        platforms = self.server.platforms
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        person = platforms.person_of(platform, token)
        if person is None:
            return 401, {"error": "invalid_token"}
        return 200, SOMEBODY_ELSE if happens(platforms.dials.disagree) else person

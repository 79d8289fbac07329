"""
Requests to addresses that users chose: what is refused before a socket is opened, what is read, and how long.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from tongban.foundation import outgoing
from tongban.foundation.outgoing import (
    AddressNotAllowed,
    Allowed,
    Answer,
    AnswerTooLarge,
    Client,
    OutgoingFailed,
    Trust,
    allowed_by,
)

PUBLIC = "93.184.215.14"


class Server(ThreadingHTTPServer):
    """
    Another system on this machine that does what the test tells it.
    """

    act: Callable[[BaseHTTPRequestHandler], None]
    seen: list[tuple[str, str, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def handle_one(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, self.rfile.read(length)))
        self.server.act(self)

    do_GET = do_POST = handle_one  # noqa: N815 -- names of the standard library

    def log_message(self, *_: Any) -> None:
        return


def say(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, text in headers.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    running.seen = []
    running.act = lambda handler: say(handler, 200, b'{"ok": true}')
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def port_of(server: Server) -> int:
    return int(server.server_address[1])


def here(server: Server) -> Allowed:
    return allowed_by(ports="443", networks=f"127.0.0.1:{port_of(server)}")


def ask(client: Client, url: str, method: str = "GET", **more: Any) -> Answer:
    options: dict[str, Any] = {
        "headers": {},
        "content": b"",
        "deadline": time.monotonic() + 60,
        "most_bytes": 10_000,
        "most_redirections": 0,
    }
    return client.fetch(method, url, **(options | more))


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "gopher://example.com/",
            "file:///etc/passwd",
            "ftp://example.com/",
            "//example.com/",
            "https:///path",
            "https://",
            "https://user:word@example.com/",
            "https://user@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com\\@127.0.0.1/",
            "https://exa mple.com/",
            "https://example.com/\r\nX-Injected: 1",
            "https://example.com/\0",
            "https://例子.example/",
            "https://ⓔxample.com/",
            "https://example.com:0x1bb/",
            "https://example.com:99999/",
            "https://[::1",
            "https://[fe80::1%25eth0]/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1.0x1/",
            "https://1.2.3.4.5/",
            "https://" + "a" * 2100 + ".com/",
        ],
    )
    def test_of_an_odd_form_are_refused_without_asking_anybody(self, url: str) -> None:
        asked: list[str] = []

        def remember(host: str, port: int) -> list[str]:
            asked.append(host)
            return [PUBLIC]

        client = Client(resolver=remember)

        with pytest.raises(AddressNotAllowed):
            ask(client, url)

        assert asked == []

    @pytest.mark.parametrize(
        "number",
        [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "169.254.0.23",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2001:0:0:0:0:0:80ff:fffe",
        ],
    )
    def test_in_networks_that_are_not_public_are_refused(self, number: str) -> None:
        client = Client(resolver=lambda host, port: [number])

        with pytest.raises(AddressNotAllowed):
            ask(client, "https://intern.example/")

    def test_are_refused_when_only_one_of_their_numbers_is_private(self) -> None:
        client = Client(resolver=lambda host, port: [PUBLIC, "10.0.0.1"])

        with pytest.raises(AddressNotAllowed):
            ask(client, "https://two.example/")

    @pytest.mark.parametrize(
        "url", ["http://example.com/", "https://example.com:22/", "http://example.com:443/"]
    )
    def test_on_the_internet_are_asked_by_https_at_its_port_only(self, url: str) -> None:
        client = Client(resolver=lambda host, port: [PUBLIC])

        with pytest.raises(AddressNotAllowed):
            ask(client, url)

    def test_that_nobody_knows_are_refused_in_the_same_words(self) -> None:
        def nobody(host: str, port: int) -> list[str]:
            raise OSError

        with pytest.raises(AddressNotAllowed) as unknown:
            ask(Client(resolver=nobody), "https://nobody.example/")
        with pytest.raises(AddressNotAllowed) as private:
            ask(Client(resolver=lambda host, port: ["10.0.0.1"]), "https://intern.example/")

        assert str(unknown.value) == str(private.value)
        assert unknown.value.facts == private.value.facts == {}

    def test_named_in_the_settings_are_let_through_at_their_port(self) -> None:
        allowed = allowed_by(ports="443", networks="10.1.0.0/16, 192.168.0.7:8443, [fd00::]/8, fd01::1")
        address = ip_address

        assert allowed.opens(address("10.1.2.3"), 80)
        assert allowed.opens(address("192.168.0.7"), 8443)
        assert allowed.opens(address("fd00::1"), 1)
        assert allowed.opens(address("fd01::1"), 1)
        assert not allowed.opens(address("10.2.0.1"), 80)
        assert not allowed.opens(address("192.168.0.7"), 443)
        assert not allowed.opens(address("192.168.0.8"), 8443)

    def test_of_metadata_are_opened_only_one_by_one(self) -> None:
        metadata = ip_address("169.254.169.254")

        assert not allowed_by(ports="443", networks="169.254.0.0/16").opens(metadata, 80)
        assert allowed_by(ports="443", networks="169.254.169.254").opens(metadata, 80)

    @pytest.mark.parametrize("networks", ["10.1.0.0/99", "intern", "10.0.0.1:0", "[::1]:x"])
    def test_of_settings_must_be_networks(self, networks: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 -- of ipaddress, in its own words
            allowed_by(ports="443", networks=networks)


class TestRequests:
    def test_reach_what_is_allowed_with_nothing_of_the_environment(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        answer = ask(client, f"http://peer.example:{port_of(server)}/path?a=1", "POST", content=b"body")

        method, path, headers, body = server.seen[0]
        assert (answer.status, answer.json()) == (200, {"ok": True})
        assert (method, path, body) == ("POST", "/path?a=1", b"body")
        assert headers == {
            "host": f"peer.example:{port_of(server)}",
            "user-agent": "tongban",
            "accept-encoding": "identity",
            "content-length": "4",
        }

    def test_ask_the_name_service_once_and_dial_what_was_judged(self, server: Server) -> None:
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        asked: list[str] = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return answers[len(asked) - 1]

        answer = ask(
            Client(allowed=here(server), resolver=rebinding), f"http://peer.example:{port_of(server)}/"
        )

        assert answer.status == 200
        assert asked == ["peer.example"]

    def test_do_not_follow_unless_told(self, server: Server) -> None:
        server.act = lambda handler: say(handler, 302, Location="https://elsewhere.example/")
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        answer = ask(client, f"http://peer.example:{port_of(server)}/")

        assert (answer.status, answer.headers["location"]) == (302, "https://elsewhere.example/")

    @pytest.mark.parametrize(
        "to",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://127.0.0.1:1/",
            "file:///etc/passwd",
            "//10.0.0.1/",
        ],
    )
    def test_judge_redirections_like_the_first_address(self, to: str, server: Server) -> None:
        server.act = lambda handler: say(handler, 302, Location=to)
        client = Client(
            allowed=here(server), resolver=lambda host, port: [host if host[0].isdigit() else "127.0.0.1"]
        )

        with pytest.raises(AddressNotAllowed):
            ask(client, f"http://peer.example:{port_of(server)}/", most_redirections=3)

        assert len(server.seen) == 1

    def test_leave_credentials_and_bodies_behind_at_another_origin(self, server: Server) -> None:
        other = f"http://other.example:{port_of(server)}/b"
        server.act = lambda handler: say(handler, 307 if handler.path == "/a" else 200, Location=other)
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        headers = {"Authorization": "Bearer secret", "Cookie": "a=b", "Accept": "application/json"}
        ask(
            client,
            f"http://peer.example:{port_of(server)}/a",
            "POST",
            headers=headers,
            content=b"secret",
            most_redirections=1,
        )

        method, path, received, body = server.seen[1]
        assert (method, path, body) == ("GET", "/b", b"")
        assert set(received) == {"host", "user-agent", "accept-encoding", "accept"}

    def test_end_after_as_many_redirections_as_were_granted(self, server: Server) -> None:
        server.act = lambda handler: say(handler, 302, Location="/again")
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        answer = ask(client, f"http://peer.example:{port_of(server)}/", most_redirections=3)

        assert (answer.status, len(server.seen)) == (302, 4)

    def test_read_no_more_than_the_limit(self, server: Server) -> None:
        server.act = lambda handler: say(handler, 200, b"x" * 10_001)
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        with pytest.raises(AnswerTooLarge):
            ask(client, f"http://peer.example:{port_of(server)}/")

    @pytest.mark.parametrize(
        "part", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"], ids=["head", "body"]
    )
    def test_have_one_deadline_however_slowly_the_answer_drips(self, part: bytes, server: Server) -> None:
        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(part)
            try:
                for _ in range(100):
                    handler.wfile.write(b"H" if not part else b"x")
                    handler.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return

        server.act = drip
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])
        started = time.monotonic()

        with pytest.raises(OutgoingFailed):
            ask(client, f"http://peer.example:{port_of(server)}/", deadline=started + 0.4)

        assert time.monotonic() - started < 1.5

    @pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\nb", "a\0b"])
    def test_carry_no_header_that_breaks_into_two(self, header: str, server: Server) -> None:
        client = Client(allowed=here(server), resolver=lambda host, port: ["127.0.0.1"])

        with pytest.raises(OutgoingFailed):
            ask(client, f"http://peer.example:{port_of(server)}/", headers={"X-Name": header})

        assert server.seen == []

    def test_to_what_the_settings_name_may_stay_in_this_machine(self, server: Server) -> None:
        client = Client(trust=Trust.SETTINGS)

        assert ask(client, f"http://127.0.0.1:{port_of(server)}/").status == 200

    def test_from_the_node_go_by_its_settings(self, server: Server, settings: Any) -> None:
        url = f"http://127.0.0.1:{port_of(server)}/"
        with pytest.raises(AddressNotAllowed):
            outgoing.fetch("GET", url)
        with pytest.raises(AddressNotAllowed):
            outgoing.require_allowed(url)
        settings.TONGBAN_OUTGOING = settings.TONGBAN_OUTGOING.model_copy(
            update={"networks": f"127.0.0.1:{port_of(server)}"}
        )

        outgoing.require_allowed(url)
        answer = outgoing.fetch("POST", url, form={"a": "b c"})

        assert json.loads(answer.content) == {"ok": True}
        assert server.seen[0][3] == b"a=b+c"
        assert server.seen[0][2]["content-type"] == "application/x-www-form-urlencoded"

"""
The one door for HTTP requests to addresses that somebody outside the node's settings has chosen.

Whoever may name an address (of an authenticator, a webhook, an anchor) could make the node ask a server that only
the node can reach: server-side request forgery. So every such request goes through `fetch`:

* https and its ports only; no name and password in the address, no host written so that two programs read it
  differently;
* the name is resolved once, every number it stands for is judged, and the number that was judged is dialed: an
  answer of the name service that changes a moment later changes nothing. TLS still proves the name;
* loopback, private, link-local, shared and reserved networks are refused, also when wrapped into IPv6, unless the
  settings name them (TONGBAN_OUTGOING_NETWORKS); addresses of cloud metadata only when named one by one;
* a redirection is a new address and judged like the first; credentials do not follow it to another origin;
* the whole exchange has one deadline and one limit of bytes; answers are asked for and read uncompressed;
* no proxy, cookie, password file or other gift of the environment takes part.

Why an address was refused is written to the log; who asked is told no more than that it was.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from json import loads
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore
import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import ServiceError, UpstreamError

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0
MOST_BYTES = 1024 * 1024
LONGEST_URL = 2048
PORTS = {"https": 443, "http": 80}
REDIRECTIONS = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
KEEP_METHOD = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
USER_AGENT = "tongban"
#: Only these go along to another origin.
HARMLESS_HEADERS = frozenset({"accept", "accept-language", "user-agent", "x-request-id"})

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

#: Where clouds answer questions about a machine's own credentials; refused unless named one by one.
METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.0.23",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fe80::a9fe:a9fe",
    )
)
NAT64 = ip_network("64:ff9b::/96")


class Trust(StrEnum):
    """
    Who chose an address.
    """

    STRANGER = "STRANGER"
    """Somebody who uses the node, an administrator included: judged in every way."""
    SETTINGS = "SETTINGS"
    """Whoever runs the node, in its settings: any network, http too; limits of time and size still hold."""


class AddressNotAllowed(ServiceError):
    """
    The node does not send requests to this address: its scheme, port, host or network is not permitted.
    """

    code = "address_not_allowed"
    status = 422
    message = _("平台不能访问该地址，请核对；内部网络的地址须由系统管理员在配置中放行")


class OutgoingFailed(UpstreamError):
    """
    The other side was not reached, broke off, or took longer than it may.
    """

    code = "outgoing_failed"
    message = _("对方系统没有正常响应，请稍后再试")


class AnswerTooLarge(OutgoingFailed):
    """
    The other side sent more than is read of it.
    """

    code = "answer_too_large"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    What the other side said, whole.
    """

    url: str
    """Where it came from, after redirections."""
    status: int
    headers: Mapping[str, str]
    """By lower-case name; the last of several."""
    content: bytes

    @property
    def is_success(self) -> bool:
        """
        Whether the status is one of 200 to 299.
        """
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """
        Return what the content says as JSON.

        :raises OutgoingFailed: it is none
        """
        try:
            return loads(self.content)
        except (ValueError, RecursionError) as error:
            raise OutgoingFailed from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """
    What the settings permit.
    """

    ports: frozenset[int] = frozenset({443})
    networks: tuple[tuple[Network, int | None], ...] = ()
    """Networks of our own with the port that is open in them; None: any port. There http is permitted too."""
    ca_file: str = ""

    def opens(self, address: Address, port: int) -> bool:
        """
        Return whether the settings name this address.
        """
        return any(
            address in network
            and open_port in (None, port)
            and (address not in METADATA or network.num_addresses == 1)
            for network, open_port in self.networks
        )


def allowed_by(*, ports: str, networks: str, ca_file: str = "") -> Allowed:
    """
    Return what settings written as text permit.

    :param ports: "443,8443"
    :param networks: "10.1.0.0/16, 127.0.0.1:8001, [fd00::]/8"; an address alone is a network of one
    :raises ValueError: something in them is no port or no network
    """
    return Allowed(
        ports=frozenset(_port(text) for text in _listed(ports)),
        networks=tuple(_network(text) for text in _listed(networks)),
        ca_file=ca_file,
    )


def _listed(text: str) -> Iterable[str]:
    return filter(None, (part.strip() for part in text.split(",")))


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:  # noqa: PLR2004 -- the highest port there is
        raise ValueError(f"{text} is no port")
    return port


def _network(text: str) -> tuple[Network, int | None]:
    if text.startswith("["):
        inner, _bracket, rest = text[1:].partition("]")
        length, _colon, port = rest.partition(":")
        return ip_network(inner + length), _port(port) if port else None
    if text.count(":") > 1:
        return ip_network(text), None
    network, _colon, port = text.partition(":")
    return ip_network(network), _port(port) if port else None


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    most_bytes: int = MOST_BYTES,
    most_redirections: int = 0,
    trust: Trust = Trust.STRANGER,
) -> Answer:
    """
    Send one request and return the whole answer, whatever its status.

    :param form: sent as application/x-www-form-urlencoded, in place of `content`
    :param timeout_seconds: for everything together, from resolving the name to the last byte
    :param most_bytes: longest answer that is read
    :param most_redirections: how many are followed; 0: a redirection is an answer like any other
    :raises AddressNotAllowed: the address, or one that it redirects to, is not permitted
    :raises OutgoingFailed: no answer in time, or none that is HTTP
    :raises AnswerTooLarge: more than `most_bytes`
    """
    if form is not None:
        content = urlencode(form).encode()
        headers = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
    return Client(allowed=_allowed_here(), trust=trust).fetch(
        method,
        url,
        headers=headers or {},
        content=content or b"",
        deadline=time.monotonic() + timeout_seconds,
        most_bytes=most_bytes,
        most_redirections=most_redirections,
    )


def require_allowed(url: str) -> None:
    """
    Refuse an address that `fetch` would refuse, when it is typed and not only when it is used.

    Resolves the name; what is permitted now is judged again with every request.

    :raises AddressNotAllowed: it is not permitted
    """
    client = Client(allowed=_allowed_here())
    target = client.target_of(url)
    client.numbers_of(target.host, target.port, is_encrypted=target.scheme == "https")


def allowed_number(host: str, port: int) -> str:
    """
    Return the number to dial for a server that is no web server, a database for example, whose host a user has chosen.

    Nothing but networks that the settings name (TONGBAN_OUTGOING_NETWORKS) is permitted: what is spoken there is not
    proved by a certificate. Dial the number and not the name, which may stand for another one a moment later.

    :raises AddressNotAllowed: one of its numbers is not permitted, or there are none
    """
    return Client(allowed=_allowed_here()).numbers_of(host, port, is_encrypted=False)[0]


def _allowed_here() -> Allowed:
    chosen = settings.TONGBAN_OUTGOING
    return _allowed_by(chosen.ports, chosen.networks, str(chosen.ca_file or ""))


@lru_cache(maxsize=8)
def _allowed_by(ports: str, networks: str, ca_file: str) -> Allowed:
    return allowed_by(ports=ports, networks=networks, ca_file=ca_file)


def resolve(host: str, port: int) -> Sequence[str]:
    """
    Return the numbers that the name service has for `host`.

    :raises OSError: none
    """
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """
    An address, taken apart once and used only in these parts.
    """

    scheme: str
    host: str
    """Lower-case ASCII; a number of IPv6 without its brackets."""
    port: int
    path: str
    """Path and query, beginning with a slash."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """
        Return scheme, host and port.
        """
        return self.scheme, self.host, self.port


@dataclass(frozen=True, kw_only=True)
class Client:
    """
    Sends requests within what is allowed; holds nothing from one to the next.
    """

    allowed: Allowed = field(default_factory=Allowed)
    trust: Trust = Trust.STRANGER
    resolver: Resolver = resolve

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        deadline: float,
        most_bytes: int,
        most_redirections: int,
    ) -> Answer:
        """
        Send a request and follow where it leads; see the function of this name.

        :param deadline: on `time.monotonic`'s clock
        """
        target = self.target_of(url)
        for left in range(most_redirections, -1, -1):
            answer = self._ask(
                method, url, target, headers, content, deadline=deadline, most_bytes=most_bytes
            )
            to = answer.headers.get("location")
            if left == 0 or answer.status not in REDIRECTIONS or not to:
                return answer
            url = urljoin(url, to)
            following = self.target_of(url)
            if following.origin != target.origin:
                headers = {name: text for name, text in headers.items() if name.lower() in HARMLESS_HEADERS}
            if answer.status not in KEEP_METHOD or following.origin != target.origin:
                method, content = ("HEAD" if method == "HEAD" else "GET"), b""
            target = following
        raise AssertionError("unreachable")  # pragma: no cover

    def target_of(self, url: str) -> Target:
        """
        Take an address apart.

        :raises AddressNotAllowed: it is not of the form that is permitted
        """
        if (
            len(url) > LONGEST_URL
            or not url.isascii()
            or any(ch <= " " or ch in '\\"<>^`{|}\x7f' for ch in url)
        ):
            raise _refused("not plain ASCII", url[:80])
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _refused("not an address", url[:80]) from error
        scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".").lower()
        if scheme not in PORTS or not host or "%" in host:
            raise _refused("scheme or host", url[:80])
        if "@" in parts.netloc:
            raise _refused("name and password in the address", host)
        if _is_odd_number(host):
            raise _refused("a number written in an odd way", host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(scheme=scheme, host=host, port=port or PORTS[scheme], path=path)

    def numbers_of(self, host: str, port: int, *, is_encrypted: bool) -> Sequence[str]:
        """
        Resolve a name once and return its numbers, every one of them permitted.

        :raises AddressNotAllowed: one of them is not, or there are none
        """
        try:
            numbers = self.resolver(host, port)
        except (gaierror, OSError, UnicodeError) as error:
            raise _refused("the name service does not know it", host) from error
        if not numbers:
            raise _refused("the name service does not know it", host)
        if self.trust is Trust.STRANGER:
            for number in numbers:
                self._judge(host, ip_address(number.partition("%")[0]), port, is_encrypted=is_encrypted)
        return numbers

    def _judge(self, host: str, address: Address, port: int, *, is_encrypted: bool) -> None:
        address = unwrapped(address)
        if self.allowed.opens(address, port):
            return
        if not is_public(address):
            raise _refused("a network that is not public", host, number=str(address))
        if not is_encrypted or port not in self.allowed.ports:
            raise _refused("scheme or port", host, port=port)

    def _ask(
        self,
        method: str,
        url: str,
        target: Target,
        headers: Mapping[str, str],
        content: bytes,
        *,
        deadline: float,
        most_bytes: int,
    ) -> Answer:
        network = _Network(client=self, is_encrypted=target.scheme == "https", deadline=deadline)
        sent = [("Host", _host_header(target)), ("User-Agent", USER_AGENT), ("Accept-Encoding", "identity")]
        sent += [
            (name, text) for name, text in headers.items() if name.lower() not in {"host", "accept-encoding"}
        ]
        if content or method not in {"GET", "HEAD", "DELETE"}:
            sent.append(("Content-Length", str(len(content))))
        address = httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        try:
            pool = httpcore.ConnectionPool(ssl_context=_tls(self.allowed.ca_file), network_backend=network)
            with pool, pool.stream(method, address, headers=sent, content=content or None) as response:
                return Answer(
                    url=url,
                    status=response.status,
                    headers={
                        name.decode("latin-1").lower(): text.decode("latin-1")
                        for name, text in response.headers
                    },
                    content=_read(response.iter_stream(), most_bytes),
                )
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            UnicodeEncodeError,
            OSError,
        ) as error:
            logger.warning("outgoing_failed", host=target.host, port=target.port, reason=type(error).__name__)
            raise OutgoingFailed from error


def is_public(address: Address) -> bool:
    """
    Return whether anybody on the internet could reach this number.
    """
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and address not in METADATA
    )


def unwrapped(address: Address) -> Address:
    """
    Return the IPv4 number that an IPv6 number only wraps: mapped, 6to4, Teredo, NAT64; else the number itself.
    """
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_odd_number(host: str) -> bool:
    """
    Whether a host is no name and no plain number: 0x7f.1, 2130706433 and 0177.0.0.1 are read differently by programs.
    """
    if ":" in host:
        try:
            ip_address(host)
        except ValueError:
            return True
        return False
    last = host.rpartition(".")[2]
    if not (last.isdigit() or last.startswith("0x")):
        return False
    try:
        return str(IPv4Address(host)) != host
    except ValueError:
        return True


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == PORTS[target.scheme] else f"{host}:{target.port}"


def _read(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    read: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most_bytes:
            raise AnswerTooLarge(limit_bytes=most_bytes)
        read.append(piece)
    return b"".join(read)


@lru_cache(maxsize=4)
def _tls(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _refused(reason: str, host: str, **more: object) -> AddressNotAllowed:
    logger.warning("outgoing_refused", reason=reason, host=host, **more)
    return AddressNotAllowed()


class _Network(httpcore.NetworkBackend):
    """
    Where names become numbers: resolved once, judged, and dialed by number within the deadline.
    """

    def __init__(self, *, client: Client, is_encrypted: bool, deadline: float) -> None:
        self._client = client
        self._is_encrypted = is_encrypted
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """
        Reach the first number that answers.
        """
        numbers = self._client.numbers_of(host, port, is_encrypted=self._is_encrypted)
        failure: Exception = httpcore.ConnectError("no number answers")
        for number in numbers:
            try:
                stream = self._sockets.connect_tcp(number, port, timeout=left(self._deadline))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure


class _Stream(httpcore.NetworkStream):
    """
    A connection whose every step has no more time than is left for all of them.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """
        Read what is there.
        """
        return self._stream.read(max_bytes, timeout=left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """
        Send.
        """
        self._stream.write(buffer, timeout=left(self._deadline))

    def close(self) -> None:
        """
        Hang up.
        """
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """
        Encrypt; the certificate must be that of the name, whatever number was dialed.
        """
        encrypted = self._stream.start_tls(ssl_context, server_hostname, timeout=left(self._deadline))
        return _Stream(encrypted, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """
        Say what the connection knows of itself.
        """
        return self._stream.get_extra_info(info)


def left(deadline: float) -> float:
    """
    Return the seconds until `deadline`.

    :raises httpcore.ReadTimeout: there are none
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("out of time")
    return seconds

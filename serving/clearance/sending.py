"""One POST to a host that an operator allowed: https alone, to a public address that was checked, and no further.

The name is resolved here, every address that it has must be public, and the connection goes to an address that was
checked, so a name that changes its address between check and use gains nothing; the certificate is verified for the
name. Redirects are not followed, proxies of the environment not used, and of the answer only the status counts.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore

TIMEOUT_S = 10.0  # for the whole of an attempt, from the name to the end of the answer
MOST_ANSWER_BYTES = 16_384  # of an answer's body that are read
MOST_ADDRESSES = 16
MOST_URL = 500
Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
# One pattern both checks a URL and takes it apart: no second reader can understand it otherwise. The last label
# begins with a letter, so it is a name and never an address in any of its spellings.
_URL = re.compile(
    rf"https://(?P<host>(?:{_LABEL}\.)+(?=[a-z]){_LABEL})(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    r"(?P<target>/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)?"
)
_HOST = re.compile(rf"(?P<host>(?:{_LABEL}\.)+(?=[a-z]){_LABEL})(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_GLOBAL_IPV6 = ip_network("2000::/3")  # all that is given out so far; what is outside maps, translates or stays inside
_KEPT_OUT = [
    ip_network(one)
    for one in (
        "168.63.129.16/32",  # metadata of a cloud at a public address
        "192.0.0.0/24", "192.88.99.0/24",  # protocol assignments; relays to IPv6
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",  # Teredo and others, documentation, 6to4
    )
]  # fmt: skip


class AddressError(ValueError):
    """A name has no address, too many, or one that is not public."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was checked, in its parts."""

    host: str
    port: int
    path: str

    @property
    def site(self) -> str:
        """As in the list of allowed hosts: the port where it is not 443."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of an attempt; status : of the answer, None without one; reason : "" where it was acknowledged."""

    status: int | None
    reason: str
    duration_ms: int


def read_target(url: str) -> Target | None:
    """The parts of an https URL with a host name, no user, no fragment and no blank; None for anything else."""
    found = _URL.fullmatch(url) if len(url) <= MOST_URL else None
    if found is None or len(found["host"]) > 253 or int(found["port"] or 443) > 65_535:
        return None
    return Target(found["host"], int(found["port"] or 443), found["target"] or "/")


def read_site(text: str) -> str | None:
    """``host`` or ``host:port`` as the list of allowed hosts keeps it; None for what is neither."""
    found = _HOST.fullmatch(text)
    target = None if found is None else read_target(f"https://{text}/")
    return None if target is None else target.site


def is_public(address: Address) -> bool:
    """Whether an address is reachable by everybody and stays what it is: no private, shared, local or mapped one."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _GLOBAL_IPV6):
        return False
    special = address.is_multicast or address.is_reserved or not address.is_global
    return not special and not any(address in net for net in _KEPT_OUT if net.version == address.version)


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, by the system's resolver; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Sender:
    """Sends; for tests ``allow_loopback`` lets 127.0.0.0/8 and ::1 pass: no setting of a running service reaches it."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        *,
        allow_loopback: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.ssl_context = ssl_context or httpcore.default_ssl_context()
        self.network = _CheckedNetwork(resolve, allow_loopback)
        self.timeout_s = timeout_s

    async def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Sent:
        """One attempt on a connection of its own; never raises for what the other side does."""
        began = time.monotonic()
        status: int | None = None
        try:
            async with asyncio.timeout(self.timeout_s):
                status = await self._status(target, headers, body)
            reason = "" if 200 <= status < 300 else "redirect" if 300 <= status < 400 else "status"
        except AddressError:
            reason = "address_not_public"
        except (TimeoutError, httpcore.TimeoutException):
            reason = "timeout"
        except OSError as fault:
            reason = "name_not_found" if isinstance(fault, socket.gaierror) else "no_connection"
        except httpcore.ConnectError as fault:
            reason = "certificate" if isinstance(fault.__context__, ssl.SSLError) else "no_connection"
        except (httpcore.NetworkError, httpcore.ProtocolError):
            reason = "broken_answer"
        return Sent(status, reason, round(1_000 * (time.monotonic() - began)))

    async def _status(self, target: Target, headers: Mapping[str, str], body: bytes) -> int:
        url = httpcore.URL(
            scheme=b"https", host=target.host.encode("ascii"), port=target.port, target=target.path.encode("ascii")
        )
        fields = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self.ssl_context, network_backend=self.network, max_connections=1, http2=False
            ) as pool,
            pool.stream("POST", url, headers=fields, content=body) as response,
        ):
            size = 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > MOST_ANSWER_BYTES:
                    break
            return int(response.status)


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, and to no other."""

    def __init__(self, resolve: Resolve, allow_loopback: bool) -> None:
        self.resolve, self.allow_loopback, self.network = resolve, allow_loopback, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of the name that takes one."""
        addresses = [ip_address(one) for one in await self.resolve(host, port)]
        if not 0 < len(addresses) <= MOST_ADDRESSES:
            raise AddressError(f"{len(addresses)} addresses")
        if not all(is_public(one) or (self.allow_loopback and one.is_loopback) for one in addresses):
            raise AddressError("an address that is not public")
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                return await self.network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore.ConnectError:
                if not left:
                    raise
        raise AssertionError("the last address either takes a connection or raises")

    async def sleep(self, seconds: float) -> None:
        """As the network below."""
        await self.network.sleep(seconds)

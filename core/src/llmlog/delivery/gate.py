"""The gate for addresses that come with a call: what it does not let pass is never connected to.

The connection goes to the very address that was checked, so a name that answers differently the
next time leads nowhere else. Sources: RFC 6890 (special addresses), RFC 6052 (NAT64), RFC 3056
(6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from llmlog.errors import LlmlogError

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_UNICAST = ipaddress.ip_network("2000::/3")
_PROTOCOL_V4 = ipaddress.ip_network("192.0.0.0/24")
_PROTOCOL_V6 = ipaddress.ip_network("2001::/23")
_HTTPS = 443


class Forbidden(LlmlogError):  # noqa: N818  # it is a verdict, not a fault
    """An address that may not be connected to; the text says why, and not the whole address."""


def public(address: Address) -> bool:
    """Say whether an address is one of the public internet, whatever it is wrapped in.

    Those set aside for protocols are not, though newer Pythons call some of them global.
    """
    if isinstance(address, ipaddress.IPv4Address):
        special = address.is_multicast or address.is_reserved or address in _PROTOCOL_V4
    else:
        special = (address not in _UNICAST or address in _PROTOCOL_V6 or address.is_reserved
                   or address.sixtofour is not None)  # fmt: skip
    return address.is_global and not special


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name; raise `OSError` when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@frozen(kw_only=True)
class Gate:
    """Lets https pass to the named `hosts`, if every address that a name has is `harmless`.

    A host is `api.example.com`, `api.example.com:8443` or `*.example.com`.
    """

    hosts: tuple[str, ...]
    resolve: Callable[[str, int], Sequence[str]] = look_up
    harmless: Callable[[Address], bool] = public

    def admit(self, url: httpx.URL) -> str:
        """Return the address to connect to; raise `Forbidden`, or `OSError` for a lost name."""
        host = url.raw_host.decode("ascii", "replace")
        port = _HTTPS if url.port is None else url.port
        if url.scheme != "https":
            raise Forbidden("not https")
        if url.userinfo:
            raise Forbidden("a user in the address")
        if not _NAME.fullmatch(host):
            raise Forbidden("not the name of a host")
        if not any(_matches(host, port, allowed) for allowed in self.hosts):
            raise Forbidden(f"{host}:{port} is not among call_hosts")
        return self._checked(host, port)

    def _checked(self, host: str, port: int) -> str:
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in self.resolve(host, port)]
        if not found or not all(map(self.harmless, found)):
            raise Forbidden(f"{host} leads to an address that is not public")
        return str(found[0])


def _matches(host: str, port: int, allowed: str) -> bool:
    name, _, own_port = allowed.lower().partition(":")
    if port != int(own_port or _HTTPS):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def gated(gate: Gate, tls: SSLContext) -> httpx.BaseTransport:
    """Return a transport that asks the gate and connects to the address that the gate found."""
    import httpx

    inner = httpx.HTTPTransport(verify=tls, trust_env=False)

    class Gated(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            address, url = gate.admit(request.url), request.url
            pinned = httpx.Request(
                request.method, url.copy_with(host=address), headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.raw_host.decode()},
            )  # fmt: skip
            pinned.headers["host"] = url.netloc.decode()
            return inner.handle_request(pinned)

        def close(self) -> None:
            inner.close()

    return Gated()

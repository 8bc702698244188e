"""The way to a host: trusted certificates, proxies and time-outs, and where httpx's exceptions become ours."""

import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from gitops.errors import ServerFault, Unreachable, UsageError
from gitops.platforms.crowd import AT_ONCE

CONNECT_S: Final = 3.0
READ_S: Final = 15.0
PUSH_S: Final = 600.0

_CA_HINT: Final = "is it a private certificate? then name its authority's PEM file: platform.ca_bundle in gitops.yaml"


class Wires:
    """Connections to any host; loopback is never reached through a proxy. No key lives here, and none is added.

    Args:
        ca_bundle: a PEM file of certificates that count besides the usual ones.
        transport: how bytes travel; tests hand in their own.

    Raises:
        UsageError: the PEM file cannot be used.
    """

    def __init__(self, ca_bundle: Path | None = None, transport: httpx.BaseTransport | None = None) -> None:
        self._transport = transport
        self._trusted = _trust(ca_bundle) if ca_bundle else None
        self._clients: dict[tuple[bool, bool], httpx.Client] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def send(self, method: str, url: str, *, timeout_s: float = READ_S, **parts: Any) -> httpx.Response:
        """One request, as it is; redirects are not followed.

        Raises:
            Unreachable, ServerFault: as `translated` says.
        """
        with translated(url):
            return self._client(url).request(method, url, timeout=_patience(timeout_s), **parts)

    @contextmanager
    def stream(self, url: str) -> Iterator[httpx.Response]:
        """A GET whose answer is read piece by piece; as no key goes along, redirects may be followed."""
        client, patience = self._client(url), _patience(READ_S)
        with translated(url), client.stream("GET", url, timeout=patience, follow_redirects=True) as answer:
            yield answer

    def _client(self, url: str) -> httpx.Client:
        """The client for a URL; what it trusts is read when it is needed first, which takes a tenth of a second.

        Raises:
            UsageError: a proxy of the environment cannot be used.
        """
        parts = urlsplit(url)
        here, plain = is_loopback(parts.hostname or ""), parts.scheme == "http"
        with self._lock:
            key = (here, here and plain)
            if key not in self._clients:
                self._clients[key] = self._opened(proxies=not here, trusting=not (here and plain))
            return self._clients[key]

    def _opened(self, *, proxies: bool, trusting: bool) -> httpx.Client:
        if trusting and self._trusted is None:
            self._trusted = _trust(None)
        context = self._trusted if trusting and self._trusted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return httpx.Client(
                verify=context,
                transport=self._transport,
                trust_env=proxies,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=AT_ONCE),
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            # Its words would quote the proxy's URL, and that may hold a password.
            raise UsageError(
                "a proxy that the environment names cannot be used",
                hint="check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY",
            ) from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> str:
    """Scheme and host: all of a URL that may be shown, as the rest may be signed."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@contextmanager
def translated(url: str) -> Iterator[None]:
    """The only place where httpx's exceptions become ours; the first that fits, counts.

    Raises:
        Unreachable: nobody answered, or not in time, or the connection broke, or its certificate is not trusted.
        ServerFault: what came is not HTTP.
    """
    host = origin(url)
    try:
        yield
    except httpx.TimeoutException as fault:
        raise Unreachable(f"{host} did not answer in time", hint=_UNREACHABLE_HINT) from fault
    except (httpx.NetworkError, httpx.ProxyError) as fault:
        raise _unreachable(host, fault) from fault
    except (httpx.RemoteProtocolError, httpx.DecodingError) as fault:
        raise Unreachable(f"the connection to {host} broke ({fault})", hint=_UNREACHABLE_HINT) from fault
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as fault:
        raise ServerFault(f"{host} cannot be spoken to: {fault}", hint=_UNREACHABLE_HINT) from fault


_UNREACHABLE_HINT: Final = "check platform.url in gitops.yaml and the network; gitops doctor looks closer"


def _unreachable(host: str, fault: Exception) -> Unreachable:
    text = str(fault)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Unreachable(f"the certificate of {host} is not trusted ({text})", hint=_CA_HINT)
    if isinstance(fault, httpx.ProxyError):
        return Unreachable(f"the proxy on the way to {host} refused ({text})", hint="check HTTPS_PROXY and NO_PROXY")
    return Unreachable(f"nobody answers at {host} ({text})", hint=_UNREACHABLE_HINT)


def _patience(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=CONNECT_S)


def _trust(bundle: Path | None) -> ssl.SSLContext:
    """What httpx trusts and what the system trusts, and the bundle."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if bundle is None:
        return context
    try:
        context.load_verify_locations(cafile=bundle)
    except (OSError, ssl.SSLError) as fault:
        why = "it holds no certificates in PEM" if isinstance(fault, ssl.SSLError) else fault.strerror
        raise UsageError(
            f"ca_bundle {bundle} cannot be used: {why}",
            hint="name a PEM file, relative to the folder of gitops.yaml",
        ) from fault
    return context


Sleep = Callable[[float], None]
"""How time passes; tests let it pass at once."""

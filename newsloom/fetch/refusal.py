"""Why a fetch ended without a page: raised inside this room only, turned into `Rejected` at its door."""

from __future__ import annotations

import re
import ssl
from http import HTTPStatus

import aiohttp

from newsloom.fetch.guard import PrivateAddress
from newsloom.types import Rejected

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class Refusal(Exception):
    """`reason` is one of the fixed words of `Fetcher.get`, `detail` one line for people."""

    def __init__(self, reason: str, detail: str = "", *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.status, self.retry_after = reason, detail, status, retry_after

    def rejected(self, url: str) -> Rejected:
        """The record of this refusal for the address that was asked for."""
        return Rejected(
            stage="fetch",
            reason=self.reason,
            detail=one_line(self.detail),
            url=url,
            status=self.status,
            retry_after=self.retry_after,
        )


def one_line(text: str, limit: int = 300) -> str:
    """Text from outside made fit for a line of a report: no control characters, at most `limit` characters."""
    return " ".join(_CONTROL.sub(" ", text[: limit * 2]).split())[:limit]


def status_refusal(status: int, retry_after: float | None = None) -> Refusal:
    """The refusal of an HTTP status that carries no page."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return Refusal(
        f"http-{status}", f"the server answered {status} {phrase}".strip(), status=status, retry_after=retry_after
    )


def explain(error: BaseException) -> Refusal:
    """What an exception of the network means, in this room's words."""
    if isinstance(error, Refusal):
        return error
    inner = error if isinstance(error, PrivateAddress) else getattr(error, "os_error", None) or error.__cause__
    if isinstance(inner, PrivateAddress):
        return Refusal("private-address", str(inner))
    for kinds, reason in _MEANING:
        if isinstance(error, kinds):
            return Refusal(reason, str(inner or error) or type(error).__name__)
    return Refusal("protocol", f"{type(error).__name__}: {error}")


_MEANING: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((TimeoutError,), "timeout"),
    ((aiohttp.InvalidURL, UnicodeError), "bad-url"),
    ((aiohttp.ClientConnectorDNSError,), "dns"),
    ((aiohttp.ClientSSLError, ssl.SSLError, ssl.CertificateError), "tls"),
    ((aiohttp.ClientConnectorError,), "connect"),
    ((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), "cut"),
    ((ConnectionError,), "cut"),
    ((aiohttp.ClientError,), "protocol"),
)

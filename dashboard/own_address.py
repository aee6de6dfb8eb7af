"""Refuses requests that do not come from the dashboard's own address and pages."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.refusal import refusal
from pipelines.errors import PasslineError

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
USUAL_PORTS = {"http": 80, "https": 443}
REFUSAL = "Passline answers only at its own address: open the one it printed when it started."


class OwnAddressOnly:
    """ASGI middleware: 403 for a foreign Host or Origin, a websocket without an Origin, and what another site loads.

    A page of another site or port would otherwise open the websocket and act as the person at this computer; a foreign
    name that resolves to this computer (DNS rebinding) would read pages. Browsers send an Origin with every websocket,
    and tell by Sec-Fetch-Site that another site asks, without an Origin too: it may link to a page, no more.
    """

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        self.app = app
        self.origin_of = {urlsplit(origin).netloc: origin for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._is_own(scope):
            await self.app(scope, receive, send)
        else:
            await refusal(REFUSAL)(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or (scope["type"] == "websocket" and not origins):
            return False
        own = self.origin_of.get(hosts[0].lower())
        return own is not None and all(origin.lower() == own for origin in origins) and _is_asked_by_own(headers, scope)


def _is_asked_by_own(headers: Headers, scope: Scope) -> bool:
    """False for what another site's page loads or sends; a link there may open a page here."""
    is_visit = scope.get("method") in ("GET", "HEAD") and headers.get("sec-fetch-dest") == "document"
    return is_visit or all(site in ("same-origin", "none") for site in headers.getlist("sec-fetch-site"))


def own_origins(address: str, port: int, public_url: str | None) -> list[str]:
    """The origins of pages served on this port, and of those a proxy serves at `public_url`."""
    own = [_origin("http", host, port) for host in dict.fromkeys([*LOOPBACK, address])]
    return [*own, _public(public_url)] if public_url else own


def _public(url: str) -> str:
    try:
        parts = urlsplit(url.lower())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in USUAL_PORTS or parts.path.strip("/") or parts.query or parts.username:
        raise PasslineError(
            f"{url} is not a URL for the dashboard: give --public-url as in https://passline.school.example."
        )
    return _origin(parts.scheme, f"[{host}]" if ":" in host else host, port or USUAL_PORTS[parts.scheme])


def _origin(scheme: str, host: str, port: int) -> str:
    """An origin as browsers write it: without the scheme's usual port."""
    return f"{scheme}://{host}" + ("" if port == USUAL_PORTS[scheme] else f":{port}")

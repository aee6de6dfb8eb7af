"""Refuses requests that do not come from the dashboard's own address and pages."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.errors import PasslineError

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
USUAL_PORTS = {"http": 80, "https": 443}
REFUSAL = "Passline answers only at its own address: open the one it printed when it started."


class OwnAddressOnly:
    """ASGI middleware: 403 for a foreign Host, a foreign Origin, or a websocket without an Origin.

    A page of another site or port would otherwise open the websocket and act as the person at this computer; a foreign
    name that resolves to this computer (DNS rebinding) would read pages. Browsers send an Origin with every websocket.
    """

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        self.app = app
        self.origin_of = {urlsplit(origin).netloc: origin for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._is_own(scope):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse(REFUSAL, status_code=403)(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or (scope["type"] == "websocket" and not origins):
            return False
        own = self.origin_of.get(hosts[0].lower())
        return own is not None and all(origin.lower() == own for origin in origins)


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

"""Lets in only browsers that were once opened with the token in the printed address."""

import hmac
import secrets
from urllib.parse import unquote_plus, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.refusal import refusal

PARAMETER = "token"
BYTES = 32
OPEN_TO_ALL = "/_stcore/health"
REFUSAL = (
    "This browser has no key to Passline: open the address, with its token, that Passline printed at its start. If it "
    "is lost, or Passline was started again since, start Passline again and open the address it then prints."
)


class TokenOnly:
    """ASGI middleware: 403 without the cookie that a request with the right token gets.

    Other accounts of the computer reach the port but know no token. The cookie's name holds the port, since browsers
    share cookies among the ports of one host.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, origins: list[str]) -> None:
        self.app, self.token, self.cookie = app, token, f"passline_{port}"
        self.secure_hosts = {urlsplit(origin).netloc for origin in origins if origin.startswith("https:")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] == OPEN_TO_ALL:
            await self.app(scope, receive, send)
            return
        response = self._answer(HTTPConnection(scope))
        await (response or self.app)(scope, receive, send)

    def _answer(self, request: HTTPConnection) -> Response | None:
        """What is answered in the app's stead: a refusal, or the same address without its token."""
        given, query = split_token(request.scope["query_string"].decode("latin-1"))
        is_known = self._matches(request.cookies.get(self.cookie, ""))
        is_visit = request.scope["type"] == "http" and request.scope["method"] in ("GET", "HEAD")
        if given and is_visit and (is_known or any(map(self._matches, given))):
            return self._without_token(request, query)
        return None if is_known else refusal(REFUSAL)

    def _without_token(self, request: HTTPConnection, query: str) -> Response:
        path = "/" + request.url.path.lstrip("/\\")  # "//name" would lead to another host
        response = RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
        is_secure = request.headers.get("host", "").lower() in self.secure_hosts
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="lax", secure=is_secure)
        return response

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def new_token() -> str:
    """256 random bits, as they may stand in a URL."""
    return secrets.token_urlsafe(BYTES)


def split_token(query: str) -> tuple[list[str], str]:
    """The tokens in a query, and the query without them, its other parameters as they were written."""
    parts = [part.partition("=") for part in query.split("&")]
    given = [unquote_plus(value) for name, _, value in parts if unquote_plus(name) == PARAMETER]
    return given, "&".join("".join(part) for part in parts if unquote_plus(part[0]) != PARAMETER)

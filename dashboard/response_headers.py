"""The headers of every response: what its page may load, who may frame it, and what no browser keeps."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.shared.inline_scripts import INLINE_SCRIPTS

STARTS = ("http.response.start", "websocket.http.response.start")
ASSETS = "/static/"  # Streamlit's own files, the same for everyone
UNUSED = ["accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
          "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb"]  # fmt: skip


class SafeHeaders:
    """ASGI middleware: sets the security headers on every response, refusals too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] in STARTS:
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                headers.update(self.headers)
                if not scope["path"].startswith(ASSETS):
                    headers["Cache-Control"] = "no-store"
                message["headers"] = headers.raw
            await send(message)

        await self.app(scope, receive, send if scope["type"] == "lifespan" else send_safely)


def security_headers() -> dict[str, str]:
    """Name to value, the same for all responses."""
    return {
        "Content-Security-Policy": content_security_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    }


def content_security_policy() -> str:
    """Everything from this server alone; scripts in a page only where their hash is known.

    Styles stand in pages because Streamlit's components write them there. `connect-src 'self'` holds the websocket.
    """
    scripts = " ".join(f"'sha256-{_digest(script)}'" for script in [*_scripts_of_streamlit(), *INLINE_SCRIPTS])
    rules = {
        "default-src": "'none'", "script-src": f"'self' {scripts}", "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:", "font-src": "'self' data:", "connect-src": "'self'", "manifest-src": "'self'",
        "object-src": "'none'", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _scripts_of_streamlit() -> list[str]:
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    return re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

"""Starts the dashboard's server on this computer."""

import logging
import os
import socket
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from html import escape
from pathlib import Path

import pandas as pd  # noqa: F401  before the server starts: two first visitors at once would import it half-way
import streamlit as st
import uvicorn
from starlette.types import ASGIApp
from streamlit.runtime.pages_manager import PagesManager

from dashboard.access_token import PARAMETER, TokenOnly
from dashboard.binary_frames import BinaryFramesOnly
from dashboard.own_address import OwnAddressOnly, own_origins
from dashboard.response_headers import SafeHeaders
from dashboard.shared.guarded import SERVED_BY
from pipelines.errors import HomeRefused, PasslineError

ADDRESS = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 50
MESSAGE_BYTES = 200 * 1024 * 1024
APP = Path(__file__).with_name("app.py")
# Streamlit takes a folder `pages` beside the app for its older kind of pages, until the app first names its own: the
# first visitor of any page but Today would be met by "Page not found".
PagesManager.uses_pages_directory = False


def serve(
    root: Path, *, as_of: str | None, port: int | None, headless: bool, token: str | None, public_url: str | None = None
) -> None:
    """Serve until interrupted, to browsers that know the token alone; to all of this computer's where it is None.

    Prints the address once it answers; opens the browser unless `headless`. Raises PasslineError for a public URL
    without a token, or one that is none, and for a port that is taken.
    """
    if public_url and token is None:
        raise PasslineError("--no-token is for this computer alone: leave it out where --public-url is given.")
    os.environ["PASSLINE_HOME"] = str(root)
    os.environ[SERVED_BY] = str(os.getpid())
    if as_of:
        os.environ["PASSLINE_AS_OF"] = as_of
    listening = _listen(port)
    bound = listening.getsockname()[1]
    origins = own_origins(ADDRESS, bound, public_url)
    address = origins[-1] if public_url else f"http://{ADDRESS}:{bound}"
    address += f"/?{PARAMETER}={token}" if token else ""

    @asynccontextmanager
    async def announce(_app: st.App) -> AsyncIterator[None]:
        logging.getLogger("uvicorn.access").disabled = True  # URLs contain student IDs; Streamlit turns it on
        print(f"Passline is open at {address}\nStop it with Ctrl+C.", flush=True)  # noqa: T201
        with nullcontext() if headless else _in_browser(address):
            yield

    app: ASGIApp = BinaryFramesOnly(st.App(APP, lifespan=announce))
    app = SafeHeaders(OwnAddressOnly(TokenOnly(app, token, bound, origins) if token else app, origins))
    config = uvicorn.Config(app, log_config=None, log_level="warning", ws_max_size=MESSAGE_BYTES, server_header=False,
                            proxy_headers=False)  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _in_browser(address: str) -> Iterator[None]:
    """The address opened in the browser, by a page on the disk that only this account reads: the arguments of the
    browser's process, which others see, hold no token."""
    with tempfile.TemporaryDirectory(prefix="passline-open-", ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "open.html"
        page.write_text(f'<meta http-equiv="refresh" content="0; url={escape(address)}">', encoding="utf-8")
        webbrowser.open(page.as_uri())
        yield


def _listen(port: int | None) -> socket.socket:
    """A socket that listens on the given port, or on the first free one."""
    for candidate in [port] if port else [*range(FIRST_PORT, FIRST_PORT + PORTS_TRIED), 0]:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, candidate))
        except OSError:
            listening.close()
            continue
        listening.listen(128)
        return listening
    raise HomeRefused(f"Port {port} on {ADDRESS} is taken: choose another with --port, or leave it out.")

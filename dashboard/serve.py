"""Starts the dashboard's server on this computer."""

import logging
import os
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pandas as pd  # noqa: F401  before the server starts: two first visitors at once would import it half-way
import streamlit as st
import uvicorn
from streamlit.runtime.pages_manager import PagesManager

from dashboard.own_address import OwnAddressOnly, own_origins
from pipelines.errors import HomeRefused

ADDRESS = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 50
MESSAGE_BYTES = 200 * 1024 * 1024
APP = Path(__file__).with_name("app.py")
# Streamlit takes a folder `pages` beside the app for its older kind of pages, until the app first names its own: the
# first visitor of any page but Today would be met by "Page not found".
PagesManager.uses_pages_directory = False


def serve(root: Path, *, as_of: str | None, port: int | None, headless: bool, public_url: str | None = None) -> None:
    """Serve until interrupted. Prints the address once it answers; opens the browser unless `headless`."""
    os.environ["PASSLINE_HOME"] = str(root)
    if as_of:
        os.environ["PASSLINE_AS_OF"] = as_of
    listening = _listen(port)
    bound = listening.getsockname()[1]
    address, origins = f"http://{ADDRESS}:{bound}", own_origins(ADDRESS, bound, public_url)

    @asynccontextmanager
    async def announce(_app: st.App) -> AsyncIterator[None]:
        logging.getLogger("uvicorn.access").disabled = True  # URLs contain student IDs; Streamlit turns it on
        print(f"Passline is open at {address}\nStop it with Ctrl+C.", flush=True)  # noqa: T201
        if not headless:
            webbrowser.open(address)
        yield

    app = OwnAddressOnly(st.App(APP, lifespan=announce), origins)
    config = uvicorn.Config(app, log_config=None, log_level="warning", ws_max_size=MESSAGE_BYTES)
    uvicorn.Server(config).run(sockets=[listening])


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

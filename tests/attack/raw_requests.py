"""Requests as an attacker writes them: byte by byte, since a client's library would mend what is forged."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60
SWITCHES = {"checkbox"}  # any value of theirs is an honest one: what is not on is off
SCRIPT_ENDS = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR}


@dataclass(frozen=True)
class Answer:
    """A response: its status, 0 where the connection closed without one; its head and body."""

    status: int
    head: str
    body: bytes


def exchange(port: int, request: bytes) -> Answer:
    """What the server answers to these bytes, until it closes. Raises TimeoutError where it never does."""
    answered = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as reached:
        try:
            reached.sendall(request)
            while part := reached.recv(65_536):
                answered += part
        except (ConnectionResetError, BrokenPipeError):  # closed before it had read all
            pass
    head, _, body = bytes(answered).partition(b"\r\n\r\n")
    words = head.split(maxsplit=2)
    return Answer(int(words[1]) if len(words) > 1 else 0, head.decode("latin-1"), body)


def written(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request whose connection closes after it; the headers as they are given, doubled ones too."""
    length = [] if any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers) else [
        ("Content-Length", str(len(body)))]  # fmt: skip
    lines = [f"{method} {target} HTTP/1.1", "Connection: close",
             *(f"{name}: {value}" for name, value in [*headers, *length])]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


@dataclass(frozen=True)
class Drawn:
    """What a run of the app sent: its text, its widgets' ids, its session, and whether an exception shows."""

    text: str
    widgets: list[str]
    session: str
    has_exception: bool


@contextmanager
def websocket(port: int, cookie: str) -> Iterator[ClientConnection]:
    """The app's websocket as an own page opens it, with this cookie."""
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=f"http://127.0.0.1:{port}", proxy=None,
                 additional_headers={"Cookie": cookie}, open_timeout=PATIENCE, close_timeout=5,
                 max_size=None) as opened:  # fmt: skip
        yield opened


def drawn(opened: ClientConnection, asked: BackMsg) -> Drawn:
    """What the app draws for this message. Raises ConnectionClosed where it closes the websocket instead."""
    opened.send(asked.SerializeToString())
    text, widgets, session, has_exception = bytearray(), list[str](), "", False
    while True:
        received = opened.recv(timeout=PATIENCE)
        assert isinstance(received, bytes)
        text += received
        message = ForwardMsg.FromString(received)
        session = message.new_session.initialize.session_id or session
        element = message.delta.new_element
        if (kind := element.WhichOneof("type")) and kind not in SWITCHES:
            has_exception |= kind == "exception"
            widgets += [id] if (id := getattr(getattr(element, kind), "id", "")) else []
        if message.WhichOneof("type") == "script_finished" and message.script_finished in SCRIPT_ENDS:
            return Drawn(text.decode("utf-8", "replace"), widgets, session, has_exception)

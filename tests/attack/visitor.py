"""A browser's session with the dashboard, by its websocket: it draws Today again and again, on the current build."""

import threading
import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

PAUSE, PATIENCE = 0.5, 60  # seconds


class Visitor(threading.Thread):
    """Visits the dashboard at `address`, which changes when that is killed; counts pages `drawn`, keeps `errors`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.address: str | None = None
        self.drawn, self.errors = 0, list[str]()
        self.has_drawn, self._leaves = threading.Event(), threading.Event()

    def run(self) -> None:
        while not self._leaves.wait(PAUSE):
            if address := self.address:
                try:
                    with connect(f"{address.replace('http', 'ws')}/_stcore/stream", origin=address, proxy=None,
                                 subprotocols=["streamlit"], max_size=None) as session:
                        while not self._leaves.wait(PAUSE):
                            self._draw(session)
                except (WebSocketException, OSError):  # it was killed, or is: visit it again when it is back
                    if address == self.address:
                        time.sleep(PAUSE)

    def leave(self) -> None:
        self._leaves.set()
        self.join()

    def _draw(self, session: ClientConnection) -> None:
        """Ask for the page, and read it to its end."""
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        session.send(asked.SerializeToString())
        while True:
            came = ForwardMsg()
            came.ParseFromString(bytes(session.recv(timeout=PATIENCE)))
            kind = came.WhichOneof("type")
            if kind == "delta" and came.delta.new_element.WhichOneof("type") == "exception":
                self.errors.append(f"the dashboard shows {came.delta.new_element.exception.type}")
            if kind == "script_finished":
                self.drawn += 1
                self.has_drawn.set()
                return

"""Forged runs of the app over its own websocket: parameters of every view, widgets, frames, and uploads."""

import random
from collections import Counter
from itertools import cycle
from urllib.parse import quote_plus

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.attack.forged_values import FRAMES, HOSTILE, MANGLED_QUERIES, NAMES, VIEWS
from tests.attack.raw_requests import Drawn, drawn, exchange, websocket, written

TROUBLE = ["Something went wrong", "Traceback", "/site-packages/", "dashboard/pages/"]
UPLOAD = "/_stcore/upload_file"


class ForgedRuns:
    """Asks one server for forged runs; each kind returns a sentence for every one that went wrong."""

    def __init__(self, port: int, token: str, students: list[str], random_: random.Random) -> None:
        self.port, self.token, self.students, self.random = port, token, students, random_
        self.host, self.key = f"127.0.0.1:{port}", f"passline_{port}={token}"
        self.views = cycle(random_.sample(VIEWS, len(VIEWS)))

    def parameters(self, counts: Counter[str]) -> list[str]:
        """A view with three or four forged parameters: drawn, or answered by a calm sentence."""
        page, query = self._view()
        forged = [f"{quote_plus(name)}={quote_plus(value)}" for name, value in
                  zip(self.random.sample(NAMES, 4), self.random.sample(HOSTILE, 4), strict=True)]  # fmt: skip
        if self.random.random() < 0.2:
            forged[0] = self.random.choice(MANGLED_QUERIES)
        counts["forged parameters"] += len(forged)
        query = "&".join([query, *forged] if self.random.random() < 0.5 else [*forged, query])
        asked = written("GET", f"/{page}?{query}", [("Host", self.host), ("Cookie", self.key)])
        status = exchange(self.port, asked).status
        wrong = [] if status == (200 if len(asked) < 65_000 else 400) else [f"{page}?{query[:200]} answered {status}"]
        return wrong + self._run(page, query)

    def widgets(self, counts: Counter[str]) -> list[str]:
        """A view run with pressed buttons of another page, invented widgets, and values of wrong kinds in its own.

        Streamlit fails at a value of a wrong kind: the page may then say calmly that something went wrong.
        """
        page, query = self._view()
        own, foreign = self._draw(page, query).widgets, self._draw("upload", "").widgets
        states = [WidgetState(id=id, trigger_value=True) for id in foreign if id not in own]
        states += [WidgetState(id=f"$$ID-{self.random.randbytes(16).hex()}-{name}", trigger_value=True)
                   for name in ("None", "passline.who", "undo", "../x", "")]  # fmt: skip
        states += [self._forged(id) for id in own]
        counts["forged widgets"] += len(states)
        return self._run(page, query, states, calm=True)

    def frames(self, counts: Counter[str]) -> list[str]:
        """Malformed and oversized frames; without the key, no websocket at all."""
        wrong = []
        for key in ["", f"passline_{self.port}={self.token[:-1]}", f"passline_{self.port + 1}={self.token}"]:
            try:
                with websocket(self.port, key):
                    wrong.append(f"a websocket opened with {key!r}")
            except InvalidStatus as refused:
                wrong += [] if refused.response.status_code == 403 else [f"was answered {refused.response.status_code}"]
        for frame in self.random.sample(FRAMES, 3):
            counts["frames"] += 1
            try:
                with websocket(self.port, self.key) as opened:
                    opened.send(frame)
                    opened.send(BackMsg(stop_script=True).SerializeToString())
            except ConnectionClosed:
                continue
        return wrong

    def uploads(self, counts: Counter[str]) -> list[str]:
        """Uploads to another browser's session: not without the key, without its proof, or to an edited id."""
        with websocket(self.port, self.key) as opened:
            session = drawn(opened, BackMsg(rerun_script={"page_name": "upload"})).session
            ids = [session[:-1], session.upper(), "", "..", "%2e%2e", "0" * 36, f"{session}%2f..", session + "%00"]
            wrong = self._upload(counts, f"{UPLOAD}/{session}/a", "", {403})
            wrong += self._upload(counts, f"{UPLOAD}/{session}/a", self.key, {403})
            wrong += self._upload(counts, f"{UPLOAD}/{session}/a", self.key, {413}, proof=True, size="999999999999")
            for id in self.random.sample(ids, 3):
                refused = {400, 403, 404, 405}
                wrong += self._upload(counts, f"{UPLOAD}/{id}/a", self.key, refused, proof=True)
        return wrong

    def _upload(
        self, counts: Counter[str], target: str, cookie: str, statuses: set[int], proof: bool = False, size: str = ""
    ) -> list[str]:
        counts["requests"] += 1
        sent = [("Host", self.host), ("Cookie", cookie), *([("Content-Length", size)] if size else [])]
        if proof:
            told = exchange(self.port, written("GET", "/_stcore/health", sent[:2])).head
            value = told.partition("_streamlit_xsrf=")[2].partition(";")[0]
            sent[1] = ("Cookie", f"{cookie}; _streamlit_xsrf={value}")
            sent.append(("X-Xsrftoken", value))
        status = exchange(self.port, written("PUT", target, sent)).status
        return [] if status in statuses else [f"an upload to {target} with {cookie!r} was answered {status}"]

    def _view(self) -> tuple[str, str]:
        page, query = next(self.views)
        return page, query.format(one=self.random.choice(self.students))

    def _run(self, page: str, query: str, states: list[WidgetState] | None = None, calm: bool = False) -> list[str]:
        run = self._draw(page, query, states)
        if run.has_exception or any(word in run.text for word in TROUBLE[calm:]):
            return [f"{page}?{query[:300]} failed, with {len(states or [])} widgets"]
        return []

    def _draw(self, page: str, query: str, states: list[WidgetState] | None = None) -> Drawn:
        """A run of a page, after a message for a part of it that does not exist, which is never answered."""
        asked = BackMsg(rerun_script={"query_string": query, "page_name": page})
        asked.rerun_script.widget_states.widgets.extend(states or [])
        fragment = self.random.choice(["0" * 32, "../../app.py", "A" * 5000])
        with websocket(self.port, self.key) as opened:
            opened.send(BackMsg(rerun_script={"page_name": page, "fragment_id": fragment}).SerializeToString())
            return drawn(opened, asked)

    def _forged(self, id: str) -> WidgetState:
        """A widget with a hostile value of any kind but a press, which would be an honest one."""
        text = self.random.choice(HOSTILE)
        return WidgetState(id=id, **self.random.choice([
            {"double_value": float("nan")}, {"double_value": 1e308}, {"int_value": -(2**62)},
            {"string_value": text}, {"json_value": text}, {"json_value": "[" * 5000}, {"bytes_value": text.encode()},
            {"double_array_value": {"data": [1e308, float("inf")]}}, {"int_array_value": {"data": [-1, 10**9]}},
            {"string_array_value": {"data": [text] * 50}}, {"string_trigger_value": {"data": text}},
            {"arrow_value": {}}, {"json_trigger_value": text},
            {"file_uploader_state_value": {"uploaded_file_info": [{"file_id": text, "name": text, "size": 2**62}]}},
        ]))  # fmt: skip

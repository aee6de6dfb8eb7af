"""Forged requests and parameters on a served copy of the sample class: refused, or answered as an honest one is."""

import hashlib
import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from streamlit.testing.v1 import AppTest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from pipelines.policy import load_policy
from pipelines.store.home import Home
from sample_data.home import fill_with_sample
from tests.attack.outcome import Outcome
from tests.conftest import AS_OF, REPO
from tests.servers import dashboard

FULL = 300
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGES = ["today", "risk", "retakes", "subjects", "tutoring", "student", "evidence", "upload", "exam_plan", "rules"]
NAMES = ["student", "students", "class", "program", "exam", "band", "tab", "area", "advisor", "flag", "group", "token2"]
HOSTILE = [
    "", "99999999", "-1", "2e309", "nan", "2028,2029," * 500, "A" * 20_000, "\x00\x01\x1b[31m", "\ud7ff\ufffd\u202e",
    "' OR 1=1; DROP TABLE student; --", "../../../../etc/passwd", "%2e%2e%2f", "<script>alert(1)</script>",
    "![i](http://evil.example/i.png)", "{{7*7}}", "$(id)", "[]", '{"a": 1}', "2028-13-45", "true",
    "\r\nSet-Cookie: a=b",
]  # fmt: skip
PATHS = [
    "/", "/risk", "/_stcore/stream", "/_stcore/host-config", "/_stcore/upload_file/a/b",
    "/_stcore/metrics",
    "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json", "/media/x.csv", "/component/a/b",
    "/_stcore/bidi-components/a/b", "/app/static/app.py", "/../office.db",
    "/%2e%2e/%2e%2e/office.db", "//evil.example/",
    "/static/..%2f..%2f..%2fstarlette.py", "/component/streamlit/../../../app.py", "/media/..%5c..%5coffice.db",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"]
FRAMES: list[str | bytes] = ["", "not a message", b"", b"\x00" * 64, b"\xff" * 5000, b"\x0a\xff\xff\xff\xff\x0f",
                             b"\x12" * 70_000]  # fmt: skip
TROUBLE = ["Traceback", "Something went wrong"]


class Forger:
    """Makes forged requests to one server; each kind returns a sentence where the answer is wrong."""

    def __init__(self, address: str, home: Path, random_: random.Random) -> None:
        parts = urlsplit(address)
        assert parts.port is not None
        self.port, self.token, self.home, self.random = parts.port, parts.query.partition("=")[2], home, random_
        self.host, self.key = f"127.0.0.1:{self.port}", f"passline_{self.port}={self.token}"

    def parameters(self) -> str | None:
        """A page opened with forged parameters: drawn, or answered by a calm sentence."""
        page, chosen = self.random.choice(PAGES), self._parameters()
        target = f"/{page}?" + "&".join(f"{name}={quote(value)}" for name, value in chosen)
        answered = self._ask("GET", target, {"Cookie": self.key})
        if answered != (400 if len(target) > 65_000 else 200):
            return f"{target[:200]} was answered {answered}"
        return self._drawn(page, chosen)

    def stranger(self) -> str | None:
        """A request without the key, or with one that is wrong."""
        wrong = ["", f"passline_{self.port}=", f"passline_{self.port}={self.token[:-1]}", f"passline_1={self.token}",
                 f"passline_{self.port}={'x' * 4000}", f"Passline_{self.port}={self.token}", "; =;;"]  # fmt: skip
        method, target, cookie = (self.random.choice(choices) for choices in (METHODS, PATHS, wrong))
        target += self.random.choice(["", "?token=", f"?token={self.token[::-1]}", f"?Token={self.token}"])
        return self._expect({403}, method, target, {"Cookie": cookie})

    def foreigner(self) -> str | None:
        """A request with the key that another site's page, or another name of this computer, makes."""
        host, origin = self.random.choice([
            (f"evil.example:{self.port}", ""), (self.host, "http://evil.example"), (self.host, "null"),
            ("127.0.0.1:1", ""), (self.host, f"https://{self.host}"), (f"{self.host}.evil.example", ""),
            (self.host, f"http://{self.host}, http://evil.example"), (f"localhost:{self.port}", f"http://{self.host}"),
        ])  # fmt: skip
        headers = {"Cookie": self.key} | ({"Origin": origin} if origin else {})
        return self._expect({403}, self.random.choice(METHODS), self.random.choice(PATHS), headers, host)

    def inside(self) -> str | None:
        """A forged path or method with the key: never a fault of the server, and never a file outside its own."""
        method, target = self.random.choice(METHODS), self.random.choice(PATHS)
        known = {200, 303, 307, 400, 403, 404, 405, 422, 426}
        return self._expect(known, method, target, {"Cookie": self.key})

    def frames(self) -> str | None:
        """Malformed and oversized frames on an open websocket; without the key, no websocket at all."""
        is_known = self.random.random() < 0.7
        headers = {"Cookie": self.key} if is_known else {"Cookie": f"passline_{self.port}={self.token.lower()}!"}
        try:
            with connect(f"ws://{self.host}/_stcore/stream", origin=f"http://{self.host}", additional_headers=headers,
                         proxy=None, open_timeout=30, close_timeout=5) as opened:  # fmt: skip
                for frame in self.random.sample(FRAMES, 3):
                    opened.send(frame)
        except ConnectionClosed:
            return None
        except InvalidStatus as refused:
            status = refused.response.status_code
            return None if status == 403 and not is_known else f"a websocket was answered {status}"
        return None if is_known else "a websocket opened without the key"

    def _parameters(self) -> list[tuple[str, str]]:
        return [(self.random.choice(NAMES), self.random.choice(HOSTILE)) for _ in range(self.random.randint(1, 4))]

    def _drawn(self, page: str, chosen: list[tuple[str, str]]) -> str | None:
        app = AppTest.from_file(str(REPO / "dashboard" / "app.py"), default_timeout=120)
        app.session_state["me"] = "Dr Osei"
        if page != "today":
            app.run()
        for name in dict(chosen):
            app.query_params[name] = [value for other, value in chosen if other == name]
        if page != "today":
            app.switch_page(f"pages/{page}/page.py")
        app.run()
        said = " ".join(str(part.value) for part in [*app.warning, *app.error, *app.markdown])
        is_broken = app.exception or any(word in said for word in TROUBLE)
        return f"{page} with {str(chosen)[:200]} failed: {app.exception or said[:200]}" if is_broken else None

    def _expect(
        self, statuses: set[int], method: str, target: str, headers: dict[str, str], host: str | None = None
    ) -> str | None:
        status = self._ask(method, target, headers, host)
        return None if status in statuses else f"{method} {target[:100]} with {headers} was answered {status}"

    def _ask(self, method: str, target: str, headers: dict[str, str], host: str | None = None) -> int:
        """The status of a request written as it stands: a client's library would mend what is forged."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or self.host}", "Connection: close", "Content-Length: 0",
                 *(f"{name}: {value}" for name, value in headers.items())]  # fmt: skip
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as reached:
            reached.sendall("\r\n".join([*lines, "", ""]).encode())
            return int(reached.makefile("rb").readline().split()[1])


def attack(tries: int, seed: int) -> Outcome:
    """Forge as many requests, a mix that the seed decides; nothing may change, leave this computer or raise."""
    random_, broken, said = random.Random(seed), [], list[str]()
    with tempfile.TemporaryDirectory() as folder, _listening() as (outside, was_asked):
        home = Path(folder) / "home"
        fill_with_sample(Home(home), load_policy(), as_of=AS_OF, at=AT)
        proxies = dict.fromkeys(["http_proxy", "https_proxy"], outside)
        serving = ("serve", "--home", str(home), "--as-of", AS_OF.isoformat())
        with dashboard(*serving, said=said, token=True, **proxies) as address, _pointed_at(home):
            forger, before = Forger(address, home, random_), _truth(home)
            kinds = [forger.parameters, forger.stranger, forger.foreigner, forger.inside, forger.frames]
            for number in range(tries):
                if sentence := kinds[number % len(kinds)]():
                    broken.append(sentence)
            if forger._ask("GET", "/", {"Cookie": forger.key}) != 200:
                broken.append("an honest request was refused at the end")
            if _truth(home) != before:
                broken.append("sheets or decisions changed")
    broken += ["the server asked an address outside"] if was_asked() else []
    broken += [f"the server printed {word!r}" for word in TROUBLE if word in "".join(said)]
    return Outcome(tries, broken, {"pages drawn": len(range(0, tries, 5))})


def _truth(home: Path) -> str:
    """A digest of every sheet's bytes and of every decision in the office store."""
    import sqlite3

    digest = hashlib.sha256()
    for path in sorted((home / "sheets").iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    with sqlite3.connect(f"file:{home / 'office.db'}?mode=ro", uri=True) as office:
        digest.update("\n".join(office.iterdump()).encode())
    office.close()
    return digest.hexdigest()


@contextmanager
def _pointed_at(home: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ |= {"PASSLINE_HOME": str(home), "PASSLINE_AS_OF": AS_OF.isoformat()}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


@contextmanager
def _listening() -> Iterator[tuple[str, Callable[[], bool]]]:
    """A proxy's address for the server, and whether anything was asked of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)

        def was_asked() -> bool:
            try:
                listener.accept()[0].close()
            except TimeoutError:
                return False
            return True

        yield f"http://127.0.0.1:{listener.getsockname()[1]}", was_asked

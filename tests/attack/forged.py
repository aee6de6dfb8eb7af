"""Forged requests and parameters on a served copy of the sample class: refused, or answered as an honest one is.

A try is a page asked for with forged parameters, a run of the app with forged widgets, or five requests of one kind.
It fails where the answer is not one an honest server gives, shows an exception, or holds what the sender may not see.
"""

import hashlib
import random
import re
import socket
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.policy import load_policy
from pipelines.store.home import Home
from sample_data.home import fill_with_sample
from tests.attack.forged_requests import ForgedRequests
from tests.attack.forged_runs import ForgedRuns
from tests.attack.outcome import Outcome
from tests.attack.raw_requests import exchange, written
from tests.conftest import AS_OF
from tests.servers import dashboard

FULL = 300
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
# uvicorn logs as h11's error a body that turns out broken after its request was refused
UNHANDLED = r"Traceback.*|Exception in ASGI application\n(?!h11\.)\S+"


def attack(tries: int, seed: int) -> Outcome:
    """Forge as often, a mix that the seed decides; nothing may change, leave this computer or raise."""
    random_, broken, said = random.Random(seed), list[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder, _listening() as (outside, was_asked):
        home = Path(folder) / "home"
        fill_with_sample(Home(home), load_policy(), as_of=AS_OF, at=AT)
        proxies = dict.fromkeys(["http_proxy", "https_proxy"], outside)
        serving = ("serve", "--home", str(home), "--as-of", AS_OF.isoformat())
        with dashboard(*serving, said=said, token=True, **proxies) as address:
            before, counts = _truth(home), Counter[str]()
            for kind, make in _kinds(address, home, random_, tries):
                broken += [f"{kind}: {sentence}" for sentence in make(counts)]
                after = _truth(home)
                broken += [f"{kind}: {line[:120]} was stored or changed" for line in sorted(after ^ before)]
                before = after
            broken += _still_honest(address)
        broken += ["the server asked an address outside"] if was_asked() else []
    broken += [f"the server logged {error!r}" for error in re.findall(UNHANDLED, "".join(said))]
    return Outcome(tries, broken, dict(counts))


Make = Callable[[Counter[str]], list[str]]


def _kinds(address: str, home: Path, random_: random.Random, tries: int) -> Iterator[tuple[str, Make]]:
    """What is forged, one try after another: of ten tries five are of pages."""
    parts = urlsplit(address)
    assert parts.port is not None
    token = parts.query.partition("=")[2]
    requests = ForgedRequests(parts.port, token, random_)
    runs = ForgedRuns(parts.port, token, _students(home), random_)
    parameters, widgets = ("parameters", runs.parameters), ("widgets", runs.widgets)
    kinds: list[tuple[str, Make]] = [
        parameters, ("strangers", requests.stranger), widgets, ("foreigners", requests.foreigner), parameters,
        ("paths", requests.inside), widgets, ("frames", runs.frames), parameters, ("uploads", runs.uploads),
        parameters, ("broken HTTP", requests.mangled),
    ]  # fmt: skip
    for number in range(tries):
        yield kinds[number % len(kinds)]


def _still_honest(address: str) -> list[str]:
    """What is wrong with an honest browser's answer after all of it."""
    parts = urlsplit(address)
    assert parts.port is not None
    headers = [("Host", parts.netloc), ("Cookie", f"passline_{parts.port}={parts.query.partition('=')[2]}")]
    status = exchange(parts.port, written("GET", "/", headers)).status
    return [] if status == 200 else [f"an honest request was answered {status} at the end"]


def _students(home: Path) -> list[str]:
    from dashboard.data.warehouse import Warehouse

    build = Home(home).current()
    assert build is not None
    return [str(id) for id in Warehouse(build.path).students()["student_id"].sort()]


def _truth(home: Path) -> set[str]:
    """Every sheet's name with its digest, and every statement that makes the office store."""
    sheets = {f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in (home / "sheets").iterdir()}
    with closing(sqlite3.connect(f"file:{home / 'office.db'}?mode=ro", uri=True)) as office:
        return sheets | set(office.iterdump())


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

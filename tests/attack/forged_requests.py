"""Forged HTTP requests: of strangers without the key, of other sites' pages, with the key, and what is not HTTP."""

import random
from collections import Counter

from dashboard.access_token import REFUSAL as NO_KEY
from dashboard.own_address import REFUSAL as FOREIGN
from tests.attack.forged_values import CLAIMED, METHODS, NOT_HTTP, TARGETS
from tests.attack.raw_requests import Answer, exchange, written

EACH = 5
SECRETS = [b"SQLite format 3", b"root:x:0", b"from starlette", b"import streamlit", b"DUCK", b"SHA256SUMS"]
Headers = list[tuple[str, str]]


class ForgedRequests:
    """Makes five forged requests of a kind a try; each kind returns a sentence for every wrong answer."""

    def __init__(self, port: int, token: str, random_: random.Random) -> None:
        self.port, self.token, self.random = port, token, random_
        self.host, self.key = f"127.0.0.1:{port}", f"passline_{port}={token}"

    def stranger(self, counts: Counter[str]) -> list[str]:
        """Requests without the key, or with one that is wrong: only the refusal, and no key."""
        t, own = self.token, f"passline_{self.port}"
        cookies = ["", f"{own}=", f"{own}={t[:-1]}", f"{own}={t}x", f"{own}={t[::-1]}", f"passline_1={t}", "; =;;",
                   f"{own.upper()}={t}", f"{own}={'x' * 4000}", f"token={t}", f"x{own}={t}", f"{own} {t}",
                   f"{own}={t[:-1]}\udce9"]  # fmt: skip
        queries = ["", "?token=", f"?token={t[::-1]}", f"?Token={t}", f"?token[]={t}", f"?x=token={t}", f"?key={t}",
                   f"?token={t[:-1]}", f"?token%00={t}", f"?{t}"]  # fmt: skip
        headers = [("Authorization", f"Bearer {t}"), ("X-Token", t), ("Token", t), ("Set-Cookie", f"{own}={t}"),
                   ("Cookie2", f"{own}={t}"), ("Referer", f"http://{self.host}/?token={t}")]  # fmt: skip
        wrong = []
        for _ in range(EACH):
            sent = [("Host", self.host), ("Cookie", self.random.choice(cookies)), *self._some([*headers, *CLAIMED])]
            target = self.random.choice(TARGETS) + self.random.choice(queries)
            wrong += self._refused(counts, self.random.choice(METHODS), target, sent, NO_KEY)
        method = self.random.choice([one for one in METHODS if one not in ("GET", "HEAD")])
        return wrong + self._refused(counts, method, f"/?token={t}", [("Host", self.host)], NO_KEY)

    def foreigner(self, counts: Counter[str]) -> list[str]:
        """Requests with the key that another site's page, or another name of this computer, makes."""
        own = ("Host", self.host)
        headers: list[Headers] = [
            [("Host", f"evil.example:{self.port}")], [("Host", "127.0.0.1:1")], [("Host", "")],
            [("Host", f"{self.host}.evil.example")], [("Host", f"localhost.:{self.port}")],
            [("Host", f"evil.example@{self.host}")], [("Host", f"[::ffff:127.0.0.1]:{self.port}")],
            [("Host", f"2130706433:{self.port}")], [("Host", f"0.0.0.0:{self.port}")], [own, ("Origin", "null")],
            [own, ("Origin", "http://evil.example")], [own, ("Origin", f"https://{self.host}")],
            [own, ("Origin", f"http://{self.host}, http://evil.example")], [own, ("Origin", "")],
            [own, ("Origin", f"http://{self.host}"), ("Origin", "http://evil.example")],
            [("Host", f"localhost:{self.port}"), ("Origin", f"http://{self.host}")],
            [own, ("Origin", f"http://{self.host}/")], [own, ("Origin", f"http://{self.host}.evil.example")],
            [own, ("Host", f"evil.example:{self.port}")],
        ]  # fmt: skip
        wrong = []
        for _ in range(EACH):
            sent = [*self.random.choice(headers), ("Cookie", self.key), *self._some(CLAIMED)]
            wrong += self._refused(counts, self.random.choice(METHODS), self.random.choice(TARGETS), sent, FOREIGN)
        return wrong

    def inside(self, counts: Counter[str]) -> list[str]:
        """Forged paths and methods with the key: never a fault of the server, and never a file outside its own."""
        wrong = []
        for _ in range(EACH):
            method, target = self.random.choice(METHODS), self.random.choice(TARGETS)
            sent = [("Host", self.host), ("Cookie", self.key), *self._some(CLAIMED)]
            answer = self._ask(counts, method, target, sent)
            if not (200 <= answer.status < 500) or any(secret in answer.body for secret in SECRETS):
                wrong.append(f"{method} {target[:100]} was answered {answer.status} {answer.body[:80]!r}")
        return wrong

    def mangled(self, counts: Counter[str]) -> list[str]:
        """Bytes that are no HTTP, or two requests in one: refused before the app."""
        wrong = []
        for pattern in self.random.sample(NOT_HTTP, EACH):
            counts["requests"] += 1
            answer = exchange(self.port, pattern.replace(b"{host}", self.host.encode()))
            if answer.status not in (0, 400, 403, 404, 431, 505) or answer.body.count(b"HTTP/1.1 2"):
                wrong.append(f"{pattern[:80]!r} was answered {answer.status}")
        return wrong

    def _refused(self, counts: Counter[str], method: str, target: str, headers: Headers, sentence: str) -> list[str]:
        answer = self._ask(counts, method, target, headers)
        is_told = method == "HEAD" or answer.status == 400 or sentence.encode() in answer.body
        if answer.status in (400, 403) and is_told and "set-cookie" not in answer.head.lower():
            return []
        return [f"{method} {target[:100]} with {headers} was answered {answer.status} {answer.body[:80]!r}"]

    def _ask(self, counts: Counter[str], method: str, target: str, headers: Headers) -> Answer:
        counts["requests"] += 1
        return exchange(self.port, written(method, target, headers))

    def _some(self, headers: Headers) -> Headers:
        return self.random.sample(headers, self.random.randint(0, 2))

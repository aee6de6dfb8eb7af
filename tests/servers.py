"""Real servers for tests: each starts its own on loopback and stops it by its own process."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from pathlib import Path

from tests.conftest import REPO, clean_environment


@contextmanager
def dashboard(
    *arguments: str, said: list[str] | None = None, token: bool = False, headless: bool = True, **variables: str
) -> Iterator[str]:
    """`passline ARGUMENTS --headless` in a process of its own; yields its address once it answers.

    The address holds a token, and the server asks for it, only with `token`. What it prints is added to `said`;
    `variables` are added to its environment.
    """
    options = ["--headless"] * headless + ["--no-token"] * (not token)
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboard.cli", *arguments, *options], cwd=REPO, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean_environment() | variables, start_new_session=True,
    )
    assert server.stdout is not None
    said = [] if said is None else said
    try:
        for line in server.stdout:
            said.append(line)
            if found := re.search(r"open at (\S+)", line):
                threading.Thread(target=said.extend, args=(server.stdout,), daemon=True).start()
                yield found[1]
                return
        raise AssertionError(f"the dashboard did not start: {''.join(said)}")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)
        server.stdout.close()


def request(port: int, target: str, method: str = "GET", **headers: str) -> tuple[int, HTTPMessage, bytes]:
    """Status, headers and body of one request to a server on loopback, its redirect not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, target, headers={"Host": f"127.0.0.1:{port}"} | headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own; yields a SQLAlchemy URL. PostgreSQL refuses root, so root runs it as `postgres`."""
    bin_dir = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    binaries = str(bin_dir) if bin_dir else os.path.dirname(shutil.which("initdb") or "")
    assert binaries, "PostgreSQL is missing: apt-get install postgresql"
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="passline-pg-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o777)
        data, log = f"{directory}/data", f"{directory}/log"
        port = free_port()

        def run(*command: str) -> None:
            subprocess.run([f"{binaries}/{command[0]}", *command[1:]], check=True, cwd=directory,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)

        run("initdb", "-D", data, "-U", "passline", "--auth=trust", "-E", "UTF8")
        run("pg_ctl", "-D", data, "-l", log, "-w", "-o", f"-p {port} -h 127.0.0.1 -k {directory}", "start")
        try:
            yield f"postgresql+psycopg://passline@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

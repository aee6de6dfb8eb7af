"""Where a workbook is opened: here if it is small with its cells close together, else in a bounded process."""

import os
import re
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import psutil

from pipelines.errors import SheetRefused

SECONDS, MEMORY = 10, 1 << 30  # processor time
SECONDS_IN_ALL = 20 * SECONDS
TRUSTED_BYTES, TRUSTED_CELLS = 8 << 20, 1_000_000
CHECK_EVERY = 0.02
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,4})(\d{1,8})[\"']")  # of a cell, or a row


def is_harmless(source: Path) -> bool:
    """True for a small workbook with its cells close together: it can be read without a process of its own.

    Counts the bytes really unpacked, not those the file declares; a far-away cell would make a table of all between.
    """
    unpacked = 0
    try:
        with zipfile.ZipFile(source) as packed:
            for entry in packed.infolist():
                with packed.open(entry) as stream:
                    text = stream.read(TRUSTED_BYTES + 1)
                unpacked += len(text)
                is_utf16 = b"\0" in text[:200] and entry.filename.endswith(".xml")
                if unpacked > TRUSTED_BYTES or b"<!ENTITY" in text or is_utf16:
                    return False
                places = _REFERENCE.findall(text)
                columns = {letters for letters, _ in places}
                if places and max(int(row) for _, row in places) * max(map(_place, columns)) > TRUSTED_CELLS:
                    return False
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RuntimeError, EOFError, zlib.error):
        return False
    return True


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place


def unpack_bounded(source: Path, file: str, into: Path, only: str | None = None) -> None:
    """`unpack` in a process that is stopped when it takes too much processor time or memory. The clock stops it only
    where it does nothing at all: a busy machine refuses no sheet."""
    child = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("workbook_child.py")), str(source), str(into),
         *([] if only is None else [only])],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )
    process, deadline = psutil.Process(child.pid), time.monotonic() + SECONDS_IN_ALL
    try:
        while child.poll() is None:
            seconds, memory = _effort(process)
            if seconds > SECONDS or memory > MEMORY or time.monotonic() > deadline:
                raise SheetRefused(
                    f"{file} takes more than {SECONDS} seconds or 1 GB to open, as a workbook with cells far away or "
                    "extreme compression does; save its sheet as CSV, and upload that."
                )
            time.sleep(CHECK_EVERY)
    finally:
        child.kill()
        child.wait()


def _effort(process: psutil.Process) -> tuple[float, int]:
    """The seconds of processor time that a process took, and the memory it has now."""
    try:
        times = process.cpu_times()
        return times.user + times.system, int(process.memory_info().rss)
    except psutil.Error:
        return 0, 0

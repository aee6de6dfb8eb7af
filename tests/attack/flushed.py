"""What a power cut would leave of a folder, known from every flush of the processes that wrote to it.

A file keeps the bytes of its last flush, and a folder the names of its last flush, as POSIX promises and no more. Both
are remembered by inode. What SQLite writes is not seen, since it flushes by itself: its files are taken as they stand.
"""

import json
import os
import shutil
import stat
import uuid
from pathlib import Path

SQLITE = "office.db"


def remember(kept: Path, opened: int) -> None:
    """Keep what is in an opened file, or the names in an opened folder with their inodes, as just flushed."""
    here = os.fstat(opened)
    part = kept / f"{here.st_ino}.{uuid.uuid4().hex}.part"
    if stat.S_ISDIR(here.st_mode):
        names = {entry.name: entry.inode() for entry in os.scandir(opened)}
        part.write_text(json.dumps(names), encoding="utf-8")
    else:
        shutil.copyfile(f"/proc/self/fd/{opened}", part)
    part.replace(kept / str(here.st_ino))


def remember_all(kept: Path, path: Path) -> None:
    """Remember a file, or a folder and everything in it, as it is now."""
    for inside in path.iterdir() if path.is_dir() else ():
        remember_all(kept, inside)
    opened = os.open(path, os.O_RDONLY)
    remember(kept, opened)
    os.close(opened)


def leave(kept: Path, folder: Path, into: Path) -> None:
    """Make in `into` what would be left of a folder and everything in it."""
    into.mkdir()
    flushed = kept / str(folder.stat().st_ino)
    names = json.loads(flushed.read_text(encoding="utf-8")) if flushed.exists() else {}
    for name, inode in names.items():
        live = folder / name
        if live.is_dir():
            leave(kept, live, into / name)
        elif not name.startswith(SQLITE):
            (into / name).write_bytes(_bytes_left(kept / str(inode), live, inode))
    if SQLITE in names:
        for live in folder.glob(f"{SQLITE}*"):
            shutil.copyfile(live, into / live.name)


def _bytes_left(flushed: Path, live: Path, inode: int) -> bytes:
    """A file's bytes at its last flush; none where it was never flushed, or is another file that got its inode."""
    left = flushed.read_bytes() if flushed.exists() else b""
    is_same = live.exists() and live.stat().st_ino == inode
    return b"" if is_same and not live.read_bytes().startswith(left) else left

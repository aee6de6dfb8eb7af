"""Durable files: flushed to the disk, so that a power cut after a decision loses none of its files."""

import errno
import os
import shutil
import uuid
from pathlib import Path

NOT_FOR_FOLDERS = {errno.EACCES, errno.EPERM, errno.EINVAL, errno.EBADF, errno.EISDIR, errno.ENOTSUP}


def flush(path: Path) -> None:
    """Write a file, or a folder and everything in it, through to the disk."""
    if not path.is_dir():
        with path.open("rb+") as stream:  # Windows flushes only what is open for writing
            os.fsync(stream.fileno())
        return
    for inside in path.iterdir():
        flush(inside)
    flush_names(path)


def flush_names(folder: Path) -> None:
    """Write a folder's list of names through to the disk; where the system cannot (Windows), it does so by itself."""
    try:
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        if error.errno not in NOT_FOR_FOLDERS:
            raise


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, and flush their names.

    The name of one that exists is flushed too: it may have been made by a process that ended before it could.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=mode, exist_ok=True)
    flush_names(path.parent)


def append(path: Path, line: bytes) -> None:
    """Add to the end of a file, made where it is missing, and flush it and its name."""
    with path.open("ab") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())
    flush_names(path.parent)


def keep(source: Path, target: Path, scratch: Path) -> None:
    """Put a file or directory in its place in one step and flush it; one already there is the same. `scratch`: a folder
    for temporary files on the same disk."""
    if target.exists():
        flush_names(target.parent)  # another process may have put it there a moment ago
        return
    partial = scratch / f"{target.name}.{uuid.uuid4().hex[:8]}.part"
    if source.is_dir():
        shutil.copytree(source, partial, copy_function=_linked)
    else:
        _linked(source, partial)
    flush(partial)  # before it gets its name, so a file of that name is always whole
    try:
        partial.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
    flush_names(target.parent)


def _linked(source: str | Path, target: str | Path) -> None:
    """The same bytes under another name; copied where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)

"""A home's files are its owner's alone."""

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private(root: Path) -> None:
    """Take from group and others what an earlier Passline, or a copy, let them do in a home.

    Leaves what belongs to another account as it is, and what vanishes meanwhile. Windows keeps no modes.
    """
    if os.name != "posix":
        return
    for folder, _, files in os.walk(root):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            _tighten(path)


def _tighten(path: str) -> None:
    try:
        status = os.lstat(path)
        mode = stat.S_IMODE(status.st_mode)
        is_shared = mode & stat.S_ISVTX  # /tmp itself: restricting it would break the computer
        if mode & OTHERS and status.st_uid == os.getuid() and not stat.S_ISLNK(status.st_mode) and not is_shared:
            os.chmod(path, mode & ~OTHERS)
    except FileNotFoundError:
        return

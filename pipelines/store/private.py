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
        if is_open_to_others(status) and status.st_uid == os.getuid():
            os.chmod(path, stat.S_IMODE(status.st_mode) & ~OTHERS)
    except FileNotFoundError:
        return


def is_open_to_others(status: os.stat_result) -> bool:
    """True for a file or folder that group or others can use; not for a link, or a folder shared like /tmp."""
    is_shared = status.st_mode & stat.S_ISVTX  # restricting it would break the computer
    return bool(status.st_mode & OTHERS) and not stat.S_ISLNK(status.st_mode) and not is_shared

"""A home's files are its owner's alone; what goes into a folder that people share is theirs too."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FILE_MODES = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def keep_private(root: Path) -> None:
    """Take from group and others what an earlier Passline, or a copy, let them do in a home.

    Leaves as it is what belongs to another account, what vanishes meanwhile, and what its disk lets nobody restrict,
    which `doctor` names. Windows keeps no modes.
    """
    if os.name != "posix":
        return
    for folder, _, files in os.walk(root):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            _tighten(path)


def share_as(folder: Path, path: Path) -> None:
    """Let those use a file or folder of ours who may use the folder around it: its mode, and its group where we may.

    Windows keeps no modes.
    """
    if os.name != "posix":
        return
    around = folder.stat()
    with suppress(PermissionError):  # a group that this account is not in
        os.chown(path, -1, around.st_gid)
    mode = stat.S_IMODE(around.st_mode)
    path.chmod(mode if path.is_dir() else mode & FILE_MODES)


def _tighten(path: str) -> None:
    with suppress(FileNotFoundError, PermissionError):
        status = os.lstat(path)
        if is_open_to_others(status) and status.st_uid == os.getuid():
            os.chmod(path, stat.S_IMODE(status.st_mode) & ~OTHERS)


def is_open_to_others(status: os.stat_result) -> bool:
    """True for a file or folder that group or others can use; not for a link, or a folder shared like /tmp."""
    is_shared = status.st_mode & stat.S_ISVTX  # restricting it would break the computer
    return bool(status.st_mode & OTHERS) and not stat.S_ISLNK(status.st_mode) and not is_shared

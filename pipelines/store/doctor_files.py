"""A home's files as the disk keeps them: room, permissions, and what interrupted commands left."""

import os
import shutil
import stat
from datetime import datetime
from pathlib import Path

from pipelines.store.leftovers import leftovers
from pipelines.store.private import is_open_to_others


def disk_problems(root: Path) -> list[str]:
    """Too little free space: a build is written beside the old one, so a home needs its own size once more."""
    free, size = shutil.disk_usage(root).free, sum(one.st_size for _, one in _everything(root))
    if free >= size:
        return []
    return [f"{free / 1e9:,.2f} GB are free for a home of {size / 1e9:,.2f} GB: free some space on its disk."]


def permission_problems(root: Path) -> list[str]:
    """Files and folders that other accounts of the computer can use, or that belong to one (POSIX only)."""
    if os.name != "posix":
        return []
    found, owner, everything = [], root.stat().st_uid, [(root, root.stat()), *_everything(root)]
    if loose := [(path, stat.S_IMODE(one.st_mode)) for path, one in everything if is_open_to_others(one)]:
        path, mode = loose[0]
        found.append(f"Other accounts can use {len(loose)} files and folders, such as {path} (mode {mode:o}): let only "
                     "their owner in.")
    if foreign := [path for path, one in everything if one.st_uid != owner]:
        found.append(f"{len(foreign)} files and folders, such as {foreign[0]}, belong to another account than {root}: "
                     "give them its owner.")
    return found


def leftover_problems(root: Path, at: datetime) -> list[str]:
    """What killed commands left, until the home is next opened."""
    left = sorted(path.relative_to(root).as_posix() for path in leftovers(root, at.timestamp()))
    return [f"{len(left)} files or folders were left by interrupted commands, such as {left[0]}: open the home once, "
            "which removes them."] if left else []


def _everything(root: Path) -> list[tuple[Path, os.stat_result]]:
    """All below a home, each with its state; without what another process deletes meanwhile."""
    found = []
    for path in sorted(root.rglob("*")):
        try:
            found.append((path, path.lstat()))
        except FileNotFoundError:
            continue
    return found

"""Temporary files of living processes, and what killed ones left.

A process keeps its temporary files in a folder of its own, and holds a lock on that folder until it ends, however it
ends. So a folder whose lock can be taken belongs to nobody, and goes at once. Names that earlier releases gave tell no
owner; they go by age.
"""

import glob
import os
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

OWN = "passline-process-"
OWNERLESS_SECONDS = 2 * 86_400  # an open preview of an earlier release may be that old
OWNERLESS_IN_A_HOME = [
    "staging/*", "sheets/*.part", "rows/*.part", "warehouse/*.part", "warehouse/*.part.wal", "warehouse/spill-*",
    "warehouse/*.duckdb.tmp", "revision.*.part",
]
OWNERLESS_IN_TEMP = ["passline-demo-*", "passline-read-only-*", "passline-sample-*", "passline-upload-*"]


class OwnFolder:
    """A folder for this process's temporary files, on the disk of `base`: made and locked when it is first used, and
    removed with this object. What uses a file in it for longer than a call keeps this object too."""

    def __init__(self, base: Path, prefix: str = OWN) -> None:
        self.base, self.prefix, self._one_maker = base, prefix, threading.Lock()
        self._made: Path | None = None

    @property
    def path(self) -> Path:
        """The folder. Raises OSError where it cannot be made."""
        with self._one_maker:
            if self._made is None or not self._made.is_dir():
                self._made, lock = _locked_folder(self.base, self.prefix)
                self._removal = weakref.finalize(self, _remove, self._made, lock)
            return self._made

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_raised: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder, if it was made."""
        if self._made is not None:
            self._removal()


@contextmanager
def temporary_files(now: float) -> Iterator[None]:
    """Meanwhile all temporary files of this process, a library's too, are in one folder of the system's; what killed
    processes left there goes first. `now` is in seconds, as files' times are."""
    before = tempfile.tempdir
    with ExitStack() as until_then:
        with suppress(OSError):  # no room, or no such folder: only what needs one fails then
            system = Path(tempfile.gettempdir())
            _remove_abandoned(system, f"{OWN}*")
            _remove_ownerless(system, OWNERLESS_IN_TEMP, now)
            tempfile.tempdir = str(until_then.enter_context(OwnFolder(system)))
        try:
            yield
        finally:
            tempfile.tempdir = before


def remove_leftovers(root: Path, now: float) -> None:
    """Remove from a home what killed processes left; what cannot be removed stays. `now` is in seconds."""
    _remove_abandoned(root / "staging", f"{OWN}*")
    _remove_abandoned(root.parent, f"{glob.escape(restore_prefix(root))}*")
    _remove_ownerless(root, OWNERLESS_IN_A_HOME, now)


def restore_prefix(root: Path) -> str:
    """How the folders begin, beside a home, in which a backup is unpacked that is restored to it."""
    return f".{root.name}-restore-"


def leftovers(root: Path, now: float) -> list[Path]:
    """What killed processes left in a home, of which nothing is removed. `now` is in seconds."""
    abandoned = [folder for folder in (root / "staging").glob(f"{OWN}*") if not _is_in_use(folder)]
    return [*abandoned, *_ownerless(root, OWNERLESS_IN_A_HOME, now)]


def _is_in_use(folder: Path) -> bool:
    """True for the folder of a living process."""
    try:
        os.close(_lock(folder))
    except OSError:
        return True
    return False


def _locked_folder(base: Path, prefix: str) -> tuple[Path, int | None]:
    """A new folder and its lock; another one where a process that removes leftovers took it before it was locked. On a
    disk that knows no locks it has none, and nobody can take it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        try:
            lock = _lock(folder)
        except (FileNotFoundError, BlockingIOError):
            continue
        except OSError:
            return folder, None
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _remove_abandoned(base: Path, pattern: str) -> None:
    for folder in base.glob(pattern):
        with suppress(OSError):  # its owner lives, or is another account
            _remove(folder, _lock(folder))


def _remove_ownerless(base: Path, patterns: list[str], now: float) -> None:
    for path in _ownerless(base, patterns, now):
        with suppress(OSError):  # gone meanwhile, or not ours
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _ownerless(base: Path, patterns: list[str], now: float) -> list[Path]:
    """What is named as earlier releases named temporary files, and was not changed for long."""
    paths = [path for pattern in patterns for path in base.glob(pattern) if not path.name.startswith(OWN)]
    return [path for path in paths if now - _newest(path, now) > OWNERLESS_SECONDS]


def _newest(path: Path, now: float) -> float:
    """When a file, or anything in a folder, was changed last; now where it is gone meanwhile, or another account's."""
    try:
        return max(one.lstat().st_mtime for one in [path, *path.rglob("*")])
    except OSError:
        return now


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)  # Windows removes no file that is open, as its lock was


if sys.platform == "win32":
    import msvcrt

    def _lock(folder: Path) -> int:
        """The lock on a folder, as an open file in it. Raises OSError where another process holds it."""
        opened = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT)
        try:
            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
        except OSError:
            os.close(opened)
            raise BlockingIOError(f"{folder} belongs to another process") from None
        return opened

else:
    import fcntl

    def _lock(folder: Path) -> int:
        """The lock on a folder, as the open folder: systemd-tmpfiles leaves it alone too. Raises BlockingIOError where
        another process holds it, another OSError where it cannot be opened."""
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            raise
        return opened

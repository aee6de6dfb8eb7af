"""A home: the directory that holds the office store, the sheets, their typed rows, and the warehouse files."""

import errno
import os
import shutil
import stat
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs
import psutil

from pipelines.errors import HomeRefused
from pipelines.office import Office
from pipelines.store.decisions_kept import refuse_lost_decisions, refuse_missing_store
from pipelines.store.durable import flush_names, make_folder
from pipelines.store.leftovers import OwnFolder, remove_leftovers

NETWORK_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smbfs", "smb3", "afpfs", "webdav", "davfs", "fuse.sshfs", "fuse.rclone", "ncpfs", "9p",
}
SYNCED_FOLDERS = ["onedrive", "dropbox", "google drive", "googledrive", "icloud", "mobile documents", "nextcloud",
                  "box sync", "cloudstorage"]
KEPT_BUILDS = 3
OWNER_ONLY = 0o700
FINGERPRINT_DIGITS = 12
OFFICE = "office.db"
PROBE = 65_536  # bytes: a file without content is made on a full disk too
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Build:
    """The warehouse file that is current, and the revision it was built for."""

    build_id: str
    path: Path
    revision: int
    built_at: datetime

    @property
    def fingerprint(self) -> str | None:
        """What the release that made it depends on; None where a Passline without fingerprints made it."""
        last = self.build_id.rpartition("-")[2]
        return last if len(last) == FINGERPRINT_DIGITS else None


class Home:
    """An opened home. `office_url` puts the office store elsewhere (PostgreSQL).

    What killed processes left in it is removed. `scratch` is this process's folder for temporary files. `building` is
    the lock held while the home is brought up to date, so that many visitors of one server build once.
    `read_only`: why nothing can be stored, such as a disk that is read-only or full; the figures can be read.
    Raises HomeRefused where it cannot be one, HomeDamaged where its office store is damaged, emptied or gone.
    """

    def __init__(self, root: Path, office_url: str | None = None) -> None:
        refuse_unsafe(root)
        self.root, self.building = root, threading.Lock()
        self.sheets, self.rows, self.warehouse, self.staging = (
            root / name for name in ("sheets", "rows", "warehouse", "staging")
        )
        self.scratch = OwnFolder(self.staging)
        store = root / OFFICE
        self.read_only = self._prepare(store)
        if office_url is None:
            refuse_missing_store(root, store)
            if self.read_only:
                store = self._copied(store)
        self.office = Office(office_url or f"sqlite:///{store}", read_only=self.read_only)
        if not self.read_only:
            flush_names(root)  # of its folders and the store: a process that died may have made them and not flushed
        refuse_lost_decisions(root, self.office, self.scratch)

    def _prepare(self, store: Path) -> str | None:
        """Make the home's folders; the reason where an existing home cannot be written. Raises HomeRefused."""
        try:
            _make_private(self.root)
            for directory in (self.sheets, self.rows, self.warehouse, self.staging):
                directory.mkdir(exist_ok=True)
            remove_leftovers(self.root, time.time())  # before the probe: they may be what fills the disk
            with tempfile.TemporaryFile(dir=self.staging) as probe:
                probe.write(bytes(PROBE))
                probe.flush()
        except OSError as error:
            if error.errno in READ_ONLY and os.access(store, os.R_OK):
                return (f"{self.root} cannot be written ({error.strerror}), so Passline only reads it: free the disk or"
                        " change its permissions to import or decide.")
            raise HomeRefused(
                f"Passline cannot write to {self.root} ({error.strerror}): choose another directory with --home."
            ) from error
        return None

    def _copied(self, store: Path) -> Path:
        """A copy of the office store and what is not merged into it yet: SQLite opens neither on a read-only disk."""
        folder = Path(tempfile.mkdtemp(prefix="passline-read-only-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            for path in (store, store.with_name(f"{store.name}-wal")):
                if path.exists():
                    shutil.copyfile(path, folder / path.name)
        except OSError as error:
            raise HomeRefused(
                f"{store} cannot be read ({error.strerror}): free the disk, or check its permissions."
            ) from error
        return folder / store.name

    def build_path(self, build_id: str) -> Path:
        return self.warehouse / f"build-{build_id}.duckdb"

    def current(self) -> Build | None:
        """The current build; None before the first, or when its file is gone."""
        state = self.office.ledger.state()
        if state.build_id is None or state.built_at is None:
            return None
        path = self.build_path(state.build_id)
        return Build(state.build_id, path, state.revision, state.built_at) if path.exists() else None

    def drop_old_builds(self) -> None:
        """Delete all builds but the newest three and the current one; a file still open stays until next time."""
        current = self.office.ledger.state().build_id
        builds = sorted(self.warehouse.glob("build-*.duckdb"), key=_changed_at, reverse=True)
        for path in builds[KEPT_BUILDS:]:
            if current is None or path != self.build_path(current):
                try:
                    path.unlink()
                except OSError:
                    continue


def _changed_at(path: Path) -> float:
    """When a file was changed last; 0 where another process has just deleted it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _make_private(root: Path) -> None:
    """Create the home's directory, or restrict this account's own, so that other accounts cannot read it.

    Windows keeps a user's data directory from others by itself.
    """
    make_folder(root, OWNER_ONLY)
    if os.name != "posix":
        return
    status = root.stat()
    is_shared = status.st_mode & stat.S_ISVTX  # /tmp itself: restricting it would break the computer
    if status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) != OWNER_ONLY and not is_shared:
        root.chmod(OWNER_ONLY)


def default_root() -> Path:
    """PASSLINE_HOME, or the user's own data directory."""
    return Path(os.environ.get("PASSLINE_HOME") or platformdirs.user_data_dir("passline", appauthor=False))


def refuse_unsafe(root: Path) -> None:
    """Raise HomeRefused for a network drive or a synced folder: SQLite's locks hold on one host's own disk only."""
    resolved = root.expanduser().resolve()
    advice = "choose a folder on this computer's own disk with --home, and share the dashboard, not the folder."
    for part in resolved.parts:
        if any(part.lower().startswith(name) for name in SYNCED_FOLDERS):
            raise HomeRefused(
                f"{root} lies in a synced folder ({part}), where two copies would overwrite each other: {advice}"
            )
    if str(root).startswith(("\\\\", "//")) or file_system_of(resolved) in NETWORK_FILE_SYSTEMS:
        raise HomeRefused(f"{root} lies on a network drive, where the office store is not safe: {advice}")


def file_system_of(path: Path) -> str:
    """The kind of file system that holds a path, as the system names it ('' when unknown)."""
    mounts = [m for m in psutil.disk_partitions(all=True) if path.is_relative_to(m.mountpoint)]
    best = max(mounts, key=lambda m: len(m.mountpoint), default=None)
    if best is None:
        return ""
    return "nfs" if "remote" in best.opts.split(",") else best.fstype.lower()

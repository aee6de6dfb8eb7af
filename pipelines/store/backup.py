"""A backup: office store, sheets, typed rows and every other file of a home, as of one moment, in one file.

The office store is copied first: every sheet it names is on the disk by then, since sheets are kept before a decision
commits. What is imported meanwhile adds sheets that this copy of the office store does not name, which is harmless; the
number of the newest decision is that of the copy.
"""

import glob
import os
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import BackupRefused
from pipelines.office.snapshot import sheets_named, snapshot_file, snapshot_server, store_state
from pipelines.policy import Policy
from pipelines.store.backup_file import (
    MANIFEST,
    NOT_KEPT,
    Manifest,
    Member,
    Secret,
    add_member,
    encrypt,
    is_safe,
    recipients_of,
)
from pipelines.store.decisions_kept import NEWEST, newest_revision
from pipelines.store.durable import flush_names
from pipelines.store.fingerprint import build_fingerprint
from pipelines.store.home import OFFICE
from pipelines.store.leftovers import OwnFolder

ABANDONED_AFTER = timedelta(days=1)


def write_backup(
    root: Path, target: Path, policy: Policy, at: datetime, secret: Secret | None = None, *, force: bool = False,
    office_url: str | None = None,
) -> Manifest:
    """Back a home up into a file that only its owner reads; it appears under its name only when whole and on the disk.

    A damaged or missing sheet is named in the manifest, and the rest is kept. Raises BackupRefused where the file
    exists (unless `force`), is a folder or device, cannot be written, or the office store is damaged.
    """
    if target.exists() and not target.is_file():
        raise BackupRefused(f"{target} is a folder or a device: name a file.")
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}: make it, or name another.")
    if target.exists() and not force:
        raise BackupRefused(f"{target} exists already: choose another name, or replace it with --force.")
    if target.resolve().is_relative_to(root.resolve()):
        raise BackupRefused(f"{target} lies in the home itself: choose a folder on another disk.")
    if secret:
        recipients_of(secret)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        remove_left_parts(target, at)
        with part_file(part) as stream:
            manifest = _write(root, stream, policy, at, secret, office_url)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
        flush_names(target.parent)
    except OSError as error:
        raise BackupRefused(
            f"The backup {target} could not be written ({error.strerror or error}): free some space, or choose another "
            "folder."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return manifest


def remove_left_parts(target: Path, at: datetime) -> None:
    """Remove what backups to this file that were killed over a day ago left; a younger one may still be written."""
    for left in target.parent.glob(f"{glob.escape(target.name)}.*.part"):
        if at.timestamp() - left.stat().st_mtime > ABANDONED_AFTER.total_seconds():
            left.unlink()


def part_file(part: Path) -> BinaryIO:
    """A new file that only its owner reads."""
    return os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")


def _write(
    root: Path, stream: BinaryIO, policy: Policy, at: datetime, secret: Secret | None, office_url: str | None
) -> Manifest:
    if not root.is_dir():
        raise BackupRefused(f"There is no home {root}: name it with --home.")
    with _staging(root) as staging:
        office, newest = staging / OFFICE, newest_revision(root)  # that first: it is never later than the store's
        if office_url:
            snapshot_server(office_url, office)
        else:
            snapshot_file(root / OFFICE, office)
        _refuse_lost_decisions(root, store_state(office)[1], newest)
        if secret is None:
            return _write_archive(root, office, stream, policy, at)
        plain = staging / "plain"
        with part_file(plain) as unencrypted:
            manifest = _write_archive(root, office, unencrypted, policy, at)
        encrypt(plain, stream, secret)
        return manifest


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder of the home for what is not encrypted yet; the system's where the home cannot be written."""
    own = OwnFolder(root / "staging")
    try:
        own.base.mkdir(exist_ok=True)
        folder = own.path
    except OSError:
        own = OwnFolder(Path(tempfile.gettempdir()))
        folder = own.path
    with own:
        yield folder


def _refuse_lost_decisions(root: Path, revision: int, newest: int) -> None:
    if revision < newest:
        raise BackupRefused(
            f"The office store of {root} holds {revision} of {newest} decisions on its sheets, so no backup was made: "
            "keep your last one, and restore a backup."
        )


def _write_archive(root: Path, office: Path, stream: BinaryIO, policy: Policy, at: datetime) -> Manifest:
    revision = store_state(office)[1]
    newest = office.with_name(NEWEST)
    newest.write_text(str(revision), encoding="ascii")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        members = [add_member(archive, OFFICE, office), add_member(archive, NEWEST, newest)]
        for name, path in kept_files(root):
            with suppress(FileNotFoundError):  # typed rows that another process has just made again
                members.append(add_member(archive, name, path))
        damaged, missing = sheet_problems(members, sheets_named(office))
        manifest = Manifest(
            program=program_version(), release=build_fingerprint(policy), revision=revision,
            created_at=at.isoformat(), members=members, damaged=damaged, missing=missing,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def kept_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a home but its office store and revision, what is built from the rest, and what is half written.

    Folders that another process deletes meanwhile are passed over.
    """
    for folder, folders, files in os.walk(root, onerror=_unless_gone):
        is_root = Path(folder) == root
        folders[:] = sorted(f for f in folders if not f.endswith(".part") and not (is_root and f in NOT_KEPT))
        for file in sorted(files):
            path = Path(folder) / file
            name = path.relative_to(root).as_posix()
            is_partial = file.endswith(".part") or (is_root and (file.startswith(OFFICE) or file == NEWEST))
            if path.is_file() and not path.is_symlink() and not is_partial and is_safe(name):
                yield name, path


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def sheet_problems(members: list[Member], named: dict[str, str]) -> tuple[list[str], list[str]]:
    """The sheets whose bytes are not those of their name, and those that the office store names but are not there."""
    sheets = {one.name.removeprefix("sheets/"): one.sha256 for one in members if one.name.startswith("sheets/")}
    damaged = sorted(name for name, sha256 in sheets.items() if name != sha256)
    return damaged, sorted(name for name in named if name not in sheets)


def program_version() -> str:
    try:
        return version("passline")
    except PackageNotFoundError:  # run from its source
        return "source"

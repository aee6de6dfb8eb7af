"""A backup: office store, sheets, typed rows and every other file of a home, as of one moment, in one file.

The office store is copied first: every sheet it names is on the disk by then, since sheets are kept before a decision
commits. What is imported meanwhile adds sheets that this copy of the office store does not name, which is harmless.
"""

import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
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
from pipelines.store.durable import flush_names
from pipelines.store.fingerprint import build_fingerprint
from pipelines.store.leftovers import OwnFolder

OFFICE = "office.db"


def write_backup(
    root: Path, target: Path, policy: Policy, at: datetime, secret: Secret | None = None, *, force: bool = False,
    office_url: str | None = None,
) -> Manifest:
    """Back a home up into a file that only its owner reads; it appears under its name only when whole and on the disk.

    A damaged or missing sheet is named in the manifest, and the rest is kept. Raises BackupRefused where the file
    exists (unless `force`), cannot be written, or the office store is damaged.
    """
    if target.exists() and not force:
        raise BackupRefused(f"{target} exists already: choose another name, or replace it with --force.")
    if target.resolve().is_relative_to(root.resolve()):
        raise BackupRefused(f"{target} lies in the home itself: choose a folder on another disk.")
    if secret:
        recipients_of(secret)
    part = target.with_name(f"{target.name}.part")
    try:
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
        part.unlink(missing_ok=True)
    return manifest


def part_file(part: Path) -> BinaryIO:
    """A new file that only its owner reads."""
    part.unlink(missing_ok=True)
    return os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")


def _write(
    root: Path, stream: BinaryIO, policy: Policy, at: datetime, secret: Secret | None, office_url: str | None
) -> Manifest:
    if not root.is_dir():
        raise BackupRefused(f"There is no home {root}: name it with --home.")
    (root / "staging").mkdir(exist_ok=True)
    with OwnFolder(root / "staging") as staging:
        office = staging / OFFICE
        if office_url:
            snapshot_server(office_url, office)
        else:
            snapshot_file(root / OFFICE, office)
        if secret is None:
            return _write_archive(root, office, stream, policy, at)
        plain = staging / "plain"
        with plain.open("wb") as unencrypted:
            manifest = _write_archive(root, office, unencrypted, policy, at)
        encrypt(plain, stream, secret)
        return manifest


def _write_archive(root: Path, office: Path, stream: BinaryIO, policy: Policy, at: datetime) -> Manifest:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        members = [add_member(archive, OFFICE, office)]
        for name, path in kept_files(root):
            with suppress(FileNotFoundError):  # typed rows that another process has just made again
                members.append(add_member(archive, name, path))
        damaged, missing = sheet_problems(members, sheets_named(office))
        manifest = Manifest(
            program=program_version(), release=build_fingerprint(policy), revision=store_state(office)[1],
            created_at=at.isoformat(), members=members, damaged=damaged, missing=missing,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def kept_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a home but its office store, what is built from the rest, and what is half written.

    Folders that another process deletes meanwhile are passed over.
    """
    for folder, folders, files in os.walk(root, onerror=_unless_gone):
        is_root = Path(folder) == root
        folders[:] = sorted(f for f in folders if not f.endswith(".part") and not (is_root and f in NOT_KEPT))
        for file in sorted(files):
            path = Path(folder) / file
            name = path.relative_to(root).as_posix()
            is_partial = file.endswith(".part") or (is_root and file.startswith(OFFICE))
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

"""A restored home: every byte of a backup is verified beside the home before it takes over in one step."""

import hashlib
import os
import shutil
import sqlite3
import stat
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from pipelines.errors import BackupRefused, HomeDamaged, HomeIsNewer
from pipelines.office.snapshot import integrity_problems, refuse_newer, sheets_named
from pipelines.policy import Policy
from pipelines.store.backup import part_file, sheet_problems
from pipelines.store.backup_file import (
    CHUNK,
    MANIFEST,
    MANIFEST_LIMIT,
    Manifest,
    Member,
    Secret,
    decrypt,
    is_encrypted,
    is_safe,
    starts_with,
)
from pipelines.store.builds import ensure_current
from pipelines.store.durable import flush, flush_names, make_folder
from pipelines.store.home import OFFICE, Home, refuse_unsafe
from pipelines.store.leftovers import OwnFolder, remove_leftovers, restore_prefix
from pipelines.store.releases import is_older
from pipelines.store.typed_rows import Progress


def restore_backup(
    file: Path, root: Path, policy: Policy, at: datetime, secret: Secret | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Restore a backup, with its warehouse built, into an absent or empty home.

    A home whose damaged sheet has no sound rows, as the manifest names it, is restored without a warehouse. Raises
    BackupRefused, and leaves nothing behind, where the home holds something or the file is not a whole, sound backup;
    HomeIsNewer where a newer Passline made it.
    """
    refuse_unsafe(root)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BackupRefused(f"{root} is not empty: restore into a new folder with --home.")
    if not file.is_file():
        raise BackupRefused(f"There is no file {file}: check its name and folder.")
    try:
        make_folder(root.parent)
        remove_leftovers(root, at.timestamp())
        with OwnFolder(root.parent, restore_prefix(root)) as staging:
            manifest = _verified(file, staging, policy, secret or Secret())
            _build(staging / "home", policy, at, progress)
            _take_over(staging / "home", root)
    except OSError as error:
        raise BackupRefused(
            f"{file.name} could not be restored to {root} ({error.strerror or error}): free some space, or choose "
            "another folder with --home."
        ) from error
    return manifest


def _verified(file: Path, staging: Path, policy: Policy, secret: Secret) -> Manifest:
    """The manifest, with every file of the backup checked and put into `staging`/home."""
    plain, staged = file, staging / "home"
    if is_encrypted(file):
        plain = staging / "plain"
        decrypt(file, plain, secret)
    damage = f"{file.name} was changed or cut off since it was made: restore another backup."
    try:
        with zipfile.ZipFile(plain) as archive:
            manifest = _read_manifest(archive, file.name)
            _refuse_hostile(archive, manifest, staging, file.name)
            for member in manifest.members:
                _extract(archive, member, staged, damage)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError, ValueError):
        is_ours = plain != file or starts_with(file, b"PK")
        raise BackupRefused(damage if is_ours else f"{file.name} is not a backup of Passline: choose another file.") \
            from None
    _verify_office(staged, manifest, file.name)
    _restore_times(staged, manifest)
    return manifest


def _read_manifest(archive: zipfile.ZipFile, name: str) -> Manifest:
    not_ours = f"{name} is not a backup of Passline: choose another file."
    try:
        with archive.open(MANIFEST) as stream:
            manifest = Manifest.model_validate_json(stream.read(MANIFEST_LIMIT))
    except (KeyError, ValidationError):
        raise BackupRefused(not_ours) from None
    if manifest.format != Manifest.model_fields["format"].default:
        raise BackupRefused(not_ours)
    if manifest.version > Manifest.model_fields["version"].default:
        raise HomeIsNewer(f"A newer Passline made {name}: update Passline, then restore it.")
    return manifest


def _refuse_hostile(archive: zipfile.ZipFile, manifest: Manifest, staging: Path, name: str) -> None:
    """Raise BackupRefused for names outside the home, links, members beside the manifest, or more than fits."""
    listed = Counter(member.name.casefold() for member in manifest.members) + Counter([MANIFEST])
    found = Counter(one.filename.casefold() for one in archive.infolist())
    is_link = any(stat.S_ISLNK(one.external_attr >> 16) for one in archive.infolist())
    if is_link or not all(is_safe(one.name) for one in manifest.members):
        raise BackupRefused(f"{name} holds a link or a path outside the home, as no Passline writes it: do not use it.")
    if listed != found or max(listed.values()) > 1:
        raise BackupRefused(f"{name} holds other files than it lists, as no Passline writes it: do not use it.")
    needed, free = sum(member.size for member in manifest.members), shutil.disk_usage(staging).free
    if needed > free:
        raise BackupRefused(
            f"{name} needs {needed / 1e9:,.1f} GB and this disk has {free / 1e9:,.1f} GB free: choose another --home."
        )


def _extract(archive: zipfile.ZipFile, member: Member, staged: Path, damage: str) -> None:
    """Write one file, no more bytes than its listed size; raises BackupRefused where they are not those backed up."""
    target, digest, left = staged / member.name, hashlib.sha256(), member.size
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with archive.open(member.name) as stream, part_file(target) as written:
        while chunk := stream.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
            written.write(chunk)
    if left != 0 or digest.hexdigest() != member.sha256:
        raise BackupRefused(damage)


def _verify_office(staged: Path, manifest: Manifest, name: str) -> None:
    office = staged / OFFICE
    try:
        problems = integrity_problems(office)
        refuse_newer(office)
        damaged, missing = sheet_problems(manifest.members, sheets_named(office))
    except sqlite3.Error as error:
        problems, damaged, missing = [str(error)], [], []
    if problems:
        raise BackupRefused(f"The office store in {name} is damaged ({problems[0]}): restore another backup.")
    if {*damaged, *missing} - {*manifest.damaged, *manifest.missing}:
        raise BackupRefused(f"{name} lacks sheets that its office store names: restore another backup.")


def _restore_times(staged: Path, manifest: Manifest) -> None:
    """Give files, and the folders that hold them, the times they had: the newest of a sheet's typed rows stand."""
    newest: dict[Path, int] = {}
    for member in manifest.members:
        path = staged / member.name
        os.utime(path, ns=(member.changed_ns, member.changed_ns))
        newest[path.parent] = max(newest.get(path.parent, 0), member.changed_ns)
    for folder, changed_ns in newest.items():
        os.utime(folder, ns=(changed_ns, changed_ns))


def _build(staged: Path, policy: Policy, at: datetime, progress: Progress | None) -> None:
    home = Home(staged)
    try:
        if is_older(home, policy):
            raise HomeIsNewer("A newer Passline made this backup: update Passline, then restore it.")
        with suppress(HomeDamaged):  # by a sheet that the manifest names: importing it again builds the warehouse
            ensure_current(home, policy, at, progress)
    finally:
        home.office.engine.dispose()
        home.scratch.remove()


def _take_over(staged: Path, root: Path) -> None:
    staged.chmod(0o700)
    flush(staged)
    if root.exists():
        root.rmdir()
    staged.rename(root)
    flush_names(root.parent)

"""A backup's file: a ZIP with a manifest of every member's size and SHA-256, encrypted by age where asked for."""

import hashlib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyrage
from pydantic import BaseModel, Field

from pipelines.errors import BackupRefused

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 256 * 1024**2
PASSPHRASE_LIMIT = 1024**3  # age's library encrypts with a passphrase in memory
CHUNK = 1024**2
AGE_MAGIC = b"age-encryption.org/v1\n"
NOT_KEPT = ("warehouse", "staging")


class Member(BaseModel):
    """A file of the home: its path below it, its size in bytes, its SHA-256, and when it was changed, in nanoseconds
    since 1970: of several typed rows of a sheet, the newest stand."""

    name: str
    size: int = Field(ge=0)
    sha256: str
    changed_ns: int = Field(ge=0, lt=2**63)


class Manifest(BaseModel):
    """What a backup holds. `damaged` and `missing` name sheets that were so when it was made."""

    format: str = "passline-backup"
    version: int = 1
    program: str
    release: str
    revision: int
    created_at: str
    members: list[Member]
    damaged: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Secret:
    """What encrypts or decrypts: a passphrase, age recipients (age1…), or age identities (AGE-SECRET-KEY-1…)."""

    passphrase: str | None = None
    recipients: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)


def is_encrypted(file: Path) -> bool:
    return starts_with(file, AGE_MAGIC)


def starts_with(file: Path, content: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(content)) == content


def encrypt(plain: Path, into: BinaryIO, secret: Secret) -> None:
    """Write a file in age's format. Raises BackupRefused for a recipient that is none, or too much for a passphrase."""
    if secret.recipients:
        with plain.open("rb") as stream:
            pyrage.encrypt_io(stream, into, recipients_of(secret))
        return
    if plain.stat().st_size > PASSPHRASE_LIMIT:
        raise BackupRefused("This home is over 1 GB, too much for a passphrase: encrypt with a key, --recipient age1….")
    into.write(pyrage.passphrase.encrypt(plain.read_bytes(), secret.passphrase or ""))


def recipients_of(secret: Secret) -> list[pyrage.x25519.Recipient]:
    """Raises BackupRefused for a text that is no age recipient."""
    try:
        return [pyrage.x25519.Recipient.from_str(one) for one in secret.recipients]
    except pyrage.RecipientError:
        raise BackupRefused("--recipient takes an age key that begins with age1: see docs/backup.md.") from None


def decrypt(file: Path, into: Path, secret: Secret) -> None:
    """Write the plain file. Raises BackupRefused where the passphrase or key is wrong or the file was changed."""
    if not (secret.identities or secret.passphrase):
        raise BackupRefused(f"{file.name} is encrypted: give its --passphrase-file or its --identity.")
    try:
        with into.open("wb") as plain:
            if secret.identities:
                keys = [pyrage.x25519.Identity.from_str(one) for one in secret.identities]
                with file.open("rb") as stream:
                    pyrage.decrypt_io(stream, plain, keys)
            elif file.stat().st_size > 2 * PASSPHRASE_LIMIT:
                raise BackupRefused(f"{file.name} is too large for a passphrase: no Passline made it.")
            else:
                plain.write(pyrage.passphrase.decrypt(file.read_bytes(), secret.passphrase or ""))
    except pyrage.IdentityError:
        raise BackupRefused("The file of --identity holds no age key: give the right one.") from None
    except (pyrage.DecryptError, OSError, ValueError):
        raise BackupRefused(
            f"{file.name} cannot be decrypted: the passphrase or key is wrong, or the file was changed or cut off."
        ) from None


def add_member(archive: zipfile.ZipFile, name: str, source: Path) -> Member:
    """Copy a file into the archive and take its SHA-256 on the way."""
    digest, size, changed_ns = hashlib.sha256(), 0, max(source.stat().st_mtime_ns, 0)
    with source.open("rb") as stream, archive.open(name, "w", force_zip64=True) as target:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Member(name=name, size=size, sha256=digest.hexdigest(), changed_ns=changed_ns)


def is_safe(name: str) -> bool:
    """True for a plain path below the home that a backup keeps; nothing absolute, upward, or of another system."""
    parts = PurePosixPath(name).parts
    plain = bool(parts) and name == "/".join(parts) and not set(name) & set('\\:\0<>|?*"')
    return plain and not name.startswith("/") and ".." not in parts and parts[0] not in NOT_KEPT

"""Whether the office store still holds every decision that this home once committed.

A store that was emptied, replaced, or taken from an older copy looks sound by itself. So the newest revision is also
written to a file beside the sheets, after each commit; a crash in between leaves an earlier number, never a later one.
"""

import os
import uuid
from contextlib import suppress
from pathlib import Path

from pipelines.errors import HomeDamaged
from pipelines.office import Office
from pipelines.store.durable import flush, flush_names
from pipelines.store.leftovers import OwnFolder

NEWEST = "revision"


def refuse_missing_store(root: Path, store: Path) -> None:
    """Raise HomeDamaged where sheets are kept but their office store is gone or empty."""
    has_sheets = (root / "sheets").is_dir() and any((root / "sheets").iterdir())
    if has_sheets and not (store.exists() and store.stat().st_size):
        state = "empty" if store.exists() else "missing"
        raise HomeDamaged(
            f"The office store {store} is {state} though sheets are kept beside it: restore a backup, or import "
            "the sheets into a new home."
        )


def refuse_lost_decisions(root: Path, office: Office, scratch: OwnFolder) -> None:
    """Raise HomeDamaged where the store is at an earlier revision than this home has been; else remember that."""
    newest = newest_revision(root)  # read first: another process may decide in between
    revision = office.ledger.state().revision
    if revision < newest:
        raise HomeDamaged(
            f"The office store of {root} holds {revision} of {newest} decisions on its sheets, as if it were emptied "
            f"or an older copy: restore a backup, or delete {root / NEWEST} to go on with this one."
        )
    with suppress(OSError):  # a disk that is full or read-only
        remember_revision(root, revision, scratch)


def remember_revision(root: Path, revision: int, scratch: OwnFolder) -> None:
    """Write the newest revision to the disk, unless a newer one stands there."""
    if revision > newest_revision(root):
        part = scratch.path / f"{NEWEST}.{uuid.uuid4().hex[:8]}.part"
        part.write_text(str(revision), encoding="ascii")
        flush(part)
        os.replace(part, root / NEWEST)
        flush_names(root)


def newest_revision(root: Path) -> int:
    """The newest revision that this home is known to have been at; 0 where it is not known."""
    try:
        return int((root / NEWEST).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0

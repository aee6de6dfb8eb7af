"""Faults of the office store's file, as sentences that say what to do."""

from sqlalchemy import Engine

from pipelines.errors import DISK_FULL, DiskFull, HomeDamaged, HomeReadOnly, PasslineError

DAMAGED = ("The office store is damaged, so the decisions of this home cannot be read: restore a backup; the sheets "
           "are untouched.")
_REFUSALS: list[tuple[str, type[PasslineError], str]] = [
    ("file is not a database", HomeDamaged, DAMAGED),
    ("database disk image is malformed", HomeDamaged, DAMAGED),
    ("no such table", HomeDamaged, DAMAGED),
    ("no such column", HomeDamaged, DAMAGED),
    ("database or disk is full", DiskFull, DISK_FULL),
    ("attempt to write a readonly database", HomeReadOnly,
     "The office store cannot be written, so nothing was stored: check the disk and the permissions of the home."),
    ("unable to open database file", HomeReadOnly,
     "The office store cannot be opened: check the disk and the permissions of the home."),
    ("disk I/O error", HomeDamaged,
     "The disk failed while the office store was used: check the disk, and copy the home elsewhere."),
]


def as_refusal(error: BaseException) -> PasslineError | None:
    """The sentence for an error of SQLite that a person can act on; None for any other."""
    text = str(error)
    return next((kind(sentence) for reason, kind, sentence in _REFUSALS if reason in text), None)


def refuse_damaged(engine: Engine) -> None:
    """Raise HomeDamaged where SQLite finds a page of the store damaged."""
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
            raise HomeDamaged(DAMAGED)

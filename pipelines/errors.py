"""The few errors shown to people. Anything else is a bug and crashes.

Each message is one sentence that says what, where and what to do; the command line prints it and exits 2,
the dashboard shows it as a calm banner.
"""

import errno


class PasslineError(Exception):
    """Something a person can act on; its text is the sentence to show."""


class SheetRefused(PasslineError):
    """A sheet that cannot be read as a table of a known kind; nothing of it was stored."""


class SheetUnclear(SheetRefused):
    """A sheet that could be of two kinds, so a person must choose; nothing of it was stored."""


class StaleDecision(PasslineError):
    """A decision prepared against data that someone else has changed since; it must be looked at again."""


class HomeRefused(PasslineError):
    """A home directory that cannot hold an office store (network drive, synced folder, not writable)."""


class UnknownImport(PasslineError):
    """No import has that number, or it is not in the state the action needs."""


class DecisionRefused(PasslineError):
    """A flag, note or correction that lacks something it needs."""


class HomeIsNewer(PasslineError):
    """A newer Passline has built or migrated this home, so this one only reads it."""


class BackupRefused(PasslineError):
    """A backup that cannot be made, or a file that cannot be restored; nothing was changed."""


class HomeDamaged(PasslineError):
    """A home whose office store, or a sheet with all its rows, is damaged, emptied or gone; a backup brings it back."""


class HomeReadOnly(PasslineError):
    """A home on a disk that cannot be written, so it is only read."""


class DiskFull(PasslineError):
    """The disk has no room for what is to be stored; nothing was changed."""


DISK_FULL = "The disk is full, so nothing was stored: make room, then try again."
DISK_READ_ONLY = "The disk is read-only, so nothing was stored: make it writable, then try again."


def for_people(error: BaseException) -> PasslineError | None:
    """The error itself where it is for people, or what they can do about a disk that a library met; None for a bug."""
    if isinstance(error, PasslineError):
        return error
    behind: BaseException | None = error
    while behind is not None:
        number, text = getattr(behind, "errno", None), str(behind)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in text:
            return DiskFull(DISK_FULL)
        if number == errno.EROFS or "Read-only file system" in text:
            return HomeReadOnly(DISK_READ_ONLY)
        behind = behind.__cause__ or behind.__context__
    return None

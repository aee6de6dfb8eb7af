"""The few errors shown to people. Anything else is a bug and crashes.

Each message is one sentence that says what, where and what to do; the command line prints it and exits 2,
the dashboard shows it as a calm banner.
"""


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

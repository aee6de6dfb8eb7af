"""imports.toml: when an import is unusual."""

from pipelines.policy.strict import Strict


class Guard(Strict):
    """When an import must be confirmed: how many rows, and which share, may change or leave a class."""

    changed_rows: int
    changed_share: float
    class_students: int
    class_share: float
    assumption: bool = False


class Unread(Strict):
    """Headers (patterns of whole headers, in lower case) of columns that are no results, whatever they hold."""

    ignored: list[str]


class ImportsFile(Strict):
    """All of imports.toml."""

    guard: Guard
    unread: Unread

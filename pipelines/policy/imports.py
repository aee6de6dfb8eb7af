"""imports.toml: when an import is unusual."""

from pipelines.policy.strict import Strict


class Guard(Strict):
    """When an import must be confirmed: how many rows, and which share, may change or leave a class."""

    changed_rows: int
    changed_share: float
    class_students: int
    class_share: float
    assumption: bool = False


class ImportsFile(Strict):
    """All of imports.toml."""

    guard: Guard

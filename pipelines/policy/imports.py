"""imports.toml: when an import is unusual, and which IDs of a roster are."""

from pipelines.policy.strict import Strict


class Guard(Strict):
    """When an import must be confirmed: how many rows, and which share, may change or leave a class."""

    changed_rows: int
    changed_share: float
    class_students: int
    class_share: float
    assumption: bool = False


class UsualIds(Strict):
    """From which share of a roster's IDs, and how many of them, a shape is the usual one, and the others doubtful."""

    usual_share: float
    alike_share: float
    least_rows: int
    assumption: bool = False


class ImportsFile(Strict):
    """All of imports.toml."""

    guard: Guard
    ids: UsualIds

"""imports.toml: when an import is unusual, and when a column does not hang together."""

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
class Reading(Strict):
    """When a column of a sheet is asked about: how many dates show an order, how far apart years may lie, which UTC
    times may be of the day before, how many area scores may be fractions; and texts that say there is no score."""

    few_dates: int
    years_apart: int
    outlying_share: float
    utc_hour: int
    least_areas: int
    no_scores: list[str]
class UsualIds(Strict):
    """From which share of a roster's IDs, and how many of them, a shape is the usual one, and the others doubtful."""

    usual_share: float
    alike_share: float
    least_rows: int
    assumption: bool = False


class ImportsFile(Strict):
    """All of imports.toml."""

    guard: Guard
    unread: Unread
    reading: Reading
    ids: UsualIds

"""imports.toml: when an import is unusual, when a column does not hang together, which IDs are usual, which
sittings are one, and which results are doubted."""

from pipelines.policy.strict import Fact, Strict


class Guard(Strict):
    """When an import must be confirmed: how many rows, and which share, may change or leave a class."""

    changed_rows: int
    changed_share: float
    class_students: int
    class_share: float


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


class Sittings(Strict):
    """Sittings of one exam at most `same_within_days` apart, on two sheets, are one sitting."""

    same_within_days: int


class FutureResults(Strict):
    """A result dated after the day of its import waits. Earlier releases took results in without this check: of their
    imports, only results more than `earlier_releases_days` after that day wait."""

    earlier_releases_days: int


class Doubts(Strict):
    """When a stored result is doubted in the preview.

    On the EPC scale: a score further than `far_epc` from all the student's other scores of the `near_days` around it
    (at least `other_scores`) and from the class's median; without other scores, further than `far_alone_epc` from the
    median of at least `class_scores` scores. `years_before_graduation`: an older result is not plausible.
    Scores of an import of more than `typed_rows_at_most` were exported, not typed, and are not compared.
    """

    far_epc: float
    far_alone_epc: float
    near_days: int
    other_scores: int
    class_scores: int
    years_before_graduation: int
    typed_rows_at_most: int


class ImportsFile(Fact):
    """All of imports.toml."""

    guard: Guard
    unread: Unread
    reading: Reading
    ids: UsualIds
    sittings: Sittings
    future_results: FutureResults
    doubts: Doubts

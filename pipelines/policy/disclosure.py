"""disclosure.toml: the smallest group whose figures are shown."""

from pipelines.policy.strict import Fact


class Disclosure(Fact):
    """Figures of fewer than `smallest_group` students, sittings or attempts are not shown."""

    smallest_group: int

"""Other releases of Passline, by their policy: as today's, but for one thing."""

from typing import Any

import duckdb

from pipelines.policy import Policy, changed
from pipelines.store.home import Home


def without(policy: Policy, instrument: str) -> Policy:
    """One that does not know this instrument yet."""
    known = {name: one for name, one in policy.instruments.by_name.items() if name != instrument}
    return changed(policy, "instruments", by_name=known)


def with_error(policy: Policy, instrument: str, se: float) -> Policy:
    """One with another standard error on all scales of this instrument."""
    one = policy.instruments.by_name[instrument]
    to_epc = {scale: to.model_copy(update={"se": se}) for scale, to in one.to_epc.items()}
    other = one.model_copy(update={"to_epc": to_epc})
    return changed(policy, "instruments", by_name={**policy.instruments.by_name, instrument: other})


def with_range(policy: Policy, scale: str, between: tuple[float, float]) -> Policy:
    """One that takes other scores of this scale."""
    return changed(policy, "instruments", scale_range={**policy.instruments.scale_range, scale: between})


def with_label(policy: Policy, area: str, label: str) -> Policy:
    """One that knows a content area by one more label."""
    areas = [
        one.model_copy(update={"also": [*one.also, label]}) if one.name == area else one
        for one in policy.blueprint.areas
    ]
    return changed(policy, "blueprint", areas=areas)


def all_tables(home: Home) -> dict[str, list[Any]]:
    """Every row of every table of the current build, sorted; `build_info` tells the build itself."""
    build = home.current()
    assert build is not None
    with duckdb.connect(str(build.path), read_only=True) as reader:
        names = [name for (name,) in reader.sql("SHOW TABLES").fetchall() if name != "build_info"]
        return {name: [reader.table(name).columns, *sorted(reader.table(name).fetchall(), key=repr)] for name in names}

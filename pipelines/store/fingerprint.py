"""Fingerprints: digests of everything that typed rows and the warehouse depend on, computed from the code itself.

Rows depend on the code that reads sheets, the contracts, the shipped layouts, the libraries, and the policy that
reading uses. A build depends on those, on the code from rows to the warehouse, and on the conversions of scores to EPC
and how they are learned. Decisions of a school or an office (rules, area labels, corrections) are not part of a release
and do not count.
"""

import hashlib
import json
from functools import cache
from typing import Any

from pipelines.contracts.releases import Part
from pipelines.policy import Policy
from pipelines.policy.strict import Fact
from pipelines.sheets import shipped_layouts
from pipelines.store.home import FINGERPRINT_DIGITS
from pipelines.store.source_code import code_of

READING = "pipelines.sheets.read"
BUILDING = ("pipelines.store.tables", "pipelines.store.warehouse")
CONTRACTS = "pipelines.contracts"
PROVENANCE = set(Fact.model_fields)  # where a value is from changes no row


def rows_fingerprint(policy: Policy) -> str:
    """The fingerprint of typed rows: the same bytes and answers under the same one give the same rows."""
    return _digest(_rows_parts(policy))


def build_fingerprint(policy: Policy) -> str:
    """The fingerprint of a build: the same sheets and decisions under the same one give the same warehouse."""
    return _digest(build_parts(policy))


def build_parts(policy: Policy) -> dict[str, str]:
    """The fingerprint of each part of Passline that a build depends on, by the part's id."""
    code, merging = _building_code(), (policy.imports.sittings, policy.imports.future_results)
    conversions = {
        name: [one.anchor, one.takes_labels,
               {scale: to.model_dump(mode="json", exclude=PROVENANCE) for scale, to in one.to_epc.items()}]
        for name, one in policy.instruments.by_name.items()
    }
    return {
        **_rows_parts(policy), **code,
        Part.MERGE: _digest([code[Part.MERGE], *(one.model_dump(mode="json") for one in merging)]),
        Part.CONVERSIONS: _digest([
            conversions, policy.instruments.larger_error,
            policy.readiness.learned_scale.model_dump(mode="json", exclude=PROVENANCE)]),
    }


def _rows_parts(policy: Policy) -> dict[str, str]:
    instruments = [
        one.model_dump(mode="json", exclude={"to_epc", "shape", "forms", "takes_labels", "caution"})
        for one in policy.instruments.by_name.values()
    ]
    areas = [one.model_dump(mode="json", include={"axis", "name", "also"}) for one in policy.blueprint.areas]
    standards = [
        [one.name, one.passing_standard, one.score_range, [(str(e.until_day), e.passing_standard) for e in one.earlier]]
        for one in policy.exams
    ]
    thresholds = (policy.imports.reading, policy.imports.ids, policy.imports.unread)
    return {
        **_reading_code(_digest([one.model_dump(mode="json") for one in thresholds])),
        Part.INSTRUMENTS: _digest([
            instruments, [one.model_dump(mode="json", exclude=PROVENANCE) for one in policy.instruments.aliases],
            policy.instruments.scale_range, standards]),
        Part.AREAS: _digest([areas, policy.blueprint.spread.labels]),
    }


@cache
def _reading_code(thresholds: str) -> dict[str, str]:
    code = code_of(READING)
    layouts = [layout.model_dump(mode="json", exclude={"source"}) for layout in shipped_layouts().values()]
    return {
        Part.READER: _digest([
            {name: one for name, one in code.modules.items() if not name.startswith(CONTRACTS)}, thresholds]),
        Part.CONTRACTS: _digest({name: one for name, one in code.modules.items() if name.startswith(CONTRACTS)}),
        Part.LAYOUTS: _digest(layouts),
        Part.LIBRARIES: _digest(code.libraries),
    }


@cache
def _building_code() -> dict[str, str]:
    """The parts of building: contracts and libraries of reading and building together, and the merge code."""
    both, reading = code_of(READING, *BUILDING), code_of(READING).modules
    contracts = {name: one for name, one in both.modules.items() if name.startswith(CONTRACTS)}
    return {
        Part.CONTRACTS: _digest(contracts),
        Part.MERGE: _digest({n: one for n, one in both.modules.items() if n not in reading and n not in contracts}),
        Part.LIBRARIES: _digest(both.libraries),
    }


def _digest(of: Any) -> str:
    return hashlib.sha256(json.dumps(of, ensure_ascii=False).encode()).hexdigest()[:FINGERPRINT_DIGITS]

"""Releases that built a home: a log of their fingerprints in order, which tells an older program from a newer one.

A program whose fingerprint this home has never seen is newer than what stands, and builds anew. One whose fingerprint
was superseded is older, and only reads: so two releases on one home never rebuild in turn. The log is only added to, a
line of JSON at a time; a line that a crash broke off is skipped.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.contracts.releases import ReleaseChanges, SheetChange, TableChange
from pipelines.errors import HomeIsNewer
from pipelines.policy import Policy
from pipelines.store.fingerprint import build_fingerprint, build_parts
from pipelines.store.home import Home

LOG = "releases.jsonl"


@dataclass(frozen=True)
class Release:
    """One that built this home: its fingerprint, those of its parts, when, and what it changed (None: nothing to
    compare with)."""

    fingerprint: str
    parts: dict[str, str]
    built_at: datetime
    changes: ReleaseChanges | None


def releases(home: Home) -> list[Release]:
    """Those that built this home, in order, the one that stands last."""
    return [
        Release(line["fingerprint"], line["parts"], datetime.fromisoformat(line["built_at"]), _changes(line["changes"]))
        for line in _lines(home.root / LOG) if "fingerprint" in line
    ]


def is_older(home: Home, policy: Policy) -> bool:
    """True where a later release has built this home since this one did."""
    known = [release.fingerprint for release in releases(home)]
    build = home.current()
    if build is not None and build.fingerprint is not None and build.fingerprint not in known:
        known.append(build.fingerprint)  # committed, and its line not written yet
    mine = build_fingerprint(policy)
    return mine in known and known[-1] != mine


def refuse_older(home: Home, policy: Policy) -> None:
    """Raise HomeIsNewer where a later release has built this home."""
    if is_older(home, policy):
        raise HomeIsNewer(
            "A newer Passline has built this home, so this one only reads it: update Passline, or go back to this one "
            "for good with `passline rebuild --with-this-release`."
        )


def record_release(home: Home, policy: Policy, at: datetime, changes: ReleaseChanges | None = None) -> None:
    """Log this release as the one that stands, where it changed something or is not logged so already."""
    fingerprint = build_fingerprint(policy)
    if changes or not (known := releases(home)) or known[-1].fingerprint != fingerprint:
        _append(home.root / LOG, {
            "fingerprint": fingerprint, "parts": build_parts(policy), "built_at": at.isoformat(),
            "changes": changes and asdict(changes),
        })


def changed_parts(home: Home, fingerprint: str | None, policy: Policy) -> list[str]:
    """Ids of the parts in which this release differs from an earlier one; none where that one is not in the log."""
    earlier = [release.parts for release in releases(home) if release.fingerprint == fingerprint]
    mine = build_parts(policy)
    return [part for part in mine if mine[part] != earlier[-1].get(part)] if earlier else []


def news_for(home: Home, person: str) -> Release | None:
    """The release that stands, where it changed something that this person has not dismissed."""
    known = releases(home)
    if not known or known[-1].changes is None or known[-1].changes.is_empty:
        return None
    seen = [line for line in _lines(home.root / LOG) if "dismissed" in line and line["by"] == person]
    return None if known[-1].built_at.isoformat() in [line["dismissed"] for line in seen] else known[-1]


def dismiss_news(home: Home, release: Release, person: str) -> None:
    """Show a release's changes to this person no more."""
    _append(home.root / LOG, {"dismissed": release.built_at.isoformat(), "by": person})


def _lines(log: Path) -> list[dict[str, Any]]:
    lines = []
    for text in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:  # a crash broke it off
            continue
    return lines


def _append(log: Path, line: dict[str, Any]) -> None:
    """One write of a whole line, on disk when this returns; the break before it ends a line that a crash broke off."""
    with log.open("ab") as stream:
        stream.write(f"\n{json.dumps(line, ensure_ascii=False)}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def _changes(held: dict[str, Any] | None) -> ReleaseChanges | None:
    if held is None:
        return None
    tables, sheets = ([kind(**one) for one in held[name]] for name, kind in
                      [("tables", TableChange), ("sheets", SheetChange)])
    return ReleaseChanges(**{**held, "tables": tables, "sheets": sheets})

"""Faults of a home's files, one at a time: each must be healed, told, or refused in one sentence; never believed, never
a traceback.

After a fault, real processes export the figures and import one more sheet. *Healed*: the same bytes as before. *Told*:
the same bytes, and a sentence that names the sheet. *Refused*: exit 2 and a sentence, nothing stored. Where
nothing sound is left of a sheet, the current build's figures stand, and imports are refused until it is put back.
"""

import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.attack.outcome import Outcome
from tests.conftest import REPO, clean_environment

ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Marker{n},MD,2028\n" for n in range(1, 41))
SCORES = "student_id,instrument,form,taken_on,score\n" + "".join(
    f"{n:05},CBSSA,30,2026-10-{1 + n % 28:02},{50 + n % 40}\n" for n in range(1, 41))
NEW = SCORES.replace(",30,", ",31,")
HEALED, TOLD, REFUSED, TOLD_AND_REFUSED = "healed", "told", "refused", "told, imports refused"


@dataclass(frozen=True)
class Fault:
    """What happens to a home, and what must come of it; `says` is part of the sentence."""

    name: str
    expected: str
    make: Callable[[Path], None]
    says: str = ""


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def alter(path: Path) -> None:
    """Turn one byte in the middle round."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def garbage(path: Path) -> None:
    path.write_bytes(b"not what this file was\n" * 400)


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file", encoding="utf-8")


def become_dead_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def sheet(root: Path) -> Path:
    return max((root / "sheets").iterdir(), key=lambda path: b"CBSSA" in path.read_bytes())


def rows(root: Path, name: str) -> Path:
    return next((root / "rows").glob(f"{sheet(root).name}-*")) / name


def parquet(root: Path) -> Path:
    return next(rows(root, "").rglob("rows-*/*.parquet"))


def build(root: Path) -> Path:
    return max((root / "warehouse").glob("build-*.duckdb"))


def office(root: Path) -> Path:
    return root / "office.db"


def run_sql(statement: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        with closing(sqlite3.connect(office(root))) as store, store:
            store.execute(statement)

    return make


def both_gone(root: Path) -> None:
    """A sheet altered, and its rows cut: nothing sound is left of it."""
    alter_rows = parquet(root)
    alter(sheet(root))
    cut(alter_rows)


def sheet_gone_and_rows_of_an_earlier_release(root: Path) -> None:
    """A damaged sheet whose only rows are named as another release names them."""
    folder = rows(root, "")
    sha256, _, answers = folder.name.split("-", 2)
    folder.rename(folder.with_name(f"{sha256}-000000000000-{answers}"))
    alter(sheet(root))


def store_of_another_home(root: Path) -> None:
    """A sound store without decisions in the place of the office's."""
    subprocess.run([sys.executable, "-c", EMPTY_STORE, str(root / "other.db")], cwd=REPO, check=True)
    for path in root.glob("office.db-*"):
        path.unlink()
    (root / "other.db").replace(office(root))


def build_without_tables(root: Path) -> None:
    """A sound DuckDB file that holds nothing, in the place of the current build."""
    current = build(root)
    current.unlink()
    duckdb.connect(str(current)).close()


def rows_half_copied_by_a_killed_process(root: Path) -> None:
    """A damaged sheet whose only rows are what a killed process left of them."""
    folder = rows(root, "")
    (folder / "SHA256SUMS").unlink()
    folder.rename(folder.with_name(f"{folder.name}.0123abcd.part"))
    alter(sheet(root))


EMPTY_STORE = "import sys; from pipelines.office import Office; Office(f'sqlite:///{sys.argv[1]}').engine.dispose()"
LOST = "restore a backup"
ODD_RELEASES = """
5
{"fingerprint": 1, "parts": [], "built_at": "no day", "changes": null}
{"fingerprint": "a", "parts": {}, "built_at": "2026-11-22T09:00:00+00:00", "changes": 7}
"""


def faults() -> Iterator[Fault]:
    """Every fault, in order."""
    verbs: list[Callable[[Path], None]] = [cut, empty, alter, remove, garbage]

    def at(verb: Callable[[Path], None], place: Callable[[Path], Path]) -> Callable[[Path], None]:
        return lambda root: verb(place(root))

    for verb in verbs:
        yield Fault(f"sheet {verb.__name__}", TOLD, at(verb, sheet), "scores.csv")
        yield Fault(f"rows {verb.__name__}", HEALED, at(verb, parquet))
        yield Fault(f"report {verb.__name__}", HEALED, at(verb, lambda root: rows(root, "report.json")))
        yield Fault(f"build {verb.__name__}", HEALED, at(verb, build))
        yield Fault(f"releases {verb.__name__}", HEALED, at(verb, lambda root: root / "releases.jsonl"))
    for verb in (cut, empty, remove, garbage):
        yield Fault(f"office {verb.__name__}", REFUSED, at(verb, office), LOST)
    yield Fault("office as a folder", REFUSED, at(become_folder, office), "office store")
    yield Fault("log of an empty store", HEALED, lambda root: garbage(root / "office.db-wal"))
    yield Fault("revision as a folder", HEALED, at(become_folder, lambda root: root / "revision"))
    yield Fault("revision from the future", REFUSED, lambda root: (root / "revision").write_text("99"), LOST)
    yield Fault("report of another shape", HEALED, lambda root: rows(root, "report.json").write_text("[1]"))
    yield Fault("rows as a file", HEALED, at(become_file, lambda root: rows(root, "")))
    yield Fault("rows half copied", TOLD_AND_REFUSED, rows_half_copied_by_a_killed_process, "scores.csv")
    yield Fault("sheet as a dead link", TOLD, at(become_dead_link, sheet), "scores.csv")
    yield Fault("build without tables", HEALED, build_without_tables)
    yield Fault("staging as a file", REFUSED, at(become_file, lambda root: root / "staging"), "choose another")
    yield Fault("releases of other types", HEALED, lambda root: (root / "releases.jsonl").write_text(ODD_RELEASES))
    yield Fault("revision garbage", HEALED, at(garbage, lambda root: root / "revision"))
    yield Fault("sums alter", HEALED, at(alter, lambda root: rows(root, "SHA256SUMS")))
    yield Fault("held rows cut", HEALED, at(cut, lambda root: rows(root, "held.parquet")))
    yield Fault("all rows remove", HEALED, at(remove, lambda root: root / "rows"))
    yield Fault("all builds remove", HEALED, at(remove, lambda root: root / "warehouse"))
    yield Fault("sheet as a folder", TOLD, at(become_folder, sheet), "scores.csv")
    yield Fault("rows of an earlier release", TOLD, sheet_gone_and_rows_of_an_earlier_release, "scores.csv")
    yield Fault("sheet and rows", TOLD_AND_REFUSED, both_gone, "scores.csv")
    yield Fault("store of another home", REFUSED, store_of_another_home, LOST)
    yield Fault("decisions deleted", REFUSED, run_sql("UPDATE office_state SET revision = 0"), LOST)
    yield Fault("table dropped", REFUSED, run_sql("DROP TABLE decision"), LOST)


FAULTS = list(faults())
FULL = len(FAULTS)


def attack(tries: int, seed: int) -> Outcome:
    """Make this many of the faults, each on a home of its own; all of them where `tries` is FULL."""
    chosen = FAULTS if tries == FULL else random.Random(seed).sample(FAULTS, tries)
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        made = Made(Path(scratch))
        for number, fault in enumerate(chosen):
            root = made.copy(f"home-{number}")
            fault.make(root)
            broken += [f"{fault.name}: {what}" for what in made.wrong_after(fault, root)]
            shutil.rmtree(root)
    return Outcome(len(chosen), broken, dict(Counter(fault.expected for fault in chosen)))


@dataclass(frozen=True)
class Done:
    """What a command printed, and how it ended."""

    command: str
    status: int
    out: str
    err: str


def in_a_process(*arguments: str) -> Done:
    """`passline ARGUMENTS` in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "dashboard.cli", *arguments], cwd=REPO, capture_output=True, text=True,
                          timeout=120, check=False, stdin=subprocess.DEVNULL, env=clean_environment())
    return Done(arguments[0], done.returncode, done.stdout, done.stderr)


class Made:
    """A home of two sheets, made once by the command line, and its figures; and copies of it. `run` runs a command."""

    def __init__(self, scratch: Path, run: Callable[..., "Done"] | None = None) -> None:
        self.scratch, self.root, self.run = scratch, scratch / "made", run or in_a_process
        for name, text in [("roster.csv", ROSTER), ("scores.csv", SCORES), ("new.csv", NEW)]:
            (scratch / name).write_text(text, encoding="utf-8")
        for name in ("roster.csv", "scores.csv"):
            assert self.passline("import", str(scratch / name), "--yes", home=self.root).status == 0
        self.figures = self.export(self.root).out

    def passline(self, *arguments: str, home: Path) -> "Done":
        return self.run(*arguments, "--home", str(home))

    def export(self, home: Path) -> "Done":
        return self.passline("export", "risk", "--as-of", "2026-11-22", home=home)

    def copy(self, name: str) -> Path:
        return Path(shutil.copytree(self.root, self.scratch / name))

    def wrong_after(self, fault: Fault, root: Path) -> list[str]:
        """What broke the promise after a fault; nothing where it was kept."""
        exported = self.export(root)
        imported = self.passline("import", str(self.scratch / "new.csv"), "--yes", home=root)
        wrong = [f"{done.command} shows a traceback: {done.err.splitlines()[-1]}"
                 for done in (exported, imported) if "Traceback" in done.err]
        refused = {REFUSED: (2, 2), TOLD_AND_REFUSED: (0, 2)}.get(fault.expected, (0, 0))
        wrong += [f"{done.command} exits {done.status}: {done.err}"
                  for done, status in zip((exported, imported), refused, strict=True)
                  if done.status != status or (status and len(done.err.strip().splitlines()) > 2)]
        if refused[0] == 0 and exported.out != self.figures:
            wrong.append("the figures changed")
        if fault.says not in exported.err:
            wrong.append(f"nothing says {fault.says!r}: {exported.err}")
        if fault.expected in (TOLD, TOLD_AND_REFUSED):
            wrong += self._not_put_back(root, fault)
        return wrong

    def _not_put_back(self, root: Path, fault: Fault) -> list[str]:
        """What is wrong after the damaged sheet was imported again: nothing is said any more, and figures stand."""
        self.passline("import", str(self.scratch / "scores.csv"), "--yes", home=root)
        said = self.export(root).err
        return [f"still said after the sheet was put back: {said}"] if fault.says in said else []

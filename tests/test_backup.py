"""A backup is whole, consistent and private; a restored home exports the same bytes; a hostile file is refused."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from dashboard import cli as commands
from dashboard.data.exports import EXPORTS
from pipelines.errors import BackupRefused, HomeIsNewer
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.sheets import Answers
from pipelines.store.backup import write_backup
from pipelines.store.builds import ensure_current
from pipelines.store.checks import keep_rows
from pipelines.store.home import Home
from pipelines.store.restore import restore_backup
from tests.attack import backups
from tests.conftest import AS_OF, AT, DR_OSEI, REPO, clean_environment
from tests.servers import dashboard, postgres
from tests.test_damage import in_this_process, needs_root, other_disk

__all__ = ["other_disk"]  # a fixture

ROSTER = "student_id,last_name,first_name,program,class_year\n00000017,Okafor,Ada,MD,2028\n"


@pytest.fixture
def backup(sample_home, tmp_path, policy):
    write_backup(sample_home.root, tmp_path / "backup", policy, AT)
    return tmp_path / "backup"


@pytest.fixture
def cli():
    """Runs a command in this process: `cli("backup", path, home=root)`."""

    def run(*arguments, home):
        return in_this_process(*map(str, arguments), "--home", str(home))

    return run


def exports(root: Path) -> dict[str, bytes]:
    found = {}
    for what in EXPORTS:
        done = CliRunner().invoke(
            commands.app, ["export", what, "--as-of", AS_OF.isoformat(), "--home", str(root)], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        found[what] = done.stdout_bytes
    return found


def repacked(backup: Path, change) -> Path:
    """The backup with its members and manifest changed, and written as a ZIP again."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(members, manifest)
    members["manifest.json"] = json.dumps(manifest).encode()
    hostile = backup.with_name("hostile")
    with zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return hostile


def assert_refused(file: Path, policy, match: str, error=BackupRefused, secret=None) -> None:
    root = file.parent / "into" / "restored"
    with pytest.raises(error, match=match) as refused:
        restore_backup(file, root, policy, AT, secret)
    assert "\n" not in str(refused.value)
    assert list(root.parent.iterdir()) == []


def test_a_restored_home_exports_the_same_bytes(sample_home, backup, tmp_path, policy):
    restore_backup(backup, tmp_path / "restored", policy, AT)
    assert exports(tmp_path / "restored") == exports(sample_home.root)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_backup_and_a_restored_home_are_their_owners_alone(backup, tmp_path, policy):
    restore_backup(backup, tmp_path / "restored", policy, AT)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "restored").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "restored" / "office.db").stat().st_mode) == 0o600


def test_a_backup_holds_every_file_that_cannot_be_made_again(sample_home, tmp_path, policy):
    (sample_home.root / "secret.key").write_text("a key that a later release keeps here")
    (sample_home.sheets / "half.part").write_text("half an upload")
    write_backup(sample_home.root, tmp_path / "backup", policy, AT)
    with zipfile.ZipFile(tmp_path / "backup") as archive:
        names = set(archive.namelist())
    sheets = {f"sheets/{path.name}" for path in sample_home.sheets.iterdir() if path.suffix != ".part"}
    assert {"office.db", "releases.jsonl", "secret.key", *sheets} <= names
    assert not [name for name in names if name.startswith(("warehouse", "staging")) or name.endswith(".part")]
    assert list(sample_home.staging.iterdir()) == []


def test_a_backup_made_while_sheets_come_in_restores_to_a_moment_between_two_imports(sheet, tmp_path, policy):
    root = tmp_path / "home"
    roster = sheet("roster.csv", ROSTER)
    files = [sheet(f"cbse{day}.csv", f"student_id,instrument,taken_on,score\n00000017,CBSE,2026-03-{day:02},6{day}\n")
             for day in range(1, 4)]
    Home(root)
    importing = "; ".join(
        f"{sys.executable} -m dashboard.cli import {path} --yes --home {root}" for path in [roster, *files])
    with dashboard("--home", str(root)), subprocess.Popen(
        ["/bin/sh", "-c", importing], cwd=REPO, env=clean_environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:
        made = 0
        while running.poll() is None or made == 0:
            write_backup(root, tmp_path / f"backup{made}", policy, AT)
            made += 1
            time.sleep(0.3)
        assert running.returncode in (0, 1)
    for number in range(made):
        with zipfile.ZipFile(tmp_path / f"backup{number}") as archive:
            assert int(archive.read("revision")) == json.loads(archive.read("manifest.json"))["revision"]
    for number in {0, made // 2, made - 1}:
        manifest = restore_backup(tmp_path / f"backup{number}", tmp_path / f"restored{number}", policy, AT)
        assert (manifest.missing, manifest.damaged) == ([], [])
        ledger = Home(tmp_path / f"restored{number}").office.ledger
        assert ledger.state().revision == manifest.revision == ledger.imports().height
    last = restore_backup(tmp_path / f"backup{made - 1}", tmp_path / "last", policy, AT)
    assert last.revision == 4


def test_a_backup_killed_half_way_leaves_the_earlier_one(sample_home, backup, policy):
    before = backup.read_bytes()
    with (sample_home.root / "large").open("wb") as large:
        large.truncate(4 * 1024**3)  # takes some ten seconds to read, and no room
    command = [sys.executable, "-m", "dashboard.cli", "backup", str(backup), "--force", "--home", str(sample_home.root)]
    with subprocess.Popen(command, cwd=REPO, env=clean_environment()) as process:
        while not (parts := [part for part in backup.parent.glob("backup.*.part") if part.stat().st_size]):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    written = datetime.fromtimestamp(parts[0].stat().st_mtime, UTC)
    assert backup.read_bytes() == before
    (sample_home.root / "large").unlink()
    write_backup(sample_home.root, backup, policy, written + timedelta(days=2), force=True)
    assert not parts[0].exists()


def test_a_backup_holds_the_revision_of_its_own_office_store(sample_home, tmp_path, policy):
    (sample_home.root / "revision").write_text("0")  # as a crash right after a commit leaves it
    manifest = write_backup(sample_home.root, tmp_path / "backup", policy, AT)
    with zipfile.ZipFile(tmp_path / "backup") as archive:
        assert int(archive.read("revision")) == manifest.revision == sample_home.office.ledger.state().revision > 0


def test_a_store_older_than_its_home_is_not_backed_up_over_a_good_backup(sample_home, backup, cli):
    before = backup.read_bytes()
    sample_home.office.engine.dispose()
    with sqlite3.connect(sample_home.root / "office.db") as store:
        store.execute("UPDATE office_state SET revision = 0")
    done = cli("backup", backup, "--force", home=sample_home.root)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "holds 0 of" in done.err
    assert "passline restore" in done.err
    assert backup.read_bytes() == before


def test_a_folder_a_device_and_a_name_in_no_folder_are_no_place_for_a_backup(sample_home, tmp_path, policy):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for target, why in [("folder", "is a folder or a device"), ("pipe", "is a folder or a device"),
                        ("nowhere/backup", "There is no folder")]:
        with pytest.raises(BackupRefused, match=why):
            write_backup(sample_home.root, tmp_path / target, policy, AT, force=True)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_damaged_sheet_stands_on_its_newest_rows_after_a_restore(home, sheet, take_in, cli, tmp_path, policy):
    take_in(sheet("roster.csv", ROSTER))
    [kept], [rows] = home.sheets.iterdir(), home.rows.iterdir()
    newest = rows.rename(rows.with_name(f"{kept.name}-{'0' * 12}-{rows.name[-12:]}"))
    older = shutil.copytree(newest, newest.with_name(f"{kept.name}-{'1' * 12}-{rows.name[-12:]}"))
    for path in older.rglob("*.parquet"):
        if "last_name" in (old := pl.read_parquet(path)).columns:
            old.with_columns(last_name=pl.lit("Older")).write_parquet(path)
    (older / "SHA256SUMS").unlink()
    keep_rows(home, older, older)
    for path in [*older.rglob("*"), older]:
        os.utime(path, (newest.stat().st_mtime - 60,) * 2)
    kept.write_bytes(b"not what was imported")
    write_backup(home.root, tmp_path / "backup", policy, AT)
    assert cli("restore", tmp_path / "backup", home=tmp_path / "restored").status == 1
    done = cli("export", "roster", home=tmp_path / "restored")
    assert ("Okafor" in done.out, "Older" in done.out) == (True, False)


def test_a_home_with_a_sheet_of_which_nothing_is_left_is_restored_until_the_sheet_is_put_back(
    home, sheet, take_in, cli, tmp_path, policy
):
    take_in(roster := sheet("roster.csv", ROSTER))
    [kept], [rows] = home.sheets.iterdir(), home.rows.iterdir()
    kept.write_bytes(b"not what was imported")
    shutil.rmtree(rows)
    write_backup(home.root, tmp_path / "backup", policy, AT)
    restored = tmp_path / "restored"
    done = cli("restore", tmp_path / "backup", home=restored)
    assert done.status == 1
    assert f"{kept.name} was damaged" in done.err
    cli("import", roster, "--yes", home=restored)
    assert "Okafor" in cli("export", "roster", home=restored).out


def test_an_existing_file_is_kept_unless_forced(sample_home, backup, policy):
    with pytest.raises(BackupRefused, match="--force"):
        write_backup(sample_home.root, backup, policy, AT)
    assert write_backup(sample_home.root, backup, policy, AT, force=True).members


def test_a_damaged_and_a_missing_sheet_are_named_and_the_rest_is_kept(sample_home, tmp_path, cli):
    damaged, missing = sorted(sample_home.sheets.iterdir())[:2]
    damaged.write_bytes(b"not what was imported")
    missing.unlink()
    done = cli("backup", tmp_path / "backup", home=sample_home.root)
    assert done.status == 1
    assert f"{damaged.name} was damaged" in done.err
    assert f"{missing.name} was missing" in done.err
    assert (tmp_path / "backup").is_file()


def test_a_damaged_office_store_is_not_backed_up_over_a_good_backup(sample_home, backup, cli):
    before = backup.read_bytes()
    sample_home.office.engine.dispose()
    (sample_home.root / "office.db").write_bytes(b"no store" * 1000)
    done = cli("backup", backup, "--force", home=sample_home.root)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "damaged" in done.err
    assert backup.read_bytes() == before


def test_a_restore_goes_into_an_empty_home_only(sample_home, backup, tmp_path, policy):
    (tmp_path / "empty").mkdir()
    restore_backup(backup, tmp_path / "empty", policy, AT)
    before = sorted(path.name for path in sample_home.root.iterdir())
    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(backup, sample_home.root, policy, AT)
    assert sorted(path.name for path in sample_home.root.iterdir()) == before


def test_a_backup_cut_off_or_with_a_bit_turned_is_refused_or_restores_every_byte():
    outcome = backups.attack(backups.FULL // 10, seed=20261129)
    assert outcome.broken == []
    assert outcome.counts["refused"] > outcome.tried // 2


@pytest.mark.parametrize("content", [b"", b"student_id,score\n1,2\n", bytes(5000)])
def test_a_file_that_is_no_backup_is_refused(tmp_path, policy, content):
    (tmp_path / "file").write_bytes(content)
    assert_refused(tmp_path / "file", policy, "not a backup of Passline")


def test_a_zip_of_something_else_is_refused(tmp_path, policy):
    with zipfile.ZipFile(tmp_path / "file", "w") as archive:
        archive.writestr("roster.csv", "student_id\n1\n")
    assert_refused(tmp_path / "file", policy, "not a backup of Passline")


@pytest.mark.parametrize("name", ["../evil", "/evil", "sheets/../../evil", "C:\\evil", "warehouse/build.duckdb"])
def test_a_path_outside_the_home_is_refused(backup, policy, name):
    def change(members, manifest):
        members[name] = b"evil"
        manifest["members"].append({"name": name, "size": 4, "sha256": "0" * 64, "changed_ns": 0})

    assert_refused(repacked(backup, change), policy, "path outside the home")


def test_a_member_that_is_not_listed_is_refused(backup, policy):
    assert_refused(repacked(backup, lambda members, _: members.update(extra=b"more")), policy, "other files than it")


def test_an_entry_that_is_there_twice_is_refused(backup, policy):
    with zipfile.ZipFile(backup, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("office.db", b"another")
    assert_refused(backup, policy, "other files than it")


def test_a_restore_that_is_killed_leaves_no_home_and_can_be_made_again(backup, tmp_path, policy):
    root = tmp_path / "into" / "restored"
    command = [sys.executable, "-m", "dashboard.cli", "restore", str(backup), "--home", str(root)]
    with subprocess.Popen(command, cwd=REPO, env=clean_environment(), stderr=subprocess.DEVNULL) as process:
        while not (left := list(root.parent.glob(".restored-restore-*/home/office.db"))):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert left[0].exists()
    assert not root.exists()
    restore_backup(backup, root, policy, AT)
    assert list(root.parent.iterdir()) == [root]


@needs_root
def test_a_restore_that_fills_the_disk_leaves_nothing_and_can_be_made_again(backup, other_disk, cli):
    root = other_disk / "home"
    for left in (100_000, 800_000, 1_600_000):
        (other_disk / "filler").write_bytes(bytes(shutil.disk_usage(other_disk).free - left))
        done = cli("restore", backup, home=root)
        (other_disk / "filler").unlink()
        assert (done.status, list(other_disk.iterdir())) == (2, []), done.err
        assert "free some space" in done.err or "make room" in done.err or "choose another --home" in done.err
    done = cli("restore", backup, home=root)
    assert done.status == 0, done.err


@needs_root
def test_a_home_on_a_read_only_disk_is_backed_up(sample_home, tmp_path, other_disk, policy):
    root = shutil.copytree(sample_home.root, other_disk / "home", ignore=shutil.ignore_patterns("office.db-shm"))
    subprocess.run(["mount", "-o", "remount,ro", str(other_disk)], check=True)
    write_backup(root, tmp_path / "backup", policy, AT)
    manifest = restore_backup(tmp_path / "backup", tmp_path / "restored", policy, AT)
    assert manifest.revision == sample_home.office.ledger.state().revision


def test_a_link_is_refused(backup, policy):
    link = zipfile.ZipInfo("sheets/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(backup, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert_refused(backup, policy, "holds a link")


def test_a_bomb_is_refused_before_it_fills_the_disk(backup, policy):
    def larger_than_listed(members, manifest):
        members["bomb"] = bytes(50_000_000)
        manifest["members"].append({"name": "bomb", "size": 10, "sha256": "0" * 64, "changed_ns": 0})

    def larger_than_the_disk(members, manifest):
        members["bomb"] = b"small"
        manifest["members"].append({"name": "bomb", "size": 10**15, "sha256": "0" * 64, "changed_ns": 0})

    assert_refused(repacked(backup, larger_than_listed), policy, "changed or cut off")
    assert_refused(repacked(backup, larger_than_the_disk), policy, "GB free")


def test_a_backup_of_a_newer_schema_is_refused(sample_home, tmp_path, policy):
    with sqlite3.connect(sample_home.root / "office.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    write_backup(sample_home.root, tmp_path / "backup", policy, AT)
    assert_refused(tmp_path / "backup", policy, "newer Passline", HomeIsNewer)


def test_a_backup_of_a_newer_format_is_refused(backup, policy):
    newer = repacked(backup, lambda _, manifest: manifest.update(version=2))
    assert_refused(newer, policy, "newer Passline", HomeIsNewer)


needs_postgres = pytest.mark.skipif(
    shutil.which("pg_config") is None and not list(Path("/usr/lib/postgresql").glob("*")), reason="no PostgreSQL here")


@needs_postgres
def test_decisions_on_a_server_are_backed_up_into_the_same_file(sheet, cli, tmp_path, policy, monkeypatch):
    with postgres() as url:
        home = Home(tmp_path / "home", office_url=url)
        upload = Upload("roster.csv", sheet("roster.csv", ROSTER), Answers())
        apply_import(home, plan_import(home, [upload], policy, accept_changes=False, at=AT), policy, by=DR_OSEI, at=AT)
        home.office.date_order.remember("month", by=DR_OSEI, at=AT)
        note = home.office.notes.add("00000017", text="Called “Ada”", visibility="team", by=DR_OSEI, at=AT)
        home.office.engine.dispose()
        monkeypatch.setenv("PASSLINE_OFFICE_URL", url)
        command = ["backup", str(tmp_path / "backup"), "--home", str(home.root)]
        assert CliRunner().invoke(commands.app, command, catch_exceptions=False).exit_code == 0
        with create_engine(url).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(HomeIsNewer):
            write_backup(home.root, tmp_path / "newer", policy, AT, office_url=url)
    monkeypatch.delenv("PASSLINE_OFFICE_URL")
    with pytest.raises(BackupRefused, match="start it") as refused:
        write_backup(home.root, tmp_path / "stopped", policy, AT, office_url=url)
    assert "127.0.0.1" not in str(refused.value)
    restore_backup(tmp_path / "backup", tmp_path / "restored", policy, AT)
    restored = Home(tmp_path / "restored")
    assert restored.office.date_order.current() == "month"
    assert restored.office.notes.rows("00000017")["note_id"].to_list() == [note]
    assert "Okafor" in cli("export", "roster", home=restored.root).out
    assert ensure_current(restored, policy, AT) is False

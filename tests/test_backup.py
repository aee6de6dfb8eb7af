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
from pathlib import Path

import pyrage
import pytest
from typer.testing import CliRunner

from dashboard import cli as commands
from dashboard.data.exports import EXPORTS
from pipelines.errors import BackupRefused, HomeIsNewer, PasslineError
from pipelines.office import Office
from pipelines.store.backup import write_backup
from pipelines.store.builds import ensure_current
from pipelines.store.home import Home
from pipelines.store.restore import restore_backup
from tests.conftest import AS_OF, AT, DR_OSEI, REPO, clean_environment
from tests.servers import dashboard, postgres

PASSPHRASE = "six quiet herons cross the bay"


@pytest.fixture
def backup(sample_home, tmp_path, policy):
    write_backup(sample_home.root, tmp_path / "backup", policy, AT)
    return tmp_path / "backup"


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
    roster = sheet("roster.csv", "student_id,last_name,first_name,program,class_year\n00000017,Okafor,Ada,MD,2028\n")
    files = [sheet(f"cbse{day}.csv", f"student_id,instrument,taken_on,score\n00000017,CBSE,2026-03-{day:02},6{day}\n")
             for day in range(1, 7)]
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
    for number in {0, made // 2, made - 1}:
        manifest = restore_backup(tmp_path / f"backup{number}", tmp_path / f"restored{number}", policy, AT)
        assert (manifest.missing, manifest.damaged) == ([], [])
        ledger = Home(tmp_path / f"restored{number}").office.ledger
        assert ledger.state().revision == manifest.revision == ledger.imports().height
    last = restore_backup(tmp_path / f"backup{made - 1}", tmp_path / "last", policy, AT)
    assert last.revision >= 6


def test_a_backup_killed_half_way_leaves_the_earlier_one(sample_home, backup):
    before = backup.read_bytes()
    command = [sys.executable, "-m", "dashboard.cli", "backup", str(backup), "--force", "--home", str(sample_home.root)]
    with subprocess.Popen(command, cwd=REPO, env=clean_environment()) as process:
        while process.poll() is None and not backup.with_name("backup.part").exists():
            pass
        process.send_signal(signal.SIGKILL)
    with zipfile.ZipFile(backup) as archive:
        assert archive.testzip() is None
    assert len(backup.read_bytes()) >= len(before) // 2


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


def test_a_passphrase_from_a_file_or_the_environment_encrypts(sample_home, tmp_path, cli, monkeypatch):
    (tmp_path / "phrase").write_text(f"{PASSPHRASE}\n")
    backup = tmp_path / "backup"
    assert cli("backup", backup, "--passphrase-file", tmp_path / "phrase", home=sample_home.root).status == 0
    assert backup.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"office.db" not in backup.read_bytes()
    (tmp_path / "other").write_text("another\n")
    refused = cli("restore", backup, "--passphrase-file", tmp_path / "other", home=tmp_path / "restored")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert not (tmp_path / "restored").exists()
    assert cli("restore", backup, home=tmp_path / "restored").status == 2
    monkeypatch.setenv("PASSLINE_BACKUP_PASSPHRASE", PASSPHRASE)
    done = CliRunner().invoke(commands.app, ["restore", str(backup), "--home", str(tmp_path / "restored")])
    assert done.exit_code == 0


def test_an_age_key_encrypts(sample_home, tmp_path, cli):
    key, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# made by age-keygen\n{key}\n")
    (tmp_path / "stranger").write_text(f"{stranger}\n")
    backup = tmp_path / "backup"
    assert cli("backup", backup, "--recipient", key.to_public(), home=sample_home.root).status == 0
    refused = cli("restore", backup, "--identity", tmp_path / "stranger", home=tmp_path / "restored")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert cli("restore", backup, "--identity", tmp_path / "key", home=tmp_path / "restored").status == 0
    assert cli("backup", tmp_path / "other", "--recipient", "age1nokey", home=sample_home.root).status == 2


def test_a_restore_goes_into_an_empty_home_only(sample_home, backup, tmp_path, policy):
    (tmp_path / "empty").mkdir()
    restore_backup(backup, tmp_path / "empty", policy, AT)
    before = sorted(path.name for path in sample_home.root.iterdir())
    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(backup, sample_home.root, policy, AT)
    assert sorted(path.name for path in sample_home.root.iterdir()) == before


def test_an_altered_byte_anywhere_is_refused_or_changes_nothing(backup, tmp_path, policy):
    whole = backup.read_bytes()
    with zipfile.ZipFile(backup) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    refused = 0
    for place in range(40, len(whole), len(whole) // 12):
        altered = tmp_path / "altered"
        altered.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1:])
        root = tmp_path / f"into{place}" / "restored"
        try:
            restore_backup(altered, root, policy, AT)
        except PasslineError:
            refused += 1
            assert list(root.parent.iterdir()) == []
        else:
            assert {n: (root / n).read_bytes() for n in content if n.startswith("sheets")} == {
                n: c for n, c in content.items() if n.startswith("sheets")}
    assert refused >= 10


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_backup_cut_off_is_refused(backup, policy, kept):
    backup.write_bytes(backup.read_bytes()[:int(backup.stat().st_size * kept)])
    assert_refused(backup, policy, "changed or cut off")


@pytest.mark.parametrize("content", [b"", b"student_id,score\n1,2\n", bytes(5000)])
def test_a_file_that_is_no_backup_is_refused(tmp_path, policy, content):
    (tmp_path / "file").write_bytes(content)
    assert_refused(tmp_path / "file", policy, "not a backup of Passline")


def test_a_zip_of_something_else_is_refused(tmp_path, policy):
    with zipfile.ZipFile(tmp_path / "file", "w") as archive:
        archive.writestr("roster.csv", "student_id\n1\n")
    assert_refused(tmp_path / "file", policy, "not a backup of Passline")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "sheets/../../evil", "C:\\evil", "warehouse/build.duckdb"])
def test_a_path_outside_the_home_is_refused(backup, policy, name):
    def change(members, manifest):
        members[name] = b"evil"
        manifest["members"].append({"name": name, "size": 4, "sha256": "0" * 64})

    assert_refused(repacked(backup, change), policy, "path outside the home")


def test_a_member_that_is_not_listed_is_refused(backup, policy):
    assert_refused(repacked(backup, lambda members, _: members.update(extra=b"more")), policy, "other files than it")


def test_a_link_is_refused(backup, policy):
    link = zipfile.ZipInfo("sheets/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(backup, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert_refused(backup, policy, "holds a link")


def test_a_bomb_is_refused_before_it_fills_the_disk(backup, policy):
    def larger_than_listed(members, manifest):
        members["bomb"] = bytes(50_000_000)
        manifest["members"].append({"name": "bomb", "size": 10, "sha256": "0" * 64})

    def larger_than_the_disk(members, manifest):
        members["bomb"] = b"small"
        manifest["members"].append({"name": "bomb", "size": 10**15, "sha256": "0" * 64})

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


@pytest.mark.skipif(shutil.which("pg_config") is None and not list(Path("/usr/lib/postgresql").glob("*")),
                    reason="no PostgreSQL here")
def test_decisions_on_a_server_are_backed_up_into_the_same_file(sample_home, tmp_path, policy):
    with postgres() as url:
        office = Office(url)
        office.date_order.remember("month", by=DR_OSEI, at=AT)
        office.ignored_columns.ignore("Badge code", by=DR_OSEI, at=AT)
        note = office.notes.add("00000017", text="Called “Ada”", visibility="team", by=DR_OSEI, at=AT)
        office.engine.dispose()
        write_backup(sample_home.root, tmp_path / "backup", policy, AT, office_url=url)
    restore_backup(tmp_path / "backup", tmp_path / "restored", policy, AT)
    restored = Home(tmp_path / "restored")
    assert restored.office.date_order.current() == "month"
    assert restored.office.ignored_columns.current() == ["Badge code"]
    assert restored.office.notes.rows("00000017")["note_id"].to_list() == [note]
    assert ensure_current(restored, policy, AT) is False

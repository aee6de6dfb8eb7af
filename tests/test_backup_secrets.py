"""An encrypted backup opens with its passphrase or key alone, typed unseen or given, here and by age's own program."""

import io
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
import zipfile
from pathlib import Path

import pyrage
import pytest

from pipelines.errors import BackupRefused
from pipelines.store.backup import write_backup
from pipelines.store.backup_file import Secret, encrypt
from pipelines.store.home import Home
from pipelines.store.restore import restore_backup
from tests.conftest import AT, REPO, clean_environment
from tests.test_damage import in_this_process

PASSPHRASE = "six quiet herons cross the bay"
needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A home without sheets: what encrypts does not depend on it."""
    root = tmp_path_factory.mktemp("secrets") / "home"
    Home(root).office.engine.dispose()
    return root


@pytest.fixture(scope="module")
def encrypted(root) -> Path:
    """A backup that PASSPHRASE encrypts, from a file."""
    phrase, backup = root.parent / "phrase", root.parent / "backup"
    phrase.write_text(f"{PASSPHRASE}\n")
    done = in_this_process("backup", str(backup), "--passphrase-file", str(phrase), "--home", str(root))
    assert (done.status, done.err) == (0, "")
    return backup


@pytest.fixture
def key(tmp_path) -> pyrage.x25519.Identity:
    """An age key; its file is `key`."""
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# made by age-keygen\n{key}\n")
    return key


def typed(command: list[str], *answers: tuple[str, str]) -> tuple[int, str]:
    """How a program ends whose terminal shows each prompt (a pattern) and is then typed its answer; what it showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(REPO)
        os.execvpe(command[0], command, clean_environment())  # noqa: S606
    shown, waiting = "", [*answers]
    while select.select([terminal], [], [], 120)[0]:
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # it closed its terminal
            break
        if waiting and re.search(waiting[0][0], shown[shown.rfind("\n") + 1:]):
            wait_until_unseen(terminal)
            os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
            shown += "\n"
    os.close(terminal)
    assert waiting == [], shown
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


def wait_until_unseen(terminal: int) -> None:
    """Wait until a program has its terminal show nothing of what is typed, as it does after its prompt."""
    for _ in range(600):
        if not termios.tcgetattr(terminal)[3] & termios.ECHO:
            return
        time.sleep(0.05)
    raise AssertionError("what is typed would be shown")


def passline(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]


def test_nothing_of_an_encrypted_backup_can_be_read(encrypted):
    assert encrypted.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"office.db" not in encrypted.read_bytes()


def test_a_passphrase_in_the_environment_opens_it(encrypted, tmp_path, monkeypatch):
    monkeypatch.setenv("PASSLINE_BACKUP_PASSPHRASE", PASSPHRASE)
    assert in_this_process("restore", str(encrypted), "--home", str(tmp_path / "restored")).status == 0


def test_another_passphrase_or_none_is_refused_in_one_sentence(encrypted, tmp_path):
    (tmp_path / "other").write_text("another\n")
    (tmp_path / "empty").write_text("\n")
    for how in (["--passphrase-file", "other"], ["--passphrase-file", "empty"], []):
        given = [str(tmp_path / one) if one in ("other", "empty") else one for one in how]
        refused = in_this_process("restore", str(encrypted), "--home", str(tmp_path / "restored"), *given)
        assert (refused.status, refused.err.count("\n")) == (2, 1)
        assert not (tmp_path / "restored").exists()


@pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX")
def test_a_passphrase_is_typed_twice_for_a_backup_and_once_for_a_restore_and_never_shown(root, tmp_path):
    status, shown = typed(
        passline("backup", tmp_path / "backup", "--ask-passphrase", "--home", root),
        ("Passphrase", PASSPHRASE), ("Repeat", "a slip of the finger"), ("Passphrase", PASSPHRASE),
        ("Repeat", PASSPHRASE),
    )
    assert status == 0, shown
    assert "do not match" in shown
    assert "(encrypted)" in shown
    restored, seen = typed(passline("restore", tmp_path / "backup", "--home", tmp_path / "restored"),
                           ("Passphrase", PASSPHRASE))
    assert restored == 0, seen
    assert PASSPHRASE not in shown + seen


def test_more_than_fits_in_memory_is_refused_for_a_passphrase_and_the_way_out_is_named(tmp_path):
    with (tmp_path / "plain").open("wb") as plain:
        plain.truncate(1024**3 + 1)  # a file of holes
    with pytest.raises(BackupRefused, match="--recipient"):
        encrypt(tmp_path / "plain", io.BytesIO(), Secret(PASSPHRASE))


def test_an_age_key_opens_it_and_another_does_not(root, tmp_path, key):
    (tmp_path / "stranger").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    backup, restored = tmp_path / "backup", ["--home", str(tmp_path / "restored")]
    done = in_this_process("backup", str(backup), "--recipient", str(key.to_public()), "--home", str(root))
    assert done.status == 0
    refused = in_this_process("restore", str(backup), "--identity", str(tmp_path / "stranger"), *restored)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert in_this_process("restore", str(backup), "--identity", str(tmp_path / "key"), *restored).status == 0
    none = in_this_process("backup", str(tmp_path / "other"), "--recipient", "age1nokey", "--home", str(root))
    assert (none.status, (tmp_path / "other").exists()) == (2, False)


@needs_age
def test_ages_own_program_opens_a_backup_by_key_and_makes_one_that_restores(root, tmp_path, policy, key):
    write_backup(root, tmp_path / "backup", policy, AT, Secret(recipients=[str(key.to_public())]))
    subprocess.run(["age", "-d", "-i", tmp_path / "key", "-o", tmp_path / "plain", tmp_path / "backup"], check=True)
    with zipfile.ZipFile(tmp_path / "plain") as archive:
        assert "office.db" in archive.namelist()
    subprocess.run(["age", "-r", str(key.to_public()), "-o", tmp_path / "again", tmp_path / "plain"], check=True)
    assert restore_backup(tmp_path / "again", tmp_path / "restored", policy, AT, Secret(identities=[str(key)])).members


@needs_age
def test_ages_own_program_opens_a_backup_by_passphrase_and_makes_one_that_restores(encrypted, tmp_path, policy):
    plain, again = tmp_path / "plain", tmp_path / "again"
    status, shown = typed(["age", "-d", "-o", str(plain), str(encrypted)], ("passphrase", PASSPHRASE))
    assert status == 0, shown
    with zipfile.ZipFile(plain) as archive:
        assert "office.db" in archive.namelist()
    status, shown = typed(["age", "-p", "-o", str(again), str(plain)],
                          ("Enter passphrase", PASSPHRASE), ("Confirm passphrase", PASSPHRASE))
    assert status == 0, shown
    assert restore_backup(again, tmp_path / "restored", policy, AT, Secret(PASSPHRASE)).members
    with pytest.raises(BackupRefused, match="cannot be decrypted"):
        restore_backup(again, tmp_path / "other", policy, AT, Secret("another"))

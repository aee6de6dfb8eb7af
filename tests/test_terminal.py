"""What sheets and people wrote never steers the terminal it is printed on."""

import os
import pty
import subprocess
import sys

import pytest

from dashboard.words.terminal import visible, visible_line
from tests.conftest import REPO, clean_environment

STEERS = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\x08"
ROSTER = f'student_id,last_name,class_year\n00123,"Osei {STEERS}",2028\n00123,"{STEERS}",x{STEERS}\n'


def steers(text):
    return [character for character in text if character != "\n" and visible(character) != character]


def test_what_steers_a_terminal_is_written_out_and_letters_stay():
    assert visible_line("a\x1b[2J\nb\u202e") == r"a\x1b[2J\nb\u202e"
    assert visible("Müller-Lüdenscheidt 王 \t\n") == "Müller-Lüdenscheidt 王 \t\n"


@pytest.mark.parametrize("command", [
    ["import", "SHEET", "--yes"], ["import", "REFUSED"], ["inspect", "SHEET"], ["imports"], ["decisions"],
    ["layouts", "--ignore", f"column {STEERS}"], ["layouts"], ["export", STEERS], ["areas"], ["instruments"],
    ["watch", "FOLDER", "--once"],
])  # fmt: skip
def test_no_command_prints_what_steers_the_terminal(cli, tmp_path, command):
    folder, home = tmp_path / "watched", tmp_path / "home"
    folder.mkdir()
    name = STEERS.replace("\x08", "")
    places = {"SHEET": tmp_path / f"{name}.csv", "REFUSED": tmp_path / f"{name} bad.csv", "FOLDER": folder}
    for path in [places["SHEET"], folder / f"{name}.csv"]:
        path.write_text(ROSTER, encoding="utf-8")
    places["REFUSED"].write_text(f"{STEERS},b\n1,2\n", encoding="utf-8")
    cli("import", places["SHEET"], "--yes", home=home)
    done = cli(*[places.get(word, word) for word in command], home=home)
    assert "Traceback" not in done.err
    assert steers(done.out + done.err) == []


def test_an_export_to_a_terminal_writes_it_out_and_to_a_pipe_keeps_the_data(cli, tmp_path):
    sheet, home = tmp_path / "roster.csv", tmp_path / "home"
    sheet.write_text("student_id,last_name,class_year\n00123,Osei \x1b[2J,2028\n", encoding="utf-8")
    cli("import", sheet, "--yes", home=home)
    assert "\x1b[2J" in cli("export", "roster", home=home).out
    terminal, end = pty.openpty()
    subprocess.run([sys.executable, "-m", "dashboard.cli", "export", "roster", "--home", str(home)], cwd=REPO,
                   stdout=end, stdin=subprocess.DEVNULL, env=clean_environment(), check=True, timeout=120)  # fmt: skip
    os.close(end)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert "Osei \\x1b[2J" in shown
    assert "\x1b" not in shown

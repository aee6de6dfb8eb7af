"""Disks whose power can be cut: what was not flushed is lost, and the rest can be opened as another home.

`block_disk` is an ext4 image on a loop device: a copy of the image has what reached the device, and nothing of what the
file system still held back. It needs root and loop devices. `watched_disk` needs neither: it remembers what was
flushed.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack.flushed import leave, remember_all

SIZE = 64 * 2**20  # bytes
SLOW_TO_WRITE = "loop,commit=300,noauto_da_alloc,data=writeback"
MADE_WHOLE = ["-E", "lazy_itable_init=0,lazy_journal_init=0"]  # nothing is written later in the background
WRITES_DONE, IN_FLIGHT = 4, 8  # fields of /sys/block/*/stat


class NoLoopMounts(Exception):
    """This system lets nobody, or not this account, mount an image."""


@dataclass(frozen=True)
class Disk:
    """`root` is the home's place on the disk, `cut` what is left of it in another place if power were cut now, `settle`
    lets everything written until now reach the disk. `environment` is for the processes that write to it."""

    kind: str
    root: Path
    cut: Callable[[], Path]
    settle: Callable[[], None]
    environment: dict[str, str] = field(default_factory=dict)


MakeDisk = Callable[[Path], AbstractContextManager[Disk]]


@contextmanager
def block_disk(scratch: Path) -> Iterator[Disk]:
    """An ext4 image in a folder, mounted; unmounted at the end, with the cuts made of it. Raises NoLoopMounts."""
    image, folder, copy, left = (scratch / name for name in ("disk.img", "disk", "copy.img", "left"))
    for mounted in (folder, left):
        mounted.mkdir()
    with image.open("wb") as stream:
        stream.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", *MADE_WHOLE, str(image))
    with ExitStack() as mounts:
        _mount(mounts, image, folder, SLOW_TO_WRITE)
        device = _run("findmnt", "-n", "-o", "SOURCE", str(folder)).strip()

        def cut() -> Path:
            _copy_still(image, copy, Path("/sys/block", Path(device).name, "stat"))
            _mount(mounts, copy, left, "loop")
            return left / "home"

        yield Disk("on a block device", folder / "home", cut, lambda: _settle(folder))


@contextmanager
def watched_disk(scratch: Path) -> Iterator[Disk]:
    """A folder of which every flush is remembered."""
    folder, kept, left = (scratch / name for name in ("disk", "flushed", "left"))
    for made in (folder, kept):
        made.mkdir()

    def cut() -> Path:
        leave(kept, folder, left)
        return left / "home"

    yield Disk("in user space", folder / "home", cut, lambda: remember_all(kept, folder),
               {"ATTACK_FLUSHED": str(kept)})


def possible_disk(scratch: Path) -> MakeDisk:
    """A block device where this system allows one, else a watched folder."""
    try:
        with block_disk(scratch) as disk:
            disk.cut()
    except (NoLoopMounts, OSError):
        return watched_disk
    return block_disk


def _settle(folder: Path) -> None:
    _run("sync", "-f", str(folder))


def _mount(mounts: ExitStack, image: Path, folder: Path, options: str) -> None:
    _run("mount", "-o", options, str(image), str(folder))
    mounts.callback(_run, "umount", "-l", str(folder))  # its loop device goes with it


def _copy_still(image: Path, copy: Path, state: Path) -> None:
    """Copy an image while nothing is written to its device, as one moment of it."""
    for _ in range(100):
        before = state.read_text().split()
        _run("cp", "--sparse=always", str(image), str(copy))
        after = state.read_text().split()
        if before[WRITES_DONE] == after[WRITES_DONE] and before[IN_FLIGHT] == after[IN_FLIGHT] == "0":
            return
        time.sleep(0.02)
    raise TimeoutError(f"{image} was written to without a pause")


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoLoopMounts(str(error)) from None
    if done.returncode:
        raise NoLoopMounts(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout

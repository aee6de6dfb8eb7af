"""Backups cut off or with bits turned, at seeded places: each is refused in one sentence and leaves nothing, or
restores every byte it held (a few bits of a ZIP, such as a file's time in it, mean nothing)."""

import random
import tempfile
from pathlib import Path

from pipelines.errors import PasslineError
from pipelines.policy import Policy, load_policy
from pipelines.store.backup import write_backup
from pipelines.store.backup_file import Secret
from pipelines.store.home import Home
from pipelines.store.restore import restore_backup
from sample_data.home import fill_with_sample
from tests.attack.outcome import Outcome
from tests.conftest import AS_OF, AT

FULL = 150
KEPT = ("sheets/*", "releases.jsonl", "revision")


def attack(tries: int, seed: int) -> Outcome:
    """A third cut off, a third with bits turned, and a third with bits turned in an encrypted one."""
    chance, policy, broken = random.Random(seed), load_policy(), []
    counts = {"refused": 0, "restored whole": 0}
    with tempfile.TemporaryDirectory() as scratch:
        attacked = Attacked(Path(scratch), policy)
        for number in range(tries):
            kind = ("cut", "bit", "bit of an encrypted one")[number % 3]
            came = attacked.restored(damaged(attacked.whole[kind], kind, chance), Path(scratch) / f"try-{number}")
            if came in counts:
                counts[came] += 1
            else:
                broken.append(f"{kind}, try {number}: {came}")
    return Outcome(tries, broken, counts)


def damaged(whole: bytes, kind: str, chance: random.Random) -> bytes:
    """A backup cut off, or with one bit turned, somewhere."""
    place = chance.randrange(len(whole))
    if kind == "cut":
        return whole[:place]
    return whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1:]


class Attacked:
    """A home of the sample class and its backups, one of them encrypted."""

    def __init__(self, scratch: Path, policy: Policy) -> None:
        import pyrage

        self.policy, key = policy, pyrage.x25519.Identity.generate()
        home = Home(scratch / "home")
        fill_with_sample(home, policy, as_of=AS_OF, at=AT)
        home.office.engine.dispose()
        self.secret, self.kept = Secret(identities=[str(key)]), kept(home.root)
        write_backup(home.root, scratch / "plain", policy, AT)
        write_backup(home.root, scratch / "encrypted", policy, AT, Secret(recipients=[str(key.to_public())]))
        plain, encrypted = ((scratch / name).read_bytes() for name in ("plain", "encrypted"))
        self.whole = {"cut": plain, "bit": plain, "bit of an encrypted one": encrypted}

    def restored(self, content: bytes, folder: Path) -> str:
        """What came of restoring a backup of this content: "refused", "restored whole", or what broke the promise."""
        folder.mkdir()
        (folder / "backup").write_bytes(content)
        try:
            restore_backup(folder / "backup", folder / "into" / "home", self.policy, AT, self.secret)
        except PasslineError as refused:
            left = list((folder / "into").iterdir())
            return "refused" if not left and "\n" not in str(refused) else f"left {left}: {refused}"
        except Exception as error:  # noqa: BLE001  that is what is looked for
            return f"a traceback: {type(error).__name__}"
        return "restored whole" if kept(folder / "into" / "home") == self.kept else "restored something else"


def kept(root: Path) -> dict[str, bytes]:
    """The bytes of what a backup keeps as it is; a release that builds adds nothing where it built before."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for pattern in KEPT for path in root.glob(pattern)}

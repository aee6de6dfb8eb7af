"""The process of its own in which a possibly hostile workbook is opened: `python workbook_child.py WORKBOOK DIRECTORY`,
and a tab's name to read it alone.

It starts fast: the worker and its neighbors are loaded without what the packages above them load.
"""

import sys
from pathlib import Path
from types import ModuleType

FILES = Path(__file__).parent


def main() -> None:
    """Unpacks the workbook into the directory, under packages that load nothing."""
    for name, folder in (("pipelines.sheets.files", FILES), ("pipelines.sheets", FILES.parent),
                         ("pipelines", FILES.parents[1])):  # fmt: skip
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    from pipelines.sheets.files.workbook_worker import unpack

    unpack(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])


if __name__ == "__main__":
    main()

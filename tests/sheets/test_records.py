"""Records: what Polars reads of a text many lines at once is what reading it one record after another gives."""

import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.sheets.files import messy_csv
from pipelines.sheets.files.limits import Effort

WIDTH = 3
LINES = st.lists(st.lists(st.sampled_from(['"', '""', ",", ";", "a", " "]), max_size=8).map("".join), max_size=12)


def one_after_another(text, delimiter):
    """The slow obvious way: no line is looked at by anything but Python's csv."""
    for record in messy_csv.records(messy_csv.Source(io.StringIO(text)), delimiter, WIDTH, Effort("a.csv", 0)):
        cells = [*record.cells, *[""] * WIDTH][:WIDTH]
        beyond = ",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' if set(c) & set(',"\n') else c
                          for c in record.cells[WIDTH:]).rstrip(",")
        yield *cells, beyond if any(c.strip() for c in record.cells[WIDTH:]) else "", record.fault, record.lines


@settings(max_examples=500)
@given(LINES, st.booleans(), st.sampled_from(",;"))
@example(['""""a""'], True, ",")
@example(['1,"a"', 'b,"c', 'd",e', "f,g,h"], True, ",")
@example(['a,""b,1', '"a",1,1,1,"",""', "1,,,,"], False, ",")
def test_lines_read_many_at_once_come_as_records_read_one_by_one(lines, ends, delimiter):
    text = "\n".join(lines) + ("\n" if ends else "")
    blocks = messy_csv.in_blocks(io.StringIO(text), delimiter, WIDTH, Effort("a.csv", 0))
    rows = [(*(cell or "" for cell in row[:-2]), *row[-2:])
            for block in blocks for row in block.drop("cells", "blank_end").rows()]
    assert rows == [*one_after_another(text, delimiter)]

"""What `python -m tests.sheets.readers` measures, for Passline, on fewer tables."""

from functools import partial

import pytest

from tests.sheets.readers import FAULTS, attempted, is_collapsed, is_whole, ours, tables


@pytest.mark.parametrize("fault", FAULTS)
def test_passline_has_every_messy_table_whole_in_every_delimiter(policy, fault):
    for text, expected, bad in tables(fault, most=2):
        came = attempted(partial(ours, policy=policy), text)
        assert came is not None, text
        assert is_whole(came, expected, bad), text
        assert not is_collapsed(came, expected)

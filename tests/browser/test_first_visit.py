"""The first visitor of a server that has just started, who comes by a link to one page."""

import pytest

from tests.conftest import AS_OF
from tests.servers import dashboard


@pytest.mark.parametrize(("page", "title"), [("risk", "Risk"), ("rules", "Rules"), ("retakes", "Retakes")])
def test_a_link_to_a_page_opens_that_page(sample_root, open_page, page, title):
    with dashboard("serve", "--home", str(sample_root), "--as-of", AS_OF.isoformat()) as address:
        opened = open_page(f"{address}/{page}")
        opened.get_by_role("heading", name=title, exact=False).first.wait_for()
        assert opened.get_by_text("Page not found").count() == 0

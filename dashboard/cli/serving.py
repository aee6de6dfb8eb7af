"""Commands that open the dashboard: on the office's home, or on a sample class."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.arguments import AsOfOption, HomeOption
from dashboard.cli.edge import day_of, now, open_home, open_warehouse
from dashboard.cli.terminal import say
from pipelines.errors import PasslineError

PortOption = Annotated[int | None, typer.Option("--port", help="Port on 127.0.0.1; the first free one if absent.")]
PublicUrlOption = Annotated[
    str | None, typer.Option("--public-url", help="The URL a proxy serves it at: https://passline.school.example.")
]
HeadlessOption = Annotated[bool, typer.Option("--headless", help="Do not open the browser.")]
NoTokenOption = Annotated[
    bool, typer.Option("--no-token", help="Let in every account of this computer: for tests, not for an office.")
]


def serve(
    home: HomeOption = None, as_of: AsOfOption = None, port: PortOption = None, headless: HeadlessOption = False,
    public_url: PublicUrlOption = None, no_token: NoTokenOption = False,
) -> None:
    """Open the dashboard on this computer."""
    from dashboard.access_token import new_token
    from dashboard.serve import serve as serve_dashboard

    opened = open_home(home)
    open_warehouse(opened)
    day = as_of and day_of(as_of).isoformat()
    serve_dashboard(opened.root, as_of=day, port=port, headless=headless, public_url=public_url,
                    token=None if no_token else new_token())


def demo(
    home: HomeOption = None, as_of: AsOfOption = None, port: PortOption = None, headless: HeadlessOption = False,
    no_token: NoTokenOption = False,
) -> None:
    """Open a sample class in a temporary home, or in an empty one given by --home."""
    from dashboard.access_token import new_token
    from dashboard.serve import serve as serve_dashboard
    from pipelines.policy import load_policy
    from sample_data.home import fill_with_sample

    day = day_of(as_of)
    with tempfile.TemporaryDirectory(prefix="passline-demo-", ignore_cleanup_errors=True) as root:
        opened = open_home(home or Path(root))
        if opened.office.ledger.state().revision:
            raise PasslineError(f"{opened.root} holds data already: the sample class needs an empty home.")
        say("Making a sample class…", err=True)
        fill_with_sample(opened, load_policy(), as_of=day, at=now())
        serve_dashboard(opened.root, as_of=as_of and day.isoformat(), port=port, headless=headless,
                        token=None if no_token else new_token())

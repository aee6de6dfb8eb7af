"""The page that a browser gets in the dashboard's stead: one calm sentence, nothing to load."""

from starlette.responses import HTMLResponse

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Passline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { margin: 0; background: #FFFFFF; color: #0E191F; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 18vh auto 0; padding: 0 1.25rem }
h1 { font-size: 1.375rem }
@media (prefers-color-scheme: dark) { body { background: #11181C; color: #E4EAED } }
</style>
</head>
<body><main><h1>Passline</h1><p>SENTENCE</p></main></body>
</html>
"""


def refusal(sentence: str) -> HTMLResponse:
    """403 with a sentence of our own, light or dark as the browser is."""
    return HTMLResponse(PAGE.replace("SENTENCE", sentence), status_code=403)

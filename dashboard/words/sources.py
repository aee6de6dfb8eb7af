"""Sources of rules and figures as people read them: policy marks each with how it is known."""

MARKS = {
    "[official]": "(official)", "[copy]": "(official, as copied)", "[paper]": "(published study)",
    "[web]": "(from the web)", "[assumption]": "(assumption)",
    "domain sheet": "Passline’s background notes",
}  # fmt: skip


def source_text(source: str) -> str:
    """`BoardVitals (from the web)` for `BoardVitals [web]`."""
    for mark, words in MARKS.items():
        source = source.replace(mark, words)
    return source

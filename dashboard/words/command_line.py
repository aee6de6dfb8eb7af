"""What a sentence asks for, said as the command line does it. In the browser, buttons and pages stand beside it."""

WAYS = {
    "choose its kind": "--kind KIND", "read it as a roster": "--kind roster", "choose their areas": "passline areas",
    "say what they are": "passline instruments",
    "see the imports": "passline imports", "see the names decided on": "passline instruments",
    "see the labels decided on": "passline areas", "see the saved mappings": "passline layouts",
    "see the ignored columns": "passline layouts", "map its columns": "the Upload page, or --layout FILE",
    "restore a backup": "passline restore FILE --home NEW", "rebuild the warehouse": "passline rebuild",
    "let only their owner in": "chmod -R go-rwx", "give them its owner": "chown -R", "choose the right home": "--home",
}


def on_command_line(sentence: str) -> str:
    """The sentence with how the command line does what it asks for; unchanged where it asks for nothing of these."""
    ways = [f"to {what}: {how}" for what, how in WAYS.items() if what in sentence.lower()]
    return f"{sentence} ({'; '.join(ways)})" if ways else sentence

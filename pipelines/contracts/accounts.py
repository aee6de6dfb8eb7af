"""What became of the rows of each sheet."""


import dataframely as dy


class HeldRow(dy.Schema):
    """A sheet row that is not in the figures: rejected, or waiting for a decision, with the rule and the row's text."""

    import_id = dy.Int32()
    file = dy.String()
    sheet_row = dy.Int32()
    state = dy.String(check=lambda c: c.is_in(["rejected", "waiting"]))
    rule = dy.String()
    reason = dy.String()
    text = dy.String()


class ImportAccount(dy.Schema):
    """One import's rows: read = stored + unchanged + rejected + waiting; blank rows and rows that are not
    people stand beside, uncounted."""

    import_id = dy.Int32()
    file = dy.String()
    kind = dy.String()
    layout = dy.String()
    read = dy.Int64()
    stored = dy.Int64()
    unchanged = dy.Int64()
    rejected = dy.Int64()
    waiting = dy.Int64()
    blank = dy.Int64()
    not_people = dy.Int64()


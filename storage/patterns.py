"""What people type, made into a LIKE pattern that means just what they typed."""


def containing(text: str) -> str:
    """A pattern for every string that holds this text; its wildcards are ordinary characters."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"

"""What a person is called. Source: contract, 1, Names."""

from datetime import datetime
from typing import Protocol

DELETED = "Deleted member"


class Named(Protocol):
    """Whatever record of a person has the parts of a name."""

    @property
    def username(self) -> str | None:
        """Unique, without an @."""
        ...

    @property
    def email(self) -> str | None:
        """Unique."""
        ...

    @property
    def first_name(self) -> str | None:
        """Haruto."""
        ...

    @property
    def last_name(self) -> str | None:
        """Sato."""
        ...

    @property
    def deleted_at(self) -> datetime | None:
        """Since when only the row is left."""
        ...


def _without_names(person: Named) -> str:
    if person.deleted_at is not None:
        return DELETED
    if person.username:
        return person.username
    return (person.email or "").partition("@")[0]


def first_last(person: Named) -> str:
    """As in "Haruto Sato"; without names the username, else what stands before the "@" of the e-mail."""
    return " ".join(filter(None, (person.first_name, person.last_name))) or _without_names(person)


def last_first(person: Named) -> str:
    """As in "Sato Haruto"; without names the username, else what stands before the "@" of the e-mail."""
    return " ".join(filter(None, (person.last_name, person.first_name))) or _without_names(person)


def split(full_name: str) -> tuple[str, str | None]:
    """First and last name of "Haruto Sato", at the last space; a single word is a first name."""
    first, _, last = " ".join(full_name.split()).rpartition(" ")
    return (first, last) if first else (last, None)

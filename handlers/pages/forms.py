"""A form on its page: what was typed, and what is said about it beside its fields. Never a password."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from handlers.core import refusals
from handlers.pages import words


@dataclass(slots=True)
class Form:
    """What a template draws a form from. `alert` concerns the whole of it, `faults` single fields, by name."""

    typed: Mapping[str, str] = field(default_factory=dict)
    alert: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether there is anything to be put right."""
        return bool(self.alert or self.faults)

    def require(self, given: Mapping[str, str], names: Iterable[str]) -> None:
        """Notes what was left blank."""
        for name in names:
            if not given[name]:
                self.faults[name] = words.MISSING[name]

    def note(self, name: str, refusal: refusals.Refusal) -> None:
        """Notes why a field is refused, if nothing was said about it yet."""
        self.faults.setdefault(name, words.sentence(refusal))

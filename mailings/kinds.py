"""The kinds of mail that the apps above send, with the placeholders each offers.

An app registers its kinds in `AppConfig.ready`; mailings itself knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conference.models import Conference


@dataclass(frozen=True)
class MailKind:
    """One kind of mail. Its built-in words are `templates/emails/<name>.{subject.txt,txt,html}`."""

    name: str
    label: str
    placeholders: Mapping[str, str]  # name → what it stands for
    # What they could hold at this conference, for an organiser who tries new words.
    examples: Callable[[Conference], Mapping[str, str]]
    required: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    # All its values are ours or the organiser's: it may go to an address that nobody has confirmed yet (see gates).
    goes_to_anybody: bool = False


_registered: dict[str, MailKind] = {}


def register(kind: MailKind) -> None:
    _registered[kind.name] = kind


def registered() -> Mapping[str, MailKind]:
    return _registered

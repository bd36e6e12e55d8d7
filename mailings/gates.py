"""Addresses to which mails do not go at present. Apps above say which; mailings itself knows none of their reasons."""

from collections.abc import Callable, Collection, Mapping

from conference.models import Conference

# Of these addresses, those to which no mail may go, each with the one that gets the mail instead ("" for none).
Gate = Callable[[Conference, Collection[str]], Mapping[str, str]]

_gates: dict[str, Gate] = {}


def register(key: str, gate: Gate) -> None:
    """`gate` is asked once for each batch of mails: one query at most."""
    _gates[key] = gate


def withheld(conference: Conference, addresses: Collection[str]) -> Mapping[str, str]:
    """The withheld ones of these addresses, each with its stand-in."""
    found: dict[str, str] = {}
    for gate in _gates.values() if addresses else ():
        found |= gate(conference, addresses)
    return found

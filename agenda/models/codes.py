"""The codes by which sessions and speakers stand in addresses and exchange formats."""

import secrets
import string

_CODE_ALPHABET = string.digits + string.ascii_uppercase


def new_code() -> str:
    """Six of [0-9A-Z], as the schedule exchange format asks for: two thousand million of them."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _letter in range(6))

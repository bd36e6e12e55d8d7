"""QR codes as one path of an inline SVG, sharp at any size."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """`path` draws the dark squares in a picture of `side` by `side` units, the quiet zone of four included."""

    path: str
    side: int


_QUIET = 4


def code(text: str) -> Code:
    """Readable with up to 15 % of it covered or soiled (level M)."""
    # A quarter of a second to import, and only who prints needs it.
    import qrcode

    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    # A run of dark squares is one rectangle: half the path, and no seams in print.
    path = "".join(
        f"M{start + _QUIET} {y + _QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return Code(path, len(rows) + 2 * _QUIET)


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Where runs of dark squares begin, and how long they are."""
    position = 0
    for is_dark, squares in itertools.groupby(row):
        length = len(list(squares))
        if is_dark:
            yield position, length
        position += length

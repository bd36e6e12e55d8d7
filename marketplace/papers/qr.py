"""QR codes as one path of an inline SVG, sharp at any size."""

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
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    return Code(path, len(rows) + 2 * _QUIET)

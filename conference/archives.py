"""Whether a ZIP archive is reasonable: asked of its directory, before anything is unpacked. Needs no Django."""

import zipfile
from dataclasses import dataclass
from enum import StrEnum

MEBIBYTE = 1024 * 1024
MOST_DEPTH = 12
# Deflate reaches 1,000 to 1. Tables of spreadsheets, which repeat themselves most, stay below 100 to 1.
MOST_RATIO = 250
# Small parts may be all alike: an empty sheet, a white picture.
RATIO_COUNTS_FROM = 10 * MEBIBYTE


class Fault(StrEnum):
    """Why an archive is refused. Callers put it into words."""

    TOO_LARGE = "too large"
    # Parts that unpack to far more than they should, as no honest file does.
    BOMB = "bomb"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"


class Unreasonable(Exception):
    """The archive must not be opened."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Limits:
    """Of an archive once unpacked: the bytes of all its parts, the bytes of one part, and how many parts it has."""

    unpacked: int
    part: int
    members: int = 10_000


def check(archive: zipfile.ZipFile, size: int, limits: Limits) -> None:
    """Raises Unreasonable for an archive of `size` bytes that is meant to harm, damaged or protected.

    `zipfile` stops reading a part at the size that the directory states, so the stated sizes bound the real ones.
    """
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise Unreasonable(Fault.ENCRYPTED)
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits.members or unpacked > limits.unpacked:
        raise Unreasonable(Fault.TOO_LARGE)
    if any(_is_bomb(member, limits) for member in members):
        raise Unreasonable(Fault.BOMB)
    # Parts that share bytes are the trick of small archives that unpack to huge ones.
    if sum(member.compress_size for member in members) > size or len({one.filename for one in members}) < len(members):
        raise Unreasonable(Fault.DAMAGED)
    if any(_leads_elsewhere(member.filename) for member in members):
        raise Unreasonable(Fault.DAMAGED)


def _is_bomb(member: zipfile.ZipInfo, limits: Limits) -> bool:
    if member.file_size > limits.part:
        return True
    return member.file_size > RATIO_COUNTS_FROM and member.file_size > MOST_RATIO * max(member.compress_size, 1)


def _leads_elsewhere(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return len(parts) > MOST_DEPTH or ".." in parts or not parts[0] or "\0" in name

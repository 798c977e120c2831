"""Columns of bits: a row's bit is bit i % 64 of word i // 64."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bits", "counted_bits", "is_some", "mask_of", "packed", "to_rows", "unpacked", "words_for"]

Bits = NDArray[np.uint64]

_LITTLE = sys.byteorder == "little"
_SWAPS = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


def words_for(rows: int) -> int:
    """How many words hold so many rows."""
    return -(-rows // 64)


def packed(met: NDArray[Any]) -> Bits:
    """A column of truths as bits; there are 64 of them to a word."""
    made = np.packbits(met, bitorder="little").view(np.uint64)
    return made if _LITTLE else made.byteswap()


def unpacked(bits: Bits) -> NDArray[np.bool_]:
    """The truths that bits stand for."""
    told = bits if _LITTLE else bits.byteswap()
    return np.unpackbits(told.view(np.uint8), bitorder="little").view(np.bool_)


def is_some(bits: Bits) -> bool:
    """Whether anything is so; several times faster than ``any``."""
    return bool(np.count_nonzero(bits))


def counted_bits(bits: Bits) -> int:
    """How many rows are so."""
    count = getattr(np, "bitwise_count", None)  # of numpy 2
    return int((count(bits) if count is not None else unpacked(bits)).sum(dtype=np.int64))


def mask_of(words: NDArray[Any]) -> int:
    """The mask that words of 64 bits hold, the lowest first."""
    return int.from_bytes(words.astype("<u8").tobytes(), "little")


def to_rows(columns: list[Bits | None], words: int) -> Bits:
    """Columns of bits turned round: for each row a mask, bit i of which is the bit of column i.

    Args:
        columns: The columns; None for one that is nowhere so.
        words: How many words each column has.

    Returns:
        For each row as many words as hold a bit of every column.
    """
    rows = np.zeros((words * 64, words_for(len(columns))), np.uint64)
    word = np.empty((words * 64, 8), np.uint8)  # one of 64 columns, filled byte by byte: it fits in a cache
    eight = np.empty((words * 8, 8), np.uint8)
    for place in range(rows.shape[1]):
        of_word = columns[place * 64 : place * 64 + 64]
        if all(one is None for one in of_word):
            continue
        word[:] = 0
        for byte in range(-(-len(of_word) // 8)):
            some = of_word[byte * 8 : byte * 8 + 8]
            if all(one is None for one in some):
                continue
            eight[:] = 0
            for bit, one in enumerate(some):
                if one is not None:
                    eight[:, bit] = (one if _LITTLE else one.byteswap()).view(np.uint8)
            square = eight.view(np.uint64).ravel()
            for shift, mask in _SWAPS:  # an 8 by 8 square of bits in a word, turned about its diagonal
                moved = (square ^ (square >> np.uint64(shift))) & np.uint64(mask)
                square = square ^ moved ^ (moved << np.uint64(shift))
            word[:, byte] = square.view(np.uint8)
        made = word.view(np.uint64).ravel()
        rows[:, place] = made if _LITTLE else made.byteswap()
    return rows

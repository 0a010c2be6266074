"""64 bytes of a log at a time: where characters are, as the bits of a word, and checksums. Pure functions over arrays.

LLVM has vectors of bytes and makes the best of them that a processor can do; Numba has no way to say so but in LLVM's
own terms. A buffer needs PAD more bytes after any place that is asked for; what they hold is read and left out.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from surveil.kernels.inline import inlined

PAD = 64
_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_BYTES, _WORDS = ir.VectorType(_BYTE, PAD), ir.VectorType(_WORD, PAD // 8)
_COUNTED = ir.Constant(_BYTES, list(range(PAD)))


def _splat(builder, value):
    """A vector of 64 times the same byte."""
    one = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), builder.trunc(value, _BYTE), ir.IntType(32)(0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), PAD), None))


def _load(context, builder, signature, buf, at):
    """The 64 bytes from ``at`` on."""
    array = make_array(signature.args[0])(context, builder, buf)
    place = builder.bitcast(builder.gep(array.data, [at]), _BYTES.as_pointer())
    return builder.load(place, align=1)


@intrinsic
def marks(_context, buf, at, char):
    """Bit i of the word is set if ``buf[at + i]`` is ``char``; uint8[:], uint64 and uint64 to uint64."""

    def generate(context, builder, signature, arguments):
        found = _load(context, builder, signature, *arguments[:2])
        return builder.bitcast(builder.icmp_unsigned("==", found, _splat(builder, arguments[2])), _WORD)

    return types.uint64(buf, types.uint64, types.uint64), generate


@intrinsic
def payload_marks(_context, buf, at):
    """Bit i of the word is set if ``buf[at + i]`` is a payload character; as :func:`marks`.

    Those are ``0-W`` and `````-``w`` (IEC 61162-1, 6-bit field conversion).
    """

    def generate(context, builder, signature, arguments):
        found = _load(context, builder, signature, *arguments)
        low, high = (
            builder.icmp_unsigned(
                "<", builder.sub(found, ir.Constant(_BYTES, [first] * PAD)), ir.Constant(_BYTES, [n] * PAD)
            )
            for first, n in ((0x30, 0x28), (0x60, 0x18))
        )
        return builder.bitcast(builder.or_(low, high), _WORD)

    return types.uint64(buf, types.uint64), generate


@intrinsic
def _folded(_context, buf, at, n):
    """XOR of the first ``n`` (uint64, at most 64) bytes from ``at`` on, taken eight bytes at a time."""

    def generate(context, builder, signature, arguments):
        found = _load(context, builder, signature, *arguments[:2])
        counted = builder.icmp_unsigned("<", _COUNTED, _splat(builder, arguments[2]))
        words = builder.bitcast(builder.select(counted, found, ir.Constant(_BYTES, None)), _WORDS)
        kind = ir.FunctionType(_WORD, [_WORDS])
        fold = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.xor.v8i64")
        return builder.call(fold, [words])

    return types.uint64(buf, types.uint64, types.uint64), generate


@inlined
def first(word):
    """Place of the lowest bit that is set in a word (uint64), int64; 64 if none is."""
    return np.int64(trailing_zeros(word))


@inlined
def checksum(buf, at, end):
    """XOR of ``buf[at:end]`` (IEC 61162-1 §7.2.2); uint64 all."""
    word, pad = np.uint64(0), np.uint64(PAD)
    while end - at > pad:
        word ^= _folded(buf, at, pad)
        at += pad
    word ^= _folded(buf, at, end - at)
    word ^= word >> np.uint64(32)
    word ^= word >> np.uint64(16)
    return (word ^ (word >> np.uint64(8))) & np.uint64(0xFF)

"""How the kernels that run for every line are put together: callees in place, arrays without reference counts.

Numba counts the references to an array with atomic instructions, every time that a function is given it or a row
of it is taken; in a loop over lines that costs more than the work. The caller of a kernel holds its arrays until
the kernel returns, so nothing has to be counted in between.
"""

from __future__ import annotations

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

inlined = njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
"""For a function to be put in place of each call, where the compiler's own limits would leave a call; it does not
look whether a divisor is 0."""


@intrinsic
def borrow(_context, arrays):
    """Views of an array, or of a tuple of arrays, that hold no reference: for use while the caller holds them."""

    def view(context, builder, kind, value):
        if isinstance(kind, types.BaseTuple):
            parts = [view(context, builder, k, builder.extract_value(value, i)) for i, k in enumerate(kind)]
            return context.make_tuple(builder, kind, parts)
        array = make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        return array._getvalue()

    def generate(context, builder, signature, arguments):
        return view(context, builder, signature.args[0], arguments[0])

    return arrays(arrays), generate

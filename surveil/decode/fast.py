"""The fast way from bytes to batches: rows, counts and reasons are those of :mod:`surveil.decode.sentences`.

Kernels read the plain lines, some thousand at a time. A line that is not plain goes to the parent class, and
so does a message whose parts came in different blocks of lines. All that lasts from call to call is kept where
the parent keeps it: any chunk may go either way, and a saved state fits both.
"""

from __future__ import annotations

import numpy as np

from surveil.decode import block as tables
from surveil.decode import columns
from surveil.decode.block import Block, waiting_arrays
from surveil.decode.fragments import MAX_AGE_MS, MAX_WAITING, Key, Message, key_of
from surveil.decode.lines import MAX_LINE
from surveil.decode.messages import MAX_CHARS, TOO_LONG, VERDICTS, Decoded
from surveil.decode.plan import make_plan
from surveil.decode.sentences import SentenceDecoder
from surveil.decode.syntax import Sentence, TagBlock, parse_line
from surveil.decode.times import AIS_BEGAN_MS, Stamp
from surveil.kernels import fragments, whole
from surveil.kernels import sentences as kernel
from surveil.kernels.messages import MAX_WORDS
from surveil.kernels.sentences import FORMS, NO_TIME
from surveil.kernels.vectors import PAD
from surveil.schema import Batch, Positions, Safety, Statics

BLOCK_LINES = 16_384
"""Lines that are no plain whole messages read before they are looked at."""
_BYTES_A_POSITION, _BYTES_A_STATIC = 34, 128
"""Room is made for one row in so many bytes. The shortest report, type 27 with its 96 bits, has 34 with a line end; of
static data there may be more, which then are decoded by the slower kernels."""
SMALL_BYTES = 4096
"""A shorter chunk costs less line by line than in the hundred or so array calls of a block."""
_TYPE_NAMES = [str(t) for t in range(64)]
_FAR_FUTURE_MS = np.iinfo(np.int64).max


class FastDecoder(SentenceDecoder):
    """A :class:`SentenceDecoder` for speed; the same parameters, methods, rows and account."""

    _block: Block | None = None
    _buf = np.empty(0, np.uint8)
    _rows = np.empty((0, kernel.N_COLUMNS), np.int64)
    _space: whole.Space

    def feed(self, chunk: bytes) -> Batch:
        """Rows that these bytes complete, in order of arrival."""
        if len(chunk) < SMALL_BYTES or self.options.time_from != "auto":
            return super().feed(chunk)
        end = self._load(chunk)
        start, batches = 0, []
        while start < end:
            self._block = self._new_block(start, end)
            start = self._read(self._block, start, end)
            batches.append(self._decode(self._block))
        self._block = None
        return _concat(batches)

    def _new_block(self, start: int, end: int) -> Block:
        rooms = (Positions, (end - start) // _BYTES_A_POSITION), (Statics, (end - start) // _BYTES_A_STATIC)
        return Block(self._buf, end, self._rows, self.count.lines_read, *(columns.Room(*room) for room in rooms))

    def _load(self, chunk: bytes) -> int:
        """Put the lines that the chunk completes where the kernels read them; returns where they end.

        What is left over is kept as the splitter keeps it. After the lines there is room for all their parts
        and for those that wait.
        """
        splitter = self._splitter
        if splitter.after_cr:
            chunk = chunk.removeprefix(b"\n")
        line_feed = chunk.rfind(b"\n")
        cut = max(line_feed, chunk.rfind(b"\r", line_feed + 1)) + 1
        splitter.after_cr = chunk.endswith(b"\r")
        if cut == 0:
            splitter.partial = (splitter.partial + chunk)[:MAX_LINE]
            return 0
        begin, end = len(splitter.partial), len(splitter.partial) + cut
        self._make_room(end)
        self._buf[:begin] = np.frombuffer(splitter.partial, np.uint8)
        self._buf[begin:end] = np.frombuffer(chunk, np.uint8, cut)
        splitter.partial = chunk[cut : cut + MAX_LINE]
        return end

    def _make_room(self, n_bytes: int) -> None:
        waiting = sum(len(payload) for _, m in self._waiting() for payload, _ in m.parts.values())
        needed = 2 * n_bytes + waiting + PAD
        if len(self._buf) < needed:
            self._buf = np.empty(needed + needed // 8, np.uint8)
        if len(self._rows) != BLOCK_LINES:
            self._rows = np.empty((BLOCK_LINES, kernel.N_COLUMNS), np.int64)
            self._space = whole.Space(np.empty(MAX_WORDS, np.uint64), np.empty(2 * MAX_LINE + PAD, np.uint8))

    def _waiting(self) -> list[tuple[Key, Message]]:
        return list(self._fragments.waiting.items())

    def _read(self, block: Block, start: int, end: int) -> int:
        """Fill a block from the lines in ``buf[start:end]``; returns where the next line begins."""
        rules, plan, tally = self._rules(), make_plan(), self._tally()
        given, open_keys = np.zeros((whole.N_GIVEN, 64), np.int64), self._open_keys()
        while start < end and block.n < BLOCK_LINES:
            before = block.n
            *done, start = whole.read(
                block.buf, start, end, block.base + 1, (block.n, block.n_lines, block.n_positions, block.n_statics),
                block.rows, block.positions.rows, block.statics.rows, plan, rules,
                whole.Account(tally, given, open_keys), self._space,
            )  # fmt: skip
            block.n, block.n_lines, block.n_positions, block.n_statics = done
            if block.n > before and block.ends_odd:
                self._keep(tally)
                number, line = block.line(block.n - 1)
                self.count.lines_read = number - 1
                self._take_line(line)
                tally = self._tally()
                open_keys[-1] += block.parts_mixed * MAX_WAITING
        self._keep(tally)
        self.count.lines_read = block.base + block.n_lines
        self._count_given(*given)
        for row in np.flatnonzero(block.rows[: block.n, kernel.KIND] == kernel.EMPTY):
            number, line = block.line(row)
            self.ledger.refuse(self.source, number, "empty payload", line)
        return start

    def _rules(self) -> whole.Rules:
        options = self.options
        return whole.Rules(
            NO_TIME if options.start_ms is None else options.start_ms, float(options.rate_per_s or 1),
            AIS_BEGAN_MS, self._latest_ms, MAX_AGE_MS, MAX_WAITING,
        )  # fmt: skip

    @property
    def _latest_ms(self) -> int:
        return _FAR_FUTURE_MS if self.options.not_after_ms is None else self.options.not_after_ms

    def _open_keys(self) -> np.ndarray:
        """How many messages wait, by their keys and in all, as :func:`whole.read` counts them."""
        keys = waiting_arrays(self._waiting())[0]
        return np.append(np.bincount(keys % whole.N_KEYS, minlength=whole.N_KEYS), len(keys))

    def _tally(self) -> np.ndarray:
        """What the kernel carries from line to line, from where the parent keeps it."""
        clock = self.clock
        companion_ms, last_ms = (NO_TIME if t is None else t for t in (clock.companion_ms, clock.last_ms))
        heard = self.heard_time, self.heard_ais, self.count.simulated
        return np.array([companion_ms, FORMS.index(clock.companion), last_ms, clock.assumed, *heard, 0, 0], np.int64)

    def _keep(self, tally: np.ndarray) -> None:
        """Inverse of :meth:`_tally`; counts are added to the account."""
        companion_ms, companion, last_ms, assumed, time, ais, simulated, bad_tags, not_ais = tally.tolist()
        clock, count = self.clock, self.count
        clock.companion_ms = None if companion_ms == NO_TIME else companion_ms
        clock.last_ms = None if last_ms == NO_TIME else last_ms
        clock.companion, clock.assumed = FORMS[companion], assumed
        self.heard_time, self.heard_ais, count.simulated = bool(time), bool(ais), bool(simulated)
        count.not_ais += not_ais
        if bad_tags:
            count.warnings["tag block checksum"] += bad_tags

    def _take_sentence(self, sentence: Sentence, tag: TagBlock | None, raw: bytes, counted: bool) -> None:
        if sentence.parts > 1 and self._block is not None:
            self._join(self._block)
            self._block.parts_mixed = True
        super()._take_sentence(sentence, tag, raw, counted)

    def _take_message(self, message: Message) -> None:
        if self._block is None:
            super()._take_message(message)
        else:
            self._block.taken.append((message, self.count.lines_read, self.heard_time))

    def _join(self, block: Block) -> None:
        """Join the parts among the lines read since the last time."""
        waiting = self._waiting()
        at = block.new_parts(from_first=not waiting)
        if not len(at):
            return
        part = block.rows[at].T
        part[kernel.NUMBER, part[kernel.KIND] == kernel.JOINED] = 0
        status, last, stamp, first, part_of, by_number = fragments.join(
            part[kernel.KEY], part[kernel.PARTS], part[kernel.NUMBER], part[kernel.T_MS], part[kernel.OWN] == 1,
            *waiting_arrays(waiting), MAX_AGE_MS, MAX_WAITING,
        )  # fmt: skip
        here = np.arange(len(status)) >= len(waiting)
        whole = np.flatnonzero(here & (status == fragments.COMPLETE))
        if len(whole):
            block.add_joined(at, part, by_number[whole], stamp[whole], first[whole], last[whole])
        self._join_slowly(block, at, part, waiting, status, last, part_of)

    def _join_slowly(self, block: Block, at, part, waiting, status, last, part_of) -> None:
        """Messages that waited before or wait now, and orphans."""
        slow = np.flatnonzero((status != fragments.COMPLETE) | (np.arange(len(status)) < len(waiting)))
        order = np.argsort(part_of, kind="stable")
        begins, ends = (np.searchsorted(part_of[order], slow, side) for side in ("left", "right"))
        done, kept = [], {}
        for m, begin, end in zip(slow.tolist(), begins, ends, strict=True):
            key, message = waiting[m] if m < len(waiting) else (None, None)
            for i in order[begin:end]:
                key, message = _add(block.line(at[i]), part[:, i], key, message)
            if status[m] == fragments.WAITS:
                kept[key] = message
            else:
                done.append((int(last[m]), status[m] == fragments.COMPLETE, message))
        self._fragments.waiting = kept
        for i, complete, message in sorted(done, key=lambda entry: entry[:2]):
            if complete:
                block.taken.append((message, block.number(at[i]), bool(part[kernel.HEARD, i])))
            else:
                self._give_up([message])

    def _decode(self, block: Block) -> Batch:
        self._join(block)
        found = self._timely(block, block.table())
        decoded = columns.decode(
            columns.Messages(
                block.buf, found[tables.START], found[tables.N_CHARS], found[tables.FILL].astype(np.uint8),
                found[tables.T_MS], found[tables.SEQ],
            ),
            self.source,
        )  # fmt: skip
        self._account_for(block, found, decoded)
        origins = decoded.positions_from, decoded.statics_from, decoded.safety_from
        at, statics_at, safety_at = (found[tables.ARRIVAL][rows] for rows in origins)
        positions, at = block.positions.first(block.n_positions, self.source, decoded.positions, at)
        statics, statics_at = block.statics.first(block.n_statics, self.source, decoded.statics, statics_at)
        return Batch(positions, statics, decoded.safety, at, statics_at, safety_at)

    def _timely(self, block: Block, found: np.ndarray) -> np.ndarray:
        """The messages whose time can be true; the others are refused."""
        good = (found[tables.T_MS] >= AIS_BEGAN_MS) & (found[tables.T_MS] <= self._latest_ms)
        for message in found[:, ~good].T:
            t_ms = int(message[tables.T_MS])
            if t_ms == NO_TIME:
                self._refuse_lines(block, message, "no time" if message[tables.HEARD] else "no time yet")
            else:
                self._refuse_lines(block, message, self.options.fault(t_ms), defect=True)
        found = found if good.all() else np.compress(good, found, axis=1)
        _count(self.count.times, np.bincount(found[tables.FORM]), FORMS)
        return found

    def _account_for(self, block: Block, found: np.ndarray, decoded: Decoded) -> None:
        good = decoded.verdict == 0
        long = good & (found[tables.N_CHARS] > MAX_CHARS[decoded.msg_type])
        self.count.decoded += int(found[tables.N_LINES][good].sum())
        _count(self.count.types, np.bincount(decoded.msg_type[good]), _TYPE_NAMES)
        _count(self.count.warnings, np.bincount(decoded.msg_type[long]), TOO_LONG)
        for i in np.flatnonzero(~good):
            self._refuse_lines(block, found[:, i], VERDICTS[decoded.verdict[i]])

    def _count_given(self, types: np.ndarray, forms: np.ndarray, lines: np.ndarray, long: np.ndarray) -> None:
        """Account for messages that are written."""
        self.count.decoded += int(lines[0])
        _count(self.count.types, types, _TYPE_NAMES)
        _count(self.count.times, forms, FORMS)
        _count(self.count.warnings, long, TOO_LONG)

    def _refuse_lines(self, block: Block, message: np.ndarray, reason: str, defect: bool = False) -> None:
        for number, raw in block.lines_of(message):
            self.ledger.refuse(self.source, number, reason, raw, defect=defect)


def _add(line: tuple[int, bytes], part, key: Key | None, message: Message | None) -> tuple[Key, Message]:
    """Add a part that the kernel has read to a message, or begin one."""
    taken = parse_line(line[1])
    t_ms = int(part[kernel.T_MS])
    stamp = Stamp(None if t_ms == NO_TIME else t_ms, FORMS[part[kernel.FORM]], bool(part[kernel.OWN]))
    sentence = taken.sentences[0]
    if message is None:
        key, message = key_of(sentence, taken.tag), Message(sentence.parts, stamp)
    message.add(sentence, stamp, line, counted=True)
    return key, message


def _count(counter, numbers: np.ndarray, names) -> None:
    for i in numbers.nonzero()[0].tolist():
        counter[names[i]] += int(numbers[i])


def _concat(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    if not batches:
        return Batch.build()
    kinds = (("positions", Positions), ("statics", Statics), ("safety", Safety))
    rows = {name: kind.concat([getattr(b, name) for b in batches]) for name, kind in kinds}
    at = {f"{name}_at": np.concatenate([getattr(b, f"{name}_at") for b in batches]) for name, _ in kinds}
    return Batch(**rows, **at)

"""The journal that is being written: one record a commit, one sync a record, in the order of the calls.

All calls but `remove_before` come from one thread at a time. The next segment is prepared in a thread of the journal's
own while the one in use fills, so that no commit waits for its zeros. A failed write is undone; a failed sync is never
tried again, because nobody can know what the disk did.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sojourn.ports.errors import StoreBroken, StoreUnavailable
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES, Place, frame_bytes, write_frame, write_segment_header
from sojourn.stores.embedded.segments import (
    Disk,
    create_zeroed,
    segment_path,
    segments,
    segments_from,
    write_all,
    write_zeros,
)

_PREPARED = "prepared"


class _Prepared(NamedTuple):
    """The next segment while it has no name of its own yet: open, and full of zeros that are synced."""

    descriptor: int
    size_bytes: int


class Journal:
    """The one writer of a folder of segments."""

    def __init__(self, folder: Path, end: Place, *, segment_bytes: int, disk: Disk | None = None) -> None:
        """Go on behind the last record, which `recovery.mend_tail` has found. Raises StoreUnavailable, StoreBroken."""
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._disk = disk or Disk()
        self._background = ThreadPoolExecutor(1, "sojourn-journal")
        self._prepared: Future[_Prepared] | None = None
        self._end = end
        self._descriptor = -1
        found = segments_from(folder, end.position)
        if found:
            size_bytes = found[-1].path.stat().st_size
            self._use(self._disk.open(found[-1].path, os.O_WRONLY), found[-1].base, size_bytes)
        else:
            self._switch(0)

    @property
    def begin(self) -> int:
        """The position at which the segment in use begins."""
        return self._base

    @property
    def end(self) -> Place:
        """The place behind the last record."""
        return self._end

    def append(self, payload: bytes) -> Place:
        """Write a record and sync it; the place behind it.

        Raises StoreUnavailable when nothing was written, StoreBroken when nobody can know.
        """
        needed = frame_bytes(len(payload))
        if self._end.position - self._base + needed > self._size_bytes:
            self._switch(needed)
        # A record that opens a segment stands behind the segment's header.
        begin = Place(max(self._end.position, self._base + SEGMENT_HEADER_BYTES), self._end.link)
        data, end = write_frame(payload, begin)
        self._write(data, begin.position - self._base)
        self._sync()
        self._end = end
        self._prepare_in_time()
        return end

    def rotate(self) -> None:
        """Go on in a new segment, so that the one in use can be removed once it is materialised.

        Raises StoreUnavailable when it cannot be made now, StoreBroken.
        """
        if self._end.position > self._base:
            self._switch(0)

    def remove_before(self, position: int) -> int:
        """Remove the segments that end at or before a position; how many. Raises OSError."""
        found = segments(self._folder)
        removable = [old for old, new in pairwise(found) if new.base <= position]
        for segment in removable:
            self._disk.remove(segment.path)
        if removable:
            self._disk.sync_folder(self._folder)
        return len(removable)

    def close(self) -> None:
        """Let go of the files. What was appended is durable already."""
        self._background.shutdown(wait=True)
        self._give_up_prepared()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes, offset: int) -> None:
        try:
            write_all(self._descriptor, data, offset, self._disk)
        except OSError as error:
            self._undo(offset, len(data), error)
            raise StoreUnavailable(f"The journal cannot be written: {error.strerror}.") from error

    def _undo(self, offset: int, size_bytes: int, cause: OSError) -> None:
        try:
            write_zeros(self._descriptor, offset, size_bytes, self._disk)
        except OSError as error:
            raise StoreBroken(
                f"A write of the journal failed ({cause.strerror}) and cannot be undone ({error.strerror})."
            ) from error

    def _sync(self) -> None:
        try:
            self._disk.sync(self._descriptor)
        except OSError as error:
            raise StoreBroken(f"The journal cannot be synced: {error.strerror}.") from error

    def _prepare_in_time(self) -> None:
        if self._prepared is None and 2 * (self._end.position - self._base) >= self._size_bytes:
            self._prepared = self._background.submit(self._prepare, self._segment_bytes)

    def _prepare(self, size_bytes: int) -> _Prepared:
        return _Prepared(create_zeroed(self._folder / _PREPARED, size_bytes, self._disk), size_bytes)

    def _give_up_prepared(self) -> None:
        waiting, self._prepared = self._prepared, None
        # What could not be made has left nothing; a file that cannot be removed is made anew over itself.
        if waiting is not None and waiting.exception() is None:
            os.close(waiting.result().descriptor)
            with suppress(OSError):
                self._disk.remove(self._folder / _PREPARED)

    def _switch(self, needed_bytes: int) -> None:
        """Go on in a new segment that has room for a record of that size.

        Until everything has succeeded, the one in use stays in use: nothing of the journal may depend on a file that
        could not be opened.
        """
        base = self._end.position
        try:
            prepared = self._prepared_segment(SEGMENT_HEADER_BYTES + needed_bytes)
        except OSError as error:
            raise _cannot_continue(error) from error
        try:
            write_all(prepared.descriptor, write_segment_header(self._end), 0, self._disk)
            self._disk.sync(prepared.descriptor)
            self._disk.rename(self._folder / _PREPARED, segment_path(self._folder, base))
        except OSError as error:
            os.close(prepared.descriptor)
            raise _cannot_continue(error) from error
        try:
            self._disk.sync_folder(self._folder)
        except OSError as error:
            os.close(prepared.descriptor)
            raise StoreBroken(f"The folder of the journal cannot be synced: {error.strerror}.") from error
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._use(prepared.descriptor, base, prepared.size_bytes)

    def _prepared_segment(self, needed_bytes: int) -> _Prepared:
        waiting, self._prepared = self._prepared, None
        if waiting is not None:
            prepared = waiting.result()
            if needed_bytes <= prepared.size_bytes:
                return prepared
            os.close(prepared.descriptor)
        # A record that is larger than a segment gets one of its own size.
        return self._prepare(max(self._segment_bytes, needed_bytes))

    def _use(self, descriptor: int, base: int, size_bytes: int) -> None:
        self._descriptor = descriptor
        self._base = base
        self._size_bytes = size_bytes


def _cannot_continue(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"The journal cannot be continued: {error.strerror}.")

"""What lies between the cells of a page of the database: nothing.

SQLite overwrites what is deleted (`secure_delete`), but when it moves cells to another page, the old page keeps their
bytes in its unused space, and whoever deletes the cells later cannot know of that copy. So this VFS, which stands over
the one with the checksums, fills the unused space of each page with zeros when a checkpoint brings it into the database
file. To SQLite those bytes mean nothing: https://www.sqlite.org/fileformat2.html#b_tree_pages.
"""

from __future__ import annotations

from struct import Struct

import apsw

NAME = "sojourn-gapless"

_FILE_HEADER_BYTES = 100
"""What stands before the first page's own header."""
_HEADER = Struct(">BHHHB")
"""Of a page: its kind, the first free block, how many cells there are, and where their content begins."""
_LEAF_HEADER_BYTES, _INTERIOR_HEADER_BYTES = 8, 12
_BYTES_MAX = 1 << 37
"""A page of no tree begins with the number of another page. Only in files that are larger than this could the first
byte of that number be mistaken for a kind, so in those every page is left as it is.
"""
_LEAVES, _INTERIORS = (0x0A, 0x0D), (0x02, 0x05)


class GaplessPages(apsw.VFS):
    """The VFS. Keep it as long as a database is open that it was used for."""

    def __init__(self, floor: str) -> None:
        """Stand over the VFS of this name."""
        self.name = NAME
        self._floor = floor
        super().__init__(NAME, floor)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  As below.
        kind = _Database if flags[0] & apsw.SQLITE_OPEN_MAIN_DB else _File
        return kind(self._floor, name, flags)


class _File(apsw.VFSFile):
    """A file beside the database, written as it comes."""

    def xLock(self, level: int) -> None:  # noqa: N802  The name that SQLite knows.
        try:
            super().xLock(level)
        except apsw.IOError as error:
            # Who only reads cannot lock for writing. SQLite tries that when the last connection is closed, and passes
            # over it; what a VFS in Python raises would come out of the closing.
            raise apsw.BusyError from error


class _Database(_File):
    """The database file, which SQLite writes page by page."""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  The name that SQLite knows.
        if self.xFileSize() < _BYTES_MAX:
            data = without_gap(data, _FILE_HEADER_BYTES if offset == 0 else 0)
        super().xWrite(data, offset)


def without_gap(page: bytes, header_at: int = 0) -> bytes:
    """A page with zeros in the space between the pointers to its cells and the cells; any other page as it is."""
    kind, _, cells, content_at, _ = _HEADER.unpack_from(page, header_at)
    if kind in _LEAVES:
        begin = header_at + _LEAF_HEADER_BYTES + 2 * cells
    elif kind in _INTERIORS:
        begin = header_at + _INTERIOR_HEADER_BYTES + 2 * cells
    else:
        return page
    return page[:begin] + bytes(content_at - begin) + page[content_at:] if begin < content_at < len(page) else page

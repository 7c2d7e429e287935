"""The default store: one data folder, one server, nothing installed beside it (docs/adr/0004).

A commit is one record in the `journal/`, synced. A materialiser in a child process brings the journal into `sojourn.db`
(SQLite), many changes of one document as one write. What it has not brought there yet is held in memory.

This package imports nothing by itself, because the child process must start fast: `embedded.store` has the store, and
`embedded.verify` the check of a folder.
"""

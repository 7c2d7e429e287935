"""What the engine and the door need from the world. Each port is a Protocol whose docstrings are the contract.

A port speaks the records of the core only: no SQL, no row, no cursor, no lock of an engine crosses it.
"""

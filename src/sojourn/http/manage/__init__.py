"""The management API: people and what they did, sources, keys, the live feed, and how the server is doing.

One file per noun. A handler asks the ports and returns records; `answers` writes them out whole, `refusals` turns what
goes wrong into problems, `rights` lets nobody through whom the route does not name.
"""

"""Where decisions are kept: one module or package for each engine, each filling the ports of a store.

Stores do not know each other; `memory` is the model that all others are compared with.
"""

"""Contract suites and builders, for us and for anyone who writes a store."""

"""What Sojourn means: pure decisions over plain records.

Nothing in here reads a clock, makes a random number, touches a disk or a network, or logs. Facts and a batch of
submissions go in; changes and answers come out. The same code runs live, in dry runs, in rebuilds and in tests.
"""

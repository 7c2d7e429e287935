"""How fast Sojourn is, measured on the real server by a load tool in a process of its own: `sojourn bench`.

The rule: everything that is measured is durable and answered with 200, every figure stands beside what the same
machine can do at most in the same minute, and whatever was not answered so is told.
"""

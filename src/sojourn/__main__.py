"""`python -m sojourn`: the same as the command `sojourn`, where that is on no path."""

from sojourn.cli import main

if __name__ == "__main__":
    main()

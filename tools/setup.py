"""Make .venv and install Sojourn with its tools in it, saying what goes on.

Run by `make setup` with whatever Python 3 the machine offers, so this file keeps to words that old ones understand.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

NEEDED = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11")
TERMINAL_PAUSE_S = 0.2
LOG_PAUSE_S = 5
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main() -> int:
    """Do the two parts: an environment, and the packages in it."""
    if sys.version_info[:2] < NEEDED:
        return in_a_newer_python()
    started = time.monotonic()
    say("Setting up Sojourn in .venv (the next time is quick).")
    if not runs(PYTHON):
        say(f"1/2 making the environment, with Python {sys.version_info[0]}.{sys.version_info[1]}")
        if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False).returncode:
            say("Python could not make it. On Debian and Ubuntu the package python3-venv may be missing.")
            return 1
    say("2/2 installing the packages that constraints.txt pins")
    if not install():
        return 1
    (VENV / "ready").touch()
    say(f"Ready after {time.monotonic() - started:.0f} s.")
    return 0


def in_a_newer_python() -> int:
    """Start again in a new enough Python, when the machine has one beside the default."""
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and runs(Path(found)):
            os.execv(found, [found, __file__])
    needed, given = ".".join(map(str, NEEDED)), ".".join(map(str, sys.version_info[:2]))
    say(f"Sojourn needs Python {needed} or newer, and this is {given}.")
    say(f"Install a newer one and name it: make setup PYTHON=python{needed}")
    return 1


def runs(python: Path) -> bool:
    """Whether there is a Python, new enough, that starts."""
    question = f"import sys; sys.exit(sys.version_info[:2] < {NEEDED!r})"
    try:
        return subprocess.run([str(python), "-c", question], check=False, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def install() -> bool:
    """Install with pip. Its many lines are shown whole only when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--constraint", "constraints.txt", "--editable", ".[dev]"]
    lines: list[str] = []
    done = threading.Event()
    pause_s = TERMINAL_PAUSE_S if sys.stderr.isatty() else LOG_PAUSE_S
    telling = threading.Thread(target=tell, args=(lines, done, pause_s), daemon=True)
    telling.start()
    with subprocess.Popen(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        lines += pip.stdout or ()
    done.set()
    telling.join()
    if pip.returncode:
        say("".join(lines[-30:]))
        say("pip could not install the packages; its last words are above. Is there a network?")
    return pip.returncode == 0


def tell(lines: "list[str]", done: threading.Event, pause_s: float) -> None:
    """Until it is done, say each so many seconds how long it has taken and what the last line was.

    On a terminal each text takes the place of the last one. Logs and pipes get a line for each.
    """
    started = time.monotonic()
    moves = sys.stderr.isatty()
    while not done.wait(pause_s):
        last = lines[-1].strip() if lines else ""
        text = f"    {time.monotonic() - started:3.0f} s  {last}"[:78]
        sys.stderr.write("\r\033[K" + text if moves else text + "\n")
        sys.stderr.flush()
    if moves:
        sys.stderr.write("\r\033[K")


def say(text: str) -> None:
    """Tell the person what goes on."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

"""``python -m prehab``: the same as the ``prehab`` program."""

from prehab.cli import run

if __name__ == "__main__":
    run()

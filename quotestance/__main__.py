"""``python -m quotestance``."""

from quotestance.cli import run

if __name__ == "__main__":
    run()

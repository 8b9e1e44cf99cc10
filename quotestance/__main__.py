"""``python -m quotestance``."""

from quotestance.cli.main import run

if __name__ == "__main__":
    run()

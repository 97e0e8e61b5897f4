"""`python -m compliance`."""

from compliance.cli.main import run

if __name__ == "__main__":
    run()

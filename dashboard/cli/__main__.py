"""`python -m dashboard.cli` is `passline`."""

from dashboard.cli import main

if __name__ == "__main__":
    main()

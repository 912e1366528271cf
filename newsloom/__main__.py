"""`python -m newsloom` is the command `newsloom`."""

from newsloom.cli import main

if __name__ == "__main__":
    main()

"""Every error that Newsloom raises, and the exit code that the command line gives it.

NewsloomError
├── WrongUse      (2)  an argument, setting or file that the user must correct
│   └── UnknownSetting
└── CannotRun     (3)  the store, the disk or the port does not let us
    ├── StoreError
    │   ├── StoreNewer       made by a newer release
    │   └── StoreDamaged
    └── PortInUse

Bad news is not an error: a stage returns `types.Rejected`, which is stored and counted.
"""


class NewsloomError(Exception):
    """Base of all; the message is one line that says what to do."""

    exit_code = 1


class WrongUse(NewsloomError):
    """The caller must change an argument, a setting or an input."""

    exit_code = 2


class UnknownSetting(WrongUse):
    """A setting that does not exist; the message names the nearest one that does."""


class CannotRun(NewsloomError):
    """Nothing wrong with the request, but the machine does not let us."""

    exit_code = 3


class StoreError(CannotRun):
    """The store can't be opened, read or written."""


class StoreNewer(StoreError):
    """The store was made by a newer Newsloom."""


class StoreDamaged(StoreError):
    """The store's file fails its integrity check."""


class PortInUse(CannotRun):
    """The address to serve on is taken."""

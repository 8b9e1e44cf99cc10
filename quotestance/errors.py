"""The exceptions that quotestance raises on purpose.

    QuotestanceError
    ├── SpanError        (also ValueError)   offsets that do not fit their text
    ├── FormatError      (also ValueError)   a file or record that cannot be read as what it claims to be
    ├── CheckpointError  (also OSError)      a model folder that is missing, unsound, or of the wrong kind
    └── RunError         (also OSError)      a run over a folder that cannot go on, or has nothing to do

Each message says what went wrong, where, and what to do about it.
"""

from __future__ import annotations


class QuotestanceError(Exception):
    """Root of every error that quotestance raises on purpose."""


class SpanError(QuotestanceError, ValueError):
    """Character offsets do not fit the text they claim to point into."""


class FormatError(QuotestanceError, ValueError):
    """A file or a record is not what it claims to be."""


class CheckpointError(QuotestanceError, OSError):
    """A model folder is missing, incomplete, malformed or of the wrong kind, or would have its own code run."""


class RunError(QuotestanceError, OSError):
    """A run over a folder cannot go on, or has nothing to do; what was done before is kept."""


class GoldWarning(UserWarning):
    """Gold can be read, but there is a choice in it that the caller did not make."""

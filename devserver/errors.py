"""What stops the development server before it serves, each with one sentence for the person at the terminal."""

from __future__ import annotations


class CannotStart(Exception):
    """The server cannot start; the text is one line that says why and what mends it. Exit code 1."""


class BadOption(CannotStart):
    """A flag or an environment variable has a value that cannot be used. Exit code 2."""

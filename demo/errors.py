"""What can go wrong in the demo, each as one sentence for the person at the keyboard."""


class DemoError(Exception):
    """Something the demo needs is missing, taken or broken; the message says what and what to do about it."""


class ProgramEndedError(DemoError):
    """A program ended by itself; the message holds the end of its log, `status` is negative if a signal ended it."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class NotReadyError(DemoError):
    """A program runs but did not become ready in time; the message holds the end of its log."""

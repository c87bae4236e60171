"""What can go wrong in the demo, each as one sentence for the person at the keyboard."""


class DemoError(Exception):
    """Something the demo needs is missing, taken or broken; the message says what and what to do about it."""


class ProgramEndedError(DemoError):
    """A program ended by itself; the message holds the end of its log."""


class NotReadyError(DemoError):
    """A program runs but did not become ready in time; the message holds the end of its log."""

"""What keeps a part of the benchmark from being run."""


class BenchError(Exception):
    """A sentence for whoever runs the benchmark."""

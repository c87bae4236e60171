"""What a path in the configuration must look like."""

from pathlib import PurePosixPath, PureWindowsPath


def is_whole(path: str) -> bool:
    """Whether it is absolute, on Linux or Windows: a service has a working directory that nobody thinks of."""
    return path.isprintable() and (PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute())

"""The configuration of what is read of the machine itself: its own figures, disks, processes."""

from typing import Annotated, Literal

from msgspec import Meta

from exporter.config.section import Section
from exporter.config.units import Duration


class WatchedDisk(Section, frozen=True):
    """A disk, by a folder on it."""

    path: Annotated[str, Meta(description="the whole path of a folder on it, such as /srv/recordings or D:\\Library")]
    purpose: Annotated[
        str,
        Meta(description="what it is for: `recordings` (which alerts ask for), `library`, or a word of your own"),
    ]


class WatchedProcess(Section, frozen=True):
    """Processes of one executable, under a name of your own. Of several entries with one name any counts."""

    name: Annotated[str, Meta(description="the `process` label, such as SAM")]
    match: Annotated[str, Meta(description="the executable's name, such as SAMBC.exe; any case, with or without .exe")]

    @property
    def executable(self) -> str:
        """As names are compared."""
        return bare(self.match)


class WatchedHost(Section, frozen=True):
    """The machine the exporter runs on. In a container: the processes, network and disks of the container alone."""

    enabled: Annotated[
        bool | Literal["auto"],
        Meta(
            description="CPU, memory, network and boot time: `true`, `false`, or `auto` = unless a node_exporter or"
            " windows_exporter answers on this machine (ports 9100, 9182). What is named below, and the disk of"
            " `state_dir`, is read in any case"
        ),
    ] = "auto"
    interval: Annotated[Duration, Meta(description="time from one round to the next")] = Duration("15s")
    disks: Annotated[tuple[WatchedDisk, ...], Meta(description="disks beside that of `state_dir`")] = ()
    processes: Annotated[
        tuple[str | WatchedProcess, ...],
        Meta(
            description="a text is an executable's name without .exe and the `process` label too; or"
            " `{name: SAM, match: SAMBC.exe}`, and of several entries with one name any counts"
        ),
    ] = ()

    @property
    def watched_processes(self) -> tuple[WatchedProcess, ...]:
        """The processes, each with its name."""
        return tuple(
            WatchedProcess(name=process, match=process) if isinstance(process, str) else process
            for process in self.processes
        )


def bare(executable: str) -> str:
    """An executable's name as it is compared: small letters, without `.exe`."""
    return executable.lower().removesuffix(".exe")

"""Every family of the machine, its disks and its processes."""

from exporter.page import Family

_DISK = ("path", "purpose")
_PROCESS = ("process",)


def _host(name: str, text: str, *labels: str) -> Family:
    return Family(f"radio_host_{name}", "counter" if name.endswith("_total") else "gauge", text, labels)


CPU = _host("cpu_ratio", "CPU in use, all cores together, on average since the round before.")
MEMORY = _host("memory_bytes", "Memory of the machine.")
MEMORY_AVAILABLE = _host("memory_available_bytes", "Memory that programs can have without swapping.")
DISK_UP = _host("disk_up", "1 if the disk can be read; 0 if its path is missing or does not answer.", *_DISK)
DISK_FREE = _host("disk_free_bytes", "Room that an ordinary user can still write to, as df says.", *_DISK)
DISK_SIZE = _host("disk_size_bytes", "Size of the file system.", *_DISK)
RECEIVED = _host("network_received_bytes_total", "Bytes received over all interfaces that lead out of the machine.")
SENT = _host("network_sent_bytes_total", "Bytes sent over all interfaces that lead out of the machine.")
BOOT = _host("boot_timestamp_seconds", "When the machine was started, as Unix time.")

PROCESS_UP = Family("radio_process_up", "gauge", "1 if at least one process of this name runs.", _PROCESS)
PROCESS_CPU = Family(
    "radio_process_cpu_seconds_total",
    "counter",
    "CPU time that processes of this name have taken while the exporter watched; it stays when one of them ends.",
    _PROCESS,
)
PROCESS_MEMORY = Family(
    "radio_process_resident_memory_bytes", "gauge", "Memory that processes of this name hold, together.", _PROCESS
)
PROCESS_FILES = Family(
    "radio_process_open_files",
    "gauge",
    "Open file descriptors (Windows: handles) of processes of this name; absent if another user's may not be seen.",
    _PROCESS,
)

FAMILIES: tuple[Family, ...] = (
    CPU, MEMORY, MEMORY_AVAILABLE, DISK_UP, DISK_FREE, DISK_SIZE, RECEIVED, SENT, BOOT, PROCESS_UP, PROCESS_CPU,
    PROCESS_MEMORY, PROCESS_FILES,
)  # fmt: skip

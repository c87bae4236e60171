"""The page of a reading, and what promtool says of it."""

import subprocess

from exporter.host.families import FAMILIES
from exporter.host.metrics import render
from exporter.host.reading import Disk, Machine, Memory, Process, Reading, Space, Traffic
from exporter.page import assemble
from tests.services import need


def test_the_page_of_every_family() -> None:
    reading = Reading(
        Machine(0.25, Memory(8_000_000_000, 2_000_000_000), Traffic(1000, 2000), 1_732_450_000.0),
        (Disk("/srv/recordings", "recordings", Space(100, 25)), Disk("D:\\Library", "library", None)),
        (Process("SAM", True, 1.5, 1000, 12), Process("icecast2", False, 0.5), Process("mysqld", None, 0.0)),
    )
    text = assemble(FAMILIES, [render(reading)], openmetrics=False)
    assert text.count("# HELP") == len(FAMILIES)
    assert [line for line in text.splitlines() if not line.startswith("#")] == PAGE.splitlines()


PAGE = """\
radio_host_cpu_ratio 0.25
radio_host_memory_bytes 8000000000
radio_host_memory_available_bytes 2000000000
radio_host_disk_up{path="/srv/recordings",purpose="recordings"} 1
radio_host_disk_up{path="D:\\\\Library",purpose="library"} 0
radio_host_disk_free_bytes{path="/srv/recordings",purpose="recordings"} 25
radio_host_disk_size_bytes{path="/srv/recordings",purpose="recordings"} 100
radio_host_network_received_bytes_total 1000
radio_host_network_sent_bytes_total 2000
radio_host_boot_timestamp_seconds 1732450000.0
radio_process_up{process="SAM"} 1
radio_process_up{process="icecast2"} 0
radio_process_cpu_seconds_total{process="SAM"} 1.5
radio_process_cpu_seconds_total{process="icecast2"} 0.5
radio_process_cpu_seconds_total{process="mysqld"} 0.0
radio_process_resident_memory_bytes{process="SAM"} 1000
radio_process_open_files{process="SAM"} 12
"""


def test_promtool_accepts_the_page() -> None:
    need("promtool")
    reading = Reading(
        Machine(0.25, Memory(8, 2), Traffic(1000, 2000), 1.0),
        (Disk("/srv/recordings", "recordings", Space(100, 25)),),
        (Process("SAM", True, 1.5, 1000, 12),),
    )
    page = assemble(FAMILIES, [render(reading)], openmetrics=False)
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")

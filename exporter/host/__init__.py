"""The machine that the exporter runs on: its own figures, disks by purpose, processes by name."""

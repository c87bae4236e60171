"""Playout and host health: decks, encoders and connections of the engine, the machine, the streams' time on air."""

from . import links, machine, playout_engine, stream_tables
from .board import Board, Section

BOARD = Board(
    uid=links.PLAYOUT,
    title="Radio / Playout and host health",
    description="Is the playout engine well, has its machine room and time to spare, and how long are we on air?",
    unused_variables=["channel"],
    own_variables=["engine"],
    events=True,
    sections=[
        Section(
            "",
            [
                playout_engine.reports(),
                playout_engine.last_report(),
                playout_engine.streaming(),
                playout_engine.mysql(),
                playout_engine.encoders(),
                machine.least_free(),
            ],
        ),
        Section("Decks", [playout_engine.decks(), playout_engine.fill(), playout_engine.latency()]),
        Section("", [playout_engine.buffered(), playout_engine.underruns()]),
        Section(
            "Encoders", [playout_engine.encoder_states(), playout_engine.bit_rates(), playout_engine.unsteadiness()]
        ),
        Section("Streams", [stream_tables.on_air_for(), stream_tables.last_day()]),
        Section("Machine", [machine.cpu(), machine.memory_used(), machine.network()]),
        Section("Disks", [machine.disks(), machine.disk_table()]),
        Section("Programs", [machine.programs(), machine.program_cpu(), machine.program_memory()]),
    ],
)

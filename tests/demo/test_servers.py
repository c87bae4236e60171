import socket

import yaml

from demo import stack
from demo.errors import DemoError
from demo.ports import free_port, is_free, prefer
from demo.servers import ROOT, lay_out_alertmanager, lay_out_prometheus


def test_prometheus_gets_the_repositorys_files_and_targets_on_loopback(tmp_path):
    lay_out_prometheus(tmp_path, {"exporter": 10880, "prometheus": 9091})
    assert (tmp_path / "prometheus.yml").resolve() == ROOT / "config/prometheus/prometheus.yml"
    assert (tmp_path / "rules").resolve() == ROOT / "alerting/rules"
    assert (tmp_path / "alerts").resolve() == ROOT / "alerting/alerts"
    targets = yaml.safe_load((tmp_path / "targets/prometheus.yml").read_text())
    assert targets == [{"targets": ["127.0.0.1:9091"]}]


def test_a_folder_can_be_used_again(tmp_path):
    for _ in range(2):
        lay_out_alertmanager(tmp_path)
        lay_out_prometheus(tmp_path, {"exporter": 1})
    assert (tmp_path / "templates").resolve() == ROOT / "alerting/templates"


def test_a_taken_port_is_left_alone():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert prefer(port) != port
    assert is_free(free_port())


async def test_the_exporters_port_must_be_free(tmp_path, monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(stack, "EXPORTER_PORT", port)
        assert await stack.run(stack.Wishes(tmp_path)) is False
    said = capsys.readouterr()
    assert said.err.startswith(f"demo: port {port}, the exporter's, is taken: end the program that listens there")
    assert said.out == ""


async def test_a_failure_is_told_before_the_rest_is_ended(tmp_path, monkeypatch, capsys):
    def no_icecast(*names: str) -> str:
        raise DemoError(f"{names[0]} is not installed")

    monkeypatch.setattr(stack, "EXPORTER_PORT", free_port())
    monkeypatch.setattr("demo.icecast.find_program", no_icecast)
    assert await stack.run(stack.Wishes(tmp_path)) is False
    said = capsys.readouterr()
    assert said.err == "demo: icecast2 is not installed\n"
    assert said.out.split("\n")[0] == "  Icecast           starting… did not start"
    assert said.out.endswith("everything has ended\n")

"""compose.yaml keeps its habits. What Docker makes of it is `docker compose config`'s business."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.credentials import admin_file, ingest_file, playout_file, sam_file
from demo.places import places_file
from exporter.config.state_dir import SYSTEM
from exporter.event import CATEGORIES, LEVELS

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
EXPECTED_IMAGES = {
    "prometheus": "prom/prometheus:v3.11.3",
    "alertmanager": "prom/alertmanager:v0.33.1",
    "grafana": "grafana/grafana:13.0.1",
    "loki": "grafana/loki:3.7.1",
    "database": "mariadb:11.8.3",
}

every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_images_are_pinned(name):
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])
    assert SERVICES[name]["image"] == EXPECTED_IMAGES.get(name, SERVICES[name]["image"])


@every_service
def test_nobody_is_root_or_has_more_rights_than_an_ordinary_user(name):
    service = SERVICES[name]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & service.keys()
    assert service.get("network_mode") in {None, "service:icecast"}


@every_service
def test_everybody_is_watched_and_limited(name):
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}


@every_service
def test_starts_wait_for_health(name):
    for dependency in SERVICES[name].get("depends_on", {}).values():
        assert dependency["condition"] == "service_healthy"


def test_only_grafana_is_published_and_on_loopback():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"grafana": ["${GRAFANA_ADDRESS:-127.0.0.1}:${GRAFANA_PORT:-3000}:3000"]}
    assert environment()["GRAFANA_ADDRESS"] == "127.0.0.1"


@every_service
def test_what_is_mounted_lies_in_the_repository_and_is_read_only(name):
    for mount in SERVICES[name].get("volumes", []):
        # One that .env may name has a default in the repository.
        source, target, *mode = re.sub(r"^\$\{\w+:-(.+?)\}", r"\1", mount).split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).exists(), f"{source} is missing"
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_the_exporter_is_asked_by_its_own_command():
    assert SERVICES["exporter"]["healthcheck"]["test"] == ["CMD", "radio-exporter", "health"]


def test_the_demo_station_is_a_profile_of_its_own():
    demo = {name for name, service in SERVICES.items() if service.get("profiles") == ["demo"]}
    assert demo == {"icecast", "database", "station", "streaming"}
    assert {name: one["required"] for name, one in exporters("depends_on").items()} == {
        "icecast": False,
        "database": False,
    }
    assert environment()["COMPOSE_PROFILES"] == "demo,logs"


def test_the_exporter_reads_the_demos_configuration_until_the_demo_is_left():
    assert "${EXPORTER_CONFIG:-./config/exporter.yaml}:/etc/radio-exporter/exporter.yaml:ro" in exporters("volumes")
    assert environment()["EXPORTER_CONFIG"] == "./demo/exporter.yaml"
    assert (ROOT / environment()["EXPORTER_CONFIG"]).exists()


def test_every_name_of_both_configurations_is_passed_on():
    for file in ("config/exporter.yaml", "demo/exporter.yaml"):
        text = re.sub(r"#.*", "", (ROOT / file).read_text())
        assert set(re.findall(r"\$\{(\w+)", text)) <= exporters("environment").keys()


def test_the_demos_files_are_where_the_demos_configuration_looks():
    written = {word.partition("=")[2] for word in SERVICES["icecast"]["command"] if word.startswith("--secrets=")}
    assert written == {"/var/lib/radio-demo"}
    defaults = re.findall(r"_(?:FILE|DATABASE):-(.+?)\}", (ROOT / "demo/exporter.yaml").read_text())
    files = (admin_file, ingest_file, places_file, sam_file)
    assert set(defaults) == {str(file(Path("/var/lib/radio-demo"))) for file in files}
    assert "demo-passwords:/var/lib/radio-demo:ro" in exporters("volumes")


def test_the_playouts_database_is_found_by_station_and_exporter():
    database = SERVICES["database"]
    assert database["environment"] == {"MARIADB_ROOT_PASSWORD_FILE": str(playout_file(Path("/var/lib/radio-demo")))}
    assert "demo-passwords:/var/lib/radio-demo" in database["volumes"]
    assert "--sam.host=database" in SERVICES["station"]["command"]
    assert SERVICES["station"]["network_mode"] == "service:icecast"
    assert "host: ${SAM_HOST:-database}" in (ROOT / "demo/exporter.yaml").read_text()
    assert set(database["networks"]) & set(SERVICES["icecast"]["networks"]) & set(exporters("networks"))


def test_the_exporter_keeps_its_listeners_in_a_volume_and_has_room_for_100_000():
    assert f"exporter-data:{SYSTEM}" in exporters("volumes")
    assert exporters("deploy")["resources"]["limits"]["memory"] == "1536M"


def test_whoever_tells_the_exporter_finds_it():
    for name in ("icecast", "streaming"):
        assert "--exporter.url=http://exporter:10880" in SERVICES[name]["command"]
        assert set(SERVICES[name]["networks"]) & set(exporters("networks"))
    assert "--web.listen-address=0.0.0.0:10880" in exporters("command")


def test_figures_are_kept_for_three_years():
    assert "--storage.tsdb.retention.time=${PROMETHEUS_RETENTION:-3y}" in SERVICES["prometheus"]["command"]
    assert environment()["PROMETHEUS_RETENTION"] == "3y"


def test_secrets_are_files_and_none_is_set():
    for secret in COMPOSE["secrets"].values():
        variable, default = re.fullmatch(r"\$\{(\w+):-\./(.+)\}", secret["file"]).groups()
        assert environment()[variable] == ""
        assert (ROOT / default).read_bytes() == b""


def test_every_secret_of_a_receiver_has_a_line_to_uncomment():
    receivers = (ROOT / "config/alertmanager/alertmanager.yml").read_text()
    compose = (ROOT / "compose.yaml").read_text()
    for name in re.findall(r"/run/secrets/(\w+)", receivers):
        assert f"  #{name}: {{file: ./secrets/{name}}}\n" in compose


def test_dot_env_holds_no_secret():
    for name, value in environment().items():
        if re.search("PASSWORD|SECRET|TOKEN|KEY", name):
            assert value == "" or value.startswith("/"), f"{name} names a file or nothing"
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_variable_has_a_default_so_that_config_is_silent():
    text = re.sub(r"^ *#.*$", "", (ROOT / "compose.yaml").read_text(), flags=re.MULTILINE).replace("$$", "")
    assert re.findall(r"\$(?!\{\w+:[-+])\S*", text) == []


def test_grafana_has_no_administrator_until_a_password_is_chosen():
    settings = (ROOT / "config/grafana/grafana.ini").read_text()
    assert "disable_initial_admin_creation = true" in settings
    assert "org_role = Viewer" in settings
    grafana = SERVICES["grafana"]["environment"]
    assert grafana["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "${GRAFANA_ADMIN_SECRET:+false}"
    assert grafana["GF_SECURITY_ADMIN_PASSWORD"] == "$$__file{/run/secrets/grafana_admin}"


def test_loki_is_there_at_first_and_leaves_with_its_profile():
    assert SERVICES["loki"]["profiles"] == ["logs"]
    assert not any("loki" in service.get("depends_on", {}) for service in SERVICES.values())
    assert environment()["LOKI_URL"] == "http://loki:3100"
    # Without it the exporter pushes to nobody, while Grafana needs an address for its data source.
    assert exporters("environment")["LOKI_URL"] == "${LOKI_URL:-}"
    assert SERVICES["grafana"]["environment"]["LOKI_URL"] == "${LOKI_URL:-http://loki:3100}"
    for name in ("exporter", "grafana"):
        assert set(SERVICES[name]["networks"]) & set(SERVICES["loki"]["networks"])


def test_loki_asks_itself_whether_it_is_well():
    """Its image has neither a shell nor wget."""
    program, *arguments = SERVICES["loki"]["healthcheck"]["test"][1:]
    assert program == "/usr/bin/loki"
    assert arguments == ["-health", f"-health.url=http://127.0.0.1:{loki()['server']['http_listen_port']}/ready"]


def test_loki_keeps_what_happened_in_its_volume_and_for_as_long_as_the_exporter():
    assert SERVICES["loki"]["command"] == ["-config.file=/etc/loki/loki.yaml"]
    assert "./config/loki/loki.yaml:/etc/loki/loki.yaml:ro" in SERVICES["loki"]["volumes"]
    assert "loki-data:/loki" in SERVICES["loki"]["volumes"]
    settings = loki()
    assert settings["common"]["path_prefix"] == "/loki"
    assert settings["limits_config"]["retention_period"] == "90d"
    assert settings["compactor"]["retention_enabled"] is True
    assert settings["compactor"]["delete_request_store"] == "filesystem"


def test_loki_takes_what_the_exporter_says_of_an_event():
    settings = loki()
    assert settings["limits_config"]["allow_structured_metadata"] is True
    (schema,) = settings["schema_config"]["configs"]
    assert (schema["store"], schema["object_store"], schema["schema"]) == ("tsdb", "filesystem", "v13")
    assert settings["limits_config"]["max_global_streams_per_user"] >= len(LEVELS) * len(CATEGORIES)
    assert settings["analytics"] == {"reporting_enabled": False}


def test_grafana_finds_prometheus_alertmanager_loki_and_the_dashboards():
    provisioning = ROOT / "config/grafana/provisioning"
    sources = yaml.safe_load((provisioning / "datasources/radio.yaml").read_text())["datasources"]
    assert {source["uid"]: source["url"] for source in sources} == {
        "prometheus": "$PROMETHEUS_URL",
        "alertmanager": "$ALERTMANAGER_URL",
        "loki": "$LOKI_URL",
    }
    grafana = SERVICES["grafana"]["environment"]
    assert {"PROMETHEUS_URL", "ALERTMANAGER_URL", "LOKI_URL", "DASHBOARDS_PATH"} <= grafana.keys()
    home = re.search(r"\$__env\{DASHBOARDS_PATH\}/(\S+)", (ROOT / "config/grafana/grafana.ini").read_text())
    assert (ROOT / "dashboards" / home[1]).exists()


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
@pytest.mark.parametrize("profiles", ["demo,logs", "logs", ""])
def test_docker_compose_has_nothing_to_say(profiles):
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the docker compose plugin is not installed")
    said = subprocess.run(
        ["docker", "compose", "config", "-q"],
        cwd=ROOT,
        env={**os.environ, "COMPOSE_PROFILES": profiles},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def loki() -> Any:
    return yaml.safe_load((ROOT / "config/loki/loki.yaml").read_text())


def exporters(key: str) -> Any:
    return SERVICES["exporter"][key]


def environment() -> dict[str, str]:
    lines = (ROOT / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

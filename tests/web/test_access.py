"""TLS, basic auth and headers of `--web.config.file`."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import trustme
import yarl
from aiohttp import web

from exporter.app import create_app
from exporter.errors import ConfigError
from exporter.reload import Settings
from exporter.serve import Options
from exporter.web import tls, web_config
from exporter.web.access import REMEMBERED, Gate
from tests.running import config, exporter, icecast

HASH = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
WATCHED = config(icecast=[icecast("http://127.0.0.1:1")])


def written(folder: Path, text: str) -> Path:
    file = folder / "web.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/metrics",
        "/probe?target=main",
        "/sd",
        "/-/ready",
        "/-/healthy",
        "/nothing",
        "/health/",
        "/Health",
    ],
)
async def test_every_path_but_health_asks_for_a_password(path: str, tmp_path: Path) -> None:
    settings = web_config.load(written(tmp_path, f"basic_auth_users:\n  ali: {HASH}\n"))
    async with exporter(WATCHED, web=settings) as client:
        for headers in ({}, basic("ali", "wrong"), basic("baba", "open sesame"), basic("ali", "x" * 100), {"Authorization": "Basic !"},
                        {"Authorization": "Bearer open sesame"}):  # fmt: skip
            async with client.get(path, headers=headers) as reply:
                assert reply.status == 401
                assert reply.headers["WWW-Authenticate"].startswith("Basic ")
        async with client.get(path, headers=basic("ali", "open sesame")) as reply:
            assert reply.status != 401
        async with client.get("/health") as reply:
            assert reply.status == 200
        async with client.post("/-/reload") as reply:
            assert reply.status == 401


LOCKED = ("/api/webhook", "/api/v1/icecast/auth", "/api/v1/listens")


async def test_doors_have_locks_of_their_own(tmp_path: Path) -> None:
    settings = web_config.load(written(tmp_path, f"basic_auth_users:\n  ali: {HASH}\n"))
    watched = config(
        icecast=[icecast("http://127.0.0.1:1")],
        ingest={"password": "hackme"},
        listens={"sources": {"jazz": "http://127.0.0.1:8000/jazz"}},
    )
    async with exporter(watched, web=settings) as client:
        for path in LOCKED:
            async with client.post(path, data=b"?", headers=basic("radio", "hackme")) as reply:
                assert reply.status == 400
            async with client.post(path, data=b"?", headers=basic("ali", "open sesame")) as reply:
                assert reply.status == 401
        async with client.get("/listen/jazz", allow_redirects=False) as reply:
            assert reply.status == 302
        for path in ("/listen", "/api/webhook/", "/api/v1/other", "/stats/active", "/api/v1/stats/current"):
            async with client.get(path, headers=basic("radio", "hackme")) as reply:
                assert reply.status == 401


@pytest.mark.parametrize("path", ["/stats/active", "/api/v1/stats/current", "/api/v1/stats/live", "/api/v1/music/now"])
async def test_the_api_asks_for_its_token_instead_if_it_has_one(path: str, tmp_path: Path) -> None:
    settings = web_config.load(written(tmp_path, f"basic_auth_users:\n  ali: {HASH}\n"))
    watched = config(icecast=[icecast("http://127.0.0.1:1")], api={"token": "read-me"})
    async with exporter(watched, web=settings) as client:
        for headers in ({}, basic("ali", "open sesame"), {"Authorization": "Bearer x"}):
            async with client.get(path, headers=headers) as reply:
                assert reply.status in (401, 404)
                assert not reply.headers.get("WWW-Authenticate", "").startswith("Basic ")
        async with client.get(path, headers={"Authorization": "Bearer read-me"}) as reply:
            assert reply.status not in (401, 403)
        async with client.get("/metrics", headers={"Authorization": "Bearer read-me"}) as reply:
            assert reply.status == 401


async def test_a_right_password_is_checked_with_bcrypt_once(monkeypatch) -> None:
    gate, checks = Gate({"ali": HASH}), []
    monkeypatch.setattr("exporter.web.access._matches", lambda *shown: checks.append(shown) or True)
    for _ in range(5):
        assert await gate._admits(basic("ali", "open sesame")["Authorization"])
    assert len(checks) == 1
    for number in range(3 * REMEMBERED):
        await gate._admits(basic("ali", str(number))["Authorization"])
    assert len(gate._known) <= REMEMBERED
    gate.replace({"ali": "$2b$04$" + "a" * 53})
    assert not gate._known


async def test_headers_of_the_operator(tmp_path: Path) -> None:
    settings = web_config.load(written(tmp_path, "http_server_config:\n  headers: {X-Frame-Options: deny}\n"))
    async with exporter(WATCHED, web=settings) as client, client.get("/metrics") as reply:
        assert reply.headers["X-Frame-Options"] == "deny"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("basic_auth_users: {ali: open sesame}", r"web\.yaml:1: basic_auth_users\.ali: is no bcrypt hash"),
        ("tls_server_config: {cert_file: a}", r"web\.yaml:1: tls_server_config: `key_file` is missing"),
        ("basic_auth_users: {ali: $2b$99$" + "a" * 53 + "}", "is no bcrypt hash of cost 4 to 16"),
        ('http_server_config: {headers: {X-Frame-Options: "a\\r\\nb"}}', "holds characters that no header may"),
        ("tls_server_confg: {}", r"unknown key \(did you mean `tls_server_config`\?\)"),
        (
            "tls_server_config: {cert_file: a, key_file: b, min_version: SSL3}",
            "must be one of TLS10, TLS11, TLS12, TLS13",
        ),
        (
            "http_server_config: {headers: {Set-Cookie: x}}",
            r"http_server_config\.headers\.Set-Cookie: cannot be set; allowed here",
        ),
    ],
)
def test_a_wrong_file_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        web_config.load(written(tmp_path, text))
    assert "open sesame" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "cert.pem and .*key.pem cannot be used"),
        ("client_auth_type: RequireAnyClientCert", "this exporter can do NoClientCert, VerifyClientCertIfGiven"),
        ("client_ca_file: ca.pem", "is of no use without it"),
        ("min_version: TLS13\n  max_version: TLS12", "TLS13 is above max_version"),
        ("client_auth_type: RequireAndVerifyClientCert", "needs `client_ca_file`"),
        ("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]", "unknown suite 'TLS_RSA_WITH_RC4_128_SHA'"),
    ],
)
def test_tls_that_cannot_be_had_is_one_line(more: str, said: str, tmp_path: Path) -> None:
    file = written(tmp_path, f"tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n  {more}\n")
    with pytest.raises(ConfigError, match=said):
        Options(lambda: WATCHED, None, file).settings()


def certificate(folder: Path, authority: trustme.CA) -> None:
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")


async def test_tls_with_clients_of_our_own_authority(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate(tmp_path, authority)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    file = written(
        tmp_path,
        "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem,"
        " min_version: TLS13, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}",
    )
    settings = web_config.load(file)
    context = tls.make_context(str(file), settings.tls_server_config)
    app_setup = Settings(WATCHED, settings)

    stranger = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    friend = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    authority.issue_cert("friend@example.org").configure_cert(friend)

    runner = web.AppRunner(create_app(app_setup, lambda: app_setup), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}/health"
        async with aiohttp.ClientSession() as session:
            async with session.get(url, ssl=friend) as reply:
                assert reply.status == 200
            with pytest.raises(aiohttp.ClientError):
                async with session.get(url, ssl=stranger) as reply:
                    await reply.read()
            certificate(tmp_path, authority)
            before = await peer_serial(url, friend)
            tls.load_certificate(str(file), settings.tls_server_config, context)
            assert await peer_serial(url, friend) != before
    finally:
        await runner.cleanup()


async def peer_serial(url: str, context: ssl.SSLContext) -> str:
    port = yarl.URL(url).port
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        return writer.get_extra_info("peercert")["serialNumber"]
    finally:
        writer.close()

"""What people read: a real Alertmanager with every ready-made receiver, its messages caught on loopback."""

import asyncio
import email
import email.policy
import html
import json
import re
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from tests.alerting.files import ALERTMANAGER, load
from tests.alerting.receivers import blocks, for_version
from tests.listening import end

pytestmark = pytest.mark.integration

MOUNT = '/R&B "live" <1>.mp3'
LINK = "/d/radio-streams?var-server=main&var-mount=%2FR%26B+%22live%22+%3C1%3E.mp3"
LABELS = {"alertname": "StreamDown", "severity": "critical", "server": "main", "mount": MOUNT}
NOTES = {
    "summary": f"{MOUNT} on main is off the air.",
    "description": f"main answers, but no source streams to {MOUNT}.",
    "runbook_url": "https://github.com/radio-exporter/radio-exporter/blob/main/alerting/runbooks/StreamDown.md",
    "dashboard_url": LINK,
}
TELEGRAM = {"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}


@dataclass
class Post:
    """Where messages arrive: over HTTP by path, and by SMTP."""

    bodies: dict = field(default_factory=dict)
    mails: list = field(default_factory=list)

    async def take(self, request):
        self.bodies.setdefault(request.path, []).append((dict(request.headers), await request.text()))
        return web.json_response(TELEGRAM) if request.path.endswith("/sendMessage") else web.Response(text="ok")

    async def serve_mail(self, reader, writer):
        """Just enough of SMTP."""
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).strip().upper():
            if line == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
            writer.write(b"221 bye\r\n" if line == b"QUIT" else b"250 fine\r\n")
            if line == b"QUIT":
                break
        writer.close()

    def everything(self):
        return [*self.bodies, *self.mails]


@pytest.fixture
async def post():
    """A post office on two free ports: itself, its HTTP address, its SMTP address."""
    office = Post()
    app = web.Application()
    app.router.add_post("/{path:.*}", office.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    smtp = await asyncio.start_server(office.serve_mail, "127.0.0.1", 0)
    yield office, f"http://127.0.0.1:{runner.addresses[0][1]}", f"127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
    await end(smtp)
    await runner.cleanup()


def redirected(block, http, smtp, folder, version):
    """The block's one entry, as it is but for where it sends to, and with secrets in files of ours."""
    ((kind, (entry,)),) = [(key, value) for key, value in block.receiver().items() if key != "name"]
    channel = str(block).removeprefix("critical-")
    entry = for_version(entry, version)
    secret = folder / channel
    secret.write_text("1:secret" if channel == "telegram" else f"{http}/{channel}", encoding="utf-8")
    for option in entry:
        if option.endswith("_file"):
            entry[option] = str(secret)
    if "authorization" in entry.get("http_config", {}):
        entry["http_config"]["authorization"]["credentials_file"] = str(secret)
    for option in ("url", "webhook_url"):
        if option in entry:
            entry[option] = re.sub(r"^https?://[^/]+/\w+", f"{http}/{channel}", entry[option])
    if channel == "telegram":
        entry["api_url"] = f"{http}/telegram"
    if channel == "e-mail":
        entry |= {"smarthost": smtp, "require_tls": False}
        del entry["auth_username"], entry["auth_password_file"]
    return kind, entry


async def test_every_channel_says_what_where_since_when_and_what_to_do(alertmanager, amtool_version, post, tmp_path):
    office, http, smtp = post
    settings = load(ALERTMANAGER)
    (critical,) = [entry for entry in settings["receivers"] if entry["name"] == "critical"]
    for block in blocks():
        if block.owner == "critical":
            kind, entry = redirected(block, http, smtp, tmp_path, amtool_version)
            critical.setdefault(kind, []).append(entry)
    running = await alertmanager(settings)

    await running.post((LABELS, NOTES))
    await arrive(office, 6)
    firing = messages(office)
    office.bodies.clear()
    office.mails.clear()
    await running.post((LABELS, NOTES), over=True)
    await arrive(office, 6)
    resolved = messages(office)

    link = f"http://localhost:3000{LINK}"
    for name in ("e-mail text", "e-mail html", "slack", "discord", "telegram"):
        says = firing[name]
        assert NOTES["summary"] in says, name
        assert NOTES["description"] in says, name
        assert re.search(r"Since (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ [A-Z][a-z]{2} \d\d:\d\d:\d\d UTC", says), name
        assert NOTES["runbook_url"] in says, name
        assert link in says, name
        assert f"Over: {NOTES['summary']}" in resolved[name], name
        assert "Since" not in resolved[name], name
    for name in ("e-mail subject", "slack title", "discord title"):
        assert firing[name] == "CRITICAL: StreamDown on main"
        assert resolved[name] == "Over: StreamDown on main"
    assert firing["webhook"] == firing["ntfy"] == "firing"
    assert resolved["webhook"] == resolved["ntfy"] == "resolved"


async def arrive(office, number):
    async with asyncio.timeout(25):
        while len(office.everything()) < number:
            await asyncio.sleep(0.1)


def messages(office):
    """What each channel would show a person."""
    sent = {path.strip("/").split("/")[0]: bodies[-1] for path, bodies in office.bodies.items()}
    (mail,) = office.mails
    (slack,) = json.loads(sent["slack"][1])["attachments"]
    (discord,) = json.loads(sent["discord"][1])["embeds"]
    telegram = json.loads(sent["telegram"][1])
    assert telegram["parse_mode"] == "HTML"
    assert sent["webhook"][0]["Authorization"].startswith("Bearer ")
    assert sent["ntfy"][0]["Authorization"].startswith("Bearer ")
    for marked_up in (mail.get_body(["html"]).get_content(), slack["text"], telegram["text"]):
        assert "R&amp;B" in marked_up
        assert "&lt;1&gt;" in marked_up
    return {
        "e-mail subject": mail["Subject"],
        "e-mail text": mail.get_body(["plain"]).get_content(),
        "e-mail html": unescape(mail.get_body(["html"]).get_content()),
        "slack title": slack["title"],
        "slack": unescape(slack["text"]),
        "discord title": discord["title"],
        "discord": discord["description"],
        "telegram": unescape(telegram["text"]),
        "webhook": json.loads(sent["webhook"][1])["status"],
        "ntfy": json.loads(sent["ntfy"][1])["status"],
    }


def unescape(text):
    """As a reader of this little HTML, or of Slack's marks, sees it."""
    return html.unescape(text.replace("<b>", "").replace("</b>", ""))

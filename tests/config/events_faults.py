"""What `radio-exporter check` says of the tiny files whose `loki:` or `events:` cannot work: line, place, remedy."""

_LINE = "2: loki"

SAID = {
    "events-stdout-is-a-word": "2: events.stdout: expected true or false, got a text",
    "loki-batch": (
        f"{_LINE}.batch: unknown key; allowed here: url, tenant, username, password, password_file, token, token_file,"
        " labels, buffer"
    ),
    "loki-buffer-too-small": f"{_LINE}.buffer: must be at least 100",
    "loki-label-of-ours": f"{_LINE}.labels.level: is a label that the exporter sets itself",
    "loki-label-with-dash": f"{_LINE}.labels.the-job: is no label: use letters, digits and '_', such as `station`",
    "loki-label-empty": f"{_LINE}.labels.station: must be a text that can be seen",
    "loki-password-without-user": f"{_LINE}.username: is missing: a password needs one",
    "loki-token-and-user": f"{_LINE}.username: is of no use beside a token: remove one of them",
    "loki-tenant-with-line": f"{_LINE}.tenant: holds a character that no header can hold",
    "loki-token-with-space": (
        f"{_LINE}.token: holds a space or another character that no `Authorization: Bearer` can show"
    ),
    "loki-two-tokens": f"{_LINE}.token_file: `token` and `token_file` are both given: keep one",
    "loki-url-is-no-address": f"{_LINE}.url: is no http or https address: write one such as http://loki:3100",
    "loki-url-with-password": (f"{_LINE}.url: holds a user or password: put them into `username` and `password_file`"),
    "loki-url-with-path": (
        f"{_LINE}.url: holds more than host and port: the exporter adds the path itself (write one such as"
        " http://loki:3100)"
    ),
    "loki-username-with-colon": f"{_LINE}.username: holds a colon, which HTTP's basic auth cannot send",
    "retention-events-too-short": "2: retention.events: 1h is too short: 1d at least",
}

"""What `radio-exporter check` says of the tiny files whose `listen_probe:` cannot work: line, place, remedy."""

_ICECAST = "2: icecast[0].listen_probe"

SAID = {
    "probe-is-true": f"{_ICECAST}: expected a mapping of keys, got true or false",
    "probe-mount-twice": f"{_ICECAST}.mounts[1]: '/live.mp3' is written twice",
    "probe-mount-without-slash": (
        f"{_ICECAST}.mounts[1]: 'live.mp3' is no mount: it begins with a slash, such as /live.mp3"
    ),
    "probe-silence-above-zero": f"{_ICECAST}.silence_below: must be at most -20",
    "probe-unknown-key": (
        f"{_ICECAST}.mount: unknown key (did you mean `mounts`?); allowed here: decode, silence_below, limit, mounts"
    ),
    "shoutcast-probe-stream-zero": "2: shoutcast[0].listen_probe.streams[0]: 0 is no stream: the first one is 1",
}

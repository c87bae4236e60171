"""What `radio-exporter check` says of the tiny files whose `sam:` cannot work: line, place, remedy."""

SAID = {
    "sam-host-with-port": (
        "3: sam[0].host: is no host: write a name or an address alone, such as 127.0.0.1; the port belongs into `port`"
    ),
    "sam-asked-on-the-scrape": ("5: sam[0].interval: must be more than 0s: the play log is kept whoever scrapes"),
    "sam-without-user": ("4: sam[0].user: must not be empty"),
    "sam-authority-without-tls": (
        "5: sam[0].tls.ca_file: is of no use without `enabled: true`: the connection would not be encrypted"
    ),
    "sam-library-without-rest": ("5: sam[0].library_interval: 0s is too short: 1m at least"),
    "sam-time-zone": ("5: sam[0].timezone: 'Berlin' is no known time zone: write an IANA name, such as Europe/Berlin"),
}

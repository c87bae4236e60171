#!/bin/sh
# Makes a fresh Debian or Ubuntu machine ready: the servers that the demo and the tests start, and the virtualenv.
# Whatever is there already is left alone, so a second run costs nothing. Needs Python 3.11+ and root or sudo.
#   scripts/setup.sh            all of it
#   scripts/setup.sh python     the virtualenv alone, with no server packages
set -eu
cd "$(dirname "$0")/.."

# command  package
SERVERS="icecast2 icecast2
ffmpeg ffmpeg
prometheus prometheus
promtool prometheus
prometheus-alertmanager prometheus-alertmanager
amtool prometheus-alertmanager
mariadbd mariadb-server
initdb postgresql
chromium chromium
curl curl"

# Debian keeps PostgreSQL's programs by version, outside of the PATH.
POSTGRESQL=$(printf '%s:' /usr/lib/postgresql/*/bin)

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else echo "setup: '$*' needs root: run as root or install sudo" >&2; exit 1
    fi
}

# Debian starts a server as soon as it is installed. We want the programs, not a second Prometheus on port 9090.
install_packages() {
    command -v apt-get >/dev/null || { echo "setup: no apt-get here; install these yourself: $*" >&2; exit 1; }
    echo "setup: installing $*"
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod +x $policy
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing_packages() {
    [ "${1:-all}" = python ] || echo "$SERVERS" | while read -r command package; do
        PATH="$PATH:/usr/sbin:$POSTGRESQL" command -v "$command" >/dev/null || echo "$package"
    done
    # Debian's python3 comes without venv's bootstrap.
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo "python3-venv"
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$candidate"; return; fi
    done
    echo "setup: Python 3.11 or newer is needed (set PYTHON to name one)" >&2; exit 1
}

PYTHON=$(find_python)
packages=$(missing_packages "${1:-all}" | sort -u | tr '\n' ' ')
# shellcheck disable=SC2086  # a list of words is meant
[ -z "$packages" ] || install_packages $packages

if [ ! -x .venv/bin/radio-exporter ] || [ constraints.txt -nt .venv/.complete ] || [ pyproject.toml -nt .venv/.complete ]; then
    echo "setup: making the virtualenv .venv"
    [ -x .venv/bin/pip ] || "$PYTHON" -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    touch .venv/.complete
fi

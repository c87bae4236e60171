#!/bin/sh
# Runs every test. Those that do little but wait, for an alert to be due, run beside the others; what they say comes last.
set -u
cd "$(dirname "$0")/.."
said=$(mktemp)
.venv/bin/pytest -p no:cacheprovider -m waits >"$said" 2>&1 &
waiting=$!
trap 'kill $waiting 2>/dev/null; rm -f "$said"' EXIT
.venv/bin/pytest -m 'not waits'
status=$?
wait $waiting || status=$?
cat "$said"
exit $status

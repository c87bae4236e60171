#!/bin/sh
# Runs every test, a few files at a time. Those that do little but wait, for an alert to be due, have processes of their
# own beside the others: a machine with two cores carries both. What they say comes last.
set -u
cd "$(dirname "$0")/.."
said=$(mktemp)
.venv/bin/pytest -q -p no:cacheprovider -n 4 --dist loadfile -m waits >"$said" 2>&1 &
waiting=$!
trap 'kill $waiting 2>/dev/null; rm -f "$said"' EXIT
.venv/bin/pytest -q -n 3 --dist loadfile -m 'not waits'
status=$?
wait $waiting || status=$?
cat "$said"
exit $status

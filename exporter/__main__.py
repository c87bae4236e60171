"""`python -m exporter` is the command `radio-exporter`."""

import sys

from exporter.cli import main

sys.exit(main())

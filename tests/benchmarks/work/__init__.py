"""What each measuring process does: one module a subject, functions of JSON-able arguments."""

import sys
from datetime import UTC, date, datetime

AS_OF = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PEAK_UNIT = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss: bytes on macOS, kilobytes on Linux

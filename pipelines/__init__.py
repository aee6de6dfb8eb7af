"""Sheets and decisions in, figures out; imports no UI."""

import os

# The model multiplies many small matrices. NumPy's BLAS would part each among all cores and wait for them, which takes
# more processor time than the product; it reads this when NumPy is first imported. Who sets it otherwise is heard.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""What people see and do."""

import pipelines  # noqa: F401  before NumPy, which Streamlit imports: it says on how many threads NumPy counts

"""Names of the files in the folder of a run."""

RESULTS, SUMMARY, PAGE = "results.nc", "summary.json", "report.html"
CONFIG = "run.toml"
ROWS = "rows.csv"
MODEL = "model"
"""A folder; ``storage.model_folder`` describes its contents."""

STORE, JOB = "runs.sqlite", "job.json"
"""Present only while the run is unfinished."""

GROWING = (STORE, f"{STORE}-wal", f"{STORE}-shm", JOB)
"""Files that only an unfinished run needs."""

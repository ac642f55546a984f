"""What the files in a run's folder are called."""

RESULTS, SUMMARY, PAGE = "results.nc", "summary.json", "report.html"
MODEL = "model"
"""A folder: ``storage.model_folder`` says what is in it."""

STORE, JOB = "runs.sqlite", "job.json"
"""There only while the run is under way."""

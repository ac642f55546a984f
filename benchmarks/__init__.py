"""Benchmarks: one file a claim, the contender beside ours in one run."""

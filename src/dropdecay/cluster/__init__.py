"""Trains on workers beyond this process: whole bundles go out, fits come back."""

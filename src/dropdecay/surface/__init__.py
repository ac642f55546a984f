"""The surface: its plan of runs, the store of finished ones, and the labelled results."""

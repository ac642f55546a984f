"""The surface: which runs there are, their execution, and the labelled results."""

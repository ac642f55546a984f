"""What is worth training next, given what is known: pure functions."""

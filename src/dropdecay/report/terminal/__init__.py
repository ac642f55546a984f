"""What is printed of a run: the answer, the surface, what each part brings, and what to do next."""

"""What a user reads: text in the terminal, pictures and pages."""

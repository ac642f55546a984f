"""What the networks of the folds say of rows that they have not seen."""

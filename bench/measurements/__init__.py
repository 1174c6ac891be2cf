"""What is measured, one thing a file, in the order in which it is told."""

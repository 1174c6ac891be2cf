"""PostgreSQL and files: records in, records out. What the records mean is told by the rooms above."""

"""`python -m bench [NAME ...]`: measures, prints a table, writes the same as JSON."""

from bench import command

command.main()

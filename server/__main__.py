"""`python -m server`: serves, and does what an operator does from a terminal."""

from server import commands

commands.main()

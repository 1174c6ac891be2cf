"""The process: the only place where real things (a database, a mail server, a clock, addresses) are chosen."""

VERSION = "0.1.0"

"""Clusters as tests of the embedded PostgreSQL see them: processes that use them, questions to them."""

import os
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from server import config, embedded, programs

Make = Callable[..., embedded.Cluster]
People = Callable[..., subprocess.Popen[str]]

ROOT = config.DEFAULT_FILE.parent
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root has to become somebody else")

# A process that uses a cluster: says its DSN, and stays until its standard input ends.
USER = """
import signal
import sys
# Whatever is started in the background of a script has interrupts ignored, and so has what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
import structlog
from server import embedded
cluster = embedded.Cluster(Path(sys.argv[1]), log=structlog.testing.CapturingLogger())
cluster.start()
print(cluster.dsn, flush=True)
sys.stdin.read()
print(cluster.stop(), flush=True)
"""
# The same, by somebody who is not root.
NOBODY = """
import os, pwd
import psycopg2
nobody = pwd.getpwnam("nobody")
from server import embedded
os.setgroups([]), os.setgid(nobody.pw_gid), os.setuid(nobody.pw_uid)
"""


def ask(dsn: str, question: str) -> Any:
    """The first column of the first row, asked on a connection of its own."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def said(cluster: embedded.Cluster) -> list[str]:
    """The events that a cluster logged."""
    return [call.args[0] for call in cluster._log.calls]


def pid(cluster: embedded.Cluster) -> int:
    """Of the postmaster."""
    postmaster = programs.postmaster(cluster._place)
    assert postmaster is not None
    return postmaster.pid

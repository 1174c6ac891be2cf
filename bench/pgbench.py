"""PostgreSQL's own load generator on one SQL function: what is left when nothing stands before the database."""

import asyncio
import re
import tempfile
from pathlib import Path

from server import binaries

# As many as reach the most on one core.
CLIENTS = 16
RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


async def per_second(dsn: str, script: str, *, seconds: float) -> float:
    """How often it runs a script of its own language in a second. *Refuses*: RuntimeError."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            str(Path(binaries.find()) / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}",
            f"--time={max(1, round(seconds))}", f"--file={file.name}", dsn,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, wrong = await process.communicate()
    rate = RATE.search(said.decode())
    if process.returncode or rate is None:
        raise RuntimeError(f"pgbench failed: {wrong.decode()[:500]}")
    return float(rate[1])

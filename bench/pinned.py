"""`python -m bench.pinned CORE MODULE ...`: runs a module on one core, as `python -m MODULE ...` would."""

import runpy
import sys

from bench import cores


def main() -> None:
    """Goes to the core and becomes the module."""
    core, module, *arguments = sys.argv[1:]
    cores.stay_on(int(core))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

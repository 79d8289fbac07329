"""
`python -m simulators.kms`: run the simulated KMS.
"""

import argparse

from simulators.kms.gateway import Dials
from simulators.kms.server import serve


def main() -> None:
    """
    Read the command line and serve.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulators.kms",
        description="A key management service for trying things out; its wrapping keys come from --seed.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8028, help="port to listen on (default: %(default)s)")
    parser.add_argument("--token", default="demo-kms-token", help="the caller's token (default: %(default)s)")
    parser.add_argument(
        "--seed", default="demo-kms-seed", help="what its wrapping keys come from (default: %(default)s)"
    )
    parser.add_argument(
        "--slow", type=float, default=0.0, metavar="SECONDS", help="every answer comes this much later"
    )
    for name in ("down", "wrong", "disagree"):
        parser.add_argument(
            f"--{name}", type=float, default=0.0, metavar="SHARE", help="share of requests, 0 to 1"
        )
    chosen = parser.parse_args()
    dials = Dials()
    dials.turn(
        {
            "slow_seconds": chosen.slow,
            "down": chosen.down,
            "wrong": chosen.wrong,
            "disagree": chosen.disagree,
        }
    )
    print(f"KMS simulator on http://{chosen.host}:{chosen.port}", flush=True)  # noqa: T201
    serve(host=chosen.host, port=chosen.port, token=chosen.token, seed=chosen.seed.encode(), dials=dials)


if __name__ == "__main__":
    main()

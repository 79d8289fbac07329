"""
`python -m simulators.authority`: run the simulated authorities.
"""

import argparse

from simulators.authority.registers import Dials
from simulators.authority.server import serve


def main() -> None:
    """
    Read the command line and serve.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulators.authority",
        description="Registers, an operator, a bank and a camera that say yes or no about made-up people.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8026, help="port to listen on (default: %(default)s)")
    parser.add_argument("--app-id", default="tongban", help="the customer's name (default: %(default)s)")
    parser.add_argument(
        "--secret", default="demo-authority-secret", help="the customer's key (default: %(default)s)"
    )
    parser.add_argument(
        "--slow", type=float, default=0.0, metavar="SECONDS", help="every answer comes this much later"
    )
    for name in ("down", "wrong", "disagree"):
        parser.add_argument(
            f"--{name}", type=float, default=0.0, metavar="SHARE", help="share of requests, 0 to 1"
        )
    parser.add_argument("--strangers", action="store_true", help="believe whoever is named first")
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
    print(f"authority simulator on http://{chosen.host}:{chosen.port}", flush=True)  # noqa: T201
    serve(
        host=chosen.host,
        port=chosen.port,
        app_id=chosen.app_id,
        secret=chosen.secret,
        dials=dials,
        believes_strangers=chosen.strangers,
    )


if __name__ == "__main__":
    main()

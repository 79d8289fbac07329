"""
`python -m simulators.authenticator`: run the simulated platforms.
"""

import argparse

from simulators.authenticator.platforms import Dials
from simulators.authenticator.server import serve


def main() -> None:
    """
    Read the command line and serve.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulators.authenticator",
        description="Platforms with real-name accounts that log anybody in. Their paths: wallet, bank, tax, business.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8027, help="port to listen on (default: %(default)s)")
    parser.add_argument("--client-id", default="tongban", help="the customer's name (default: %(default)s)")
    parser.add_argument(
        "--client-secret",
        default="demo-authenticator-secret",
        help="the customer's key (default: %(default)s)",
    )
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="every answer comes later")
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
    print(f"authenticator simulator on http://{chosen.host}:{chosen.port}", flush=True)  # noqa: T201
    serve(
        host=chosen.host,
        port=chosen.port,
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        dials=dials,
    )


if __name__ == "__main__":
    main()

"""
`python -m simulators.sms`: run the simulated SMS gateway.
"""

import argparse

from simulators.sms.gateway import Dials
from simulators.sms.server import serve


def main() -> None:
    """
    Read the command line and serve.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulators.sms",
        description="A gateway for short messages that sends nothing. GET /messages shows what would have arrived.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8025, help="port to listen on (default: %(default)s)")
    parser.add_argument("--app-id", default="tongban", help="the customer's name (default: %(default)s)")
    parser.add_argument(
        "--secret", default="demo-sms-secret", help="the customer's key (default: %(default)s)"
    )
    parser.add_argument(
        "--slow", type=float, default=0.0, metavar="SECONDS", help="every answer comes this much later"
    )
    for name in ("down", "wrong", "lost", "undelivered"):
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
            "lost": chosen.lost,
            "undelivered": chosen.undelivered,
        }
    )
    print(f"SMS gateway simulator on http://{chosen.host}:{chosen.port}", flush=True)  # noqa: T201
    serve(host=chosen.host, port=chosen.port, app_id=chosen.app_id, secret=chosen.secret, dials=dials)


if __name__ == "__main__":
    main()

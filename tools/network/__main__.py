"""
Start nation, province and two cities, joined, and keep them running until Ctrl-C.

NETWORK_HOME names the folder that keeps them, NETWORK_PORT the first of six ports.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tools.network.network import Network
from tools.network.places import AWAY, HOME, NATION, PROVINCE
from tools.network.processes import NetworkFailed

FIRST_PORT = 8100
LAST_PORT = 65_529
FOLDER = Path(__file__).parents[2] / "var" / "network"
LOOK_SECONDS = 2.0
PAGE = "/desk/data/exchange/network/"


def settings() -> tuple[Path, int]:
    """
    Return folder and first port as the environment has them.

    :raises NetworkFailed: the port is none
    """
    folder = Path(os.environ.get("NETWORK_HOME") or FOLDER).absolute()
    port = os.environ.get("NETWORK_PORT") or str(FIRST_PORT)
    if not port.isdecimal() or not 1 <= int(port) <= LAST_PORT:
        raise NetworkFailed(f"NETWORK_PORT={port} is no port; six in a row are needed, up to {LAST_PORT}.")
    return folder, int(port)


def told(network: Network) -> str:
    """
    Return what a person needs to know of the running network.
    """
    nation, province = network.at(NATION), network.at(PROVINCE)
    lines = ["", "  The network is ready. Every place, name and number in it is made up."]
    lines += [
        f"  {node.url:<24} {node.place.title}  {node.place.title_en}" for node in network.nodes.values()
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"  The network alive        {nation.url}{PAGE}",
            f"  Apply across nodes       {province.url}/search?q=卫生许可: {AWAY.name} offers it",
            f"  Messages to phones       http://127.0.0.1:{network.port + len(network.nodes)}/messages",
            "",
            "  Accounts (password of all: Tongban-2026), at every node: operator, security.admin, supervisor,",
            f"  catalogue.editor, approval.accept, approval.review, approval.decide; citizens of {HOME.name}:",
            "  511602199003079111 王示例, 511602198506129227 李示范",
            "",
            f"  Data folder: {network.folder}",
            "  Stop it with Ctrl-C.",
            "",
        ]
    )


def stop_by_signals() -> None:
    """
    Have the first SIGINT or SIGTERM interrupt whatever goes on; later ones must not interrupt the stopping.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        print("\nnetwork: stopping …", flush=True)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def main() -> int:
    """
    Run until told to stop; 1 where it does not start or a part ends by itself.
    """
    stop_by_signals()
    try:
        folder, port = settings()
        print(f"network: {folder}", flush=True)
        with Network(folder, port=port, say=lambda line: print(line, flush=True)) as network:
            print(told(network), flush=True)
            while True:
                time.sleep(LOOK_SECONDS)
                network.check()
    except KeyboardInterrupt:
        print("network: stopped", flush=True)
    except NetworkFailed as error:
        print(f"network: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

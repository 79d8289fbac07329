#!/bin/sh
# See to it that what no Python or npm package brings is on this machine.
#
#   tools/bootstrap.sh fonts            what the node needs
#   tools/bootstrap.sh fonts chromium mariadb   what its tests need too
#
# As root on Debian and its relatives it is installed; elsewhere one sentence says what to install. Fonts and
# Chromium are not needed to start: documents and some tests are what suffers. In CI (CI=true)
# nothing may be missing.
set -eu

has_fonts() { find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" -iname '*CJK*' 2>/dev/null | grep -q .; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_mariadb() { { command -v mariadbd || [ -x /usr/sbin/mariadbd ]; } >/dev/null && command -v mariadb-install-db >/dev/null && command -v my_print_defaults >/dev/null; }

package_of() {
  case $1 in fonts) echo fonts-noto-cjk ;; chromium) echo chromium ;;
    mariadb) echo mariadb-server-core mariadb-client-core ;;
  esac
}

loss_of() {
  case $1 in
    fonts) echo "Chinese text in documents and screenshots will show as boxes" ;;
    chromium) echo "browser tests are skipped" ;;
    mariadb) echo "tests of an agency's tables in MariaDB are skipped" ;;
  esac
}

missing=
for need in "$@"; do "has_$need" || missing="$missing $need"; done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  packages=
  for need in $missing; do packages="$packages $(package_of "$need")"; done
  echo "setup: system packages$packages …"
  log=$(mktemp)
  # shellcheck disable=SC2086  # several packages are several words
  if { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages; } >"$log" 2>&1
  then rm -f "$log"; exit 0
  fi
  tail -n 5 "$log"; rm -f "$log"
fi

for need in $missing; do
  echo "setup: please install $(package_of "$need") (Debian's name); without it $(loss_of "$need")." >&2
done
[ "${CI:-}" != true ]

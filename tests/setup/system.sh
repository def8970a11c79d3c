#!/usr/bin/env bash
# The foreign programs that judge our twins and units; installs them when root, else says the one line to type.
set -euo pipefail
declare -A of=(
  [zbarimg]=zbar-tools [mbpoll]=mbpoll [gammu]=gammu [smsd]=smstools [dbus-daemon]=dbus [systemd-analyze]=systemd [pdftoppm]=poppler-utils
  [/usr/lib/postgresql/15/bin/postgres]=postgresql [cc]=gcc [systemd-nspawn]=systemd-container
)
missing=()
for program in "${!of[@]}"; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing+=("${of[$program]}")
done
/usr/bin/python3 -c 'import evdev' 2>/dev/null || missing+=(python3-evdev)
[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-wqy-microhei)
[ ${#missing[@]} = 0 ] && exit 0
line="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive $line
else
  echo "The tests need some system packages. Type:  sudo $line" >&2
  exit 1
fi

#!/bin/sh
# Writes a backup of the site of docker compose, while it runs: ops/backup.sh FILE
set -eu
[ $# = 1 ] || { echo "usage: ops/backup.sh FILE" >&2; exit 2; }
[ ! -e "$1" ] || { echo "$1 exists already." >&2; exit 1; }
file=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."

# It holds everybody's data: nobody else may read it.
umask 077
trap 'rm -f "$file.draft"' EXIT
docker compose run --rm -T --no-deps migrate python manage.py backup - </dev/null >"$file.draft"
mv "$file.draft" "$file"

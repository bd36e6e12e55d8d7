#!/bin/sh
# Writes a backup of the site of docker compose, while it runs: ops/backup.sh FILE
set -eu
[ $# = 1 ] || { echo "usage: ops/backup.sh FILE" >&2; exit 2; }
file=$1
[ ! -e "$file" ] || { echo "$file exists already." >&2; exit 1; }
compose=$(dirname "$0")/../docker-compose.yml

# It holds everybody's data: nobody else may read it.
umask 077
trap 'rm -f "$file.draft"' EXIT
docker compose --file "$compose" run --rm -T --no-deps migrate python manage.py backup - </dev/null >"$file.draft"
mv "$file.draft" "$file"

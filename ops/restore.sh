#!/bin/sh
# Replaces the site of docker compose by a backup: ops/restore.sh FILE [--yes]
# Web comes back first; the worker only once somebody has looked at the outbox.
set -eu
usage() { echo "usage: ops/restore.sh FILE [--yes]" >&2; exit 2; }
[ $# -ge 1 ] && [ $# -le 2 ] || usage
[ $# = 1 ] || [ "$2" = --yes ] || usage
file=$1
[ -r "$file" ] || { echo "$file cannot be read." >&2; exit 1; }
file=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
cd "$(dirname "$0")/.."

docker compose up --detach --wait db redis
docker compose run --rm -T --no-deps migrate python manage.py restore --describe </dev/null
if [ $# = 1 ]; then
    printf 'Type yes to stop the site and restore %s: ' "$file"
    read -r answer
    [ "$answer" = yes ] || { echo "Nothing was changed." >&2; exit 1; }
fi

docker compose stop web worker beat
docker compose run --rm -T --no-deps migrate python manage.py restore --yes - <"$file" || {
    echo "The site is stopped. Start it as it was: docker compose up --detach" >&2
    exit 1
}
docker compose up --detach --wait proxy

cat <<'END'

The web server runs, the worker and beat do not. Now:
  1. Look at the outbox. Mails that were queued at the time of the backup are held back. Release or cancel them one by
     one in the admin, or by kind:
       docker compose exec web python manage.py held_mails
       docker compose exec web python manage.py held_mails --cancel KIND    (or --release KIND)
  2. Start everything: docker compose up --detach
END

#!/usr/bin/env bash
# Installs Debian packages, as root, without the PostgreSQL cluster that Debian would make and start beside them.
set -euo pipefail

conf=/etc/postgresql-common/createcluster.conf
kept=$(mktemp -d)

# The administrator's own file, else the one that the package has just brought, so that nothing of ours stays.
restore() {
    if [ -e "$kept/conf" ]; then
        cp -p "$kept/conf" "$conf"
    elif [ -e "$conf.ucf-dist" ]; then
        mv "$conf.ucf-dist" "$conf"
    else
        rm -f "$conf"
    fi
    rm -rf "$kept"
}

[ ! -e "$conf" ] || cp -p "$conf" "$kept/conf"
trap restore EXIT
mkdir -p "$(dirname "$conf")"
echo 'create_main_cluster = false' >"$conf"

# The package brings its file through ucf, which leaves it beside ours.
export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
apt-get update -q
apt-get install -y -q --no-install-recommends "$@"

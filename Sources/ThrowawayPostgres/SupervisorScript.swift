/// The shell program that makes a cluster's directory, and removes it when ``supervisorScript`` has ended.
///
/// Started as root it stays root, since root's files may come to lie in the directory, and only root can remove a
/// directory of root's; the server and all that touches its files run as the user that it is given.
let directoryScript = #"""
    supervisor=$1 bin=$2 user=$3 uid=$4 gid=$5
    umask 077
    refuse() { printf '0 | %s\n0 failed\n' "$1"; exit 1; }
    as=
    if [ -n "$user" ]; then
        if command -v setpriv >/dev/null; then
            as="setpriv --reuid=$uid --regid=$gid --clear-groups --"
        elif command -v runuser >/dev/null; then
            as="runuser -u $user --"
        else
            refuse "neither setpriv nor runuser is here to start PostgreSQL as $user: start as another user than root"
        fi
    fi
    # A Unix socket's path may have 107 bytes, 103 on macOS, so not under TMPDIR.
    dir=$(mktemp -d /tmp/freshet-XXXXXX 2>&1) || refuse "$dir"
    trap 'cd / && rm -rf "$dir"' EXIT
    # Caught and not ignored: the supervisor is to have its own way with them. The end of its input ends it.
    trap : INT TERM HUP PIPE
    [ -z "$user" ] || chown "$uid:$gid" "$dir"
    cd "$dir" || exit 1
    # Unquoted on purpose: it is nothing or several words.
    $as /bin/sh -c "$supervisor" freshet-postgres "$bin" "$dir"
    """#

/// The shell program that runs a cluster's server.
///
/// It reads one command a line from standard input and answers each on standard output:
///
///     7 start                 7 ok
///     8 stop fast             8 | one line of what went wrong
///                             8 failed
///
/// The end of its input means that whoever owned the cluster is gone, in whatever way: also by SIGKILL, which no
/// handler in the owner could have answered. Since commands are carried out one after the other, that end is never
/// seen while `initdb` is still writing files or a server is half started.
///
/// The server is a direct child and not `pg_ctl`'s: the shell can `wait` for it instead of polling, and reaps it
/// itself, since the first process of a container often reaps nobody, and a new server takes a zombie for a living one.
let supervisorScript = #"""
    bin=$1 dir=$2
    umask 077
    server=

    end_server() {
        [ -n "$server" ] || return 0
        kill -"$1" "$server" 2>/dev/null
        kill -CONT "$server" 2>/dev/null
        wait "$server"
        server=
    }
    clean() {
        trap '' INT TERM HUP PIPE
        end_server QUIT
    }
    trap clean EXIT
    trap 'exit 1' INT TERM HUP PIPE

    accepts_connections() {
        owner=
        read -r owner 2>/dev/null <data/postmaster.pid
        [ "$owner" = "$server" ] && grep -q '^ready' data/postmaster.pid
    }
    start_once() {
        skip=$(wc -c <server.log)
        "$bin/postgres" -D data -k "$dir" </dev/null >>server.log 2>&1 &
        server=$!
        for _ in $(seq 1200); do
            accepts_connections && return 0
            kill -0 "$server" 2>/dev/null || break
            sleep 0.05
        done
        end_server QUIT
        tail -c +"$((skip + 1))" server.log >output
        return 1
    }
    # After a crash the old server's last processes may hold its shared memory for a moment.
    start() {
        [ -z "$server" ] || { echo 'it is running already' >output; return 1; }
        for _ in $(seq 40); do
            start_once && return 0
            grep -q 'still in use' output || return 1
            sleep 0.25
        done
        return 1
    }
    stop() {
        [ -n "$server" ] || { echo 'it is not running' >output; return 1; }
        end_server "$1"
    }

    # C.UTF-8 as most production databases have it, C where the system does not know that (macOS before 14).
    # Unquoted on purpose: several options, none with a space in it.
    initialise() {
        for locale in C.UTF-8 C; do
            "$bin/initdb" -D data -U postgres -E UTF8 --locale="$locale" --no-sync $1 >output 2>&1 && return 0
        done
        return 1
    }

    # All files of a running server, as it allows its own clients to read them; also what was committed meanwhile.
    copy() {
        "$bin/pg_basebackup" -D data -X stream -c fast --no-sync --no-password "$@" </dev/null >output 2>&1
    }

    run() {
        case $1 in
            password) printf '%s\n' "$2" >password ;;
            initdb) initialise "$2" ;;
            copy) copy -d "$2" ;;
            standby) copy -R -d "$2" ;;
            setting) printf '%s\n' "$2" >>data/postgresql.conf ;;
            start) start ;;
            stop) stop "$2" ;;
            postmaster) printf '%s = %s\n' "$number" "$server" ;;
            *) printf 'unknown command %s\n' "$1" >output; return 1 ;;
        esac
    }

    : >server.log
    printf '0 = %s\n0 ok\n' "$dir"
    while read -r number verb argument; do
        : >output
        if run "$verb" "$argument"; then
            printf '%s ok\n' "$number"
        else
            tail -n 20 output | sed "s/^/$number | /"
            printf '%s failed\n' "$number"
        fi
    done
    exit 0
    """#

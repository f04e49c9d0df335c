# Long steps with one line each; sourced by the scripts beside this folder. Works with the bash 3.2 of macOS.
#
# A step's whole output goes to a log. On a terminal its line shows the time and what the log says last; elsewhere a
# line is printed every half minute, so that nobody takes a first build for a hang.

logs=.build/logs

if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${CI:-}" ]; then
    on_terminal=yes
else
    on_terminal=no
fi

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# step NAME WHAT COMMAND…: runs the command with its output in NAME's log, and returns its status.
step() {
    local name=$1 what=$2 status=0
    shift 2
    mkdir -p "$logs"
    step_log=$logs/$name.log
    : >"$step_log"
    SECONDS=0
    [ "$on_terminal" = yes ] || say "$what …"
    # The watcher is what runs in the background, so that a Ctrl-C reaches the command itself.
    watch_log "$what" "$step_log" &
    step_watcher=$!
    "$@" </dev/null >>"$step_log" 2>&1 || status=$?
    end_watcher
    local outcome="done in ${SECONDS} s"
    [ "$status" -eq 0 ] || outcome="failed after ${SECONDS} s"
    [ "$on_terminal" = no ] || printf '\r\033[K%s … ' "$what"
    [ "$on_terminal" = yes ] || printf '  '
    say "$outcome"
    return "$status"
}

# must_step NAME WHAT COMMAND…: a step without which nothing that follows makes sense.
must_step() {
    step "$@" && return 0
    say "The end of $PWD/$step_log:"
    tail -n 30 "$step_log"
    exit 1
}

watch_log() {
    local what=$1 log=$2 line columns
    trap 'exit 0' TERM
    SECONDS=0
    while :; do
        # In the background and waited for, since a shell answers a signal only after its foreground command; without
        # our output, which a sleep left behind would keep open for whoever reads it.
        if [ "$on_terminal" = yes ]; then sleep 0.5 >/dev/null 2>&1 & else sleep 30 >/dev/null 2>&1 & fi
        sleeper=$!
        trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM
        wait "$sleeper"
        line=$(tail -n 1 "$log" | tr -d '\r\033' | tr '\t' ' ')
        if [ "$on_terminal" = yes ]; then
            columns=$(tput cols 2>/dev/null || echo 80)
            printf '\r\033[K%.*s' "$((columns - 1))" "$what … ${SECONDS} s  $line"
        else
            printf '  %s s  %.100s\n' "$SECONDS" "$line"
        fi
    done
}

end_watcher() {
    [ -n "${step_watcher:-}" ] || return 0
    kill "$step_watcher" 2>/dev/null
    wait "$step_watcher" 2>/dev/null
    step_watcher=
}
trap end_watcher EXIT
# A person at the terminal knows why. A time limit does not: what hung is what the log says last.
stopped() {
    end_watcher
    if [ "$on_terminal" = yes ]; then
        echo
    else
        say "stopped; the end of $PWD/${step_log:-no log}:"
        tail -n 30 "${step_log:-/dev/null}"
    fi
    exit "$1"
}
trap 'stopped 130' INT
trap 'stopped 143' TERM

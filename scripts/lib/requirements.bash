# What Freshet needs to be built and run, and how to get it; sourced after steps.bash.

# Where ServerBinaries.swift looks too: keep the two alike.
has_server() {
    local directory
    if [ -n "${FRESHET_PG_BINDIR:-}" ]; then
        [ -x "$FRESHET_PG_BINDIR/initdb" ]
        return
    fi
    for directory in "$(pg_config --bindir 2>/dev/null)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /usr/local/pgsql/bin; do
        [ -x "$directory/initdb" ] && return 0
    done
    command -v initdb >/dev/null
}

has_libpq() {
    command -v pkg-config >/dev/null && pkg-config --exists libpq
}

require_swift() {
    local version
    command -v swift >/dev/null ||
        fail "Swift 6.2 or later is needed and is not in PATH: see https://www.swift.org/install"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
    # shellcheck disable=SC2086 # two words on purpose
    set -- $version
    [ "${1:-0}" -gt 6 ] || { [ "${1:-0}" -eq 6 ] && [ "${2:-0}" -ge 2 ]; } ||
        fail "Swift 6.2 or later is needed, and this is ${1:-?}.${2:-?}: see https://www.swift.org/install"
}

require_postgres() {
    has_server && has_libpq && return 0
    if [ -n "${FRESHET_PG_BINDIR:-}" ] && ! has_server; then
        fail "FRESHET_PG_BINDIR is $FRESHET_PG_BINDIR, which holds no initdb: name the directory that does, or unset it"
    fi
    case $(uname -s) in
        Darwin)
            fail "PostgreSQL or libpq is missing: brew install postgresql@17 libpq pkgconf" \
                '&& export PKG_CONFIG_PATH="$(brew --prefix libpq)/lib/pkgconfig"' ;;
    esac
    command -v apt-get >/dev/null ||
        fail "PostgreSQL's server (initdb, postgres), libpq's headers or pkg-config is missing: install the three"
    local packages="libpq-dev pkg-config"
    has_server || packages="$packages postgresql"
    # shellcheck disable=SC2086 # words on purpose
    install_packages $packages
    has_server && has_libpq || fail "$packages was installed, and still no initdb or no libpq is found: see $step_log"
}

# The tests of TLS make their certificates with it.
require_openssl() {
    command -v openssl >/dev/null && return 0
    command -v apt-get >/dev/null || fail "openssl is missing: install it"
    install_packages openssl
}

# Installs Debian's packages, as root.
install_packages() {
    local as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "as root, run: apt-get update && apt-get install $*"
        # The password is asked for here and not in a step, whose output nobody sees.
        if [ -t 0 ]; then sudo -v; else sudo -n true 2>/dev/null; fi ||
            fail "sudo was refused; as root, run: apt-get update && apt-get install $*"
        as_root=sudo
    fi
    # shellcheck disable=SC2086 # nothing where it is empty
    must_step install "Installing $* (apt)" $as_root bash scripts/lib/apt-install.bash "$@"
}

# Tests and demo start a PostgreSQL of their own. Nothing that names another one may reach them.
forget_databases() {
    local name
    for name in $(env | sed -n 's/^\(PG[A-Z_]*\)=.*/\1/p') DATABASE_URL; do unset "$name"; done
}

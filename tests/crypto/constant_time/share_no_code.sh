#!/bin/sh
# share_no_code.sh LIBRARY: each backend of DES168 may offer the linker its run_NAME and nothing else. An inline function
# that two of them brought along would be kept once, perhaps in the form that only the newest processors can execute.
# (Type information, which sanitizers add, is no code.)
symbols=$(nm --defined-only --extern-only "$1" | sed -n '/^portable.cpp.o:/,$p')
echo "$symbols" | grep -q run_portable || { echo "cannot read $1"; exit 1; }
others=$(echo "$symbols" | grep -v -e '^$' -e ':$' -e ' V _ZT' -e '6des168[0-9]*run_')
[ -z "$others" ] || { echo "shared with other code:"; echo "$others"; exit 1; }

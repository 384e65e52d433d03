# Sourced by the other scripts: named steps with their times.
# shellcheck shell=bash

# phase NAME COMMAND…: says when it starts and how long it took; ends the script when it fails.
phase() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    local status=0
    "$@" || status=$?
    if ((status)); then
        printf '== %s: FAILED with status %d after %d s\n' "$name" "$status" $((SECONDS - started))
        exit "$status"
    fi
    PHASES+=("$(printf '%5d s  %s' $((SECONDS - started)) "$name")")
    printf '== %s: %d s\n' "$name" $((SECONDS - started))
}

# phase_summary: all phases and the sum.
phase_summary() {
    printf '\n== times\n'
    printf '%s\n' "${PHASES[@]}"
    printf '%5d s  in all\n' "$SECONDS"
}

PHASES=()

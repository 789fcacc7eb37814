#!/bin/sh
# launch.sh FOLDER UNSHARE_FLAGS INIT [init's arguments…]
#
# The outer half of a sandbox, on the machine's side of its walls. It starts the pump, joins the cgroups named in
# FOLDER/cgroups, and becomes `unshare`, whose only child is init.sh.
#
# The pump copies what the app writes from the FIFO into segment files: see pump.ts. DOZEN_INPUT `pipe`: somebody reads the FIFO
# instead; `terminal`: there is none, the app writes to its standard input.
set -u
folder=$1 flags=$2 init=$3
shift 3
umask 077

# Open both ways for as long as the sandbox lives: the app waits for a pump that was killed, until there is another.
if [ "${DOZEN_INPUT:-}" != terminal ]; then
  exec 9<>"$folder/output" || exit 70
fi
if [ -z "${DOZEN_INPUT:-}" ]; then
  split -b 8m -d -a 9 - "$folder/seg." <"$folder/output" 9>&- >/dev/null 2>&1 &
  echo $! >"$folder/pump"
fi

if [ -e "$folder/cgroups" ]; then
  while read -r cgroup; do
    echo $$ >"$cgroup/cgroup.procs" || exit 71
  done <"$folder/cgroups"
fi

if [ "${DOZEN_INPUT:-}" = pipe ]; then
  # Who opens a FIFO by name, as /dev/stdin, after its end waits for ever; a pipe has no such trap, once the app may open it.
  cat 9>&- | {
    chmod 666 /proc/self/fd/0 || exit 73
    # shellcheck disable=SC2086  # the flags are words of ours
    exec unshare $flags -- /bin/sh "$init" "$folder" "$@"
  }
  exit
fi

# shellcheck disable=SC2086  # the flags are words of ours
exec unshare $flags -- /bin/sh "$init" "$folder" "$@"

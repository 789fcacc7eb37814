#!/bin/sh
# init.sh FOLDER STATUS IDENTITY UID GID HOSTNAME DIRECTORY line COMMAND-LINE
# init.sh FOLDER STATUS IDENTITY UID GID HOSTNAME DIRECTORY argv PROGRAM ARGUMENT…
#
# The inner half of a sandbox: process 1 of its own pid namespace, root there and nobody outside it may see in.
#
#   claim ──► mounts ──► new root ──► app, in the foreground ──► exit file ──► end, and with it everything in the namespace
#                                  └─ it left processes behind ──► `leaving`, and what ends them is SIGKILL for this one
#
# STATUS.claim is made with O_EXCL: either this process owns the start, or a runner that found it unclaimed has given it
# up. It holds this process's own /proc/self/stat line as the machine sees it: pid and start time, its identity. A second
# line, `started`, says that the set-up is over: from then on the only child of this process is the app.
# STATUS.exit gets one line: `exited CODE LEFT` (LEFT: processes the app left behind), `failed STAGE`, or, where
# FOLDER/hold is a FIFO and LEFT is not 0, `leaving CODE LEFT`: whoever started it decides how long they may go on.
#
# The app's variables arrive as DOZEN_ENV_<NAME>, listed in DOZEN_ENV: under these names they mean nothing to the programs
# that still run with privileges (LD_PRELOAD, PATH), and no shell ever reads a value as text.
set -u
folder=$1 status=$2 identity=$3 uid=$4 gid=$5 hostname=$6 directory=$7
shift 7

read -r stat </proc/self/stat
set -C
printf '%s\n' "$stat" >"$status.claim" || exit 71
set +C
exec 7>>"$status.claim" 8>"$status.exit"
[ -p "$folder/hold" ] && exec 6<>"$folder/hold"

fail() {
  printf 'failed %s\n' "$1" >&8
  exit 72
}

mount -n -a -T "$folder/fstab" || fail mount
# Only the machine's root may write the file; the root of a user namespace may make the system call.
case $identity in
  host) echo "$hostname" >/proc/sys/kernel/hostname || fail hostname ;;
  self) hostname "$hostname" || fail hostname ;;
esac
cd "$folder/root" || fail root
pivot_root . mnt || fail root
umount -l /mnt || fail root
cd /
[ -e /.network-none ] && command -v ip >/dev/null && ip link set lo up

# The app's own shell, with the app's rights only. It takes the pipe for its output itself: what this shell has to say of the
# app's end is not the app's. A line that is one program becomes that program; in any other the shell
# stays, and leaves with its status when a signal has ended what it was running: it must not be the first to go, or what
# it runs would lose its grace.
# shellcheck disable=SC2016  # expanded inside
enter='
case ${DOZEN_INPUT:-} in
  terminal) exec >&0 2>&0 ;;
  *) exec >/proc/self/fd/9 2>/proc/self/fd/9 9>&- ;;
esac
for DOZEN_NAME in $DOZEN_ENV; do
  eval "export $DOZEN_NAME=\"\$DOZEN_ENV_$DOZEN_NAME\""
  unset "DOZEN_ENV_$DOZEN_NAME"
done
ulimit -c 0
if [ "${DOZEN_TASKS:-}" ]; then
  ulimit -u "$DOZEN_TASKS" 2>/dev/null || ulimit -p "$DOZEN_TASKS" || exit 126
fi
if [ "${DOZEN_FILE_BLOCKS:-}" ]; then ulimit -f "$DOZEN_FILE_BLOCKS" || exit 126; fi
unset DOZEN_NAME DOZEN_ENV DOZEN_TASKS DOZEN_INPUT DOZEN_FILE_BLOCKS
cd "$1" || exit 126
unset PWD OLDPWD
if [ "$2" = argv ]; then
  shift 2
  exec "$@"
fi
case $3 in
  *[\;\&\|\(\)\{\}\#\!\`]* | *"
"*) ;;
  *) case $(command -v -- "${3%% *}") in /*) eval "exec $3" ;; esac ;;
esac
trap "exit \$?" TERM INT HUP QUIT
eval "$3"'

# A terminal becomes the controlling one of the app's session.
session=setsid
[ "${DOZEN_INPUT:-}" = terminal ] && session='setsid --ctty'
echo started >&7
case $identity in
  host)
    $session setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- \
      /bin/sh -c "$enter" app "$directory" "$@" 6<&- 7>&- 8>&-
    ;;
  self)
    $session unshare --user --map-user="$uid" --map-group="$gid" -- setpriv --no-new-privs -- \
      /bin/sh -c "$enter" app "$directory" "$@" 6<&- 7>&- 8>&-
    ;;
esac
code=$?
# Builtins only: nothing of the tree is run any more, now that the app may have written to it.
set -- /proc/[0-9]*
left=$(($# - 1))
if [ "$left" -gt 0 ] && [ -e /proc/self/fd/6 ]; then
  printf 'leaving %s %s\n' "$code" "$left" >&8
  read -r _ <&6
fi
printf 'exited %s %s\n' "$code" "$left" >&8

#!/bin/sh
# Asks the platform, over descriptors that it gave to git: 3 takes the question, 4 brings text for the pusher, 5 the verdict.
{ env -0; printf '\0'; cat; printf '\0'; } >&3
cat <&4 >&2
read -r verdict <&5 && test "$verdict" = accept

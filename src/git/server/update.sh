#!/bin/sh
# Whatever else is in a push that was accepted, only a branch that deploys moves.
case $1 in
  refs/heads/main | refs/heads/master) exit 0 ;;
  *) exit 1 ;;
esac

#!/bin/sh
# A client of the control FIFO, written from the protocol's description: a FIFO for the answer, a command with its
# lines, a blank line. FIFO names the server's FIFO, REPLIES the folder of reply files.
name="client_$$"
reply="$REPLIES/$name"
mkfifo "$reply" || exit 1
trap 'rm -f "$reply"' EXIT

# Gives a command; its lines come on standard input.
give() {
  # What runs in the background has no standard input of its own.
  exec 3<&0
  { printf ':%s:%s\n' "$1" "$name"; cat <&3; printf '\n'; } > "$FIFO" &
  cat "$reply"
  wait
}

# Gives a command with its arguments.
ask() {
  command=$1
  shift
  for line in "$@"; do printf '%s\n' "$line"; done | give "$command"
}

case "$1 $2" in
  'ul show') ask ul_show_contact location "$3" ;;
  'ul dump') ask ul_dump ;;
  'ul add') ask ul_add location "$3" "$4" 3600 1.00 0 ;;
  'ul rm') ask ul_rm location "$3" ;;
  'alias add') ask ul_add aliases "$3" "$4" 1003741823 1.00 0 ;;
  'alias show') ask ul_show_contact aliases "$3" ;;
  'online '*) ask ul_dump | grep aor | cut -d "'" -f 2 | sort -u ;;
  'moni '*) for part in version uptime t_stats sl_stats ul_stats; do ask $part; done ;;
  'ping '*)
    printf '%s\n' OPTIONS "$2" . 'From: <sip:daemon@127.0.0.1>' "To: <$2>" 'Contact: <sip:daemon@!!>' . . |
      give t_uac_dlg
    ;;
  *) ask "$@" ;;
esac

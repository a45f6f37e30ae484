#!/bin/sh
# forward.sh RULES FLOWS SECONDS FLOOD: a router in a network namespace of its own between two veth pairs, with the rule set (-: none)
# and no other traffic; FLOOD (flood.c, compiled) sends into it. Run it under `unshare -n -m`. Prints what FLOOD prints; fails when
# the router did not forward every packet.
set -e
rules=$1 flows=$2 seconds=$3 flood=$4
mkdir -p /run/netns
mount -t tmpfs none /run/netns
mount -t sysfs none /sys
ip netns add router
router='ip netns exec router'
ip link add in0 type veth peer name r0 netns router
ip link add out0 type veth peer name r1 netns router
ip link set in0 up
ip link set out0 up
ip -n router link set r0 up
ip -n router link set r1 up
ip -n router addr add 10.0.0.1/8 dev r0
ip -n router addr add 198.51.100.1/24 dev r1
# nobody has this address: what arrives is dropped, and costs nothing more
ip -n router neigh add 198.51.100.2 lladdr 02:00:00:00:00:99 dev r1
$router sysctl -q -w net.ipv4.ip_forward=1
[ "$rules" = - ] || $router iptables-legacy-restore "$rules"
before=$($router cat /sys/class/net/r1/statistics/tx_packets)
result=$("$flood" in0 "$(cat /sys/class/net/in0/address)" "$($router cat /sys/class/net/r0/address)" "$flows" "$seconds")
after=$($router cat /sys/class/net/r1/statistics/tx_packets)
sent=$(echo "$result" | sed 's/.*"items":\([0-9]*\).*/\1/')
if [ $((after - before)) -lt $((sent - sent / 100)) ]; then
  echo "Error: $((after - before)) of $sent packets forwarded" >&2
  exit 1
fi
echo "$result"

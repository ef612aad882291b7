"""Empties the connection tracking table of the network namespace that it runs in, as a router's restart does.

The same as `conntrack -F`, without the program: one netlink message without a selection (linux/nfnetlink_conntrack.h).
"""
import os
import socket
import struct

NETLINK_NETFILTER = 12
CONNTRACK_DELETE = (1 << 8) | 2
REQUEST_AND_ACKNOWLEDGE = 1 | 4
NLMSG_ERROR = 2

body = struct.pack("BBH", socket.AF_UNSPEC, 0, 0)
header = struct.pack("=IHHII", 16 + len(body), CONNTRACK_DELETE, REQUEST_AND_ACKNOWLEDGE, 1, 0)
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
netlink.bind((0, 0))
netlink.send(header + body)
kind, = struct.unpack_from("=H", answer := netlink.recv(4096), 4)
error, = struct.unpack_from("=i", answer, 16)
if kind != NLMSG_ERROR or error != 0:
    raise OSError(-error, os.strerror(-error))

"""A line with delay and loss: forwards packets between two TUN devices, each way alike.

usage: delay.py NEAR FAR ONE_WAY_MS LOSS_PERCENT   (root; prints "ready" when both devices exist)
Ends when its standard input closes; the devices end with it, wherever they were moved.
"""
import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
BURST_PACKETS = 64
MAX_PACKET_BYTES = 65535


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN_NO_PI))
    return device


def main():
    near, far = open_tun(sys.argv[1]), open_tun(sys.argv[2])
    delay, loss = float(sys.argv[3]) / 1000, float(sys.argv[4]) / 100
    other = {near: far, far: near}
    parent = sys.stdin.fileno()
    waiting = collections.deque()
    print("ready", flush=True)
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([near, far, parent], [], [], timeout)
        if parent in readable:
            return
        for device in readable:
            for _ in range(BURST_PACKETS):
                try:
                    packet = os.read(device, MAX_PACKET_BYTES)
                except OSError:  # Nothing more to read, or the device is down.
                    break
                if random.random() >= loss:
                    waiting.append((time.monotonic() + delay, other[device], packet))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, device, packet = waiting.popleft()
            try:
                os.write(device, packet)
            except OSError:  # A device that is down loses packets, as a line does.
                pass


main()

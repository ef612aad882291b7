/**
 * NAT by nftables, one kind a router: who may reach a mapped port from outside (filtering), and whether each
 * destination gets a mapping of its own (mapping). Names of RFC 3489, behaviours of RFC 4787.
 *
 * | Kind                    | Mapping                    | Filtering                  | How                                   |
 * | ----------------------- | -------------------------- | -------------------------- | ------------------------------------- |
 * | full-cone               | endpoint-independent       | endpoint-independent       | ports seen leaving are forwarded      |
 * | address-restricted      | endpoint-independent       | address-dependent          | the same, per remote address          |
 * | port-restricted         | endpoint-independent       | address and port-dependent | conntrack alone                       |
 * | symmetric               | address and port-dependent | address and port-dependent | conntrack, a random port a flow       |
 *
 * Approximated: the three cones keep the source port, so their mapping is endpoint-independent as long as two hosts
 * behind one router do not use the same port (there is one host a router here); a mapping lasts MAPPING_SECONDS from
 * the last packet out, whatever comes in; TCP and ICMP are masqueraded by conntrack in every kind; no hairpinning.
 */
export const natKinds = ['full-cone', 'address-restricted', 'port-restricted', 'symmetric'] as const;
export type NatKind = (typeof natKinds)[number];

/** RFC 4787 REQ-5: at least two minutes. */
const MAPPING_SECONDS = 300;

export interface NatAddresses {
  /** Interface to the outside world; a delayed line is another one, so rules name the inside. */
  readonly inside: string;
  readonly publicAddress: string;
  /** The one host behind it. */
  readonly hostAddress: string;
}

/** Rules of a router of this kind, in nft's language. Loading them again replaces the kind and drops nothing else. */
export function natRules(kind: NatKind, { inside, publicAddress, hostAddress }: NatAddresses): string {
  const source = `oifname != "${inside}" snat to ${publicAddress}`;
  const keep = kind === 'symmetric' ? `meta l4proto udp ${source}:1024-65535 fully-random` : source;
  return `
table ip nat
delete table ip nat
table ip nat {
  set mapped { type inet_service; flags dynamic,timeout; timeout ${MAPPING_SECONDS}s; }
  set contacted { type inet_service . ipv4_addr; flags dynamic,timeout; timeout ${MAPPING_SECONDS}s; }
  chain leaving {
    type filter hook forward priority filter; policy accept;
    iifname "${inside}" meta l4proto udp update @mapped { udp sport }
    iifname "${inside}" meta l4proto udp update @contacted { udp sport . ip daddr }
  }
  chain source {
    type nat hook postrouting priority srcnat; policy accept;
    ${keep}
    ${source}
  }
  chain destination {
    type nat hook prerouting priority dstnat; policy accept;
    ${forwarding(kind, inside, hostAddress)}
  }
  chain unsolicited {
    # Dropped before conntrack confirms it: else a stranger's packet would take the port from the host's own flow.
    type filter hook input priority filter; policy accept;
    iifname != { "lo", "${inside}" } ct state new drop
  }
}
`;
}

function forwarding(kind: NatKind, inside: string, hostAddress: string): string {
  const known = {
    'full-cone': 'udp dport @mapped',
    'address-restricted': 'udp dport . ip saddr @contacted',
    'port-restricted': '',
    symmetric: '',
  }[kind];
  return known && `iifname != "${inside}" ${known} dnat to ${hostAddress}`;
}

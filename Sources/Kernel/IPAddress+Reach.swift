/// Where an address leads: what outbound calls are judged by, and what audit rows say instead of the address.
public enum AddressReach: String, Sendable, CaseIterable {
    case publicIPv4 = "ipv4"
    case publicIPv6 = "ipv6"
    case loopback
    /// Private, link-local or unique local: somebody's own network.
    case local
    /// Multicast, documentation, reserved, unspecified, and the services that clouds keep on an address of their own.
    case special
}

extension IPAddress {
    /// The IANA special-purpose registries (RFC 6890 and its successors); an address that carries an IPv4 address inside
    /// (NAT64, 6to4, Teredo, IPv4-compatible) never counts as public, because who it reaches is decided elsewhere.
    public var reach: AddressReach {
        switch family {
        case .v4: IPAddress.reach(v4: UInt32(truncatingIfNeeded: low))
        case .v6: reachV6
        }
    }

    private static func reach(v4 bits: UInt32) -> AddressReach {
        func within(_ base: UInt32, _ length: UInt32) -> Bool { (bits ^ base) >> (32 - length) == 0 }
        if within(0x7F00_0000, 8) { return .loopback }
        // 10/8, 172.16/12, 192.168/16, 169.254/16 (cloud metadata among them), 100.64/10 (carriers' NAT).
        let local: [(UInt32, UInt32)] = [
            (0x0A00_0000, 8), (0xAC10_0000, 12), (0xC0A8_0000, 16), (0xA9FE_0000, 16), (0x6440_0000, 10),
        ]
        if local.contains(where: { within($0.0, $0.1) }) { return .local }
        // 0/8, 192.0.0/24, TEST-NET-1…3, 6to4 relays, benchmarks, multicast, reserved; 168.63.129.16 is Azure's platform.
        let special: [(UInt32, UInt32)] = [
            (0, 8), (0xC000_0000, 24), (0xC000_0200, 24), (0xC633_6400, 24), (0xCB00_7100, 24), (0xC058_6300, 24),
            (0xC612_0000, 15), (0xE000_0000, 4), (0xF000_0000, 4), (0xA83F_8110, 32),
        ]
        return special.contains { within($0.0, $0.1) } ? .special : .publicIPv4
    }

    private var reachV6: AddressReach {
        if isLoopback { return .loopback }
        // fc00::/7 and fe80::/10.
        if high >> 57 == 0x7E || high >> 54 == 0x3FA { return .local }
        // Only 2000::/3 is given out as public: everything else is special, ::/96 and 64:ff9b::/96 among it.
        guard high >> 61 == 1 else { return .special }
        // 2001::/23 (Teredo, ORCHID, …), 2001:db8::/32, 2002::/16 (6to4), 3fff::/20 (documentation).
        if high >> 41 == 0x2001_0000 >> 9 || high >> 32 == 0x2001_0DB8 { return .special }
        if high >> 48 == 0x2002 || high >> 44 == 0x3FFF0 { return .special }
        return .publicIPv6
    }
}

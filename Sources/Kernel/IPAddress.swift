/// An IPv4 or IPv6 address as bits: what limits count by and networks contain. IPv4-mapped IPv6 becomes IPv4.
public struct IPAddress: Sendable, Hashable {
    public enum Family: Sendable, Hashable { case v4, v6 }
    public let family: Family
    /// Network order, the IPv4 address in the low 32 bits.
    public let high: UInt64
    public let low: UInt64

    public init(v4 bits: UInt32) { self.init(family: .v4, high: 0, low: UInt64(bits)) }

    private init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    public init(v6High high: UInt64, low: UInt64) {
        if high == 0, low >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(family: .v6, high: high, low: low)
        }
    }

    public var isLoopback: Bool {
        switch family {
        case .v4: low >> 24 == 127
        case .v6: high == 0 && low == 1
        }
    }
}

/// The proof that this very exchange may be forwarded. Only `Protection/Authorization` mints one; it can't be copied,
/// stored for later or used for another exchange.
public struct ForwardPermit: ~Copyable, Sendable {
    public let exchange: ExchangeID
    @_spi(MintForwardPermit)
    public init(for exchange: ExchangeID) { self.exchange = exchange }
}

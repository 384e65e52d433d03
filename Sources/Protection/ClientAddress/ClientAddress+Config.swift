public import Kernel

extension ClientAddressStage {
    public struct Settings: Sendable, Equatable {
        /// Networks of the proxies and load balancers in front of us; empty: the peer is the client.
        public var trustedHops: [IPNetwork]

        public init(trustedHops: [IPNetwork] = []) { self.trustedHops = trustedHops }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let texts = reader.read(
                .texts(
                    "trusted-hops",
                    summary: "Networks of the proxies in front of Seaworthy whose X-Forwarded-For and -Proto count.",
                    form: "a list of networks such as 10.0.0.0/8 or 2001:db8::/32", default: [],
                    accepts: { IPNetwork($0) != nil }))
            return Settings(trustedHops: texts.compactMap { IPNetwork($0) })
        }
    }
}

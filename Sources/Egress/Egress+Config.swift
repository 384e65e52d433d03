public import Kernel

extension EgressSettings {
    public static func read(_ reader: inout ConfigurationReader) -> EgressSettings {
        let networks = reader.read(
            .texts(
                "egress.allow",
                summary: "Private networks that outbound calls (webhooks, sign-in providers) may reach all the same.",
                form: "a list of networks such as 10.0.0.0/8 or fd00::/8", default: [],
                accepts: { IPNetwork($0) != nil }))
        return EgressSettings(
            allowed: networks.compactMap { IPNetwork($0) },
            allowsPlainHTTP: reader.read(
                .flag("egress.plain-http", summary: "Whether outbound calls may go without TLS.", default: false)),
            connectTimeout: reader.read(
                .duration(
                    "egress.connect-timeout", summary: "How long an outbound connection may take, TLS included.",
                    default: .seconds(5), defaultText: "5s")),
            totalTimeout: reader.read(
                .duration(
                    "egress.timeout", summary: "How long an outbound call may take in all.", default: .seconds(15),
                    defaultText: "15s")),
            bodyLimit: reader.read(
                .bytes(
                    "egress.max-response", summary: "Bytes of an answer to an outbound call at most.", default: 1 << 20)
            ))
    }
}

public import Kernel

extension WebSocketStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Payload bytes of one message from the client; `Int.max` for no limit.
        public var messageBytes: Int
        /// Frames of one socket's client; nil for no limit.
        public var messages: GCRA?

        public init(
            mode: ControlMode, messageBytes: Int = 1 << 20, messages: GCRA? = GCRA(quota: 200, windowSeconds: 1)
        ) {
            self.mode = mode
            self.messageBytes = messageBytes
            self.messages = messages
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.websocket"
            let mode = reader.mode(of: key)
            let size = reader.read(
                .bytes(
                    "\(key).message-size", summary: "The largest message that a WebSocket's client may send.",
                    default: 1 << 20))
            let messages = reader.read(
                .rate("\(key).messages", summary: "Frames that one WebSocket's client may send.", default: "200/s"))
            return Settings(mode: mode, messageBytes: size, messages: messages)
        }
    }

    public static let capability = Capability(
        id: "protection.websocket", title: "WebSockets are opened and kept open only by those who may", level: .mvp,
        stages: ["WebSocket"], modeKey: "protection.websocket.mode",
        reasons: [
            "websocket.no-origin", "websocket.cross-site", "websocket.ticket", "websocket.session-over",
            "websocket.access-lost", "websocket.message-size", "websocket.message-rate", "websocket.frame",
            "websocket.unverified",
        ], provedBy: [],
        witness: InsideWitness(
            .upgradeWithoutOriginIsRefused,
            because: "an app without WebSockets answers an upgrade alike with and without it"),
        rehearsedBy: [
            "SocketUpgradeTests", "SocketEndTests", "SpliceTests", "SocketLimitTests", "AdoptedSocketTests",
            "SocketReplicaTests",
        ])
}

public import Kernel
import NIOHTTP1
import Synchronization
public import Web

/// What was refused and what would have been, the newest some thousands of them, in memory: for the console's page.
///
/// One ring for each event loop, so that no lock is shared by all cores; what observes a flood forgets the oldest.
public final class RecentRefusals: Sendable {
    public struct Entry: Sendable, Equatable {
        public let at: Timestamp
        public let control: String
        public let reason: String
        public let disposition: SecurityEvent.Disposition
        /// The status that the refusal had or would have had.
        public let status: Int
        public let method: String
        /// As in the log: what could be a secret in the query is taken out.
        public let target: String
        /// The rule that the route policy found; nil where it wasn't asked.
        public let route: String?
        public let requestID: String
        public let client: String
        public let door: Door
        public let detail: String?
    }

    private struct Ring {
        var entries: [Entry] = []
        var next = 0
    }
    /// A class, because an array can't hold a `Mutex`.
    private final class Shard: Sendable {
        let ring = Mutex(Ring())
    }

    private let shards: [Shard]
    /// Of each shard.
    private let capacity: Int

    /// - Parameter capacity: entries in all.
    public init(shardCount: Int, capacity: Int = 4000) {
        let count = max(1, shardCount)
        shards = (0..<count).map { _ in Shard() }
        self.capacity = max(1, capacity / count)
    }

    func add(_ entries: [Entry], from number: Int) {
        let shard = shards[Int(truncatingIfNeeded: UInt(bitPattern: number) % UInt(shards.count))]
        shard.ring.withLock { ring in
            for entry in entries {
                if ring.entries.count < capacity {
                    ring.entries.append(entry)
                } else {
                    ring.entries[ring.next] = entry
                    ring.next = (ring.next + 1) % capacity
                }
            }
        }
    }

    /// All that are kept, the newest first.
    public var entries: [Entry] {
        shards.flatMap { $0.ring.withLock { $0.entries } }.sorted {
            ($0.at.nanosecondsSinceEpoch, $0.requestID) > ($1.at.nanosecondsSinceEpoch, $1.requestID)
        }
    }
}

extension RecentRefusals.Entry {
    /// The refusals of one exchange; what was only noted isn't among them.
    static func entries(of exchange: borrowing Exchange, at now: Timestamp) -> [RecentRefusals.Entry] {
        guard exchange.events.contains(where: { $0.disposition != .noted }) else { return [] }
        let client =
            exchange.clientAddress.map {
                $0 == exchange.connection.peer ? exchange.connection.peerText : $0.description
            }
            ?? exchange.connection.peerText
        let target = Redaction.target(exchange.request.target)
        let (method, route) = (exchange.request.method.rawValue, exchange.policy?.route)
        let (id, door) = (exchange.requestID, exchange.connection.door)
        return exchange.events.filter { $0.disposition != .noted }.map { event in
            RecentRefusals.Entry(
                at: now, control: event.control, reason: event.reason.rawValue, disposition: event.disposition,
                status: event.status, method: cut(method, 32), target: cut(target, 512), route: route, requestID: id,
                client: client, door: door, detail: event.detail.map { cut(Redaction.text(cut($0, 512)), 512) })
        }
    }

    private static func cut(_ text: String, _ bytes: Int) -> String {
        text.utf8.count <= bytes ? text : String(decoding: text.utf8.prefix(bytes), as: UTF8.self) + "…"
    }
}

import Crypto
public import Kernel
import Store
import Synchronization

/// Who is let into the console where nobody has an account: whoever can read what the process printed, or a file that only its
/// user reads. One link at a time, good once and for fifteen minutes; sessions live in this process's memory.
final class ConsoleLinks: Sendable {
    private struct Session {
        let openedAt: Timestamp
        var seenAt: Timestamp
    }
    private struct State {
        var link: (hash: String, until: Timestamp)?
        var sessions: [String: Session] = [:]
    }

    static let span: Duration = .seconds(900)
    private static let idle: Duration = .seconds(1800)
    private static let absolute: Duration = .seconds(12 * 3600)
    private static let mostSessions = 20

    private let state = Mutex(State())
    private let clock: any WallClock
    private let random: any RandomSource

    init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
    }

    /// Makes a link; the one before opens nothing any more.
    func offer() -> (token: Secret, until: Timestamp) {
        let token = ConsoleSecret.make(random)
        let until = clock.now().later(by: ConsoleLinks.span)
        state.withLock { $0.link = (ConsoleSecret.hash(token.reveal()), until) }
        return (token, until)
    }

    /// Uses the link up: one of any number of callers gets a session's secret.
    func open(_ token: String) -> Secret? {
        let (hash, now) = (ConsoleSecret.hash(token), clock.now())
        let secret = ConsoleSecret.make(random)
        let isOpen = state.withLock { state in
            guard let link = state.link, link.hash == hash, now < link.until else { return false }
            state.link = nil
            state.sessions = state.sessions.filter { ConsoleLinks.isValid($0.value, at: now) }
            if state.sessions.count >= ConsoleLinks.mostSessions,
                let oldest = state.sessions.min(by: { $0.value.openedAt < $1.value.openedAt })
            {
                state.sessions[oldest.key] = nil
            }
            state.sessions[ConsoleSecret.hash(secret.reveal())] = Session(openedAt: now, seenAt: now)
            return true
        }
        return isOpen ? secret : nil
    }

    /// Since when a cookie's secret is good; nil when it isn't.
    func opened(by secret: String) -> Timestamp? {
        let (hash, now) = (ConsoleSecret.hash(secret), clock.now())
        return state.withLock { state in
            guard let session = state.sessions[hash], ConsoleLinks.isValid(session, at: now) else { return nil }
            state.sessions[hash]?.seenAt = now
            return session.openedAt
        }
    }

    func end(_ secret: String) { state.withLock { $0.sessions[ConsoleSecret.hash(secret)] = nil } }

    private static func isValid(_ session: Session, at now: Timestamp) -> Bool {
        now.elapsed(since: session.seenAt) < idle && now.elapsed(since: session.openedAt) < absolute
    }
}

/// 256 random bits as text, and what is kept of them.
enum ConsoleSecret {
    static func make(_ random: any RandomSource) -> Secret {
        Secret((0..<4).map { _ in hexadecimal(random.next()) }.joined())
    }

    static func hash(_ text: String) -> String { digest("console|" + text) }

    /// What forms carry: it follows from the cookie's secret, which no script and no other site can read.
    static func token(_ secret: String) -> String { digest("console-form|" + secret) }

    private static func digest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Whether two texts are the same, in a time that depends on their lengths only.
    static func isEqual(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        return zip(a.utf8, b.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension RunningGateway {
    /// A one-time link into the console; nil where accounts open it, or where there is none.
    ///
    /// - Returns: the whole address, and until when it is good (ISO 8601).
    public func consoleLink() -> (link: Secret, until: String)? {
        let configuration = configuration
        guard configuration.console.isOn, services.identity == nil, let door = doors.first(where: { !$0.isPublic })
        else { return nil }
        let offer = services.consoleLinks.offer()
        let base = configuration.console.url.map { "\($0)" } ?? door.url
        return (Secret("\(base)/console/open?token=\(offer.token.reveal())"), offer.until.iso8601)
    }
}

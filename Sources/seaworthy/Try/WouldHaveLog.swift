import Foundation
import Synchronization

/// What an observing gateway would have refused or changed, counted from its access log while somebody clicks.
///
/// Bounded: at most 200 reasons with three examples each, whatever is sent.
final class WouldHaveLog: Sendable {
    struct Refusal: Equatable {
        let reason: String
        let control: String
        /// The status that the refusal would have had; 0 where none was told.
        var status: Int
        var count = 0
        /// `METHOD /path`, without query.
        var examples: [String] = []
        var detail: String?
    }

    struct Tally: Equatable {
        var requests = 0
        /// In the order in which they first came.
        var refusals: [Refusal] = []
        /// Response header fields that would have been set, changed or removed, with how often.
        var changes: [String: Int] = [:]
        /// Refused in any mode, because a parser could read it in two ways.
        var refused: [Refusal] = []
    }

    private struct State {
        var tally = Tally()
        var rest: [UInt8] = []
    }
    private let state = Mutex(State())

    var tally: Tally { state.withLock { $0.tally } }

    /// Takes a piece of the log: whole lines or parts of them.
    func take(_ bytes: [UInt8]) {
        state.withLock { state in
            state.rest += bytes
            while let end = state.rest.firstIndex(of: 0x0A) {
                WouldHaveLog.count(Data(state.rest[..<end]), in: &state.tally)
                state.rest.removeSubrange(...end)
            }
            if state.rest.count > 1 << 20 { state.rest = [] }
        }
    }

    private struct Line: Decodable {
        struct Event: Decodable {
            let control, reason, disposition: String
            let status: Int?
            let detail: String?
        }
        let event: String
        let door: String?
        let method: String?
        let target: String?
        let refusal: String?
        let events: [Event]?
        let wouldChange: [String]?
    }

    private static func count(_ line: Data, in tally: inout Tally) {
        guard let line = try? JSONDecoder().decode(Line.self, from: line), line.event == "exchange",
            line.door == "public"
        else { return }
        tally.requests += 1
        let path = (line.target ?? "").prefix { $0 != "?" }
        let example = "\(line.method ?? "?") \(path)"
        for event in line.events ?? [] {
            switch event.disposition {
            case "would-have": note(event, example, in: &tally.refusals)
            case "enforced": note(event, example, in: &tally.refused)
            default: break
            }
        }
        for name in line.wouldChange ?? [] where tally.changes[name] != nil || tally.changes.count < 200 {
            tally.changes[name, default: 0] += 1
        }
    }

    private static func note(_ event: Line.Event, _ example: String, in refusals: inout [Refusal]) {
        let index: Int
        if let known = refusals.firstIndex(where: { $0.reason == event.reason && $0.control == event.control }) {
            index = known
        } else {
            guard refusals.count < 200 else { return }
            refusals.append(Refusal(reason: event.reason, control: event.control, status: event.status ?? 0))
            index = refusals.count - 1
        }
        refusals[index].count += 1
        refusals[index].detail = refusals[index].detail ?? event.detail
        if refusals[index].examples.count < 3, !refusals[index].examples.contains(example) {
            refusals[index].examples.append(example)
        }
    }
}

import Foundation
import Gateway
import Kernel

/// What happens to the process itself, one JSON line each on standard output, beside the exchanges' lines.
enum ProcessLog {
    static func write(_ event: String, level: String = "info", _ fields: [String: Field] = [:]) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = Timestamp(nanosecondsSinceEpoch: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
        var line = fields
        line["time"] = .text(time.iso8601)
        line["level"] = .text(level)
        line["event"] = .text(event)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        StandardStreams.out(String(decoding: data, as: UTF8.self) + "\n")
    }

    enum Field: Encodable {
        case text(String)
        case number(Int)
        case texts([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .texts(let texts): try container.encode(texts)
            }
        }
    }
}

extension ProcessLog {
    /// What background work has to say.
    @Sendable static func write(_ notice: WorkNotice) {
        var fields = notice.texts.mapValues { Field.text($0) }
        for (name, number) in notice.numbers { fields[name] = .number(number) }
        write(notice.event, level: notice.level, fields)
    }
}

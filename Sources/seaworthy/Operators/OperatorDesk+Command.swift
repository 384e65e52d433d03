import ArgumentParser
import Foundation
import Gateway
import Kernel

extension ConfigurationOptions {
    /// Opens the database for an operator's command and closes it afterwards; says what went wrong and with which status.
    ///
    /// - Parameter areas: keys, beside the database's, that must be in order for it: others are somebody else's business.
    func withDesk<Value>(_ areas: [String] = [], _ work: (OperatorDesk) async throws -> Value) async throws -> Value {
        let configuration = try databaseConfiguration(areas, of: try sourcesOfOperator())
        return try await with({ try await OperatorDesk.open(configuration, actor: CommandUser.actor) }, work)
    }

    /// With the worker's own file where this user may read it: what is configured there is configured.
    private func sourcesOfOperator() throws -> ConfigurationSources {
        let named = GatewayConfiguration.read(sources, for: .inspection).configuration.worker.file
        guard access(named ?? "worker.yaml", R_OK) == 0 else { return sources }
        do {
            return try sources.withWorkersOwn(named)
        } catch {
            throw ExitStatus.failure(ExitStatus.configuration, error.description)
        }
    }
}

/// What every command at the desk takes that has something to show.
struct DeskOptions: ParsableArguments {
    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    /// Does something at the desk and prints what came of it.
    func show<Value: Encodable>(
        _ areas: [String] = [], _ work: (OperatorDesk) async throws -> Value, as text: (Value) -> String
    ) async throws {
        try await options.withDesk(areas) { desk in
            let value = try await work(desk)
            try format.show(value, text(value))
        }
    }
}

/// Which part of a long list.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many at most, 1 to 200.", valueName: "n"))
    var limit = 50

    @Option(help: ArgumentHelp("Those before this id: the page after it.", valueName: "id"))
    var before: String?

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit wants 1 to 200") }
    }

    /// Whether a page of so many is the last one.
    func isLast(_ count: Int) -> Bool { count < limit }

    static func check(_ state: String?, among states: [String]) throws {
        guard let state, !states.contains(state) else { return }
        throw ValidationError("--state wants one of \(states.joined(separator: ", ")), not “\(state)”")
    }
}

/// Whose process this is.
enum ProcessOwner {
    static var name: String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "\(geteuid())" }
        return String(cString: name)
    }
}

extension ResultFormat {
    /// A result for programs.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    func show(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
        StandardStreams.out(self == .json ? try ResultFormat.json(value) : text())
    }
}

/// Rows for people, in 80 columns where what they hold allows it.
struct TextTable {
    private var rows: [[String]]

    init(_ heads: [String]) { rows = [heads] }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var text: String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.count + 2)
                }
            }
            return line + "\n"
        }.joined()
    }

    /// `2026-11-26 13:45:02` of ISO 8601.
    static func time(_ text: String?) -> String {
        text.map { String($0.prefix(19)).replacing("T", with: " ") } ?? "–"
    }

    /// Names with their values, one a line.
    static func sheet(_ fields: [(name: String, value: String?)]) -> String {
        let width = fields.map(\.name.count).max() ?? 0
        return fields.compactMap { field in
            field.value.map { value in
                let margin = String(repeating: " ", count: width - field.name.count + 2)
                return "\(field.name)\(margin)\(value.wrapped(width: 78 - width, indent: width + 2))\n"
            }
        }.joined()
    }
}

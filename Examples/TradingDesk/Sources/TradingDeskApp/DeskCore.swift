import Foundation
import GRDB

/// What every part of the desk works with: the database, the clock, and the flaws that are on.
struct DeskCore: Sendable {
    let database: DatabaseQueue
    let flaws: FlawSelection
    /// The wall clock, handed in.
    let now: @Sendable () -> Date

    /// Lets everybody else in between a read and a write: only unguarded code paths do this.
    func letOthersIn() async throws { try await Task.sleep(for: .milliseconds(100), clock: .continuous) }

    /// Now, as the database keeps it: seconds since 1970.
    var timestamp: Int64 { Int64(now().timeIntervalSince1970) }
}

/// Amounts in minor units (cents), 64 bits, checked.
enum Money {
    /// The largest amount that the desk takes or holds: ten billion, in cents.
    static let limit: Int64 = 1_000_000_000_000

    /// Reads `1250`, `1250.5` or `1250.50`; nil for anything else, for more than two decimals, and beyond the limit.
    static func parse(_ text: String, signed: Bool = false) -> Int64? {
        var digits = text[...]
        let isNegative = signed && digits.first == "-"
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 11, isDigits(whole) else { return nil }
        let fraction = parts.count > 1 ? parts[1] : "0"
        guard !fraction.isEmpty, fraction.utf8.count <= 2, isDigits(fraction), let units = Int64(whole),
            let hundredths = Int64(fraction.utf8.count == 1 ? fraction + "0" : fraction)
        else { return nil }
        let (scaled, overflow) = units.multipliedReportingOverflow(by: 100)
        guard !overflow, scaled <= limit - hundredths else { return nil }
        return isNegative ? -(scaled + hundredths) : scaled + hundredths
    }

    /// `1250.50`, as programs read it.
    static func plain(_ amount: Int64) -> String {
        let magnitude = amount.magnitude
        let cents = magnitude % 100
        return "\(amount < 0 ? "-" : "")\(magnitude / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// `1,250.50`, as people read it; a real minus sign.
    static func shown(_ amount: Int64) -> String {
        let magnitude = amount.magnitude
        var whole = String(magnitude / 100)
        var grouped = ""
        while whole.count > 3 {
            grouped = "," + whole.suffix(3) + grouped
            whole = String(whole.dropLast(3))
        }
        let cents = magnitude % 100
        return "\(amount < 0 ? "−" : "")\(whole)\(grouped).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// `a + b`; nil beyond the limit in either direction.
    static func sum(_ left: Int64, _ right: Int64) -> Int64? {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow || sum.magnitude > UInt64(limit) ? nil : sum
    }

    /// `price × quantity`; nil beyond the limit.
    static func product(_ price: Int64, _ quantity: Int64) -> Int64? {
        let (product, overflow) = price.multipliedReportingOverflow(by: quantity)
        return overflow || product.magnitude > UInt64(limit) ? nil : product
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}

/// Dates as the desk shows and stores them.
enum Day {
    /// `2026-03-09 14:05` in UTC.
    static func minute(_ timestamp: Int64) -> String {
        let date = Date(timeIntervalSince1970: TimeInterval(timestamp))
        return String(date.formatted(.iso8601.dateTimeSeparator(.space)).prefix(16))
    }

    /// `2026-03-09` in UTC.
    static func date(_ timestamp: Int64) -> String { String(minute(timestamp).prefix(10)) }

    /// RFC 3339, as programs read it.
    static func iso(_ timestamp: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(timestamp)).formatted(.iso8601)
    }

    /// Noon of `2026-03-09`; nil for what is no date.
    static func parse(_ text: String) -> Int64? {
        guard text.utf8.count == 10, let date = try? Date(text + "T12:00:00Z", strategy: .iso8601),
            self.date(Int64(date.timeIntervalSince1970)) == text
        else { return nil }
        return Int64(date.timeIntervalSince1970)
    }
}

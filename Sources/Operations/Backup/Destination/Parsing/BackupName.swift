public import Kernel

/// A backup's name: when it was begun, and eight digits so that two of one second differ.
///
///     seaworthy-20261121T083000Z-1a2b3c4d.backup
///
/// What isn't named like this isn't ours: never listed, never removed.
public struct BackupName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String
    /// To the second.
    public let takenAt: Timestamp

    public var description: String { text }
    public static func < (a: BackupName, b: BackupName) -> Bool { a.text < b.text }

    init(at time: Timestamp, random: any RandomSource) {
        // The millisecond, so that names of one second sort by time too, and 20 random bits.
        let millisecond = UInt64(max(0, time.nanosecondsSinceEpoch / 1_000_000 % 1000))
        let bits = (millisecond &<< 20) | (random.next() & 0xF_FFFF)
        let digits = String(bits, radix: 16)
        let padded = String(repeating: "0", count: max(0, 8 &- digits.count)) + digits  // can't trap: texts
        text = "seaworthy-\(BackupName.stamp(time))-\(padded).backup"
        let second: Int64 = 1_000_000_000
        takenAt = Timestamp(nanosecondsSinceEpoch: time.nanosecondsSinceEpoch / 1_000_000_000 &* second)
    }

    /// nil for every other name.
    public init?(_ text: String) {
        guard
            let match = text.wholeMatch(
                of: #/seaworthy-([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z-[0-9a-f]{8}\.backup/#),
            let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3),
            let hour = Int64(match.4), let minute = Int64(match.5), let second = Int64(match.6),
            (1970...2261).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        self.text = text
        let days = BackupName.days(year, month, day)
        let seconds = ((days &* 24 &+ hour) &* 60 &+ minute) &* 60 &+ second
        takenAt = Timestamp(nanosecondsSinceEpoch: seconds &* 1_000_000_000)
    }

    /// Days since 1970-01-01 (Hinnant's `days_from_civil`), for years from 1970.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year &- 1 : year
        let era = shifted / 400
        let yearOfEra = shifted &- era &* 400
        let monthFromMarch = month > 2 ? month &- 3 : month &+ 9
        let dayOfYear = (monthFromMarch &* 153 &+ 2) / 5 &+ day &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    /// `20261121T083000Z`.
    static func stamp(_ time: Timestamp) -> String {
        time.iso8601.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"  // can't trap: texts
    }
}

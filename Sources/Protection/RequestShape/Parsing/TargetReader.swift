internal import Kernel
internal import Web

/// What is wrong with a request target, whatever the mode (RFC 9112 §3.2, RFC 3986).
enum TargetFlaw: Error, Equatable {
    case empty
    /// `*`, `host:port` or `http://…`: forms for proxies and servers, which we are not to this client.
    case asteriskForm, authorityForm, absoluteForm
    /// A control, blank, non-ASCII byte, `#` or backslash as such.
    case forbiddenByte
    case badPercentEncoding
    case nul
    case dotSegment
    case overlongUTF8
}

/// Reads a request target as every framework might.
///
/// Nothing here traps, whatever the bytes: a trap would end the process for everybody.
enum TargetReader {
    /// Paths longer than this are not decoded more than is needed to refuse them.
    static let mostReadings = 160

    static func read(_ target: String) throws(TargetFlaw) -> TargetReadings {
        var features = Features()
        if let flaw = scan(target, &features) { throw flaw }
        let path: String
        let query: String?
        if features.hasQuery, let mark = target.utf8.firstIndex(of: 0x3F) {
            // can't trap: the index was found in this very text.
            path = String(target[..<mark])
            // can't trap: the index was found in this very text.
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
            query = nil
        }
        if features.isPlain { return TargetReadings(path: path, query: query, isPlain: true) }
        return TargetReadings(path: path, query: query, others: try otherReadings(of: path, features))
    }

    /// What one pass over the bytes saw: most targets are plain and need nothing more.
    struct Features {
        var hasQuery = false
        var hasPercent = false
        var hasUpper = false
        var hasDot = false
        var hasSemicolon = false
        var hasDoubleSlash = false
        var endsInSlash = false
        var isPlain: Bool {
            !(hasPercent || hasUpper || hasDot || hasSemicolon || hasDoubleSlash || endsInSlash)
        }
    }

    private static func scan(_ target: String, _ features: inout Features) -> TargetFlaw? {
        target.utf8.withContiguousStorageIfAvailable { scan($0, of: target, &features) }
            ?? scan(target.utf8, of: target, &features)
    }

    private static func scan(
        _ bytes: some Sequence<UInt8>, of target: String, _ features: inout Features
    ) -> TargetFlaw? {
        var previous: UInt8 = 0
        var position = 0
        var pendingHex = 0
        for byte in bytes {
            if byte >= 0x61, byte <= 0x7A, position > 0, pendingHex == 0 {
                // Most are small letters, and those never mean anything.
                previous = byte
                position &+= 1
                continue
            }
            if byte <= 0x20 || byte >= 0x7F || byte == 0x23 || byte == 0x5C { return .forbiddenByte }
            if pendingHex > 0 {
                if byte.hexDigitValue == nil { return .badPercentEncoding }
                pendingHex &-= 1
            }
            if position == 0, byte != 0x2F { return form(of: target) }
            if byte == 0x25 {
                pendingHex = 2
                features.hasPercent = true
            }
            if !features.hasQuery {
                switch byte {
                case 0x3F:
                    features.hasQuery = true
                    features.endsInSlash = position > 1 && previous == 0x2F
                case 0x2F: if previous == 0x2F { features.hasDoubleSlash = true }
                case 0x2E: features.hasDot = true
                case 0x3B: features.hasSemicolon = true
                case 0x41...0x5A: features.hasUpper = true
                default: break
                }
            }
            previous = byte
            position &+= 1
        }
        if position == 0 { return .empty }
        if pendingHex > 0 { return .badPercentEncoding }
        if !features.hasQuery { features.endsInSlash = position > 1 && previous == 0x2F }
        return nil
    }

    private static func form(of target: String) -> TargetFlaw {
        if target == "*" { return .asteriskForm }
        // absolute-form has a scheme and `://`; what is left is authority-form or nonsense, refused alike.
        // can't trap: the index was found in this very text.
        if let colon = target.utf8.firstIndex(of: 0x3A), target[colon...].hasPrefix("://") { return .absoluteForm }
        return .authorityForm
    }

    // MARK: - Readings

    private static func otherReadings(of path: String, _ features: Features) throws(TargetFlaw) -> [String] {
        var decodings: [[UInt8]] = [Array(path.utf8)]
        if features.hasPercent {
            // `%252e%252e` needs two passes; a third and fourth see through `%25252e`, after that nobody decodes.
            // can't trap: it was made with one element.
            var current = decodings[0]
            for pass in 0..<4 {
                let decoded = percentDecoded(current)
                if decoded == current { break }
                if decoded.contains(0) { throw .nul }
                if hasOverlongOrEncodedDot(decoded) { throw .overlongUTF8 }
                if pass < 2 { decodings.append(decoded) }
                if hasDotSegment(decoded) { throw .dotSegment }
                current = decoded
            }
        }
        // Percent-encoded bytes that aren't UTF-8 are legal (RFC 3986 §2.5): what an app of the Latin-1 days reads.
        for decoding in decodings.dropFirst() where String(validating: decoding, as: UTF8.self) == nil {
            decodings.append(fromLatin1(decoding))
        }
        if features.hasDot, let raw = decodings.first, hasDotSegment(raw) { throw .dotSegment }
        var all = decodings
        for transform in [mergedSlashes, withoutParameters, folded, withoutTrailingSlash, withoutExtension] {
            for reading in all where all.count < mostReadings {
                let other = transform(reading)
                if other != reading, !all.contains(other) { all.append(other) }
            }
        }
        return all.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    }

    /// One pass of percent-decoding; what isn't `%XX` stays.
    static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        // can't trap: the whole of it.
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == 0x25 {
                var after = rest
                if let high = after.popFirst()?.hexDigitValue, let low = after.popFirst()?.hexDigitValue {
                    // can't trap: a shift by a literal, less than the width.
                    result.append(high << 4 | low)
                    rest = after
                    continue
                }
            }
            result.append(byte)
        }
        return result
    }

    /// Whether a segment, cut at `/` or `\` and without `;` parameters, is `..`.
    static func hasDotSegment(_ bytes: [UInt8]) -> Bool {
        bytes.split(whereSeparator: { $0 == 0x2F || $0 == 0x5C }).contains { segment in
            segment.prefix(while: { $0 != 0x3B }).elementsEqual([0x2E, 0x2E])
        }
    }

    /// Bytes that never occur in UTF-8 but that lenient decoders read as ASCII: `C0`, `C1`, `E0 80…9F`, `F0 80…8F`.
    /// Also the fullwidth and one-dot-leader forms of `.`, `/` and `\` are left alone: no decoder folds those.
    static func hasOverlongOrEncodedDot(_ bytes: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 0xC0 || byte == 0xC1 { return true }
            if previous == 0xE0, byte >= 0x80, byte <= 0x9F { return true }
            if previous == 0xF0, byte >= 0x80, byte <= 0x8F { return true }
            previous = byte
        }
        return false
    }

    /// Two bytes where one would do, and their like of three and four: never UTF-8, and hardly a text of Latin-1, where
    /// `À` or `Á` would be followed by a letter.
    static func hasOverlongSequence(_ bytes: [UInt8]) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            let bound: UInt8 =
                switch previous {
                case 0xC0, 0xC1: 0xBF
                case 0xE0: 0x9F
                case 0xF0: 0x8F
                default: 0
                }
            if byte >= 0x80, byte <= bound { return true }
            previous = byte
        }
        return false
    }

    /// Each byte as the character of that number, in UTF-8.
    private static func fromLatin1(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count &* 2)
        for byte in bytes {
            if byte < 0x80 {
                result.append(byte)
            } else {
                // can't trap: a shift by a literal, less than the width.
                result.append(0xC0 | byte >> 6)
                result.append(0x80 | byte & 0x3F)
            }
        }
        return result
    }

    private static func mergedSlashes(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for segment in bytes.split(separator: 0x2F, omittingEmptySubsequences: true)
        where !segment.elementsEqual([0x2E]) {
            result.append(0x2F)
            result.append(contentsOf: segment)
        }
        if bytes.count > 1, bytes.last == 0x2F, !result.isEmpty { result.append(0x2F) }
        return result.isEmpty ? [0x2F] : result
    }

    private static func withoutParameters(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x3B) else { return bytes }
        var result: [UInt8] = []
        var skipping = false
        for byte in bytes {
            if byte == 0x3B { skipping = true }
            if byte == 0x2F { skipping = false }
            if !skipping { result.append(byte) }
        }
        return result
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] { bytes.map(\.asciiLowercased) }

    private static func withoutTrailingSlash(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        // can't trap: it is not empty here.
        while result.count > 1, result.last == 0x2F { result.removeLast() }
        return result
    }

    /// `/report.json` as frameworks with a format suffix read it: `/report`. Dot files keep their name.
    private static func withoutExtension(_ bytes: [UInt8]) -> [UInt8] {
        guard let slash = bytes.lastIndex(of: 0x2F), let dot = bytes.lastIndex(of: 0x2E), dot > slash &+ 1 else {
            return bytes
        }
        // `/...` has no extension: what would be left must be a name.
        guard bytes.prefix(dot).dropFirst(slash &+ 1).contains(where: { $0 != 0x2E }) else { return bytes }
        // can't trap: the index was found in this very text.
        return Array(bytes[..<dot])
    }
}

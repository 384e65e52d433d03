import Kernel

/// The fields of a small multipart form (RFC 7578): parts without a file name, by their names.
enum MultipartFields {
    /// The boundary that a `Content-Type` names.
    static func boundary(in type: String) -> String? {
        for parameter in type.split(separator: ";").dropFirst() {
            let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, halves.first?.trimming(while: { $0 == " " }).lowercased() == "boundary",
                let value = halves.last?.trimming(while: { $0 == " " || $0 == "\"" }),
                (1...70).contains(value.utf8.count)
            else { continue }
            return String(value)
        }
        return nil
    }

    /// nil for a form that doesn't end, or has more than 200 parts.
    static func read(_ body: [UInt8], boundary: String) -> [(name: String, value: String)]? {
        let mark = Array("--\(boundary)".utf8)
        var fields: [(name: String, value: String)] = []
        guard var rest = after(mark, ArraySlice(body)) else { return nil }
        var parts = 0
        while true {
            if rest.starts(with: [0x2D, 0x2D]) { return fields }
            parts &+= 1
            guard parts <= 200, rest.starts(with: [0x0D, 0x0A]),
                // can't trap: lists.
                let end = place(of: [0x0D, 0x0A] + mark, in: rest)
            else { return nil }
            // can't trap: `end` is an index of `rest`.
            let part = rest[..<end].dropFirst(2)
            if let field = field(part) { fields.append(field) }
            // can't trap: as above.
            rest = rest[end...].dropFirst(mark.count &+ 2)
        }
    }

    private static func field(_ part: ArraySlice<UInt8>) -> (name: String, value: String)? {
        guard let gap = place(of: [0x0D, 0x0A, 0x0D, 0x0A], in: part) else { return nil }
        // can't trap: `gap` is an index of `part`.
        let head = String(decoding: part[..<gap], as: UTF8.self)
        // can't trap: as above.
        let value = part[gap...].dropFirst(4)
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-disposition:") {
            for parameter in line.split(separator: ";").dropFirst() {
                let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2, halves.first?.trimming(while: { $0 == " " }).lowercased() == "name",
                    let name = halves.last?.trimming(while: { $0 == " " || $0 == "\"" })
                else { continue }
                return (String(name), String(decoding: value, as: UTF8.self))
            }
        }
        return nil
    }

    private static func after(_ mark: [UInt8], _ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        // can't trap: an index of `bytes`.
        place(of: mark, in: bytes).map { bytes[$0...].dropFirst(mark.count) }
    }

    /// By the first byte, so that a body of one byte over and over doesn't cost more than a scan of it.
    private static func place(of wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = wanted.first else { return nil }
        var rest = bytes
        while let start = rest.firstIndex(of: first) {
            // can't trap: `start` is an index of `rest`.
            rest = rest[start...]
            if rest.starts(with: wanted) { return start }
            rest = rest.dropFirst()
        }
        return nil
    }
}

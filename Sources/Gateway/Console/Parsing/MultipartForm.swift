import Hummingbird
import Kernel
import NIOCore

/// A small form with at most one file (RFC 7578), read whole.
struct MultipartForm: Sendable {
    struct File: Sendable {
        let name: String
        let content: [UInt8]
    }

    var fields: [String: String] = [:]
    /// nil where none was chosen.
    var file: File?

    /// A file of two megabytes with the fields around it.
    static let mostBytes = 2_162_688
    private static let mostParts = 32

    /// The boundary that a `Content-Type` names; nil for another type.
    static func boundary(in type: String) -> String? {
        let parts = type.split(separator: ";").map { $0.trimming { $0 == " " } }
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() where part.lowercased().hasPrefix("boundary=") {
            let value = part.dropFirst(9).trimming { $0 == "\"" }
            return (1...70).contains(value.utf8.count) ? String(value) : nil
        }
        return nil
    }

    static func read(_ request: Hummingbird.Request, boundary: String) async throws -> MultipartForm {
        let bytes = try await request.bytes(atMost: mostBytes)
        guard let form = MultipartForm(bytes, boundary: boundary) else {
            throw Problem(
                "own.bad-request", status: 400, title: "The request was not understood.",
                detail: "The form isn't whole, names a field twice, or sends more than one file.")
        }
        return form
    }

    /// nil for a form that doesn't end, isn't UTF-8, names a field twice, or has two files.
    init?(_ body: [UInt8], boundary: String) {
        let mark = Array("--\(boundary)".utf8)
        var rest = body.dropFirst(0)
        guard let start = MultipartForm.place(of: mark, in: rest) else { return nil }
        rest = rest.dropFirst(start &+ mark.count)
        var count = 0
        while !rest.starts(with: [0x2D, 0x2D]) {
            count &+= 1
            guard count <= Self.mostParts, rest.starts(with: [0x0D, 0x0A]) else { return nil }
            rest = rest.dropFirst(2)
            let border = [0x0D, 0x0A] + mark  // can't trap: lists.
            guard let end = MultipartForm.place(of: border, in: rest) else { return nil }
            guard take(rest.prefix(end)) else { return nil }
            rest = rest.dropFirst(end &+ border.count)
        }
    }

    private mutating func take(_ part: ArraySlice<UInt8>) -> Bool {
        guard let gap = MultipartForm.place(of: [0x0D, 0x0A, 0x0D, 0x0A], in: part),
            let head = String(validating: part.prefix(gap), as: UTF8.self)
        else { return false }
        let content = part.dropFirst(gap &+ 4)
        var (name, fileName): (String?, String?) = (nil, nil)
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-disposition:") {
            for parameter in line.split(separator: ";").dropFirst() {
                let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2, let key = halves.first?.trimming(while: { $0 == " " }).lowercased(),
                    let value = halves.last?.trimming(while: { $0 == " " || $0 == "\"" })
                else { continue }
                if key == "name" { name = String(value) } else if key == "filename" { fileName = String(value) }
            }
        }
        guard let name else { return false }
        if let fileName {
            // A browser sends an empty one where nothing was chosen.
            if fileName.isEmpty, content.isEmpty { return true }
            guard file == nil else { return false }
            file = File(name: fileName, content: Array(content))
            return true
        }
        guard let text = String(validating: content, as: UTF8.self) else { return false }
        return fields.updateValue(text, forKey: name) == nil
    }

    /// How far into `bytes` the first occurrence is. By the first byte: a body of one byte over and over costs a scan.
    private static func place(of wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = wanted.first else { return nil }
        var rest = bytes
        while let start = rest.firstIndex(of: first) {
            rest = rest.dropFirst(rest.distance(from: rest.startIndex, to: start))
            if rest.starts(with: wanted) { return bytes.count &- rest.count }
            rest = rest.dropFirst()
        }
        return nil
    }
}

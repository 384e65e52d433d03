/// One header field as it came, its value without surrounding blanks.
struct HeaderField: Sendable, Hashable {
    let name: String
    let value: String
}

/// Why an answer can't be read on.
enum AnswerFault: Error, Sendable, Equatable {
    case notHTTP(String)
    case headTooLarge(Int)
    case badFraming(String)
}

/// Reads one HTTP/1.1 answer out of bytes that may come in any pieces (RFC 9112), with bounds on everything.
///
/// Keeps at most `Bounds.keptBody` bytes of the body and stops after `Bounds.readBody`. Never inflates: a compressed
/// body stays the bytes that came, so that no gzip bomb can go off.
struct ResponseParser {
    struct Bounds: Sendable {
        var head = 65_536
        var line = 16_384
        var keptBody = 1_048_576
        var readBody = 8_388_608
        var interim = 8
    }

    private enum Stage: Equatable {
        case statusLine, fields
        case length(Int)
        case untilClose, chunkSize
        case chunk(Int)
        case chunkEnd, trailers, done
    }

    private let isHead: Bool
    private let bounds: Bounds
    private var stage = Stage.statusLine
    private var pending: [UInt8] = []
    private var headBytes = 0

    private(set) var status = 0
    private(set) var reason = ""
    private(set) var version = ""
    private(set) var fields: [HeaderField] = []
    private(set) var interim: [Int] = []
    private(set) var body: [UInt8] = []
    private(set) var bodyBytes = 0
    private(set) var wasCut = false
    private(set) var surplusBytes = 0

    init(isHead: Bool, bounds: Bounds = Bounds()) {
        self.isHead = isHead
        self.bounds = bounds
    }

    var isDone: Bool { stage == .done || wasCut }
    var hasHead: Bool { stage != .statusLine && stage != .fields }

    /// Takes the next bytes; throws when what came is no answer.
    mutating func feed(_ input: some Collection<UInt8>) throws(AnswerFault) {
        // can't trap: two arrays joined, and the whole of it
        var rest = (pending + input)[...]
        pending = []
        while !rest.isEmpty, !wasCut {
            switch stage {
            case .done:
                surplusBytes &+= rest.count
                rest = []
            case .length(let left):
                let part = rest.prefix(left)
                keep(part)
                rest = rest.dropFirst(part.count)
                stage = left == part.count ? .done : .length(left &- part.count)
            case .untilClose:
                keep(rest)
                rest = []
            case .chunk(let left):
                let part = rest.prefix(left)
                keep(part)
                rest = rest.dropFirst(part.count)
                stage = left == part.count ? .chunkEnd : .chunk(left &- part.count)
            case .statusLine, .fields, .chunkSize, .chunkEnd, .trailers:
                guard let end = rest.firstIndex(of: 0x0A) else {
                    guard rest.count <= bounds.line else { throw .headTooLarge(rest.count) }
                    pending = Array(rest)
                    return
                }
                // can't trap: the index was found in this very collection
                var line = rest[..<end]
                // can't trap: the index was found in this very collection
                rest = rest[end...].dropFirst()
                headBytes &+= line.count &+ 1
                guard line.count <= bounds.line else { throw .headTooLarge(line.count) }
                if line.last == 0x0D { line = line.dropLast() }
                try take(line: line)
            }
        }
    }

    /// The connection ended; whether the answer is complete by that.
    mutating func close() -> Bool {
        if stage == .untilClose { stage = .done }
        return stage == .done
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) {
        bodyBytes &+= part.count
        let room = max(0, bounds.keptBody &- body.count)
        body.append(contentsOf: part.prefix(room))
        if bodyBytes >= bounds.readBody { wasCut = true }
    }

    private mutating func take(line: ArraySlice<UInt8>) throws(AnswerFault) {
        switch stage {
        case .statusLine:
            if line.isEmpty, headBytes < 8 { return }
            try takeStatus(line)
        case .fields:
            guard headBytes <= bounds.head else { throw .headTooLarge(headBytes) }
            if line.isEmpty { try endHead() } else { takeField(line) }
        case .chunkSize:
            headBytes = 0
            let digits = line.prefix { $0 != 0x3B && $0 != 0x20 }
            guard let size = Int(text(of: digits), radix: 16), size >= 0 else {
                throw .badFraming("chunk size \(visible(text(of: digits), limit: 20))")
            }
            stage = size == 0 ? .trailers : .chunk(size)
        case .chunkEnd:
            guard line.isEmpty else { throw .badFraming("chunk longer than its size") }
            stage = .chunkSize
        case .trailers:
            guard headBytes <= bounds.head else { throw .headTooLarge(headBytes) }
            if line.isEmpty { stage = .done }
        default: break
        }
    }

    private mutating func takeStatus(_ line: ArraySlice<UInt8>) throws(AnswerFault) {
        let parts = text(of: line).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard let first = parts.first, first.hasPrefix("HTTP/"), let code = parts.dropFirst().first, code.count == 3,
            let number = Int(code), (100...999).contains(number)
        else { throw .notHTTP(visible(text(of: line), limit: 60)) }
        version = String(first)
        status = number
        reason = parts.dropFirst(2).first.map(String.init) ?? ""
        fields = []
        stage = .fields
    }

    private mutating func takeField(_ line: ArraySlice<UInt8>) {
        if line.first == 0x20 || line.first == 0x09, let last = fields.popLast() {
            let folded = "\(last.value) \(text(of: line).trimmed)"
            fields.append(HeaderField(name: last.name, value: folded))
            return
        }
        let name = line.prefix { $0 != 0x3A }
        let value = line.dropFirst(name.count).dropFirst()
        fields.append(HeaderField(name: text(of: name), value: text(of: value).trimmed))
    }

    private func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    private mutating func endHead() throws(AnswerFault) {
        headBytes = 0
        if (100..<200).contains(status), status != 101 {
            interim.append(status)
            guard interim.count <= bounds.interim else { throw .badFraming("more than \(bounds.interim) 1xx answers") }
            stage = .statusLine
            return
        }
        if isHead || status == 204 || status == 304 || status == 101 {
            stage = .done
            return
        }
        if let coding = values("transfer-encoding").last {
            guard coding.lowercased().hasSuffix("chunked") else {
                stage = .untilClose
                return
            }
            stage = .chunkSize
            return
        }
        let lengths = Set(values("content-length"))
        guard let length = lengths.first else {
            stage = .untilClose
            return
        }
        guard lengths.count == 1, length.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(length) else {
            throw .badFraming("Content-Length \(visible(length, limit: 30))")
        }
        stage = count == 0 ? .done : .length(count)
    }
}

extension StringProtocol {
    /// Without blanks and tabs at either end.
    var trimmed: String {
        // can't trap: the whole of a collection
        var part = self[...]
        while let first = part.first, first.isWhitespace { part = part.dropFirst() }
        while let last = part.last, last.isWhitespace { part = part.dropLast() }
        return String(part)
    }
}

import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// One line of a bank statement.
struct StatementLine: Sendable, Equatable {
    var date: String
    var description: String
    var amount: Int64
    var reference: String
}

/// A statement as it came: judged by what it contains, never by what it is called.
struct StatementFile: Sendable {
    var name: String
    var lines: [StatementLine]
    /// Lines that can't be read; only the upload-by-extension flaw lets any through.
    var unreadable: Int

    static let lineLimit = 5000
    static let header = ["date", "description", "amount", "reference"]

    /// - Throws: 415 for another type or a file that isn't CSV text, 422 for lines that can't be read.
    init(_ request: DeskRequest) throws {
        let (name, content) = try Self.upload(request)
        guard name.lowercased().hasSuffix(".csv"), name.count <= 120 else {
            throw DeskError(.unsupportedMediaType, "unsupported-file", "Upload a .csv file.")
        }
        self.name = String(name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? "statement.csv")
        let lenient = request.flaws.contains(.uploadByExtension)
        guard let text = String(validating: content.readableBytesView, as: UTF8.self), !text.utf8.contains(0) else {
            guard lenient else { throw Self.notCSV }
            (lines, unreadable) = ([], 1)
            return
        }
        let records = CSV.parse(text)
        let isStatement = records.first.map {
            $0.map { $0.lowercased().trimmingCharacters(in: .whitespaces) } == Self.header
        }
        guard isStatement == true || lenient else { throw Self.notCSV }
        guard records.count <= Self.lineLimit + 1 else {
            throw DeskError.invalid("too-many-lines", "A statement may have up to \(Self.lineLimit) lines.")
        }
        var (lines, unreadable): ([StatementLine], Int) = ([], 0)
        for (index, record) in records.dropFirst().enumerated() {
            if let line = Self.line(record) {
                lines.append(line)
            } else if lenient {
                unreadable += 1
            } else {
                throw DeskError.invalid(
                    "invalid-line",
                    "Line \(index + 2): a date (2026-03-09), a description, an amount (-12.50) and a reference.")
            }
        }
        (self.lines, self.unreadable) = (lines, unreadable)
    }

    private static let notCSV = DeskError(
        .unsupportedMediaType, "not-a-statement",
        "That isn't CSV text with the columns \(header.joined(separator: ", ")).")

    private static func line(_ record: [String]) -> StatementLine? {
        guard record.count == 4, Day.parse(record[0]) != nil, let amount = Money.parse(record[2], signed: true),
            !record[1].isEmpty, record[1].count <= 200, record[3].count <= 60
        else { return nil }
        return StatementLine(date: record[0], description: record[1], amount: amount, reference: record[3])
    }

    private static func upload(_ request: DeskRequest) throws -> (name: String, content: ByteBuffer) {
        switch request.mediaType {
        case "text/csv":
            return (request.query["name"] ?? "statement.csv", request.context.content)
        case "multipart/form-data":
            let part = Multipart.file(
                "file", in: request.context.content, type: request.request.headers[.contentType] ?? "")
            guard let part else { throw DeskError.malformed("malformed-upload", "There is no file in the form.") }
            return part
        default:
            throw DeskError(.unsupportedMediaType, "unsupported-media-type", "Send text/csv or multipart/form-data.")
        }
    }
}

/// RFC 4180, read leniently on line ends.
enum CSV {
    static func parse(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = ""
        var isQuoted = false
        var previousWasQuote = false
        func endRecord() {
            record.append(field)
            if record != [""] { records.append(record) }
            (record, field) = ([], "")
        }
        for scalar in text.unicodeScalars {
            if isQuoted {
                if scalar == "\"" {
                    isQuoted = false
                    previousWasQuote = true
                } else {
                    field.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\"":
                // A doubled quote inside a quoted field is one quote.
                if previousWasQuote { field.append("\"") }
                isQuoted = true
            case ",":
                record.append(field)
                field = ""
            case "\n": endRecord()
            case "\r", "\u{FEFF}": break
            default: field.unicodeScalars.append(scalar)
            }
            previousWasQuote = false
        }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        return records
    }

    /// One record. A cell that a spreadsheet would run as a formula gets an apostrophe, unless it is a plain number.
    static func line(_ cells: [String], guardingFormulas: Bool) -> String {
        cells.map { cell in
            var cell = cell
            let starts = cell.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
            if guardingFormulas, starts, Money.parse(cell, signed: true) == nil { cell = "'" + cell }
            let needsQuotes = cell.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return needsQuotes ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
        }.joined(separator: ",") + "\r\n"
    }
}

/// `multipart/form-data` (RFC 7578): just enough to find one file.
enum Multipart {
    static func file(_ field: String, in body: ByteBuffer, type: String) -> (name: String, content: ByteBuffer)? {
        guard let boundary = parameter("boundary", in: type), (1...70).contains(boundary.utf8.count) else { return nil }
        let data = Data(body.readableBytesView)
        let delimiter = Data("--\(boundary)".utf8)
        var position = data.startIndex
        while let start = data.range(of: delimiter, in: position..<data.endIndex) {
            guard let head = data.range(of: Data("\r\n\r\n".utf8), in: start.upperBound..<data.endIndex),
                let end = data.range(of: Data("\r\n".utf8) + delimiter, in: (head.upperBound - 2)..<data.endIndex)
            else { return nil }
            let headers = String(decoding: data[start.upperBound..<head.lowerBound], as: UTF8.self)
            if let disposition = headers.split(separator: "\r\n").first(where: {
                $0.lowercased().hasPrefix("content-disposition:")
            }),
                parameter("name", in: String(disposition)) == field,
                let name = parameter("filename", in: String(disposition)), !name.isEmpty
            {
                let content = end.lowerBound >= head.upperBound ? data[head.upperBound..<end.lowerBound] : Data()
                return (name, ByteBuffer(bytes: content))
            }
            position = end.lowerBound + 2
        }
        return nil
    }

    private static func parameter(_ name: String, in header: String) -> String? {
        for part in header.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == name else { continue }
            return pair[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
        }
        return nil
    }
}

import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Evidence belongs to a commit")
struct EvidenceCommitTests {
    @Test("a file whose format names no commit gets it from beside it, and what is no commit there is said")
    func commitBeside() throws {
        let folder = try TemporaryDirectory("evidence")
        defer { folder.remove() }
        let file = folder.file("lcov.info")
        try Data("TN:\nSF:a.js\nDA:1,1\nend_of_record\n".utf8).write(to: URL(fileURLWithPath: file))
        #expect(try EvidenceReader.read(file).commit == nil)
        try Data("0123456789abcdef0123456789abcdef01234567\n".utf8).write(to: URL(fileURLWithPath: "\(file).commit"))
        #expect(try EvidenceReader.read(file).commit == "0123456789abcdef0123456789abcdef01234567")
        try Data("HEAD\n".utf8).write(to: URL(fileURLWithPath: "\(file).commit"))
        #expect {
            _ = try EvidenceReader.read(file)
        } throws: {
            "\($0)".contains("must hold a commit")
        }
    }
}

import Foundation
import Kernel
import Store

/// A copy of the database before its schema changes, because a migration only goes forward.
struct SchemaBackup {
    let configuration: DatabaseConfiguration
    let clock: any WallClock
    /// As many stay; older ones are removed.
    static let kept = 3

    /// - Returns: where the copy is.
    func take(_ database: Database) async throws(DatabaseFailure) -> String {
        switch configuration.address {
        case .sqlite(let path): try await copy(database, path)
        case .postgres(let address): try await dump(address)
        case nil: throw DatabaseFailure(.configuration, "there is no database")
        }
    }

    private func copy(_ database: Database, _ path: String) async throws(DatabaseFailure) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? "seaworthy.db"
        let beside = path.contains("/") ? String(path.dropLast(name.count + 1)) : "."
        let directory = configuration.backupDirectory ?? (beside.isEmpty ? "/" : beside)
        let target = try place(directory, "\(name).before-", ".db")
        let partial = try SchemaBackup.partial(target)
        do {
            try await database.copy(to: partial)
        } catch {
            unlink(partial)
            unlink(target)
            throw failure(error as? DatabaseError ?? DatabaseError(.other, "\(error)"), target)
        }
        try publish(partial, target)
        prune(directory, "\(name).before-", ".db")
        return target
    }

    private func dump(_ address: PostgresAddress) async throws(DatabaseFailure) -> String {
        guard let program = SchemaBackup.pgDump else {
            throw DatabaseFailure(
                .cannotCreate,
                "no backup before the migration: pg_dump isn't installed (apt-get install postgresql-client)"
            )
        }
        let directory = configuration.backupDirectory ?? configuration.stateDirectory
        try DatabaseFile.make(directory)
        let label = address.name.filter { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        let target = try place(directory, "\(label).before-", ".dump")
        let partial = try SchemaBackup.partial(target)
        var environment = Dictionary(
            address.environment.map { ($0.name, $0.value.reveal()) }, uniquingKeysWith: { $1 })
        for name in ["PATH", "HOME", "LANG"] { environment[name] = ProcessInfo.processInfo.environment[name] }
        let said = await SchemaBackup.run(
            program, ["--format=custom", "--no-password", "--file=\(partial)"], environment)
        guard let said else {
            try publish(partial, target)
            prune(directory, "\(label).before-", ".dump")
            return target
        }
        unlink(partial)
        unlink(target)
        throw DatabaseFailure(.cannotCreate, "no backup before the migration: pg_dump: \(said)")
    }

    /// An empty file of our own, so that what is written into it is nobody else's to read.
    private func place(_ directory: String, _ prefix: String, _ suffix: String) throws(DatabaseFailure) -> String {
        let time = clock.now().iso8601.filter { $0 != "-" && $0 != ":" }
        for attempt in 0..<100 {
            let path = "\(directory)/\(prefix)\(time)\(attempt == 0 ? "" : "-\(attempt)")\(suffix)"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                close(descriptor)
                return path
            }
            guard errno == EEXIST else {
                throw DatabaseFailure(
                    .cannotCreate, "no backup before the migration: \(path): \(String(cString: strerror(errno)))")
            }
        }
        throw DatabaseFailure(.cannotCreate, "no backup before the migration: \(directory) is full of them")
    }

    /// An empty file (0600) to write into: what is killed half-way never has a copy's name.
    private static func partial(_ target: String) throws(DatabaseFailure) -> String {
        let path = target + ".partial"
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseFailure(
                .cannotCreate, "no backup before the migration: \(path): \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        return path
    }

    private func publish(_ partial: String, _ target: String) throws(DatabaseFailure) {
        let descriptor = open(partial, O_RDONLY | O_CLOEXEC)
        let isOnDisk = descriptor >= 0 && fsync(descriptor) == 0
        let code = errno
        if descriptor >= 0 { close(descriptor) }
        guard isOnDisk, rename(partial, target) == 0 else {
            let reason = String(cString: strerror(isOnDisk ? errno : code))
            unlink(partial)
            unlink(target)
            throw DatabaseFailure(.cannotCreate, "no backup before the migration: \(target): \(reason)")
        }
    }

    private func failure(_ error: DatabaseError, _ path: String) -> DatabaseFailure {
        DatabaseFailure(.cannotCreate, "no backup before the migration: \(path): \(error.detail)")
    }

    /// Their names sort by their time.
    private func prune(_ directory: String, _ prefix: String, _ suffix: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let ours = names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.sorted()
        // Of a run that was killed: the name that it had taken, and what it had written.
        let empty = ours.filter { size("\(directory)/\($0)") == 0 }
        let halves = names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix + ".partial") }
        for name in empty + halves where isAbandoned("\(directory)/\(name)") { unlink("\(directory)/\(name)") }
        for name in ours.filter({ !empty.contains($0) }).dropLast(SchemaBackup.kept) {
            unlink("\(directory)/\(name)")
        }
    }

    private func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Nobody takes an hour over a copy without writing.
    private func isAbandoned(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return Int64(status.st_mtim.tv_sec) < clock.now().nanosecondsSinceEpoch / 1_000_000_000 - 3600
    }

    /// On the path, else where Debian keeps the newest version's.
    private static var pgDump: String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap { Int($0) }.sorted(by: >)
        let places = path.split(separator: ":").map(String.init) + versions.map { "\(root)/\($0)/bin" }
        return places.map { "\($0)/pg_dump" }.first { access($0, X_OK) == 0 }
    }

    /// nil when it succeeded; else the first line that it said.
    private static func run(_ program: String, _ arguments: [String], _ environment: [String: String]) async -> String?
    {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: program)
                process.arguments = arguments
                process.environment = environment
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = FileHandle.nullDevice
                let pipe = Pipe()
                process.standardError = pipe
                do {
                    try process.run()
                } catch {
                    return continuation.resume(returning: "\(error)")
                }
                let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                let line = said.split(separator: "\n").first.map(String.init) ?? "status \(process.terminationStatus)"
                continuation.resume(returning: process.terminationStatus == 0 ? nil : line)
            }
        }
    }
}

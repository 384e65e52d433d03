import ArgumentParser
import Gateway

extension DatabaseFailure {
    /// Says why on standard error and gives the code to throw.
    var exit: ExitCode {
        let code =
            switch reason {
            case .unavailable: ExitStatus.unavailable
            case .notPermitted: ExitStatus.notPermitted
            case .configuration: ExitStatus.configuration
            case .corrupt: ExitStatus.corruptData
            case .cannotCreate: ExitStatus.cannotCreate
            }
        return ExitStatus.failure(code, description)
    }
}

extension SecretFailure {
    /// Says why on standard error and gives the code to throw.
    var exit: ExitCode {
        let code =
            switch reason {
            case .configuration: ExitStatus.configuration
            case .damaged: ExitStatus.corruptData
            case .file: ExitStatus.notPermitted
            }
        return ExitStatus.failure(code, description)
    }
}

extension ProcessLog {
    /// What a start did to the schema; nothing where that is nothing.
    static func write(_ change: SchemaChange) {
        guard !change.applied.isEmpty else { return }
        var fields: [String: Field] = ["steps": .texts(change.applied)]
        if let backup = change.backup { fields["backup"] = .text(backup) }
        if let reason = change.withoutBackup { fields["withoutBackup"] = .text(reason) }
        write("migrated", fields)
    }
}

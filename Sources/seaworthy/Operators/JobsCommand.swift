import ArgumentParser
import Foundation
import Gateway

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See what the worker has to do, and try again, stop or remove it.",
        discussion: """
            Works on the configured database, whether a worker runs or not; each act is a row of the audit trail.
            """,
        subcommands: [
            JobsListCommand.self, JobsShowCommand.self, JobsRetryCommand.self, JobsCancelCommand.self,
            JobsDiscardCommand.self, JobsSchedulesCommand.self, JobsRunCommand.self,
        ])
}

struct JobsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, the youngest first.")

    @Option(
        help: ArgumentHelp("Only those: \(OperatorDesk.jobStates.joined(separator: ", ")).", valueName: "state"),
        completion: .list(OperatorDesk.jobStates))
    var state: String?

    @Option(help: ArgumentHelp("Only those of this kind, such as email.deliver.", valueName: "kind"))
    var kind: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var desk: DeskOptions

    func validate() throws { try PageOptions.check(state, among: OperatorDesk.jobStates) }

    func run() async throws {
        try await desk.show { desk in
            try await desk.jobs(state: state, kind: kind, before: page.before, limit: page.limit)
        } as: {
            JobText.list($0, isWhole: page.isLast($0.count))
        }
    }
}

/// One job, by its id.
struct JobOptions: ParsableArguments {
    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var desk: DeskOptions
}

struct JobsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of one job, payload included.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        try await job.desk.show {
            try await $0.job(job.id)
        } as: {
            JobText.sheet($0)
        }
    }
}

struct JobsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Put a dead or cancelled job back, or all dead ones of a kind.")

    @Argument(help: "The job's id.")
    var id: String?

    @Option(name: .customLong("dead-of"), help: ArgumentHelp("All dead letters of this kind.", valueName: "kind"))
    var deadOf: String?

    @OptionGroup var desk: DeskOptions

    func validate() throws {
        guard (id == nil) != (deadOf == nil) else { throw ValidationError("either a job's id or --dead-of KIND") }
    }

    func run() async throws {
        struct Count: Encodable { let retried: Int }
        if let id {
            try await desk.show {
                try await $0.retryJob(id)
            } as: {
                "Put back: \($0.kind) \($0.id)\n"
            }
        } else if let deadOf {
            try await desk.show {
                Count(retried: try await $0.retryDeadJobs(of: deadOf))
            } as: {
                "Put back: \($0.retried) dead letters of \(deadOf)\n"
            }
        }
    }
}

struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a job: at once before it runs, within seconds while it runs.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        try await job.desk.show {
            try await $0.cancelJob(job.id)
        } as: {
            $0.state == "cancelled"
                ? "Cancelled: \($0.kind) \($0.id)\n"
                : "Asked its worker to stop: \($0.kind) \($0.id); it may still finish first\n"
        }
    }
}

struct JobsDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Remove a dead or cancelled job for good.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        try await job.desk.show {
            try await $0.discardJob(job.id)
        } as: {
            "Removed: \($0.kind) \($0.id)\n"
        }
    }
}

struct JobsSchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "List what workers have planned, with the next time (UTC).")

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        try await desk.show {
            try await $0.schedules()
        } as: {
            JobText.list($0)
        }
    }
}

struct JobsRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Have a schedule's job run at once, such as `seaworthy jobs run backup`.")

    @Argument(help: "The schedule's name.")
    var schedule: String

    @OptionGroup var desk: DeskOptions

    func run() async throws {
        try await desk.show(["operations", "email", "smtp", "secret-key"]) {
            try await $0.runSchedule(schedule)
        } as: {
            "Enqueued: \($0.kind) \($0.id)\n"
        }
    }
}

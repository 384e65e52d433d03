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

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        if let state, !OperatorDesk.jobStates.contains(state) {
            throw ValidationError(
                "--state wants one of \(OperatorDesk.jobStates.joined(separator: ", ")), not “\(state)”")
        }
    }

    func run() async throws {
        try await options.withDesk { desk in
            let jobs = try await desk.jobs(state: state, kind: kind, before: page.before, limit: page.limit)
            try format.show(jobs, JobText.list(jobs, isWhole: jobs.count < page.limit))
        }
    }
}

/// Which part of a long list.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many at most, 1 to 200.", valueName: "n"))
    var limit = 50

    @Option(help: ArgumentHelp("Those before this id: the page after it.", valueName: "id"))
    var before: String?

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit wants 1 to 200") }
    }
}

struct JobsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of one job, payload included.")

    @Argument(help: "The job's id.")
    var id: String

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk { desk in
            let job = try await desk.job(id)
            try format.show(job, JobText.sheet(job))
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

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (id == nil) != (deadOf == nil) else { throw ValidationError("either a job's id or --dead-of KIND") }
    }

    func run() async throws {
        struct Count: Encodable { let retried: Int }
        try await options.withDesk { desk in
            if let id {
                let job = try await desk.retryJob(id)
                try format.show(job, "Put back: \(job.kind) \(job.id)\n")
            } else if let deadOf {
                let count = try await desk.retryDeadJobs(of: deadOf)
                try format.show(Count(retried: count), "Put back: \(count) dead letters of \(deadOf)\n")
            }
        }
    }
}

struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a job: at once before it runs, within seconds while it runs.")

    @Argument(help: "The job's id.")
    var id: String

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk { desk in
            let job = try await desk.cancelJob(id)
            try format.show(
                job,
                job.state == "cancelled"
                    ? "Cancelled: \(job.kind) \(job.id)\n"
                    : "Asked its worker to stop: \(job.kind) \(job.id); it may still finish first\n")
        }
    }
}

struct JobsDiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Remove a dead or cancelled job for good.")

    @Argument(help: "The job's id.")
    var id: String

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk { desk in
            let job = try await desk.discardJob(id)
            try format.show(job, "Removed: \(job.kind) \(job.id)\n")
        }
    }
}

struct JobsSchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "List what workers have planned, with the next time (UTC).")

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk { desk in
            let schedules = try await desk.schedules()
            try format.show(schedules, JobText.list(schedules))
        }
    }
}

struct JobsRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Have a schedule's job run at once, such as `seaworthy jobs run backup`.")

    @Argument(help: "The schedule's name.")
    var schedule: String

    @Option(help: "How to print it.")
    var format = ResultFormat.text

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await options.withDesk(["operations", "email", "smtp", "secret-key"]) { desk in
            let job = try await desk.runSchedule(schedule)
            try format.show(job, "Enqueued: \(job.kind) \(job.id)\n")
        }
    }
}

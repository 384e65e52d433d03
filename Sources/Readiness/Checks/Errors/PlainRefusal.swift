/// How four checks judge an answer to what no app should take: plainly refused, or with the inside on show.
struct PlainRefusal {
    /// Statuses that refuse it plainly.
    let statuses: Set<Int>
    /// What a failure is, after its status: `instead of 400`.
    let fault: String
    /// 501 says that nobody wrote it: no crash.
    var mayBeMissing = false

    /// nil where the answer is neither a refusal nor a failure: each check says for itself what that means.
    func judge(_ seen: Sighting) -> Observation? {
        if let leak = LeakedInternals.found(in: seen.answer) {
            return .fails(seen.subject, "\(seen.status) with \(leak)", seen)
        }
        if statuses.contains(seen.status) { return .holds(seen.subject, "\(seen.status), nothing of the inside", seen) }
        if seen.status == 501, mayBeMissing { return nil }
        if seen.answer.isHandledError {
            return .holds(seen.subject, "\(seen.status), caught: a request id, nothing of the inside", seen)
        }
        return seen.status >= 500 ? .fails(seen.subject, "\(seen.status) \(fault)", seen) : nil
    }
}

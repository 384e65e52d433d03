import Kernel
import Store

/// Projects and memberships in memory: what a request about a project is judged by.
final class ProjectView: Sendable {
    private let projects: FreshTable<Project>
    /// Roles, by project and account.
    private let members: FreshTable<String>

    init(feed: ChangeFeed, clock: any MonotonicClock) {
        let store = ProjectStore()
        projects = FreshTable(
            ProjectStore.topic, of: feed, clock: clock, load: { try store.all(in: $0).map { ($0.slug, $0) } },
            fetch: { db, keys in try store.fetch(keys, in: db).map { ($0.slug, $0) } })
        members = FreshTable(
            ProjectStore.memberTopic, of: feed, clock: clock, load: { try store.allMembers(in: $0) },
            fetch: { db, keys in try store.fetchMembers(keys, in: db) })
    }

    /// What somebody is in a project, by its slug; nil for whoever is no member and for what isn't there, after the same look-ups.
    func place(of account: String, in slug: String) -> (project: Project, role: String)? {
        let project = Project.isSlug(slug) ? projects[slug] : nil
        let role = members[ProjectStore.key(project?.id ?? ProjectView.nowhere, account)]
        guard let project, project.status == .active, let role else { return nil }
        return (project, role)
    }

    /// As long as an id, and none.
    private static let nowhere = "00000000-0000-0000-0000-000000000000"

    /// After the COMMIT that changed it.
    func changed(_ project: Project) { projects.changed(project.slug, to: project) }

    /// After the COMMIT; nil: they are no member any more.
    func changed(_ account: String, in project: String, to role: String?) {
        members.changed(ProjectStore.key(project, account), to: role)
    }

    func settle() {
        projects.settle()
        members.settle()
    }
}

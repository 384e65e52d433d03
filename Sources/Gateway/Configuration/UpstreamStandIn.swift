/// Where the app listens.
public enum UpstreamAddress: Sendable, Hashable {
    case tcp(host: String, port: Int)
    case unix(path: String)
}

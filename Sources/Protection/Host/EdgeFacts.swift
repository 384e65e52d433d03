public import Kernel

/// What stages must know of the edge that they stand in: given by the composition root, not by their own keys.
public struct EdgeFacts: Sendable, Equatable {
    public var environment: DeploymentEnvironment
    /// From `public-url`: where people reach the app.
    public var publicOrigin: WebOrigin?
    /// The port of the TLS listener, where there is one.
    public var tlsPort: Int?

    public init(environment: DeploymentEnvironment, publicOrigin: WebOrigin? = nil, tlsPort: Int? = nil) {
        self.environment = environment
        self.publicOrigin = publicOrigin
        self.tlsPort = tlsPort
    }
}

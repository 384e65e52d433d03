import Kernel

/// The list of stages, compiled once at boot or reload into one array per phase that holds only those which take part.
public final class CompiledPipeline: Sendable {
    /// A class, because going through the list must not copy what it holds.
    final class Entry: Sendable {
        let stage: any GatewayStage
        /// Place in the list: a response passes only stages that the request reached.
        let position: Int
        let acting: ActingControl
        let observes: Bool

        init(stage: any GatewayStage, position: Int) {
            self.stage = stage
            self.position = position
            acting = ActingControl(name: stage.name, control: stage.control, mode: stage.mode)
            observes = stage.mode == .observe
        }
    }

    /// The stages in list order, those that are `off` left out.
    public let stages: [any GatewayStage]
    let receivers: [Entry]
    /// In reverse order.
    let responders: [Entry]
    let finishers: [Entry]
    /// Whether a request's trailer field of this name may pass to the app.
    let keepsTrailer: @Sendable (String) -> Bool

    /// - Parameter keepsTrailer: asked for each trailer field's name; by default none passes.
    public init(_ list: [any GatewayStage], keepsTrailer: @escaping @Sendable (String) -> Bool = { _ in false }) {
        stages = list.filter { $0.mode != .off }
        let entries = stages.enumerated().map { position, stage in
            Entry(stage: stage, position: position)
        }
        receivers = entries.filter { $0.stage.phases.contains(.receive) }
        responders = entries.filter { $0.stage.phases.contains(.respond) }.reversed()
        finishers = entries.filter { $0.stage.phases.contains(.finish) }
        self.keepsTrailer = keepsTrailer
    }
}

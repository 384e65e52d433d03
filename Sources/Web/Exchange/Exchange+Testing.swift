public import Kernel

extension Exchange {
    /// Lets a test stand where the engine has a response of this origin, with the refusal that it came from.
    @_spi(Testing)
    public mutating func become(_ origin: ResponseOrigin, _ problem: Problem? = nil) {
        responseOrigin = origin
        refusal = problem
    }
}

/// What the stages of a sign-in tell each other over one exchange; each room has its own. On the exchange's event loop.
public protocol SignInMemory: AnyObject {}

/// Placeholder until the room has something in it.
enum ReadinessRoom {}

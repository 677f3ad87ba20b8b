/** A payment provider for tests, in a process of its own. */
export {}
